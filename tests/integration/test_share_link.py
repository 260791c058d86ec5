"""qassist:// links fill in the code in qa-share's window, and that is all they do."""

import subprocess

import pytest
from share_window import Window, needs_window
from tools import BUILD, environment

READER = "display"


@needs_window
def test_a_link_fills_in_code_and_relay_and_joins_nobody(session, reader):
    session.start_helper()
    link = f"qassist://localhost:{session.relay.port}/{session.code.replace(' ', '-')}"
    window = Window(reader, session, "--ca", session.relay.ca, "--", link, relay=False)
    try:
        code = window.to_code()  # the warnings and the question who called come first
        window.face.wait("The code is complete.")
        assert code.text.replace(" ", "") == session.code.replace(" ", "")
        window.face.wait(f"The link that you opened leads to the relay localhost:{session.relay.port}.")
        session.helper.drain(0.5)
        assert not session.helper.seen("peer")
        window.face.press("Continue")
        window.face.wait("Let Dev H. see your screen?", "heading")
        session.helper.wait("peer")
    finally:
        window.stop()


@needs_window
def test_a_bad_link_is_told_in_a_window(session, reader):
    window = Window(reader, session, "--", "https://relay.example/4821-9305-7716", relay=False)
    try:
        window.face.wait("This is not a link of qassist")
        window.face.press("Close")
        assert window.finish() == 2
    finally:
        window.stop()


LINK = "qassist://relay.example/4821-9305-7716"


@pytest.mark.parametrize("arguments,words", [
    (["--gui", "--", "qassist://relay.example/4821 --yes-view"], "not a link of qassist"),
    (["--gui", "--", "qassist://relay.example/\x1b[2J"], "not a link of qassist"),
    (["--gui", "--", "qassist://" + "a" * 100000], "not a link of qassist"),
    (["--gui", "--", "file:///etc/passwd"], "not a link of qassist"),
    (["--gui", "--yes-view", LINK], "only fills in the code"),
    (["--gui", "--yes-control", LINK], "only fills in the code"),
    (["--gui", "--resume", LINK], "only fills in the code"),
    (["--json", LINK], "only fills in the code"),
    (["--no-gui", LINK], "only fills in the code"),
    (["--gui", "--relay", "other.example", LINK], "set to other.example"),
])
def test_links_do_nothing_else(arguments, words):
    done = subprocess.run([str(BUILD / "tools" / "qa-share"), *arguments], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, env=environment())
    assert done.returncode == 2
    assert words in done.stderr
    assert "\x1b" not in done.stderr and len(done.stderr) < 1000


def test_a_configured_relay_stays():
    done = subprocess.run([str(BUILD / "tools" / "qa-share"), "--gui", LINK], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, env=environment(QASSIST_RELAY="wss://ours.example"))
    assert done.returncode == 2 and "set to wss://ours.example" in done.stderr
