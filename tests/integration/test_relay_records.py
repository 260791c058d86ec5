"""What the service keeps of sessions, who sees it, and that it is really gone when it is gone."""

import json
import re
import subprocess

import pytest
from relay_client import create, join
from relay_fixture import QA_RELAY, start_relay
from tools import wait_until

HOUR = 3600
WORDS = "They wanted my BANK-PASSWORD-NEEDLE and hung up."
FILES = ("sessions.db", "sessions.db-wal", "sessions.db-shm")


def sessions(relay, *arguments, check=True):
    return subprocess.run([QA_RELAY, "sessions", *arguments, "--state", relay.state],
                          capture_output=True, text=True, check=check)


def listed(relay):
    return [json.loads(line) for line in sessions(relay, "list").stdout.splitlines()]


def pair_up(relay):
    helper, created = create(relay)
    sharer = join(relay, created["route"])
    assert sharer.receive_json()["type"] == "joined"
    assert helper.receive_json() == {"type": "peer"}
    return helper, sharer, created["sid"]


def needles(relay, *words):
    """Which of these stand in the bytes of the records' files."""
    found = set()
    for name in FILES:
        path = relay.state / name
        if path.exists():
            data = path.read_bytes()
            found |= {word for word in words if word in data}
    return found


@pytest.fixture
def relay(tmp_path):
    relay = start_relay(tmp_path, joins_per_minute=1000)
    yield relay
    relay.stop()


def test_a_session_leaves_start_end_and_features(relay):
    helper, sharer, sid = pair_up(relay)
    record, = listed(relay)
    assert record["sid"] == sid and record["ended"] is None and record["features"] == []
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", record["started"])
    sharer.send_json(type="features", features=["view", "control", "flying"])
    sharer.send_json(type="features", features=["chat"])
    wait_until(lambda: listed(relay)[0]["features"] == ["view", "control", "chat"], "the features")
    helper.close()
    wait_until(lambda: listed(relay)[0]["ended"], "the end")
    record, = listed(relay)
    assert set(record) == {"sid", "started", "ended", "errors", "features", "report"}
    assert record["errors"] == [] and record["report"] is None
    assert json.loads(sessions(relay, "show", sid).stdout) == record
    assert json.loads(sessions(relay, "export").stdout) == {"sessions": [record]}


def test_the_tools_say_what_a_session_used(session):
    session.start_helper()
    session.start_sharer()
    session.allow_view()
    wait_until(lambda: listed(session.relay)[0]["features"] == ["view"], "viewing in the record")
    session.helper.script("request control,clipboard-to-sharer")
    session.sharer.wait("consent", permissions=["control", "clipboard-to-sharer"])
    session.sharer.answer("allow", permissions=["clipboard-to-sharer"])
    session.sharer.wait("permissions", permissions=["view", "clipboard-to-sharer"])
    session.sharer.say(json.dumps({"chat": "CONTENT-NEEDLE"}))
    session.sharer.wait("chat-delivered")
    session.helper.script("end")
    assert session.sharer.finish() == (0, None)
    wait_until(lambda: listed(session.relay)[0]["ended"], "the end")
    # Control was asked for and not allowed.
    assert listed(session.relay)[0]["features"] == ["view", "clipboard", "chat"]
    assert not needles(session.relay, b"CONTENT-NEEDLE")


def test_nothing_else_is_written(relay):
    helper, sharer, _ = pair_up(relay)
    sharer.send_binary(b"CONTENT-NEEDLE")
    assert helper.receive_bytes(14)
    helper.close()
    wait_until(lambda: listed(relay)[0]["ended"], "the end")
    account = relay.token.split(".")[1]
    assert not needles(relay, b"CONTENT-NEEDLE", b"Dev H", b"Development", b"127.0.0.1",
                       account.encode(), bytes.fromhex(account), relay.token.encode(),
                       bytes([127, 0, 0, 1]))
    assert "NEEDLE" not in relay.log
    for name in FILES:
        path = relay.state / name
        assert not path.exists() or path.stat().st_mode & 0o777 == 0o600


def test_a_report_is_kept_with_the_session(relay):
    helper, sharer, sid = pair_up(relay)
    # Only the sharer reports, and once.
    helper.send_json(type="report", words="I am fine")
    sharer.send_json(type="report", words=WORDS)
    sharer.send_json(type="report", words="more and more")
    sharer.close()
    wait_until(lambda: listed(relay)[0]["ended"], "the end")
    assert listed(relay)[0]["report"] == WORDS
    assert "NEEDLE" not in relay.log and sid not in relay.log


def test_a_report_after_the_helper_fled(relay):
    helper, sharer, _ = pair_up(relay)
    helper.close()
    assert sharer.receive_json() == {"type": "peer_gone"}
    sharer.send_json(type="report", words=WORDS)
    wait_until(lambda: listed(relay)[0]["report"] == WORDS, "the report")


@pytest.mark.parametrize("words", ["", "a" * 4001, "a\x07b", "\u202e"], ids=["none", "long", "bell", "bidi"])
def test_a_report_that_is_none(relay, words):
    helper, sharer, _ = pair_up(relay)
    sharer.send_json(type="report", words=words)
    sharer.expect_error("EPROTO")
    assert listed(relay)[0]["report"] is None


def test_words_before_there_is_a_session(relay):
    for message in ({"type": "report", "words": "x"}, {"type": "features", "features": []},
                    {"type": "keep", "keep_s": 5}):
        helper, _ = create(relay)
        helper.send_json(**message)
        helper.expect_error("EPROTO")
    assert listed(relay) == []


def test_a_crash_is_noted(tmp_path):
    relay = start_relay(tmp_path, joins_per_minute=1000)
    ends = pair_up(relay)
    relay.kill()
    # Twelve hours later nobody can come back to it.
    relay = start_relay(tmp_path, clock_offset=13 * HOUR)
    wait_until(lambda: listed(relay)[0]["ended"], "the end")
    assert listed(relay)[0]["errors"] == ["too_long"]
    relay.stop()


def test_delete(relay):
    helper, sharer, sid = pair_up(relay)
    sharer.send_json(type="report", words=WORDS)
    wait_until(lambda: listed(relay)[0]["report"], "the report")
    assert needles(relay, WORDS.encode(), bytes.fromhex(sid)) == {WORDS.encode(), bytes.fromhex(sid)}
    sessions(relay, "delete", sid)
    assert listed(relay) == []
    assert not needles(relay, WORDS.encode(), bytes.fromhex(sid))
    again = sessions(relay, "delete", sid, check=False)
    assert again.returncode == 2 and "no record" in again.stderr
    assert sessions(relay, "show", sid, check=False).returncode == 2


def test_after_72_hours_nothing_is_left_in_any_byte(tmp_path):
    relay = start_relay(tmp_path, joins_per_minute=1000)
    helper, sharer, sid = pair_up(relay)
    sharer.send_json(type="report", words=WORDS)
    helper.close()
    wait_until(lambda: listed(relay)[0]["ended"], "the end")
    gone = (WORDS.encode(), bytes.fromhex(sid))
    relay.kill()  # what it wrote is still in the write-ahead log

    relay = start_relay(tmp_path, joins_per_minute=1000, clock_offset=71 * HOUR)
    assert listed(relay)[0]["report"] == WORDS
    *ends, later = pair_up(relay)
    relay.kill()

    relay = start_relay(tmp_path, joins_per_minute=1000, clock_offset=73 * HOUR)
    assert [record["sid"] for record in listed(relay)] == [later]
    assert not needles(relay, *gone)
    relay.stop()
    assert not needles(relay, *gone)


def test_a_file_that_is_none_of_ours(tmp_path):
    state = tmp_path / "relay-state"
    state.mkdir()
    (state / "sessions.db").write_bytes(b"something else " * 100)
    with pytest.raises(AssertionError, match="sessions.db"):
        start_relay(tmp_path)


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["show"], ["show", "xyz"], ["show", "0" * 31],
                                       ["list", "more"], ["delete"]])
def test_wrong_command_lines(tmp_path, arguments):
    done = subprocess.run([QA_RELAY, "sessions", *arguments, "--state", tmp_path / "s"],
                          capture_output=True, text=True)
    assert done.returncode == 2 and "Try qa-relay --help" in done.stderr
