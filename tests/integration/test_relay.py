"""qa-relay over real TLS WebSockets: codes, pairs, bytes, and how they end."""
import asyncio
import concurrent.futures
import hashlib
import json
import pathlib
import random
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest
import relay_client
import websockets
from relay_client import BINARY, Client, Closed, create, join, make_pair
from relay_fixture import QA_RELAY, memory_kb, start_relay
from tools import SLOW

MEGABYTE = 1 << 20


@pytest.fixture
def relay(tmp_path):
    relay = start_relay(tmp_path, joins_per_minute=0, creates_per_minute=0, unshown_megabytes=0)
    yield relay
    assert relay.stop() == 0, relay.log


# ---- codes ----

def test_create_and_join(relay):
    helper, created = create(relay)
    assert set(created) == {"type", "route", "sid", "expires_s", "shown_name", "organisation",
                            "ticket"}
    assert len(created["route"]) == 5 and created["route"].isdigit()
    assert len(created["sid"]) == 32
    assert created["expires_s"] == 600
    assert created["shown_name"] == relay.shown_name == "Dev H."
    assert created["organisation"] == relay.organisation
    sharer = join(relay, created["route"])
    joined = sharer.receive_json()
    assert joined.pop("ticket") != created["ticket"]
    assert joined == {"type": "joined", "sid": created["sid"], "shown_name": "Dev H.",
                      "organisation": "Development"}
    assert helper.receive_json() == {"type": "peer"}
    assert "qassist.1" in sharer.answer
    assert create(relay)[1]["sid"] != created["sid"]


def test_two_joins_race_for_one_route(relay):
    with concurrent.futures.ThreadPoolExecutor(2) as threads:
        for _ in range(50):
            helper, created = create(relay)
            sharers = [Client(relay), Client(relay)]
            start = threading.Barrier(2)

            def race(sharer):
                start.wait()
                sharer.send_json(type="join", version=1, route=created["route"])
                return sharer.receive_json()

            answers = list(threads.map(race, sharers))
            assert sorted(answer["type"] for answer in answers) == ["error", "joined"]
            loser = next(answer for answer in answers if answer["type"] == "error")
            assert loser["error"] == "ECODE_USED"
            assert {helper.receive_json()["type"] for _ in range(2)} == {"peer", "tried"}
            for client in [helper, *sharers]:
                client.drop()


def test_used_code(relay):
    helper, created = create(relay)
    sharer = join(relay, created["route"])
    assert sharer.receive_json()["type"] == "joined"
    join(relay, created["route"]).expect_error("ECODE_USED")
    assert [helper.receive_json()["type"] for _ in range(2)] == ["peer", "tried"]
    # The pair is none the worse for it.
    helper.send_binary(b"still here")
    assert sharer.receive_bytes(10) == b"still here"
    helper.close()
    sharer.close()
    join(relay, created["route"]).expect_error("ECODE_USED")


def test_unknown_code(relay):
    join(relay, "123456789").expect_error("ECODE_UNKNOWN")


def test_expired_code(tmp_path):
    relay = start_relay(tmp_path, code_lifetime=1, joins_per_minute=1000)
    helper, created = create(relay)
    assert created["expires_s"] == 1
    helper.expect_error("ECODE_EXPIRED")
    join(relay, created["route"]).expect_error("ECODE_EXPIRED")
    assert relay.stop() == 0


def test_code_of_a_helper_that_left(relay):
    helper, created = create(relay)
    helper.close()
    deadline = time.monotonic() + 10
    while True:
        answer = join(relay, created["route"])
        message = answer.receive_json()
        if message["type"] == "error" or time.monotonic() > deadline:
            break
    assert message["error"] == "ECODE_EXPIRED"


def test_joins_are_limited_by_address(tmp_path):
    relay = start_relay(tmp_path)
    for _ in range(5):
        join(relay, "123456789").expect_error("ECODE_UNKNOWN")
    refused = join(relay, "123456789").expect_error("ERATE")
    assert 1 <= refused["retry_s"] <= 60
    assert relay.stop() == 0


def test_creates_are_limited_by_address(tmp_path):
    relay = start_relay(tmp_path, creates_per_minute=2)
    create(relay)
    create(relay)
    third = Client(relay)
    third.send_json(type="create", version=1, token=relay.token)
    assert 1 <= third.expect_error("ERATE")["retry_s"] <= 60
    assert relay.stop() == 0


def test_guessing_makes_routes_longer(relay):
    for _ in range(70):
        join(relay, "123456789").expect_error("ECODE_UNKNOWN")
    assert len(create(relay)[1]["route"]) == 6


# ---- signing in ----

@pytest.mark.parametrize("token", [
    "x", "qa1.0123456789abcdef.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "qa1..", "q" * 255])
def test_wrong_token(relay, token):
    client = Client(relay)
    client.send_json(type="create", version=1, token=token)
    client.expect_error("EAUTH")


def test_wrong_secret_of_a_real_account(relay):
    client = Client(relay)
    client.send_json(type="create", version=1, token=relay.token[:-4] + "AAAA")
    client.expect_error("EAUTH")


def test_account_added_and_removed_while_it_runs(relay):
    token = subprocess.run([QA_RELAY, "helper", "add", "Ada Lovelace", "--state", relay.state, "--print-token"],
                           check=True, capture_output=True, text=True).stdout.strip()
    helper, created = create(relay, token=token)
    assert created["shown_name"] == "Ada L."
    subprocess.run([QA_RELAY, "helper", "remove", "Ada Lovelace", "--state", relay.state], check=True)
    client = Client(relay)
    client.send_json(type="create", version=1, token=token)
    client.expect_error("EAUTH")
    create(relay)


def test_leaving_while_the_token_is_verified(relay):
    for _ in range(20):
        client = Client(relay)
        client.send_json(type="create", version=1, token=relay.token)
        client.drop()
    create(relay)


# ---- bytes ----

def send_all(client, data, seed):
    sizes = random.Random(seed)
    at = 0
    while at < len(data):
        size = sizes.choice([1, 7, 100, 1000, 16384, 16385, 70000, sizes.randrange(1, 200000)])
        client.send_binary(data[at:at + size])
        at += size


async def send_all_async(client, data, seed):
    sizes = random.Random(seed)
    at = 0
    while at < len(data):
        size = sizes.choice([1, 7, 100, 1000, 16384, 16385, 70000, sizes.randrange(1, 200000)])
        await client.send(data[at:at + size])
        at += size


async def receive_all_async(client, count):
    digest = hashlib.sha256()
    while count > 0:
        piece = await client.recv()
        digest.update(piece)
        count -= len(piece)
    assert count == 0
    return digest.digest()


async def both_ways(relay, there, back):
    """By a WebSocket library that others wrote."""
    options = {"ssl": relay_client.tls_context(relay.ca), "subprotocols": ["qassist.1"], "compression": None}
    async with websockets.connect(relay.url, **options) as helper, websockets.connect(relay.url, **options) as sharer:
        await helper.send(json.dumps({"type": "create", "version": 1, "token": relay.token}))
        created = json.loads(await helper.recv())
        await sharer.send(json.dumps({"type": "join", "version": 1, "route": created["route"]}))
        assert json.loads(await sharer.recv())["type"] == "joined"
        assert json.loads(await helper.recv())["type"] == "peer"
        return await asyncio.gather(send_all_async(helper, there, 1), send_all_async(sharer, back, 2),
                                    receive_all_async(sharer, len(there)), receive_all_async(helper, len(back)))


def test_twenty_megabytes_both_ways(relay):
    there, back = random.randbytes(20 * MEGABYTE), random.randbytes(20 * MEGABYTE + 1)
    results = asyncio.run(both_ways(relay, there, back))
    assert results[2] == hashlib.sha256(there).digest()
    assert results[3] == hashlib.sha256(back).digest()


def test_what_arrives_is_at_most_16_kib_a_message(relay):
    helper, sharer = make_pair(relay)
    helper.send_binary(bytes(MEGABYTE))
    have = 0
    while have < MEGABYTE:
        opcode, payload = sharer.receive()
        assert opcode == BINARY and len(payload) <= 16640
        have += len(payload)


def test_fragments_are_one_stream(relay):
    helper, sharer = make_pair(relay)
    helper.send_frame(BINARY, b"one ", fin=False)
    helper.send_frame(relay_client.PING, b"in between")
    helper.send_frame(0, b"two ", fin=False)
    helper.send_frame(0, b"three")
    assert sharer.receive_bytes(13) == b"one two three"


def read_slowly(client, pause):
    time.sleep(2)
    pieces = []
    while True:
        opcode, payload = client.receive()
        if opcode != BINARY:
            return b"".join(pieces), opcode, payload
        pieces.append(payload)
        time.sleep(pause)


@pytest.mark.parametrize("in_order", [True, False])
def test_a_slow_reader_loses_no_byte_at_the_end(relay, in_order):
    helper, sharer = make_pair(relay, sharer_options={"receive_buffer": 8192})
    data = random.randbytes(3 * MEGABYTE)
    with concurrent.futures.ThreadPoolExecutor(1) as threads:
        reading = threads.submit(read_slowly, sharer, 0.005)
        send_all(helper, data, 3)
        if in_order:
            helper.close()
        else:
            # TCP's own end, right behind the last byte.
            helper.sock.shutdown(socket.SHUT_WR)
        received, opcode, payload = reading.result(120)
    assert hashlib.sha256(received).digest() == hashlib.sha256(data).digest()
    assert json.loads(payload) == ({"type": "peer_gone"} if in_order else {"type": "peer_gone", "lost": True})
    assert sharer.receive_close()[0] == 1000


def test_a_peer_that_is_reset(relay):
    helper, sharer = make_pair(relay)
    helper.send_binary(b"last words")
    assert sharer.receive_bytes(10) == b"last words"
    helper.reset()
    assert sharer.receive_json() == {"type": "peer_gone", "lost": True}
    assert sharer.receive_close()[0] == 1000


def test_a_client_killed(relay):
    helper, created = create(relay)
    sharer = subprocess.Popen([sys.executable, relay_client.__file__, str(relay.port), str(relay.ca),
                               created["route"]], stdout=subprocess.PIPE, text=True)
    assert sharer.stdout.readline() == "joined\n"
    assert helper.receive_json() == {"type": "peer"}
    helper.receive_bytes(5000)
    sharer.send_signal(signal.SIGKILL)
    sharer.wait()
    killed = time.monotonic()
    rest, (_, payload) = helper.receive_rest()
    assert json.loads(payload) == {"type": "peer_gone", "lost": True}
    assert set(rest) <= set(b"x")
    assert time.monotonic() - killed < 10


def test_stalled_readers_hold_no_memory_and_end(relay):
    """Four helpers send as much as they can to sharers that read nothing, and answer no ping."""
    pairs = [make_pair(relay, sharer_options={"receive_buffer": 4096}) for _ in range(4)]
    before = memory_kb(relay.pid)
    for helper, _ in pairs:
        helper.sock.settimeout(3)
    sent = [0] * len(pairs)

    def push(number):
        try:
            while True:
                pairs[number][0].send_binary(bytes(16384))
                sent[number] += 16384
        except (TimeoutError, OSError):
            return

    with concurrent.futures.ThreadPoolExecutor(len(pairs)) as threads:
        list(threads.map(push, range(len(pairs))))
    # Held back: what is on its way is in the kernel's buffers and in bounded queues.
    assert max(sent) < 40 * MEGABYTE
    # SLOW: a sanitizer keeps what was freed.
    assert memory_kb(relay.pid) - before < (4 * 1024 + 4 * 1024) * SLOW
    # The relay reads nothing from those it holds back, not their pings either, and yet shows life.
    pairs[0][0].sock.settimeout(30)
    while pairs[0][0].receive_frame()[0] != relay_client.PONG:
        pass
    # A reader that takes nothing and answers nothing is dead after a while, and the helper told.
    deadline = time.monotonic() + 90
    while relay.log.count("event=pair_end") < 4 and time.monotonic() < deadline:
        time.sleep(0.5)
    assert relay.log.count("event=pair_end") == 4
    create(relay)


def test_an_idle_pair_lives_on_pings(relay):
    helper, sharer = make_pair(relay)
    until = time.monotonic() + 50
    with concurrent.futures.ThreadPoolExecutor(1) as threads:
        # Pongs are sent inside receive.
        waiting = threads.submit(sharer.receive_bytes, 5)
        helper.sock.settimeout(0.5)
        while time.monotonic() < until:
            try:
                opcode, payload = helper.receive_frame()
                assert opcode == relay_client.PING
                helper.send_frame(relay_client.PONG, payload)
            except TimeoutError:
                continue
        helper.sock.settimeout(60)
        helper.send_binary(b"alive")
        assert waiting.result(20) == b"alive"


# ---- the relay's own end ----

def test_sigterm_tells_everybody(relay):
    helper, sharer = make_pair(relay)
    waiting, _ = create(relay)
    asking = Client(relay)
    started = time.monotonic()
    relay.process.send_signal(signal.SIGTERM)
    for client in [helper, sharer, waiting, asking]:
        message = client.receive_json()
        assert message["type"] == "error" and message["error"] == "ERELAY_LOST"
        assert message["detail"]
        assert client.receive_close()[0] == 1001
        client.drop()
    assert relay.process.wait(20) == 0
    assert time.monotonic() - started < 10
    with pytest.raises(OSError):
        Client(relay)


def test_sigterm_does_not_wait_for_the_silent(relay):
    pairs = [make_pair(relay) for _ in range(3)]
    relay.process.send_signal(signal.SIGINT)
    assert relay.process.wait(20) == 0
    for client in (client for pair in pairs for client in pair):
        with pytest.raises((Closed, AssertionError, OSError)):
            while True:
                client.receive_json()


def test_many_connections_leave_nothing_behind(relay):
    create(relay)

    def descriptors():
        return len(list(pathlib.Path(f"/proc/{relay.pid}/fd").iterdir()))

    before = descriptors()
    for number in range(100):
        helper, sharer = make_pair(relay)
        helper.send_binary(b"x" * 1000)
        [helper.close, helper.drop, helper.reset, sharer.reset][number % 4]()
        sharer.drop()
        helper.drop()
    deadline = time.monotonic() + 30
    while descriptors() > before and time.monotonic() < deadline:
        time.sleep(0.2)
    assert descriptors() <= before


def test_the_log_says_nothing_of_a_session(relay):
    helper, sharer = make_pair(relay)
    helper.drop()
    sharer.drop()
    _, created = create(relay)
    join(relay, "987654321").expect_error("ECODE_UNKNOWN")
    assert relay.stop() == 0
    log = relay.log
    for secret in [created["route"], created["sid"], relay.token, relay.token.split(".")[1], "Dev H", "Development",
                   "987654321", "127.0.0.1", "localhost"]:
        assert secret not in log
    assert "event=create result=ok" in log and "event=pair_end" in log
