"""The clipboard, each way apart: only where it is allowed, only what is copied meanwhile. Copying and
pasting is done by real programs on a real X server."""

import json
import subprocess
import time

import pytest
from tools import SLOW, wait_until

TO_HELPER = "clipboard-to-helper"
TO_SHARER = "clipboard-to-sharer"


@pytest.fixture
def desk(session):
    """A session that is being viewed, and nothing more."""
    session.display.xterm("sleep 1000")
    session.start_helper("--json")
    session.start_sharer()
    session.allow_view()
    return session


def say(tool, **members):
    tool.say(json.dumps(members))


def copy(session, text):
    """A program on the sharer's screen copies; it stays the owner of the clipboard. It goes into the
    background before it has taken the clipboard, so this waits until it has."""
    subprocess.run(["xclip", "-selection", "clipboard", "-i"], input=text.encode(), check=True,
                   env=session.display.environment(), stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    wait_until(lambda: paste(session) == text, "the program to take the clipboard")


def paste(session):
    done = subprocess.run(["timeout", "30", "xclip", "-selection", "clipboard", "-o"],
                          env=session.display.environment(), capture_output=True)
    return done.stdout.decode("utf-8", "replace")


def take_over(session, text):
    """The same for a text that is there already: known by who gives it away."""
    def targets():
        return subprocess.run(["timeout", "30", "xclip", "-selection", "clipboard", "-o", "-target",
                               "TARGETS"], env=session.display.environment(),
                              capture_output=True).stdout

    before = targets()
    subprocess.run(["xclip", "-selection", "clipboard", "-i"], input=text.encode(), check=True,
                   env=session.display.environment(), stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    wait_until(lambda: targets() not in (b"", before), "the program to take the clipboard over")


def allow(session, *names):
    """The helper asks for these, the sharer says yes."""
    session.helper.script("request " + ",".join(names))
    session.sharer.wait("consent", permissions=sorted(names, key=[TO_SHARER, TO_HELPER].index))
    session.sharer.answer("allow")
    wait_until(lambda: [e for e in session.helper.drain(0.05) if e["event"] == "permissions"
                        and set(names) <= set(e["permissions"])], "the permission")


def revoke(session, name):
    say(session.sharer, command="revoke", permissions=[name])
    wait_until(lambda: [e for e in session.helper.drain(0.05) if e["event"] == "permissions"][-1:]
               and name not in [e for e in session.helper.events
                                if e["event"] == "permissions"][-1]["permissions"],
               "the permission to be gone")


def texts(tool):
    return [e["text"] for e in tool.seen("clipboard")]


def assert_nothing_comes(session, before):
    """Long enough for a text to arrive that is on its way."""
    session.helper.drain(1.0 * SLOW)
    assert texts(session.helper) == before


def test_viewing_alone_leaks_nothing_either_way(desk):
    copy(desk, "secret of the sharer")
    say(desk.helper, clipboard="evil of the helper")
    assert "not allowed" in desk.helper.wait("refused")["detail"]
    assert_nothing_comes(desk, [])
    assert paste(desk) == "secret of the sharer"
    assert not desk.sharer.seen("clipboard")


def test_control_alone_leaks_nothing_either_way(desk):
    desk.helper.script("request control")
    desk.allow_control()
    copy(desk, "secret")
    say(desk.helper, clipboard="evil")
    desk.helper.wait("refused")
    assert_nothing_comes(desk, [])
    assert paste(desk) == "secret"


def test_a_no_keeps_it_closed(desk):
    desk.helper.script(f"request {TO_HELPER},{TO_SHARER}")
    desk.sharer.wait("consent", permissions=[TO_SHARER, TO_HELPER])
    desk.sharer.answer("deny")
    desk.helper.wait("permissions", reason="QA_EDENIED")
    copy(desk, "secret")
    say(desk.helper, clipboard="evil")
    desk.helper.wait("refused")
    assert_nothing_comes(desk, [])
    assert paste(desk) == "secret"


def test_to_the_helper(desk):
    copy(desk, "copied before it was allowed")
    allow(desk, TO_HELPER)
    assert_nothing_comes(desk, [])
    copy(desk, "Größe\t世界 😀\n")
    assert desk.helper.wait("clipboard")["text"] == "Größe\t世界 😀\n"
    long = "€uro " * 13000  # with 7 bytes each, below what may be sent
    long = long.encode()[:65530].decode("utf-8", "ignore")
    copy(desk, long)
    assert desk.helper.wait("clipboard")["text"] == long
    copy(desk, long * 3)  # too long
    copy(desk, "after it")
    assert desk.helper.wait("clipboard")["text"] == "after it"
    # The other way stays closed.
    say(desk.helper, clipboard="evil")
    desk.helper.wait("refused")
    assert paste(desk) == "after it"


def test_taken_back_to_the_helper(desk):
    allow(desk, TO_HELPER)
    copy(desk, "one")
    desk.helper.wait("clipboard", text="one")
    revoke(desk, TO_HELPER)
    copy(desk, "two, secret")
    assert_nothing_comes(desk, ["one"])


def test_taken_back_in_the_middle_of_a_long_text(desk):
    """In the middle of many copies: after the sharer's own word nothing more arrives."""
    allow(desk, TO_HELPER)
    for number in range(5):
        copy(desk, f"{number} " + "x" * 60000)
    say(desk.sharer, command="revoke", permissions=[TO_HELPER])
    desk.sharer.wait("permissions", permissions=["view"])
    for number in range(5):
        copy(desk, f"secret {number}")
    desk.helper.wait("permissions", permissions=["view"])
    seen = len(desk.helper.seen("clipboard"))
    desk.helper.drain(1.0 * SLOW)
    assert len(desk.helper.seen("clipboard")) == seen
    assert not [text for text in texts(desk.helper) if "secret" in text]


def test_to_the_sharer(desk):
    allow(desk, TO_SHARER)
    copy(desk, "secret of the sharer")
    say(desk.helper, clipboard="Größe\t世界 😀\n")
    desk.sharer.wait("clipboard", text="Größe\t世界 😀\n")
    wait_until(lambda: paste(desk) == "Größe\t世界 😀\n", "the text to be there to paste")
    long = "a" + "€uro " * 9000
    desk.helper.script("clipboard " + long)
    desk.sharer.wait("clipboard", text=long)
    wait_until(lambda: paste(desk) == long, "the long text to be there")
    say(desk.helper, clipboard="a\x1b[31mb\x07")
    wait_until(lambda: paste(desk) == "a[31mb", "the text without control characters")
    # The other way stays closed: not even what the helper put there comes back.
    assert_nothing_comes(desk, [])
    copy(desk, "mine again")
    assert paste(desk) == "mine again"
    assert_nothing_comes(desk, [])


def test_taken_back_to_the_sharer(desk):
    allow(desk, TO_SHARER)
    say(desk.helper, clipboard="allowed")
    wait_until(lambda: paste(desk) == "allowed", "the text to be there to paste")
    revoke(desk, TO_SHARER)
    say(desk.helper, clipboard="evil")
    desk.helper.wait("refused")
    assert paste(desk) == "allowed"  # it was given
    copy(desk, "mine")
    assert paste(desk) == "mine"


def test_both_ways_do_not_answer_each_other(desk):
    allow(desk, TO_HELPER, TO_SHARER)
    say(desk.helper, clipboard="from the helper")
    wait_until(lambda: paste(desk) == "from the helper", "the text to be there to paste")
    # A clipboard manager makes the text its own.
    take_over(desk, "from the helper")
    assert_nothing_comes(desk, [])
    copy(desk, "from the sharer")
    desk.helper.wait("clipboard", text="from the sharer")
    # So does one of the helper's.
    say(desk.helper, clipboard="from the sharer")
    time.sleep(0.5 * SLOW)
    assert len(desk.sharer.drain(0.5)) and len(desk.sharer.seen("clipboard")) == 1


@pytest.mark.parametrize("side", ["sharer", "helper"])
def test_a_pause_stops_both_ways(desk, side):
    allow(desk, TO_HELPER, TO_SHARER)
    copy(desk, "before")
    desk.helper.wait("clipboard", text="before")
    if side == "sharer":
        desk.sharer.command("pause")
    else:
        desk.helper.script("pause")
    desk.sharer.wait("paused", causes=[side])
    desk.helper.wait("state", state="paused")
    copy(desk, "during, secret")
    say(desk.helper, clipboard="during, evil")
    desk.helper.wait("refused")
    assert_nothing_comes(desk, ["before"])
    if side == "sharer":
        desk.sharer.command("resume")
    else:
        desk.helper.script("resume")
    desk.helper.wait("state", state="active")
    # What was copied meanwhile is not sent later either.
    assert_nothing_comes(desk, ["before"])
    assert paste(desk) == "during, secret"
    copy(desk, "after")
    desk.helper.wait("clipboard", text="after")


def test_a_script_asks_for_it_by_itself(desk):
    desk.helper.script("clipboard by a script")
    desk.sharer.wait("consent", permission=TO_SHARER)
    desk.sharer.answer("allow")
    wait_until(lambda: paste(desk) == "by a script", "the text to be there to paste")


def test_nothing_is_left_when_the_session_ends(desk):
    allow(desk, TO_SHARER)
    say(desk.helper, clipboard="from the helper")
    wait_until(lambda: paste(desk) == "from the helper", "the text to be there to paste")
    desk.sharer.command("end")
    desk.sharer.finish()
    assert paste(desk) == ""
