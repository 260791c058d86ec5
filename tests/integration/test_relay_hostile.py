"""qa-relay and those who do not play by the rules."""
import json
import os
import random
import socket
import ssl
import struct
import time
import warnings

import pytest
from relay_client import (BINARY, CLOSE, HEADERS, PING, TEXT, Client, Closed, create, ends_within, join, make_pair,
                          open_tcp, open_tls, read_head, tls_context)
from relay_fixture import start_relay


@pytest.fixture
def relay(tmp_path):
    relay = start_relay(tmp_path, joins_per_minute=0, creates_per_minute=0, unshown_megabytes=0)
    yield relay
    assert relay.stop() == 0, relay.log


def expect_end(client):
    """The connection ends, with whatever words, and soon."""
    client.sock.settimeout(20)
    try:
        while client.receive()[0] != CLOSE:
            pass
        client.send_frame(CLOSE, struct.pack("!H", 1000))
        while client.sock.recv(65536):
            pass
    except (Closed, OSError):
        pass
    client.drop()


def text(message):
    return lambda client: client.send_frame(TEXT, message if isinstance(message, bytes) else message.encode())


def say(**message):
    return text(json.dumps(message))


def fragments_without_end(client):
    client.send_frame(TEXT, b"{", fin=False)
    try:
        for _ in range(3000):
            client.send_frame(0, b" " * 100, fin=False)
    except OSError:
        pass


def huge(client):
    try:
        client.send_frame(TEXT, b"[" * (1 << 20))
    except OSError:
        pass


FIRST_WORDS = {
    "no JSON": text("hello"),
    "empty": text(""),
    "array": text("[]"),
    "deep": text("[" * 4000),
    "huge": huge,
    "fragments": fragments_without_end,
    "unknown type": say(type="shutdown"),
    "for clients only": say(type="joined", sid="0" * 32, shown_name="x", organisation=""),
    "join without route": say(type="join", version=1),
    "join with letters": say(type="join", version=1, route="abcde"),
    "join too short": say(type="join", version=1, route="1234"),
    "join too long": say(type="join", version=1, route="1" * 10),
    "join by number": say(type="join", version=1, route=12345),
    "create without token": say(type="create", version=1),
    "create with long token": say(type="create", version=1, token="x" * 256),
    "version as text": say(type="join", version="1", route="12345"),
    "not UTF-8": text(b'{"type":"join","version":1,"route":"\xff\xfe"}'),
    "NUL": text(b'{"type":"join\0","version":1}'),
    "binary": lambda client: client.send_binary(b"x" * 100),
    "empty binary": lambda client: client.send_binary(b""),
}


@pytest.mark.parametrize("words", FIRST_WORDS)
def test_wrong_first_words(relay, words):
    client = Client(relay)
    FIRST_WORDS[words](client)
    client.expect_error("EPROTO")
    client.drop()
    make_pair(relay)


def test_another_version(relay):
    client = Client(relay)
    client.send_json(type="join", version=2, route="12345")
    client.expect_error("EVERSION")


BROKEN_FRAMES = {
    "reserved opcode": lambda client: client.send_frame(3, b"x"),
    "reserved control": lambda client: client.send_frame(11, b"x"),
    "reserved bits": lambda client: client.send_frame(TEXT, b"{}", rsv=0x40),
    "long ping": lambda client: client.send_frame(PING, b"x" * 200),
    "fragmented ping": lambda client: client.send_frame(PING, b"x", fin=False),
    "continuation of nothing": lambda client: client.send_frame(0, b"x"),
    "63 bits of length": lambda client: client.send_raw(b"\x82\xff" + b"\xff" * 8 + b"\0" * 4),
    "begun twice": lambda client: (client.send_frame(TEXT, b"{", fin=False), client.send_frame(TEXT, b"}")),
}


@pytest.mark.parametrize("what", BROKEN_FRAMES)
@pytest.mark.parametrize("paired", [False, True])
def test_broken_frames(relay, what, paired):
    client, other = make_pair(relay) if paired else (Client(relay), None)
    BROKEN_FRAMES[what](client)
    expect_end(client)
    if other:
        assert other.receive_json()["type"] == "peer_gone"
    make_pair(relay)


def test_binary_before_the_pair(relay):
    helper, created = create(relay)
    helper.send_binary(b"too early")
    helper.expect_error("EPROTO")
    join(relay, created["route"]).expect_error("ECODE_EXPIRED")


def test_words_after_the_pair(relay):
    helper, sharer = make_pair(relay)
    sharer.send_json(type="join", version=1, route="12345")
    sharer.expect_error("EPROTO")
    assert helper.receive_json() == {"type": "peer_gone"}


def test_asking_twice(relay):
    client = Client(relay)
    client.send_json(type="create", version=1, token=relay.token)
    client.send_json(type="create", version=1, token=relay.token)
    client.expect_error("EPROTO")
    helper, _ = create(relay)
    helper.send_json(type="join", version=1, route="12345")
    helper.expect_error("EPROTO")


def test_a_flood_of_pings(relay):
    helper, sharer = make_pair(relay)
    for _ in range(5000):
        helper.send_frame(PING, b"p" * 100)
    helper.send_binary(b"done")
    assert sharer.receive_bytes(4) == b"done"


# ---- before there is a WebSocket ----

def test_browsers_and_strangers_are_refused(relay):
    for options in [{"headers": {"Origin": "https://evil.example"}}, {"subprotocol": None},
                    {"subprotocol": "chat"}]:
        with pytest.raises((Closed, OSError)):
            Client(relay, **options)
    make_pair(relay)


@pytest.mark.parametrize("request_text", [
    b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n", b"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", b"\r\n\r\n", b"GET\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20000 + b"\r\n", b"A" * 100000, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET /x%00 HTTP/1.1\r\nHost: x\r\n\r\n", b"CONNECT example.com:443 HTTP/1.1\r\n\r\n"], ids=range(10))
def test_other_requests(relay, request_text):
    sock = open_tls(relay)
    sock.settimeout(20)
    answer = b""
    try:
        sock.sendall(request_text)
        while piece := sock.recv(65536):
            answer += piece
    except OSError:
        pass
    assert not answer or answer.split()[1] != b"200"
    assert b"root:" not in answer
    make_pair(relay)


def test_old_tls_and_http2(relay):
    context = tls_context(relay.ca)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(OSError):
        context.wrap_socket(open_tcp(relay.port), server_hostname="localhost")
    context = tls_context(relay.ca)
    context.set_alpn_protocols(["h2", "http/1.1"])
    sock = context.wrap_socket(open_tcp(relay.port), server_hostname="localhost")
    assert sock.selected_alpn_protocol() == "http/1.1"
    assert sock.version() in ("TLSv1.2", "TLSv1.3")


def test_garbage(relay):
    numbers = random.Random(4711)
    for number in range(150):
        client = None
        try:
            if number % 3 == 0:
                sock = open_tcp(relay.port)
            elif number % 3 == 1:
                sock = open_tls(relay)
            else:
                client = Client(relay)
                sock = client.sock
            sock.sendall(numbers.randbytes(numbers.randrange(1, 5000)))
            sock.settimeout(0.02)
            sock.recv(1000)
        except OSError:
            pass
        sock.close()
    make_pair(relay)


@pytest.mark.parametrize("frames", [1, 200])
def test_frames_before_the_answer_to_the_upgrade(relay, frames):
    """Nobody may send them; in one TLS record with the request, and behind it."""
    for _ in range(10):
        sock = open_tls(relay)
        frame = b"\x81\x82\0\0\0\0{}" * frames
        lines = ["GET / HTTP/1.1", "Host: localhost", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                 "Sec-WebSocket-Protocol: qassist.1", *(f"{name}: {value}" for name, value in HEADERS.items())]
        sock.sendall(("\r\n".join(lines) + "\r\n\r\n").encode() + frame)
        said = b""
        try:
            sock.sendall(frame)
            while b"EPROTO" not in said and (piece := sock.recv(65536)):
                said += piece
        except OSError:
            pass
        sock.close()
    make_pair(relay)


def test_tls_bytes_one_by_one(relay):
    """Records that come in the smallest pieces are put together, and what they say is passed on whole."""
    helper, created = create(relay)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = tls_context(relay.ca).wrap_bio(incoming, outgoing, server_hostname="localhost")
    sock = open_tcp(relay.port)

    def do(action):
        while True:
            try:
                result = action()
                wanted = False
            except ssl.SSLWantReadError:
                wanted = True
            for byte in outgoing.read():
                sock.sendall(bytes([byte]))
            if not wanted:
                return result
            incoming.write(sock.recv(65536))

    do(tls.do_handshake)
    sharer = Client.__new__(Client)
    sharer.sock, sharer.rest, sharer.host = tls, b"", "localhost"
    tls.sendall = lambda data: do(lambda: tls.write(data))
    tls.recv = lambda count: do(lambda: tls.read(count))
    sharer._upgrade({}, "qassist.1")
    sharer.send_json(type="join", version=1, route=created["route"])
    assert sharer.receive_json()["type"] == "joined" and helper.receive_json() == {"type": "peer"}
    said = os.urandom(3000)
    sharer.send_binary(said)
    assert helper.receive_bytes(len(said)) == said
    helper.send_binary(said)
    assert sharer.receive_bytes(len(said)) == said
    sock.close()


# ---- those who hold on ----

def test_who_says_nothing_is_sent_away(relay):
    silent = open_tcp(relay.port)
    after_tls = open_tls(relay)
    half_a_request = open_tls(relay)
    half_a_request.sendall(b"GET / HTTP/1.1\r\nHost: loc")
    websocket = Client(relay)
    half_a_message = Client(relay)
    half_a_message.send_frame(TEXT, b'{"type":', fin=False)
    stop_at = time.monotonic() + 30
    for sock in [silent, after_tls, half_a_request, websocket.sock, half_a_message.sock]:
        assert ends_within(sock, max(1, stop_at - time.monotonic()))


def test_a_drop_at_a_time(relay):
    """A request whose bytes come one by one does not last longer for it."""
    sock = open_tls(relay)
    sock.settimeout(1)
    started = time.monotonic()
    try:
        for byte in b"GET / HTTP/1.1\r\nX: " + b"y" * 1000:
            sock.sendall(bytes([byte]))
            time.sleep(0.1)
        ended = False
    except OSError:
        ended = True
    assert ended and time.monotonic() - started < 40


def test_the_silent_are_few(tmp_path):
    relay = start_relay(tmp_path, max_unasked=8, joins_per_minute=1000)
    helper, sharer = make_pair(relay)
    silent = [open_tcp(relay.port) for _ in range(8)]
    time.sleep(0.5)
    assert ends_within(open_tcp(relay.port), 5)
    # Pairs do not suffer.
    helper.send_binary(b"x" * 100000)
    assert len(sharer.receive_bytes(100000)) == 100000
    for sock in silent:
        assert ends_within(sock, 30)
    time.sleep(1)
    make_pair(relay)
    assert relay.stop() == 0


def test_connections_are_limited(tmp_path):
    relay = start_relay(tmp_path, max_connections=6, joins_per_minute=1000)
    pairs = [make_pair(relay) for _ in range(3)]
    client = Client(relay)
    client.send_json(type="join", version=1, route="12345")
    assert client.expect_error("ELIMIT")["retry_s"] > 0
    # Some more are told so; after them nobody is let in.
    more = []
    with pytest.raises(OSError):
        while len(more) < 100:
            more.append(open_tls(relay))
    for sock in more:
        sock.close()
    pairs[0][0].close()
    pairs[0][1].drop()
    deadline = time.monotonic() + 20
    while True:
        try:
            make_pair(relay)
            break
        except (OSError, Closed, AssertionError):
            assert time.monotonic() < deadline
            time.sleep(0.2)
    assert relay.stop() == 0


def test_hundreds_of_tokens_at_once(relay):
    """More than are verified or wait at a time: some are refused, all are answered, nobody dies."""
    clients = []
    for _ in range(100):
        clients.append(Client(relay))
        clients[-1].send_json(type="create", version=1, token=relay.token)
    answers = [client.receive_json() for client in clients]
    assert all(answer["type"] == "created" or answer["error"] in ("ELIMIT", "ETIMEOUT") for answer in answers)
    assert sum(answer["type"] == "created" for answer in answers) >= 20
    for client in clients:
        client.drop()
    create(relay)


def test_resets_in_the_middle_of_everything(relay):
    for number in range(60):
        client = Client(relay)
        if number % 2:
            client.send_json(type="create", version=1, token=relay.token)
        client.send_raw(os.urandom(3) if number % 3 else b"\x82")
        client.reset()
    raw = open_tcp(relay.port)
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raw.close()
    make_pair(relay)


def test_unmasked_frames_do_no_harm(relay):
    helper, sharer = make_pair(relay)
    helper.send_frame(BINARY, b"plain", masked=False)
    helper.sock.settimeout(5)
    opcode, payload = sharer.receive()
    # Either refused or taken as what they are.
    assert (opcode, payload) == (BINARY, b"plain") or (opcode == TEXT and b"peer_gone" in payload)


def test_healthz(relay):
    sock = open_tls(relay)
    sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert read_head(sock).startswith("HTTP/1.1 200")
    body = b""
    while piece := sock.recv(100):
        body += piece
    assert body == b"ok\n"
    sock = open_tls(relay)
    sock.sendall(b"GET /other HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert read_head(sock).startswith("HTTP/1.1 404")
