"""Nothing before a yes; nothing after it is taken back."""

import time

from tools import SLOW, wait_until


def x_connections(session):
    """How many connections to the X server the sharer's tool holds."""
    # Abstract or file sockets of X11: peers are found by the server's own descriptor count.
    import pathlib

    server = pathlib.Path(f"/proc/{session.display.process.pid}/fd")
    return sum(1 for fd in server.iterdir() if "socket:" in str(fd.readlink()))


def typed(path):
    return path.read_text() if path.exists() else ""


def test_nothing_is_captured_before_the_yes(session):
    session.display.xterm("sleep 1000")
    session.start_helper()
    before = x_connections(session)
    session.start_sharer()
    session.sharer.wait("consent", permission="view")
    time.sleep(1)
    # No connection to the display, no worker, no shared picture on either side, no frame.
    assert x_connections(session) == before
    for tool in (session.sharer, session.helper):
        assert tool.children() == []
        assert not [name for name in tool.descriptors() if "memfd" in name]
    session.helper.drain()
    assert not session.helper.seen("frame")
    session.sharer.answer("allow")
    session.helper.wait("frame")
    assert x_connections(session) > before
    assert len(session.sharer.children()) == 1
    assert len(session.helper.children()) == 1


def test_no_to_viewing_ends_and_says_so(session):
    session.start_helper()
    session.start_sharer()
    session.sharer.wait("consent", permission="view")
    session.sharer.answer("deny")
    assert session.helper.finish() == (7, "QA_EDENIED")
    assert session.sharer.finish() == (0, None)
    assert not session.helper.seen("frame")


def test_no_to_control_keeps_viewing(session, tmp_path):
    file = tmp_path / "typed.txt"
    session.display.xterm(f"cat > {file}")
    session.start_helper()
    session.start_sharer()
    session.allow_view()
    session.helper.script("request control")
    session.sharer.wait("consent", permission="control")
    session.sharer.answer("deny")
    session.helper.wait("permissions", permissions=["view"], reason="QA_EDENIED")
    session.display.xterm("seq 5; sleep 1000", geometry="20x5+500+500", title="later",
                          focus=False)
    session.helper.wait("frame")
    # Asking again is allowed, and then it works.
    session.helper.script("request control")
    session.allow_control()
    session.helper.script("text yes\nkey enter")
    wait_until(lambda: typed(file) == "yes\n", "typing after the second request")


def start_typing(session, file):
    session.display.xterm(f"stty -icanon -echo; cat > {file}")
    session.start_helper()
    session.start_sharer()
    session.allow_view()
    session.helper.script("request control")
    session.allow_control()
    for _ in range(3000):
        session.helper.script("key a\nwait 1")
    wait_until(lambda: len(typed(file)) > 20, "the first keys")


def assert_silent(file):
    time.sleep(0.5 * SLOW)
    length = len(typed(file))
    time.sleep(1.5)
    assert len(typed(file)) == length


def test_taking_control_back_stops_a_stream_of_keys(session, tmp_path):
    file = tmp_path / "typed.txt"
    start_typing(session, file)
    session.sharer.command("take-back")
    session.sharer.wait("permissions", permissions=["view"])
    assert_silent(file)
    assert len(typed(file)) < 3000
    session.helper.wait("permissions", permissions=["view"], reason="QA_ENOTALLOWED")
    # No key is left pressed on the sharer's machine.
    assert b"" == session.display.run("sh", "-c", "xinput --query-state 5 2>/dev/null | grep =down || true").stdout


def test_pause_stops_pictures_and_keys_and_resume_goes_on(session, tmp_path):
    file = tmp_path / "typed.txt"
    start_typing(session, file)
    session.sharer.command("pause")
    session.sharer.wait("state", state="paused")
    assert_silent(file)
    session.helper.wait("state", state="paused")
    session.helper.drain(0.3)
    frames = len(session.helper.seen("frame"))
    session.display.xterm("seq 20; sleep 1000", geometry="20x20+500+100", title="secret")
    session.helper.drain(1.5)
    assert len(session.helper.seen("frame")) == frames
    session.sharer.command("resume")
    session.helper.wait("state", state="active")
    session.helper.wait("frame")


def test_end_by_the_sharer(session):
    session.start_helper()
    session.start_sharer()
    session.allow_view()
    session.sharer.command("end")
    assert session.sharer.finish() == (0, None)
    assert session.helper.finish() == (0, None)
