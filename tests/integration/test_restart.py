"""The sharer's computer is restarted, and the session comes back: once, soon, and to nobody else."""

import re

import pytest
from cut_proxy import CutProxy
from relay_client import Client
from relay_fixture import start_relay
from terminal import Terminal
from tools import SLOW, Session, wait_until

LONG = 60 + 60 * SLOW


@pytest.fixture
def restart(session, tmp_path):
    """A session on the point where the helper asks; `state` is where the sharer's side keeps things."""
    session.state = tmp_path / "sharer"
    session.invitation = session.state / "qassist" / "invitation"
    session.start_helper("--json")
    share(session)
    session.allow_view()
    return session


def share(session, *arguments, code=None):
    session.sharer = session._start(
        "qa-share",
        ["--ca", session.relay.ca, "--json", "--no-gui",
         *(arguments or ["--relay", session.url, code or session.code])],
        DISPLAY=session.display.name, XDG_STATE_HOME=str(session.state))
    return session.sharer


def allow(session):
    session.helper.script("restart")
    session.sharer.wait("consent", kind="restart")
    session.sharer.answer("allow")
    assert session.sharer.wait("restart")["seconds"] == 1200
    assert session.helper.wait("restart")["seconds"] == 1200
    assert session.invitation.stat().st_mode & 0o777 == 0o600


def apart(session):
    session.helper.wait("state", state="reconnecting", seconds=LONG)


def resume(session):
    share(session, "--resume")
    session.sharer.wait("state", state="reconnecting", seconds=LONG)
    session.sharer.wait("helper", shown_name=session.relay.shown_name, seconds=LONG)
    assert session.sharer.wait("consent")["permission"] == "view"
    session.helper.wait("state", state="asking", seconds=LONG)
    assert not session.invitation.exists()
    session.helper.drain()
    frames = len(session.helper.seen("frame"))
    session.sharer.answer("allow")
    wait_until(lambda: len([e for e in session.helper.drain(0.1) if e["event"] == "frame"]) > frames,
               "the picture", LONG)


@pytest.mark.parametrize("how", ["killed", "left", "terminated"])
def test_back_after_a_restart(restart, how):
    """With the relay's own patience; the whole session again, with chat and another break."""
    restart.sharer.say('{"chat": "before"}')
    restart.sharer.wait("chat-delivered")
    allow(restart)
    if how == "killed":
        restart.sharer.kill()
    elif how == "left":
        restart.sharer.command("leave")
        assert restart.sharer.finish() == (0, None)
    else:
        restart.sharer.process.terminate()
        assert restart.sharer.finish() == (0, None)
    apart(restart)
    assert restart.invitation.exists()
    resume(restart)
    restart.sharer.say('{"chat": "after"}')
    restart.helper.wait("chat", text="after")
    restart.helper.say('{"chat": "welcome"}')
    assert restart.sharer.wait("chat")["text"] == "welcome"
    restart.end()


def test_a_second_restart_and_a_restarted_relay(restart):
    allow(restart)
    restart.sharer.kill()
    apart(restart)
    port = restart.relay.port
    restart.relay.kill()
    restart.relay = start_relay(restart.folder, listen=f"127.0.0.1:{port}", joins_per_minute=1000,
                                rejoins_per_minute=1000)
    resume(restart)
    allow(restart)
    restart.sharer.kill()
    apart(restart)
    resume(restart)
    restart.end()
    restart.relay.stop()


def test_used_once(restart):
    allow(restart)
    kept = restart.invitation.read_bytes()
    restart.sharer.kill()
    apart(restart)
    resume(restart)
    first = restart.sharer
    assert share(restart, "--resume").process.wait(30) == 3
    # A copy is of no use: the key of its seal is gone with the first use, and its place is taken.
    restart.invitation.write_bytes(kept)
    restart.invitation.chmod(0o600)
    thief = share(restart, "--resume")
    thief.wait("state", state="reconnecting")
    restart.sharer = first
    restart.sharer.command("pause")
    restart.helper.wait("state", state="paused")
    assert not thief.seen("helper") and not thief.seen("consent")
    thief.kill()
    restart.sharer.command("resume")
    restart.helper.wait("state", state="active")
    restart.end()


def test_refused_by_the_sharer(restart):
    restart.helper.script("restart")
    restart.sharer.wait("consent", kind="restart")
    restart.sharer.answer("deny")
    assert restart.helper.wait("restart")["reason"] == "QA_EDENIED"
    assert not restart.invitation.exists()
    restart.sharer.command("leave")
    restart.sharer.wait("refused")
    assert restart.sharer.process.poll() is None
    restart.sharer.command("end")
    assert restart.sharer.finish() == (0, None)
    # The script asked for something that it did not get.
    assert restart.helper.finish() == (11, None)


def test_the_end_of_the_session_voids_it(restart):
    allow(restart)
    restart.sharer.command("end")
    assert restart.sharer.finish() == (0, None)
    assert restart.helper.finish() == (0, None)
    assert not restart.invitation.exists()
    assert share(restart, "--resume").process.wait(30) == 3


def spoil(text, how):
    first, relay, expires, ticket, sealed, rest = text.split("\n")
    if how == "expired":
        return text.replace(expires, str(int(expires) - 1200))
    if how == "sealed":
        return text.replace(sealed, sealed[:40] + ("B" if sealed[40] == "A" else "A") + sealed[41:])
    return text.replace(expires, str(int(expires) - 1))


@pytest.mark.parametrize("how", ["expired", "sealed", "time", "open"])
def test_altered_on_the_disk(restart, how):
    allow(restart)
    restart.sharer.kill()
    apart(restart)
    if how == "open":
        restart.invitation.chmod(0o644)
    else:
        restart.invitation.write_text(spoil(restart.invitation.read_text(), how))
    sharer = share(restart, "--relay", restart.url, "--resume")
    assert sharer.finish(LONG) == (3, "QA_EINVITATION")
    assert not sharer.seen("helper") and not sharer.seen("consent")
    assert not restart.invitation.exists()


def test_nothing_of_it_can_be_read(restart):
    """Neither the relay, which sees all but the disk, nor the disk holds the key or the name."""
    allow(restart)
    text = restart.invitation.read_text()
    assert restart.relay.shown_name not in text and restart.relay.organisation not in text
    assert re.fullmatch(r"qassist invitation 1\nwss://localhost:\d+\n\d+\n[\w-]+\n[\w-]+\n", text)
    assert [p.name for p in restart.invitation.parent.iterdir()] == ["invitation"]
    restart.end()


def test_in_the_terminal(session, tmp_path):
    """The question, what to run, and the way back, as a person reads them."""
    session.start_helper("--json")
    env = {"DISPLAY": session.display.name, "XDG_STATE_HOME": str(tmp_path / "sharer")}
    arguments = ["--ca", session.relay.ca, "--no-gui"]
    terminal = Terminal("qa-share", *arguments, "--relay", session.url, session.code, **env)
    try:
        terminal.wait("Did you call")
        terminal.type("y\n")
        terminal.wait("see your screen?")
        terminal.type("y\n")
        session.helper.wait("frame")
        session.helper.script("restart")
        terminal.wait("go on helping you after a restart")
        terminal.type("y\n")
        at = terminal.wait("qa-share --resume")
        terminal.wait("Ending with e or Ctrl+C ends the session for good", at)
        assert session.helper.wait("restart")["seconds"] == 1200
    finally:
        terminal.stop()
    session.helper.wait("state", state="reconnecting", seconds=LONG)
    terminal = Terminal("qa-share", *arguments, "--resume", **env)
    try:
        terminal.wait("Coming back to the session from before the restart.")
        terminal.wait("see your screen?", seconds=LONG)
        assert "broke off" not in terminal.text
        terminal.type("y\n")
        terminal.wait("sees your screen now")
        session.helper.script("end")
        terminal.wait("The session is over")
    finally:
        terminal.stop()
