"""qa-share's window in a whole session: read and pressed as by a screen reader, keys as by a person."""

import subprocess

import pytest
from accessible import ScreenReader, available
from share_window import Window
from tools import BUILD, wait_until


def has_window():
    return b"libgtk-4" in subprocess.run(["ldd", str(BUILD / "tools" / "qa-share")],
                                         capture_output=True).stdout


pytestmark = pytest.mark.skipif(not has_window() or not available(),
                                reason="built without windows, or no AT-SPI here")


@pytest.fixture
def reader(display):
    reader = ScreenReader(display)
    yield reader
    reader.stop()


@pytest.fixture
def window(reader, session):
    started = []

    def start(*arguments, **options):
        started.append(Window(reader, session, *arguments, **options))
        return started[-1]

    yield start
    for one in started:
        one.stop()


def mistyped(code):
    return code[:-1] + str((int(code[-1]) + 1) % 10)


def test_a_whole_session(session, window):
    session.display.xterm("sleep 1000", focus=False)
    session.start_helper()
    sharer = window()
    face = sharer.face
    for warning in ("Share only with somebody you called yourself.", "Nobody honest hurries",
                    "Never tell or show anybody a password", "can do damage", "In doubt press End"):
        face.wait(warning)
    face.wait("Did you call your helper yourself?", "heading")
    code = sharer.to_code()
    code.type(mistyped(session.code))
    face.wait("A digit is mistyped. Ask your helper to read the code again", None)
    assert not face.look("Continue", "button").has("enabled")
    code.clear()
    code.type(f"  {session.code.replace(' ', '-')}\n")
    face.wait("The code is complete.")
    face.press("Continue")

    face.wait("Let Dev H. see your screen?", "heading")
    assert f"Dev H. from Development (confirmed by localhost:{session.relay.port})" in face.texts()
    wait_until(lambda: face.focus() == ("button", "No", "Let Dev H. see your screen?"),
               "the keyboard on No")
    face.press("Yes, show my screen")
    session.helper.wait("frame")
    face.wait("Dev H. sees your screen", "alert")
    face.wait("See your screen", "label")

    session.helper.script("request control")
    face.wait("Let Dev H. control your mouse and keyboard?", "heading")
    face.press("No")
    session.helper.wait("permissions", permissions=["view"], reason="QA_EDENIED")
    face.wait("You said no. Dev H. still sees your screen.", "status")

    face.press("Pause")
    session.helper.wait("state", state="paused")
    face.wait("You paused: Dev H. sees nothing and can do nothing", "alert")
    face.press("Go on")
    session.helper.wait("state", state="active")
    face.wait("Dev H. sees your screen", "alert")

    face.press("End")
    assert session.helper.finish() == (0, None)
    face.wait("Sharing has ended", "heading")
    face.wait("The session is over. Nothing is shared any more.")
    face.press("Close")
    assert sharer.finish() == 0
