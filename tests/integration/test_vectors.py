"""docs/test-vectors.json is what a second implementation computes, and one that knows the documents alone gets through.
That the library computes the same is tests/unit/test_vectors.c."""

import json
import os
import pathlib
import socket
import subprocess
import threading

import second
from relay_client import BINARY, CLOSE, Client, Closed
from tools import wait_until

ROOT = pathlib.Path(__file__).resolve().parents[2]
VECTORS = json.loads((ROOT / "docs" / "test-vectors.json").read_text())


def test_codes():
    for each in VECTORS["codes"]:
        assert second.whole_code(each["route"], each["secret"]) == each["code"]
        assert second.parse_code(each["code"]) == (each["route"], each["secret"])


def test_pairing():
    for each in VECTORS["pairing"]:
        sid = bytes.fromhex(each["sid"])
        scalars = [bytes.fromhex(each[name]) for name in ("sharer_scalar", "helper_scalar")]
        ci = second.context(1, each["service_origin"], each["route"])
        assert ci.hex() == each["ci"]
        point = second.generator(each["secret"], ci, sid)
        assert point.hex() == each["generator"]
        sharer = second.SharersPairing(each["service_origin"], each["route"], each["secret"], sid, each["shown_name"],
                                       each["organisation"], scalars[0])
        assert sharer.hello().hex() == each["hello"]
        share, data = second.multiply(scalars[1], point), second.helper_data(1, 0, each["shown_name"],
                                                                             each["organisation"])
        isk = second.session_key(sid, second.multiply(scalars[1], sharer.share), (sharer.share, sharer.data),
                                 (share, data))
        answer = b"\2" + share + second.two(data) + second.tag(sid, isk, share, data)
        assert answer.hex() == each["answer"]
        assert sharer.confirm(answer).hex() == each["confirm"]
        assert sharer.isk == isk and isk.hex() == each["isk"]
        assert sharer.psk.hex() == each["psk"]


def test_the_mux():
    for each in VECTORS["mux"]:
        payload = bytes.fromhex(each["payload"])
        assert second.mux_frame(each["stream"], each["kind"], payload).hex() == each["frame"]


def stream_of(client):
    """What the other side sends, piece by piece, until the relay closes."""
    while (received := client.receive())[0] != CLOSE:
        if received[0] == BINARY:
            yield received[1]


class Channel:
    """The sharer's end of the channel: OpenSSL's own program; what is written to it is encrypted."""

    def __init__(self, client, psk, first):
        self.client, self.text = client, b""
        self.server = subprocess.Popen(
            ["openssl", "s_server", "-accept", "127.0.0.1:0", "-psk", psk.hex(), "-psk_identity", "qassist", "-nocert",
             "-tls1_2", "-cipher", "ECDHE-PSK-CHACHA20-POLY1305", "-naccept", "1"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        line = b""
        while not line.startswith(b"ACCEPT"):
            line = self.server.stdout.readline()
        self.sock = socket.create_connection(("127.0.0.1", int(line.split(b":")[-1])))
        if first:
            self.sock.sendall(first)
        for way in ((lambda: stream_of(client), self.sock.sendall),
                    (lambda: iter(lambda: self.sock.recv(4096), b""), client.send_binary),
                    (lambda: iter(lambda: self.server.stdout.read1(4096), b""), self._take)):
            threading.Thread(target=self._pass_on, args=way, daemon=True).start()

    @staticmethod
    def _pass_on(pieces, take):
        try:
            for piece in pieces():
                take(piece)
        except (Closed, OSError):
            pass  # the session is over

    def _take(self, data):
        self.text += data

    def send_control(self, message):
        self.server.stdin.write(second.mux_frame(0, 0, json.dumps(message).encode()))
        self.server.stdin.flush()

    def stop(self):
        self.server.kill()
        self.server.wait()
        self.sock.close()


def records(client):
    """Pairing messages, whole, out of the stream; yields (message, what came after it)."""
    data = b""
    for piece in stream_of(client):
        data += piece
        while len(data) >= 2 and len(data) >= 2 + int.from_bytes(data[:2], "big"):
            length = int.from_bytes(data[:2], "big")
            message, data = data[2:2 + length], data[2 + length:]
            yield message, data


def test_a_second_implementation_pairs_and_says_no(session):
    """Over the real relay, with the real qa-help."""
    helper = session.start_helper()
    route, secret = second.parse_code(session.code)
    client = Client(session.relay)
    client.send_json(type="join", version=1, route=route)
    joined = client.receive_json()
    assert joined["type"] == "joined"
    scalar = bytearray(os.urandom(32))
    scalar[31] &= 0x0f  # less than the group's order
    pairing = second.SharersPairing(f"https://localhost:{session.relay.port}", route, secret,
                                    bytes.fromhex(joined["sid"]), joined["shown_name"], joined["organisation"],
                                    bytes(scalar))
    client.send_binary(second.two(pairing.hello()))
    answer, rest = next(records(client))
    client.send_binary(second.two(pairing.confirm(answer)))
    channel = Channel(client, pairing.psk, rest)
    try:
        wait_until(lambda: b"ECDHE-PSK-CHACHA20-POLY1305" in channel.text, "the channel")
        helper.wait("state", state="asking")
        channel.send_control({"type": "chat", "id": 1, "text": "Hello from elsewhere"})
        assert helper.wait("chat")["text"] == "Hello from elsewhere"
        wait_until(lambda: b"chat_delivered" in channel.text, "the chat's confirmation")
        channel.send_control({"type": "bye", "reason": "EDENIED"})
        assert helper.wait("end")["error"] == "QA_EDENIED"
    finally:
        channel.stop()
