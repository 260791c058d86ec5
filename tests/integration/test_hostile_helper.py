"""A helper's side that does what it likes, with a right code: the sharer's side refuses it all."""

import subprocess
import time

import pytest
from test_annotate import GROUND, LASER, RED, is_clean, wait_for, wait_until_clean
from tools import BUILD, SLOW, Tool, wait_until


def typed(path):
    return path.read_text() if path.exists() else ""


@pytest.fixture
def hostile(session):
    def start(mode):
        helper = Tool("hostile-helper",
                      [session.url, session.relay.ca, session.relay.token_file, mode],
                      session.folder, folder=BUILD / "tests" / "integration")
        session.tools.append(helper)
        session.helper = helper
        session.code = helper.wait("code")["code"]
        return helper

    return start


def keys_sent(helper):
    helper.drain(0.2)
    return helper.events[-1]["keys"]


def busy_screen(session):
    session.display.xterm("while :; do date +%N; sleep 0.05; done", geometry="20x5+600+600",
                          title="clock", focus=False)


def test_input_without_control_reaches_nothing(session, hostile, tmp_path):
    busy_screen(session)
    file = tmp_path / "typed.txt"
    session.display.xterm(f"stty -icanon -echo; cat > {file}")
    helper = hostile("input")
    session.start_sharer()
    session.allow_view()
    wait_until(lambda: keys_sent(helper) > 1000, "keys to be sent")
    assert typed(file) == ""
    assert session.sharer.process.poll() is None


@pytest.mark.parametrize("how", ["taken back", "paused"])
def test_input_goes_on_after_control_is(session, hostile, tmp_path, how):
    """It asks, gets control, and never stops sending, under every epoch, also under the right one."""
    busy_screen(session)
    file = tmp_path / "typed.txt"
    session.display.xterm(f"stty -icanon -echo; cat > {file}")
    helper = hostile("both")
    session.start_sharer()
    session.allow_view()
    session.sharer.wait("consent", permission="control")
    session.sharer.answer("allow")
    wait_until(lambda: len(typed(file)) > 5, "keys that are allowed")
    if how == "paused":
        session.sharer.command("pause")
        session.sharer.wait("state", state="paused")
    else:
        session.sharer.command("revoke", permissions=["control"])
        session.sharer.wait("permissions", permissions=["view"])
    time.sleep(0.5 * SLOW)
    length, sent = len(typed(file)), keys_sent(helper)
    # It says with each picture how many it has sent. It may ask again meanwhile; nobody answers.
    if how == "taken back":
        wait_until(lambda: keys_sent(helper) > sent, "it to go on")
    time.sleep(1.5)
    assert len(typed(file)) == length
    session.sharer.command("end")
    assert session.sharer.finish() == (0, None)


def heard_more(session, helper):
    """The sharer's side has read what was drawn from now on, and what it drew is on its screen."""
    helper.drain()
    drawn = helper.events[-1]["keys"]
    wait_until(lambda: helper.drain() and helper.seen("heard")[-1]["keys"] > drawn + 5, "more drawings")
    session.display.pixels()


def test_drawings_without_permission_are_not_seen(session, hostile):
    session.display.run("xsetroot", "-solid", "#204060")
    helper = hostile("draws")
    session.start_sharer("--no-banner")
    session.sharer.wait("consent", permission="view")
    helper.wait("heard")
    assert is_clean(session)
    session.sharer.answer("allow")
    session.sharer.wait("permissions", permissions=["view"])
    session.sharer.wait("consent")
    heard_more(session, helper)
    assert is_clean(session)
    session.sharer.answer("allow")
    # They are good drawings: allowed, they are there.
    wait_for(session, 200, 300, RED)
    wait_for(session, 405, 400, LASER)
    session.sharer.command("pause")
    session.sharer.wait("state", state="paused")
    wait_until_clean(session)
    heard_more(session, helper)
    assert is_clean(session)
    session.sharer.command("resume")
    wait_for(session, 200, 300, RED)
    session.sharer.command("revoke", permissions=["annotate"])
    session.sharer.wait("permissions", permissions=["view", "point"])
    wait_for(session, 405, 400, LASER)
    wait_for(session, 200, 300, GROUND)
    session.sharer.command("revoke", permissions=["point"])
    session.sharer.wait("permissions", permissions=["view"])
    wait_until_clean(session)
    heard_more(session, helper)
    assert is_clean(session)
    # Dropped, and no end.
    session.sharer.command("end")
    assert session.sharer.finish() == (0, None)


def test_rdp_bytes_before_consent_change_nothing(session, hostile):
    helper = hostile("rdp")
    session.start_sharer()
    session.sharer.wait("consent", permission="view")
    helper.wait("sent")
    time.sleep(0.5)
    assert session.sharer.children() == []
    assert session.sharer.process.poll() is None
    session.sharer.answer("deny")
    assert session.sharer.finish() == (0, None)


@pytest.mark.parametrize("mode", ["garbage", "claim"])
def test_messages_that_are_not_the_helpers_to_send(session, hostile, mode):
    hostile(mode)
    session.start_sharer()
    assert session.sharer.finish() == (10, "QA_EPROTO")
    assert not session.sharer.seen("permissions")


@pytest.mark.parametrize("mode", ["chat", "delivered", "taken"])
def test_talk_that_breaks_the_protocol_ends(session, hostile, mode):
    hostile(mode)
    session.start_sharer()
    assert session.sharer.finish() == (10, "QA_EPROTO")
    assert len(session.sharer.seen("chat")) <= 100


def clipboard(session):
    done = subprocess.run(["timeout", "30", "xclip", "-selection", "clipboard", "-o"],
                          env=session.display.environment(), capture_output=True)
    return done.stdout


def test_clipboard_texts_without_permission_reach_nothing(session, hostile):
    busy_screen(session)
    helper = hostile("clips")
    session.start_sharer()
    session.sharer.wait("consent", permission="view")
    helper.wait("heard")
    assert clipboard(session) == b""
    session.sharer.answer("allow")
    helper.wait("clips")
    session.sharer.drain(0.5)
    assert clipboard(session) == b""
    assert not session.sharer.seen("clipboard")
    assert session.sharer.process.poll() is None


def test_a_clipboard_text_without_an_end_ends_the_session(session, hostile):
    busy_screen(session)
    hostile("endless")
    session.start_sharer()
    session.sharer.wait("consent", permission="view")
    session.sharer.answer("allow")
    session.sharer.wait("consent", permission="clipboard-to-sharer")
    assert session.sharer.process.poll() is None  # until it is allowed it is read and dropped
    session.sharer.answer("allow")
    assert session.sharer.finish() == (10, "QA_EPROTO")
    assert clipboard(session) == b""


def test_a_flood_of_requests_asks_once(session, hostile):
    busy_screen(session)
    helper = hostile("requests")
    session.start_sharer()
    session.allow_view()
    helper.wait("requested")
    session.sharer.wait("consent", permission="control")
    session.sharer.drain(1.0)
    assert len(session.sharer.seen("consent", permission="control")) == 1


def test_a_no_is_not_worn_down(session, hostile):
    busy_screen(session)
    hostile("requests")
    session.start_sharer()
    session.allow_view()
    session.sharer.wait("consent", permission="control")
    session.sharer.answer("deny")
    # It goes on asking, thousands of times; the sharer is left alone.
    session.sharer.drain(2.0)
    assert len(session.sharer.seen("consent", permission="control")) == 1
    assert session.sharer.process.poll() is None


@pytest.mark.parametrize("mode,told", [("pauses", "paused"), ("choices", "screen")])
def test_a_flood_ends_it(session, hostile, mode, told):
    busy_screen(session)
    hostile(mode)
    session.start_sharer()
    session.sharer.wait("consent", permission="view")
    session.sharer.answer("allow")
    assert session.sharer.finish() == (10, "QA_EPROTO")
    # Nobody had to read all of it.
    assert len(session.sharer.seen(told)) <= 101


def test_what_is_asked_before_viewing_is_not_granted_with_it(session, hostile):
    busy_screen(session)
    helper = hostile("early")
    session.start_sharer()
    helper.wait("heard")
    session.sharer.wait("consent", permission="view")
    session.sharer.answer("allow")
    session.sharer.wait("permissions", permissions=["view"])
    helper.wait("frame")
    session.sharer.drain(0.5)
    assert len(session.sharer.seen("consent")) == 1
    assert not [e for e in session.sharer.seen("permissions") if e["permissions"] != ["view"]]
