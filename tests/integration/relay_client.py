"""A client of the relay made by hand, so that a test can do what a decent one never would."""
import base64
import json
import os
import socket
import ssl
import struct
import sys
import threading
import time

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
HEADERS = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}


class Closed(Exception):
    """The connection ended without a close frame."""


def tls_context(ca, worker=None):
    context = ssl.create_default_context(cafile=str(ca))
    context.set_alpn_protocols(["http/1.1"] + ([f"qassist-w{worker}"] if worker else []))
    return context


def open_tcp(port, receive_buffer=None, timeout=60, source=None, first=b""):
    """`source`: the address to come from; `first`: what is said before anything else."""
    sock = socket.socket()
    if receive_buffer:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    sock.settimeout(timeout)
    if source:
        sock.bind((source, 0))
    sock.connect(("127.0.0.1", port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.sendall(first)
    return sock


def ends_within(sock, seconds):
    """Whatever is said before that."""
    sock.settimeout(seconds)
    started = time.monotonic()
    try:
        while sock.recv(65536):
            pass
    except TimeoutError:
        return False
    except OSError:
        pass
    return time.monotonic() - started < seconds


class TlsSocket:
    """TLS of which one thread may read while another writes. An ssl.SSLSocket must not be used so (Python 3.11: whoever
    reads may be told of an end that never was, because both ask OpenSSL what the last call came to)."""

    def __init__(self, sock, context):
        self._sock = sock
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname="localhost")
        self._using = threading.Lock()  # whoever calls OpenSSL
        self._sending = threading.Lock()  # records leave in the order in which they were made
        try:
            while not self._try(self._tls.do_handshake):
                self._send()
                self._receive()
            self._send()
        except OSError:
            sock.close()
            raise

    def _try(self, action):
        """What it returned, in a list; None when more must be received first."""
        with self._using:
            try:
                return [action()]
            except ssl.SSLWantReadError:
                return None

    def _send(self):
        with self._using:
            records = self._outgoing.read()
        self._sock.sendall(records)

    def _receive(self):
        piece = self._sock.recv(65536)
        with self._using:
            if piece:
                self._incoming.write(piece)
            else:
                self._incoming.write_eof()

    def recv(self, count):
        """Empty at the end, whether it was said in TLS or not."""
        try:
            while not (read := self._try(lambda: self._tls.read(count))):
                self._receive()
            return read[0]
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
            return b""

    def sendall(self, data):
        with self._sending:
            written = self._try(lambda: self._tls.write(data))
            assert written == [len(data)]
            self._send()

    def __getattr__(self, name):
        return getattr(self._sock, name)


def open_tls(relay, worker=None, **options):
    return TlsSocket(open_tcp(relay.port, **options), tls_context(relay.ca, worker))


def read_head(sock):
    head = b""
    while b"\r\n\r\n" not in head:
        piece = sock.recv(1)
        if not piece:
            raise Closed(head)
        head += piece
    return head.decode("latin-1")


class Client:
    def __init__(self, relay, headers=None, subprotocol="qassist.1", **options):
        self.host = f"localhost:{relay.port}"
        self.sock = open_tls(relay, **options)
        self.rest = b""
        self._upgrade(headers or {}, subprotocol)

    def _upgrade(self, headers, subprotocol):
        lines = ["GET / HTTP/1.1", f"Host: {self.host}",
                 "Sec-WebSocket-Key: " + base64.b64encode(os.urandom(16)).decode()]
        if subprotocol:
            lines.append("Sec-WebSocket-Protocol: " + subprotocol)
        lines += [f"{name}: {value}" for name, value in {**HEADERS, **headers}.items()]
        self.sock.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self.answer = read_head(self.sock)
        if " 101 " not in self.answer.splitlines()[0]:
            raise Closed(self.answer)

    # ---- sending ----

    def send_raw(self, data):
        self.sock.sendall(data)

    def send_frame(self, opcode, payload=b"", fin=True, masked=True, rsv=0):
        head = bytes([(0x80 if fin else 0) | rsv | opcode])
        mask_bit = 0x80 if masked else 0
        if len(payload) < 126:
            head += bytes([mask_bit | len(payload)])
        elif len(payload) < 65536:
            head += struct.pack("!BH", mask_bit | 126, len(payload))
        else:
            head += struct.pack("!BQ", mask_bit | 127, len(payload))
        # A mask of zeros: masking megabytes in Python takes longer than everything else.
        self.send_raw(head + (bytes(4) if masked else b"") + payload)

    def send_json(self, **message):
        self.send_frame(TEXT, json.dumps(message).encode())

    def send_binary(self, data):
        self.send_frame(BINARY, data)

    # ---- receiving ----

    def _take(self, count):
        while len(self.rest) < count:
            piece = self.sock.recv(max(65536, count - len(self.rest)))
            if not piece:
                raise Closed(self.rest)
            self.rest += piece
        taken, self.rest = self.rest[:count], self.rest[count:]
        return taken

    def receive_frame(self):
        try:
            first, second = self._take(2)
            length = second & 0x7f
            if length == 126:
                length, = struct.unpack("!H", self._take(2))
            elif length == 127:
                length, = struct.unpack("!Q", self._take(8))
            assert not second & 0x80, "a server must not mask"
            assert first & 0x70 == 0
            return first & 0x0f, self._take(length)
        except (ConnectionError, ssl.SSLError) as error:
            raise Closed(str(error)) from error

    def receive(self):
        """The next message that is not about being alive."""
        while True:
            opcode, payload = self.receive_frame()
            if opcode == PING:
                self.send_frame(PONG, payload)
            elif opcode != PONG:
                return opcode, payload

    def receive_json(self):
        opcode, payload = self.receive()
        assert opcode == TEXT, (opcode, payload)
        return json.loads(payload)

    def receive_bytes(self, count):
        """At least `count` bytes of the stream."""
        pieces, have = [], 0
        while have < count:
            opcode, payload = self.receive()
            assert opcode == BINARY, (opcode, payload)
            pieces.append(payload)
            have += len(payload)
        return b"".join(pieces)

    def receive_rest(self):
        """All bytes until something else comes, and that."""
        pieces = []
        while True:
            opcode, payload = self.receive()
            if opcode != BINARY:
                return b"".join(pieces), (opcode, payload)
            pieces.append(payload)

    def receive_close(self):
        opcode, payload = self.receive()
        assert opcode == CLOSE, (opcode, payload)
        code, = struct.unpack("!H", payload[:2])
        return code, payload[2:].decode()

    def expect_error(self, name):
        """An error message of that name, then the close; returns the message."""
        message = self.receive_json()
        assert message["type"] == "error" and message["error"] == name, message
        self.receive_close()
        return message

    # ---- ending ----

    def close(self):
        """In order: says so, waits for the answer."""
        try:
            self.send_frame(CLOSE, struct.pack("!H", 1000))
            while self.receive()[0] != CLOSE:
                pass
        except (Closed, OSError):
            pass
        self.sock.close()

    def drop(self):
        self.sock.close()

    def reset(self):
        """As when the machine it ran on forgot it: RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.drop()


def create(relay, token=None, **options):
    """A helper with a route: the client and the relay's answer."""
    helper = Client(relay, **options)
    helper.send_json(type="create", version=1, token=token or relay.token)
    created = helper.receive_json()
    assert created["type"] == "created", created
    return helper, created


def join(relay, route, **options):
    sharer = Client(relay, **options)
    sharer.send_json(type="join", version=1, route=route)
    return sharer


def make_pair(relay, helper_options=None, sharer_options=None):
    helper, created = create(relay, **(helper_options or {}))
    sharer = join(relay, created["route"], **(sharer_options or {}))
    joined = sharer.receive_json()
    assert joined["type"] == "joined", joined
    assert helper.receive_json() == {"type": "peer"}
    return helper, sharer


class _Address:
    def __init__(self, port, ca):
        self.port, self.ca = int(port), ca


if __name__ == "__main__":
    # A sharer in a process of its own that sends for ever, to be killed.
    client = join(_Address(sys.argv[1], sys.argv[2]), sys.argv[3])
    assert client.receive_json()["type"] == "joined"
    print("joined", flush=True)
    while True:
        client.send_binary(b"x" * 1000)
        time.sleep(0.001)
