"""The relay's limits: by address, by account and in all; what a pair may move; and that every refusal says when to
come back. Addresses are those of loopback, 127.0.0.0/8, or what a PROXY header says."""
import concurrent.futures
import os
import struct
import subprocess

import pytest
from relay_client import (BINARY, CLOSE, TEXT, Client, Closed, create, ends_within, join, make_pair, open_tcp,
                          open_tls)
from relay_fixture import QA_RELAY, memory_kb, start_relay
from terminal import Terminal
from tools import SLOW, Tool, wait_until

MEGABYTE = 1 << 20
FREE = {"joins_per_minute": 0, "creates_per_minute": 0, "rejoins_per_minute": 0}


def proxy_header(address):
    """As a load balancer begins a connection for this IPv4 address."""
    inside = bytes(map(int, address.split("."))) + bytes([127, 0, 0, 1]) + struct.pack("!HH", 40000, 443)
    return b"\r\n\r\n\0\r\nQUIT\n\x21\x11" + struct.pack("!H", len(inside)) + inside


@pytest.fixture
def start(tmp_path, monkeypatch):
    # What was freed is not to count as memory that grew; sanitizers keep it for long by default.
    options = [os.environ.get("ASAN_OPTIONS", ""), "quarantine_size_mb=1", "thread_local_quarantine_size_kb=64"]
    monkeypatch.setenv("ASAN_OPTIONS", ":".join(filter(None, options)))
    relays = []

    def begin(**options):
        relays.append(start_relay(tmp_path, **{**FREE, **options}))
        return relays[-1]

    yield begin
    for relay in relays:
        assert relay.stop() == 0, relay.log


def refused(client, name="ELIMIT", words="", wait=range(1, 3601)):
    message = client.expect_error(name)
    assert message["retry_s"] in wait and words in message["detail"], message
    client.drop()
    return message


def add_helper(relay, name):
    return subprocess.run([QA_RELAY, "helper", "add", name, "--state", relay.state, "--print-token"], check=True,
                          capture_output=True, text=True).stdout.strip()


def ask_for_code(relay, token=None, **options):
    client = Client(relay, **options)
    client.send_json(type="create", version=1, token=token or relay.token)
    return client


# ---- tries ----

def test_joins_and_creates_of_all_together(start):
    relay = start(joins_per_minute_total=3, creates_per_minute_total=2)
    for number in range(3):
        join(relay, "123456789", source=f"127.0.0.{number + 2}").expect_error("ECODE_UNKNOWN")
    refused(join(relay, "123456789", source="127.0.0.9"), "ERATE", wait=range(1, 61))
    create(relay)
    create(relay, source="127.0.0.9")
    refused(ask_for_code(relay, source="127.0.0.10"), "ERATE", wait=range(1, 61))


def test_codes_of_an_account(start):
    relay = start(creates_per_account=2)
    other = add_helper(relay, "Ada Lovelace")
    for number in range(2):
        create(relay, source=f"127.0.0.{number + 2}")
    refused(ask_for_code(relay, source="127.0.0.9"), "ERATE", wait=range(1, 61))
    create(relay, token=other)


def test_codes_and_sessions_of_an_account_at_once(start):
    relay = start(sessions_per_account=2)
    other = add_helper(relay, "Ada Lovelace")
    helper, sharer = make_pair(relay)
    waiting, _ = create(relay)
    refused(ask_for_code(relay), words="this helper has as many")
    create(relay, token=other)
    # A code that is given up makes room, and so does a session that is over; one that broke off does not.
    waiting.close()
    second, second_sharer = make_pair(relay)
    second.drop()
    second_sharer.drop()
    refused(ask_for_code(relay))
    helper.close()
    assert sharer.receive_json()["type"] == "peer_gone"
    create(relay)


def test_sessions_of_an_address_and_in_all(start):
    relay = start(max_sessions=2, sessions_per_address=1)
    helper, created = create(relay, source="127.0.0.2")
    first = join(relay, created["route"], source="127.0.0.3")
    assert first.receive_json()["type"] == "joined"
    # The code that somebody there cannot use now is not used up.
    other, created = create(relay, source="127.0.0.4")
    refused(join(relay, created["route"], source="127.0.0.3"), words="sessions at this address")
    refused(ask_for_code(relay, source="127.0.0.3"), words="sessions at this address")
    second = join(relay, created["route"], source="127.0.0.5")
    assert second.receive_json()["type"] == "joined"
    refused(ask_for_code(relay, source="127.0.0.6"), words="as many sessions")
    helper.close()
    assert first.receive_json()["type"] == "peer_gone"
    create(relay, source="127.0.0.6")


# ---- connections ----

def test_connections_of_an_address(start):
    relay = start(connections_per_address=2)
    first, second = create(relay)[0], create(relay)[0]
    refused(ask_for_code(relay), words="connections from this address")
    create(relay, source="127.0.0.2")
    first.close()
    second.drop()
    wait_until(lambda: ask_for_code(relay).receive_json()["type"] == "created", "room for another one")


def test_a_full_relay_says_so(start):
    relay = start(max_connections=4)
    others = make_pair(relay)
    helper, sharer = make_pair(relay)
    refused(ask_for_code(relay), words="full", wait=range(5, 121))
    # Whoever is there goes on.
    helper.send_binary(b"still here")
    assert sharer.receive_bytes(10) == b"still here"
    sharer.close()
    helper.drop()
    wait_until(lambda: ask_for_code(relay).receive_json()["type"] == "created", "room for another one")
    others[0].close()


def test_half_open_connections(start):
    relay = start(max_unasked_per_address=3, hello_seconds=4)
    silent = [open_tcp(relay.port), open_tls(relay), Client(relay)]
    with pytest.raises((OSError, Closed)):
        Client(relay)
    # Others have room, and theirs is back when their time is over.
    make_pair(relay, {"source": "127.0.0.2"}, {"source": "127.0.0.2"})
    assert silent[2].expect_error("ETIMEOUT")["retry_s"] >= 1
    assert all(ends_within(sock, 60) for sock in silent[:2])
    make_pair(relay)


def test_thousands_of_addresses(start):
    """Each joins in vain; what is remembered of them is little, and bounded (tests/unit/test_quota.c)."""
    relay = start(joins_per_minute=5, joins_per_minute_total=0, misses_per_minute=20, proxy_protocol="127.0.0.1")
    before = memory_kb(relay.pid)

    def guess(number):
        address = f"10.{number >> 8 & 255}.{number & 255}.1"
        with join(relay, "123456789", first=proxy_header(address)) as client:
            assert client.receive_json()["error"] == "ECODE_UNKNOWN"

    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        list(threads.map(guess, range(600)))
    assert memory_kb(relay.pid) - before < 8 * 1024 * SLOW  # a sanitizer keeps what was freed
    # That many guesses are an attack: codes get longer, for everybody.
    assert len(create(relay, first=proxy_header("10.200.0.1"))[1]["route"]) == 7


# ---- a relay is no tunnel ----

def end_of(client):
    """What it is told after all bytes."""
    while True:
        opcode, payload = client.receive()
        if opcode == TEXT:
            return payload.decode()
        assert opcode == BINARY


def push(client, count):
    piece = bytes(65536)
    try:
        for _ in range(count * MEGABYTE // len(piece)):
            client.send_binary(piece)
    except OSError:
        pass


def moved_too_much(relay, helper, sharer, words, directions=1):
    """Both push until they are stopped, and hear the same."""
    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        told = [threads.submit(end_of, helper), threads.submit(end_of, sharer)]
        for client in [helper, sharer][:directions]:
            threads.submit(push, client, 64)
        for client, answer in zip([helper, sharer], told):
            text = answer.result(120)
            assert '"ELIMIT"' in text and words in text and '"retry_s":' in text
            client.drop()


def records(relay):
    return subprocess.run([QA_RELAY, "sessions", "list", "--state", relay.state], check=True, capture_output=True,
                          text=True).stdout


@pytest.mark.parametrize("directions", [1, 2])
def test_a_pair_that_shows_nothing(start, directions):
    relay = start(unshown_megabytes=2)
    helper, sharer = make_pair(relay)
    moved_too_much(relay, helper, sharer, "nothing was shown", directions)
    assert '"not_shown"' in records(relay)
    # One that shows something may.
    helper, sharer = make_pair(relay)
    sharer.send_json(type="features", features=["view"])
    with concurrent.futures.ThreadPoolExecutor(1) as threads:
        pushed = threads.submit(push, helper, 8)
        assert len(sharer.receive_bytes(8 * MEGABYTE)) == 8 * MEGABYTE
        pushed.result()


def test_a_pair_that_only_sits_there(start):
    relay = start(unshown_seconds=1)
    helper, sharer = make_pair(relay)
    shows = make_pair(relay)
    shows[1].send_json(type="features", features=["view"])
    for client in [helper, sharer]:
        refused(client, words="nothing was shown")
    shows[0].send_binary(b"shown")
    assert shows[1].receive_bytes(5) == b"shown"


def shown_pair(relay, **options):
    helper, sharer = make_pair(relay, **options)
    sharer.send_json(type="features", features=["view"])
    return helper, sharer


def test_bytes_of_a_session(start):
    relay = start(session_megabytes=3)
    moved_too_much(relay, *shown_pair(relay), "as much as this relay allows")
    assert '"too_much"' in records(relay)
    create(relay)


def test_bytes_of_an_account_in_a_day(start):
    relay = start(account_megabytes_per_day=3)
    other = add_helper(relay, "Ada Lovelace")
    moved_too_much(relay, *shown_pair(relay), "in a day")
    # A hundredth of a day later there is something left again.
    refused(ask_for_code(relay), words="in a day", wait=range(600, 900))
    create(relay, token=other)


def test_bytes_of_an_address_in_a_day(start):
    relay = start(address_megabytes_per_day=3)
    helper, sharer = shown_pair(relay, helper_options={"source": "127.0.0.2"},
                                sharer_options={"source": "127.0.0.3"})
    moved_too_much(relay, helper, sharer, "in a day")
    other, created = create(relay, source="127.0.0.4")
    refused(join(relay, created["route"], source="127.0.0.3"), words="in a day", wait=range(600, 900))
    refused(ask_for_code(relay, source="127.0.0.2"), words="in a day", wait=range(600, 900))
    # The code was not used up by that.
    assert join(relay, created["route"], source="127.0.0.5").receive_json()["type"] == "joined"


def test_bytes_of_all_in_a_day(start):
    relay = start(megabytes_per_day=3)
    moved_too_much(relay, *shown_pair(relay), "in a day")
    refused(ask_for_code(relay, source="127.0.0.9"), words="in a day", wait=range(600, 900))


# ---- what people are told ----

def test_the_tools_say_when(start, tmp_path, display, french):
    relay = start(creates_per_minute=1, joins_per_minute=1)
    helper, _ = create(relay)
    common = ["--relay", relay.url, "--ca", relay.ca]
    tool = Tool("qa-help", [*common, "--token-file", relay.token_file, "--headless",
                            "--json-frames", "--input", "-"], tmp_path)
    end = tool.wait("end")
    assert end["error"] == "QA_ERATE" and 1 <= end["retry_s"] <= 60 and tool.process.wait() == 9
    join(relay, "123456789").expect_error("ECODE_UNKNOWN")
    helper.drop()
    terminal = Terminal("qa-share", *common, "1234 5678 9039", DISPLAY=display.name, **french)
    try:
        terminal.wait("Réessayez dans ")
        terminal.wait(" secondes.")
        assert terminal.finish() == 9
    finally:
        terminal.stop()


@pytest.mark.parametrize("option", ["proxy_protocol", "forwarded_for"])
def test_a_list_that_is_none(tmp_path, option):
    with pytest.raises(AssertionError, match="not a list of at most 64 addresses"):
        start_relay(tmp_path, **{option: "10.0.0.0/33"})
