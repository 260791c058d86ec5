"""qa-help's window asks for a restart of the sharer's computer: by keyboard, refused, allowed and come back from."""

import pytest
from desk import box
from helper_face import RED, line_has_the_keyboard, needs_face, open_face
from test_restart import LONG, share
from tools import wait_until

pytestmark = needs_face

BUTTON = "Ask to restart their computer…"


@pytest.fixture
def face(session, desk, reader, tmp_path):
    """The window with the sharer's red screen in it; `state` is where the sharer's side keeps things."""
    session.state = tmp_path / "sharer"
    face = open_face(session, desk, reader)
    share(session)
    session.allow_view()
    wait_until(lambda: box(desk, RED), "the picture")
    return face


def open_panel(desk, face):
    desk.run("xdotool", "key", "alt+r")
    wait_until(line_has_the_keyboard(face), "the line for the purpose")
    return face.wait(BUTTON, "button")


def ask(session, desk, face):
    open_panel(desk, face)
    desk.run("xdotool", "key", "alt+h")
    session.sharer.wait("consent", kind="restart")
    face.wait("The sharer is being asked whether their computer may be restarted.")


def test_allowed_and_back(session, desk, face):
    ask(session, desk, face)
    assert not open_panel(desk, face).has("enabled"), "one question at a time"
    desk.run("xdotool", "key", "Escape")
    session.sharer.answer("allow")
    face.wait("The sharer allowed the restart. When their computer is up again, they run qa-share --resume")
    session.sharer.command("leave")
    assert session.sharer.finish() == (0, None)
    face.wait("The sharer's computer is being restarted.", seconds=LONG)
    wait_until(lambda: not box(desk, RED), "the last picture to go")
    share(session, "--resume")
    assert session.sharer.wait("consent", seconds=LONG)["permission"] == "view"
    session.sharer.answer("allow")
    wait_until(lambda: box(desk, RED), "the picture again", LONG)
    # It may be asked for anew.
    ask(session, desk, face)


def test_refused(session, desk, face):
    ask(session, desk, face)
    session.sharer.answer("deny")
    face.wait("The sharer does not want their computer to be restarted.")
    open_panel(desk, face)
    desk.run("xdotool", "key", "alt+h")
    face.wait("The sharer said no a moment ago. Talk to them before you ask again.")
    assert box(desk, RED), "the screen is still seen"
