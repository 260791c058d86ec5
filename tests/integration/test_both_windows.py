"""A whole session as two people have it: qa-help's window here, qa-share's there, nothing else."""

import pytest
from accessible import ScreenReader
from desk import box
from helper_face import RED, line_has_the_keyboard, needs_face, open_face
from share_window import Window
from tools import wait_until

pytestmark = needs_face

@pytest.fixture
def people(session, desk, reader):
    """The helper's face and the sharer's window; the code went from one to the other by voice."""
    sharers_reader = ScreenReader(session.display)
    helper = open_face(session, desk, reader)
    sharer = Window(sharers_reader, session)
    yield helper, sharer
    sharer.stop()
    sharers_reader.stop()


def test_a_whole_session(session, desk, people, tmp_path):
    helper, sharer = people
    face = sharer.face
    spoken = helper.wait(session.code, None).name
    sharer.to_code().type(spoken)
    face.press("Continue")
    face.wait("Let Dev H. see your screen?", "heading")
    helper.wait("The sharer is being asked")
    face.press("Yes, show my screen")
    helper.wait("You see the screen. To do more, request it from the sharer.")
    wait_until(lambda: box(desk, RED), "the sharer's red screen in the helper's window")

    # The helper writes, the sharer answers.
    desk.run("xdotool", "key", "alt+c")
    wait_until(line_has_the_keyboard(helper), "the line to write in")
    desk.run("xdotool", "type", "May I set up your printer?")
    desk.run("xdotool", "key", "Return")
    face.wait("Dev H.: May I set up your printer?")
    face.wait("Write to your helper", "text box").type("Yes, please")
    face.press("Send")
    helper.wait("Yes, please")
    desk.run("xdotool", "key", "alt+c")
    helper.wait_gone("Yes, please")

    # Control, with a purpose; typed and clicked in the picture, and seen at the sharer's.
    desk.run("xdotool", "key", "alt+r")
    wait_until(line_has_the_keyboard(helper), "the line for the purpose")
    desk.run("xdotool", "type", "to set up the printer")
    helper.press("Ask the sharer")
    face.wait("Let Dev H. control your mouse and keyboard?", "heading")
    face.wait("“to set up the printer”")
    face.press("Yes, allow it")
    face.wait("Dev H. sees your screen and controls your mouse and keyboard", "alert")
    helper.wait("You control the screen.")
    typed = tmp_path / "typed.txt"
    session.display.xterm(f"cat > {typed}")
    wait_until(typed.exists, "the sharer's terminal")

    def type_there():
        desk.run("xdotool", "type", "lpadmin -p office")
        desk.run("xdotool", "key", "Return", "sleep", "0.2")
        return "lpadmin -p office" in typed.read_text()

    wait_until(type_there, "what the helper typed in the sharer's terminal")

    # Paused by the sharer, then by the helper: both are told who did it.
    face.press("Pause")
    face.wait("You paused: Dev H. sees nothing and can do nothing", "alert")
    helper.wait("The sharer paused: the screen is hidden until they go on.")
    wait_until(lambda: not box(desk, RED), "the last picture to go")
    face.press("Go on")
    wait_until(lambda: box(desk, RED), "the picture again")
    desk.run("xdotool", "key", "ctrl+alt+Home", "alt+p")
    helper.wait("You paused. No new pictures come until you go on.")
    face.wait("Dev H. paused")
    desk.run("xdotool", "key", "alt+g")
    face.wait_gone("Dev H. paused")

    next(w for w in face.program.walk() if w.role == "button" and w.name == "Take back").press()
    helper.wait("The sharer took back: control. You still see the screen.")
    face.wait("Dev H. sees your screen", "alert")

    desk.run("xdotool", "key", "alt+e")
    face.wait("Sharing has ended", "heading")
    helper.button("New code")
    face.press("Close")
    assert sharer.finish() == 0
