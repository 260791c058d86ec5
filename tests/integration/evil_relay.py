"""A relay with the right certificate that meddles: it stands before a real one and changes what passes."""

import asyncio
import json
import ssl
import threading

import websockets


class EvilRelay:
    """`meddle(role, index, data)` gets each binary message (role: who sent it, "helper" or "sharer") and
    returns a list of ("forward" or "back", bytes); `edit(role, message)` may change the relay's JSON."""

    def __init__(self, relay, meddle=None, edit=None):
        self.relay = relay
        self.meddle = meddle or (lambda role, index, data: [("forward", data)])
        self.edit = edit or (lambda role, message: message)
        self.heard = {"helper": bytearray(), "sharer": bytearray()}
        self.text = []
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(10)
        self.url = f"wss://localhost:{self.port}"

    def _run(self):
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.run_forever()

    async def _serve(self):
        server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server_side.load_cert_chain(self.relay.cert, self.relay.key)
        self._client_side = ssl.create_default_context(cafile=str(self.relay.ca))
        server = await websockets.serve(
            self._handle, "localhost", 0, ssl=server_side, subprotocols=["qassist.1"],
            compression=None, max_size=None, ping_interval=None)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()

    async def _handle(self, client, path=None):
        async with websockets.connect(
            self.relay.url, ssl=self._client_side, subprotocols=["qassist.1"], compression=None,
            max_size=None, ping_interval=None) as upstream:
            state = {"role": "sharer"}
            down = asyncio.ensure_future(self._down(client, upstream, state))
            try:
                await self._up(client, upstream, state)
            except websockets.ConnectionClosed:
                pass
            finally:
                await upstream.close()
                await down

    async def _up(self, client, upstream, state):
        index = 0
        async for message in client:
            if isinstance(message, str):
                self.text.append(message)
                if json.loads(message)["type"] == "create":
                    state["role"] = "helper"
                await upstream.send(message)
                continue
            self.heard[state["role"]] += message
            for where, data in self.meddle(state["role"], index, message):
                await (upstream if where == "forward" else client).send(data)
            index += 1

    async def _down(self, client, upstream, state):
        try:
            async for message in upstream:
                if isinstance(message, str):
                    self.text.append(message)
                    message = json.dumps(self.edit(state["role"], json.loads(message)))
                await client.send(message)
        except websockets.ConnectionClosed:
            pass
        await client.close()

    def stop(self):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
