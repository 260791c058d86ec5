"""Sessions that break off and come back by themselves: cut lines, pulled cables, a relay that was restarted."""

import base64
import ctypes
import json
import os
import signal
import struct
import subprocess
import time

import pytest
from cut_proxy import CutProxy
from relay_client import BINARY, Client, Closed
from relay_fixture import QA_RELAY, start_relay
from test_report import expect_report
from test_screens import LEFT, RIGHT, plug
from tools import SLOW, Session, wait_until
from xserver import XServer

LIMITS = {"joins_per_minute": 1000, "rejoins_per_minute": 1000}
LONG = 120 + 60 * SLOW


@pytest.fixture
def cut(tmp_path):
    """A session whose two tools reach the relay through a line that can be cut."""
    relay = start_relay(tmp_path, **LIMITS)
    display = XServer()
    proxy = CutProxy(relay.port)
    session = Session(relay, display, tmp_path, relay_url=proxy.url)
    session.proxy = proxy
    yield session
    session.stop()
    proxy.stop()
    display.stop()
    session.relay.stop()


def start(session, control=False):
    session.display.xterm("while :; do date +%N; sleep 0.05; done")
    session.start_helper()
    session.start_sharer()
    session.allow_view()
    if control:
        session.helper.script("request control")
        session.allow_control()


def broken(*tools):
    for tool in tools:
        tool.wait("state", state="reconnecting", seconds=LONG)
        tool.wait("permissions", permissions=[])


def frames_flow(helper):
    """New pictures, not what was on its way before."""
    helper.drain()
    helper.wait("frame")
    helper.wait("frame")


def back(session):
    session.sharer.wait("state", state="active", seconds=LONG)
    session.sharer.wait("permissions", permissions=["view"])
    session.helper.wait("state", state="active", seconds=LONG)
    session.helper.wait("permissions", permissions=["view"])
    frames_flow(session.helper)


@pytest.mark.parametrize("who", ["helper", "sharer", "both"])
def test_a_line_that_is_cut(cut, who):
    start(cut)
    before = len(cut.sharer.seen("consent"))
    cut.proxy.cut(None if who == "both" else getattr(cut, who).process.pid)
    broken(cut.helper, cut.sharer)
    # Nothing is captured meanwhile: no worker, no connection to the display.
    wait_until(lambda: not cut.sharer.children() and not cut.helper.children(), "the workers' ends")
    cut.proxy.mend()
    back(cut)
    assert len(cut.sharer.seen("consent")) == before, "viewing was asked for again"
    cut.end()


def test_control_is_asked_for_again(cut):
    start(cut, control=True)
    cut.proxy.cut()
    broken(cut.helper, cut.sharer)
    cut.proxy.mend()
    back(cut)
    # By itself, for the helper held it before; and until the answer there is none.
    cut.sharer.wait("consent", permission="control")
    cut.helper.drain(0.5)
    assert not cut.helper.seen("permissions", permissions=["view", "control"])[1:]
    cut.sharer.answer("allow")
    cut.helper.wait("permissions", permissions=["view", "control"])
    cut.end()


def test_an_open_question_is_withdrawn(cut):
    start(cut)
    cut.helper.script("request control")
    cut.sharer.wait("consent", permission="control")
    cut.proxy.cut()
    broken(cut.helper, cut.sharer)
    cut.sharer.answer("allow")
    cut.sharer.wait("refused")
    cut.proxy.mend()
    back(cut)
    assert not cut.helper.seen("permissions", permissions=["view", "control"])
    cut.end()


def test_before_the_first_question_is_answered(cut):
    cut.display.xterm("while :; do date +%N; sleep 0.05; done")
    cut.start_helper()
    cut.start_sharer()
    cut.sharer.wait("consent", permission="view")
    cut.helper.wait("peer")
    cut.proxy.cut()
    for tool in (cut.helper, cut.sharer):
        tool.wait("state", state="reconnecting", seconds=LONG)
    cut.proxy.mend()
    cut.sharer.wait("consent", permission="view", seconds=LONG)
    assert not cut.helper.seen("frame")
    cut.sharer.answer("allow")
    frames_flow(cut.helper)
    cut.end()


def test_a_pause_stays(cut):
    start(cut)
    cut.sharer.command("pause")
    cut.helper.wait("state", state="paused")
    cut.proxy.cut()
    broken(cut.helper, cut.sharer)
    cut.helper.drain()
    seen = len(cut.helper.seen("frame"))
    cut.proxy.mend()
    cut.sharer.wait("state", state="paused", seconds=LONG)
    cut.helper.wait("state", state="paused", seconds=LONG)
    cut.helper.drain(1)
    assert len(cut.helper.seen("frame")) == seen
    cut.sharer.command("resume")
    frames_flow(cut.helper)
    cut.end()


def test_a_pause_that_is_over_is_told(cut):
    """A question paused, and the break took it away: nobody may go on saying that nothing is seen."""
    start(cut, control=True)
    cut.helper.script("request point")
    cut.sharer.wait("consent", permission="point")
    cut.sharer.wait("paused", causes=["prompt"])
    cut.proxy.cut()
    broken(cut.helper, cut.sharer)
    cut.proxy.mend()
    cut.sharer.wait("state", state="active", seconds=LONG)
    cut.sharer.wait("paused", causes=[])
    cut.helper.wait("state", state="active", seconds=LONG)
    frames_flow(cut.helper)
    cut.end()


def test_the_chosen_screen_comes_back_alone(cut):
    """Not one picture of the other screen."""
    plug(cut.display, "LEFT", LEFT, "screen")
    plug(cut.display, "RIGHT", RIGHT)
    start(cut)
    cut.helper.script("screen RIGHT")
    wait_until(lambda: cut.sharer.drain() and any(e["name"] == "RIGHT" for e in cut.sharer.seen("screen")), "the choice")
    cut.helper.wait("frame", width=512)
    cut.display.xterm("while :; do date +%N; sleep 0.05; done", geometry="20x5+600+300")
    cut.proxy.cut()
    broken(cut.helper, cut.sharer)
    cut.helper.drain()
    frames, shown = len(cut.helper.seen("frame")), len(cut.sharer.seen("screen"))
    cut.proxy.mend()
    back(cut)
    assert {e["width"] for e in cut.helper.seen("frame")[frames:]} == {512}
    cut.sharer.drain()
    assert {e["name"] for e in cut.sharer.seen("screen")[shown:]} == {"RIGHT"}
    cut.end()


def test_a_report_is_not_lost_on_the_way_back(cut):
    """While the relay looks whether the one before is alive it would not take it: it is said, and not sent."""
    start(cut)
    connections = cut.proxy.connections
    cut.proxy.lose(cut.sharer.process.pid)
    cut.sharer.wait("state", state="reconnecting", seconds=LONG)
    wait_until(lambda: cut.proxy.connections > connections, "the sharer at the relay")

    def reported():
        answers = len(cut.sharer.seen("refused"))
        cut.sharer.say(json.dumps({"report": "They hurried me."}))
        wait_until(lambda: cut.sharer.drain(0.1) and
                   (cut.sharer.seen("end") or len(cut.sharer.seen("refused")) > answers), "an answer")
        return cut.sharer.seen("end")

    wait_until(reported, "the relay to listen", LONG)
    assert cut.sharer.seen("end")[0]["error"] is None
    expect_report(cut, "They hurried me.")


def test_over_and_over(cut):
    start(cut)
    for _ in range(3):
        cut.proxy.cut()
        broken(cut.helper, cut.sharer)
        cut.proxy.mend()
        back(cut)
    cut.end()


@pytest.mark.parametrize("who", ["helper", "sharer"])
def test_ended_while_apart(cut, who):
    start(cut)
    cut.proxy.cut()
    broken(cut.helper, cut.sharer)
    if who == "helper":
        cut.helper.script("end")
    else:
        cut.sharer.command("end")
    tool = getattr(cut, who)
    assert tool.finish() == (0, None)


def test_ended_by_one_while_the_other_is_away(cut):
    start(cut)
    cut.proxy.cut(cut.helper.process.pid)
    broken(cut.helper, cut.sharer)
    wait_until(lambda: "event=pair_end" in cut.relay.log, "the relay to notice")
    # The sharer is connected and waits; its end is told as soon as the helper is back.
    connections = cut.proxy.connections
    wait_until(lambda: cut.proxy.connections > connections or connections >= 3, "the sharer to be back")
    time.sleep(1)
    cut.sharer.command("end")
    assert cut.sharer.finish() == (0, None)
    cut.proxy.mend()
    assert cut.helper.finish(LONG) == (6, "QA_EPEER_LOST")


def test_cut_while_pairing_burns_the_code(cut):
    """Before both know that they have the same secret there is nothing to come back to."""
    cut.start_helper()
    cut.proxy.freeze(cut.helper.process.pid)
    sharer = cut.start_sharer()
    sharer.wait("state", state="pairing")
    cut.proxy.cut()
    assert sharer.finish(LONG)[1] in ("QA_ERELAY_LOST", "QA_EPEER_LOST", "QA_ETIMEOUT")
    assert cut.helper.finish(LONG)[1] is not None
    for tool in (cut.helper, sharer):
        assert not tool.seen("state", state="reconnecting")


@pytest.mark.parametrize("how", ["killed", "stopped"])
def test_a_relay_that_is_restarted(cut, how):
    start(cut)
    port = cut.relay.port
    if how == "killed":
        cut.relay.kill()
    else:
        assert cut.relay.stop() == 0
    broken(cut.helper, cut.sharer)
    cut.relay = start_relay(cut.folder, listen=f"127.0.0.1:{port}", **LIMITS)
    back(cut)
    cut.end()


def test_no_reconnecting_where_it_is_not_wanted(cut):
    cut.start_helper("--reconnect-seconds", "0")
    cut.start_sharer("--reconnect-seconds", "0")
    cut.allow_view()
    cut.proxy.cut()
    assert cut.helper.finish() == (5, "QA_ERELAY_LOST")
    assert cut.sharer.finish() == (5, "QA_ERELAY_LOST")


@pytest.mark.parametrize("who", ["helper", "sharer"])
def test_a_killed_tool_is_waited_for_and_then_gone(cut, who):
    """From afar a killed program looks like a lost network; the wait is as long as was said."""
    cut.start_helper("--reconnect-seconds", "5")
    cut.start_sharer("--reconnect-seconds", "5")
    cut.allow_view()
    left = cut.sharer if who == "helper" else cut.helper
    getattr(cut, who).kill()
    left.wait("state", state="reconnecting", seconds=LONG)
    assert left.finish(LONG) == (6, "QA_EPEER_LOST")
    assert "5 seconds" in left.events[-1]["detail"]


# ---- those who should not be there ----

def stolen_ticket(session, role):
    """What somebody has who got hold of an end's ticket, made here with the relay's own key."""
    listed = subprocess.run([QA_RELAY, "sessions", "list", "--state", session.relay.state], check=True,
                            capture_output=True, text=True).stdout
    sid = bytes.fromhex(json.loads(listed)["sid"])
    account = session.relay.token.split(".")[1].encode()
    now = int(time.time())
    plain = bytes([2, role == "sharer"]) + sid + account + bytes(16) + struct.pack("!QQ", now, now + 3600)
    sodium = ctypes.CDLL("libsodium.so.23")
    nonce, sealed = os.urandom(24), ctypes.create_string_buffer(len(plain) + 16)
    key = (session.relay.state / "ticket.key").read_bytes()
    assert not sodium.crypto_secretbox_easy(sealed, plain, ctypes.c_ulonglong(len(plain)), nonce, key)
    return base64.urlsafe_b64encode(nonce + sealed.raw).decode().rstrip("=")


def come_with(session, ticket):
    thief = Client(session.relay, timeout=LONG)
    thief.send_json(type="rejoin", version=1, ticket=ticket)
    return thief


@pytest.mark.parametrize("role", ["helper", "sharer"])
def test_a_stolen_ticket_does_not_disturb(cut, role):
    start(cut, control=True)
    ticket = stolen_ticket(cut, role)
    for _ in range(3):
        come_with(cut, ticket).expect_error("ELIMIT")
    frames_flow(cut.helper)
    for tool in (cut.helper, cut.sharer):
        assert not tool.seen("state", state="reconnecting")
    cut.end()


@pytest.mark.parametrize("role", ["helper", "sharer"])
def test_a_thief_in_the_place_of_one_who_is_away(cut, role):
    """It is in the room, says what it likes, and learns nothing; who comes back drives it out."""
    start(cut)
    left = cut.sharer if role == "helper" else cut.helper
    cut.proxy.cut(getattr(cut, role).process.pid)
    left.wait("state", state="reconnecting", seconds=LONG)
    thief = come_with(cut, stolen_ticket(cut, role))
    message = thief.receive_json()
    if message["type"] == "rejoined":
        message = thief.receive_json()
    assert message["type"] == "peer", message
    hello = b"\x00\x01\x04" if role == "sharer" else b""
    thief.send_binary(hello + b"\x16\x03\x03\x00\x40" + bytes(64))
    # What comes is a greeting or the start of a handshake, and an alert; then it is left alone.
    heard = b""
    try:
        while True:
            opcode, payload = thief.receive()
            if opcode != BINARY:
                break
            heard += payload
    except Closed:
        pass
    assert len(heard) < 1000 and b"permissions" not in heard
    thief.drop()
    cut.proxy.mend()
    back(cut)
    cut.end()


# ---- cables ----

def test_a_cable_pulled_for_5_seconds(cut):
    """TCP gets over it; nobody is bothered."""
    start(cut)
    cut.proxy.freeze(cut.helper.process.pid)
    time.sleep(5)
    cut.proxy.mend()
    frames_flow(cut.helper)
    assert not cut.helper.seen("state", state="reconnecting")
    cut.end()


def test_a_cable_pulled_for_30_seconds(cut):
    """With the usual limits. What was written meanwhile arrives once, after the break."""
    start(cut)
    cut.proxy.freeze(cut.helper.process.pid)
    cut.sharer.say(json.dumps({"chat": "written in vain"}))
    time.sleep(30)
    cut.proxy.mend()
    broken(cut.helper, cut.sharer)
    back(cut)
    cut.sharer.wait("chat-delivered", id=1, seconds=LONG)
    cut.sharer.say(json.dumps({"chat": "and the next"}))
    cut.helper.wait("chat", text="and the next")
    assert [e["text"] for e in cut.helper.seen("chat")] == ["written in vain", "and the next"]
    cut.end()


def pulled_for_good(session, seconds, limit):
    session.proxy.freeze(session.helper.process.pid)
    pulled = time.monotonic()
    broken(session.helper, session.sharer)
    assert session.helper.finish(LONG) == (5, "QA_ERELAY_LOST")
    assert session.sharer.finish(LONG) == (6, "QA_EPEER_LOST")
    assert time.monotonic() - pulled < seconds * SLOW
    assert f"{limit} seconds" in session.helper.events[-1]["detail"]


def test_a_cable_pulled_for_longer_than_the_limit(cut):
    """The two minutes as 24 seconds: the silence alone takes 20 of them to be noticed."""
    for start_tool in (cut.start_helper, cut.start_sharer):
        start_tool("--reconnect-seconds", "24")
    cut.allow_view()
    pulled_for_good(cut, 60, 24)


@pytest.mark.skipif(SLOW > 1, reason="two minutes of waiting, once with the plain build is enough")
def test_a_cable_pulled_for_130_seconds(cut):
    start(cut)
    pulled_for_good(cut, 200, 120)


def test_a_suspended_laptop(cut):
    """Asleep for longer than silence is borne; both are back soon after it wakes up."""
    start(cut)
    sleeper, other = cut.sharer, cut.helper
    stopped = [sleeper.process.pid, *sleeper.children()]
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        other.wait("state", state="reconnecting", seconds=LONG)
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
    sleeper.wait("state", state="reconnecting", seconds=LONG)
    back(cut)
    cut.end()
