"""The buttons of qa-help's window, pressed by keyboard and as by a screen reader, and its words."""

import json
import subprocess

import pytest
from desk import box, grab
from helper_face import RED, line_has_the_keyboard, needs_face, open_face
from tools import wait_until

pytestmark = needs_face


@pytest.fixture
def face(session, desk, reader):
    """The window with the sharer's red screen in it."""
    face = open_face(session, desk, reader)
    session.start_sharer("--yes-view")
    session.helper.wait("frame")
    wait_until(lambda: box(desk, RED), "the picture")
    return face


def sharer_answers(session, words):
    session.sharer.say(json.dumps({"answer": words}))


def test_asking_for_several_with_a_purpose(session, desk, face):
    face.wait("You see the screen. To do more, request it from the sharer.")
    desk.run("xdotool", "key", "alt+r")
    wait_until(line_has_the_keyboard(face), "the line for the purpose")
    desk.run("xdotool", "type", "to set up the printer")
    # Control is ticked; the laser pointer and drawing come after it.
    desk.run("xdotool", "key", "Tab", "Tab", "space", "Tab", "space", "alt+k")
    session.sharer.wait("consent", purpose="to set up the printer",
                        permissions=["control", "point", "annotate"])
    face.wait("The sharer is being asked: control, laser pointer, drawing.")
    sharer_answers(session, "allow")
    session.helper.wait("permissions", permissions=["view", "control", "point", "annotate"])
    face.wait("You control the screen. All keys go to the sharer; Ctrl+Alt+Home moves the keyboard "
              "to the buttons here.")
    desk.run("xdotool", "key", "ctrl+alt+Home")
    face.wait("The keys stay here now. Click into the picture to type there again.")
    session.sharer.command("take-back")
    face.wait("The sharer took back: control. You still see the screen.")


def test_a_no_is_said_and_pressed_for_again_in_vain(session, desk, face):
    desk.run("xdotool", "key", "alt+r")
    face.wait("Ask the sharer", "button").press()
    session.sharer.wait("consent", permission="control")
    sharer_answers(session, "deny")
    face.wait("The sharer did not allow: control. You still see the screen.")
    desk.run("xdotool", "key", "alt+r")
    face.press("Ask the sharer")
    face.wait("The sharer said no a moment ago. Talk to them before you ask again.")


def test_pauses_of_both_sides(session, desk, face):
    session.sharer.command("pause")
    face.wait("The sharer paused: the screen is hidden until they go on.")
    wait_until(lambda: not box(desk, RED), "the last picture to go")
    session.sharer.command("resume")
    wait_until(lambda: box(desk, RED), "the picture again")

    desk.run("xdotool", "key", "alt+p")
    face.wait("You paused. No new pictures come until you go on.")
    session.sharer.wait("paused", causes=["helper"])
    assert box(desk, RED), "one's own pause keeps the last picture"
    session.display.run("xsetroot", "-solid", "#2030c0")
    desk.run("xdotool", "key", "alt+g")
    session.sharer.wait("paused", causes=[])
    wait_until(lambda: box(desk, bytes([0x20, 0x30, 0xc0])), "what is there now")


def test_the_chat_opens_and_takes_a_message(session, desk, face):
    desk.run("xdotool", "key", "alt+c")
    wait_until(line_has_the_keyboard(face), "the line to write in")
    desk.run("xdotool", "type", "I open the settings now.")
    desk.run("xdotool", "key", "Return")
    face.wait("I open the settings now.")
    desk.run("xdotool", "key", "alt+c")
    face.wait_gone("I open the settings now.")


def test_the_clipboard_is_sent_when_that_is_allowed(session, desk, face, tmp_path):
    # A text in the helper's clipboard: from the line to write in.
    desk.run("xdotool", "key", "alt+c")
    wait_until(line_has_the_keyboard(face), "the line to write in")
    desk.run("xdotool", "type", "lpadmin -p office")
    desk.run("xdotool", "key", "ctrl+a", "ctrl+c", "alt+b")
    face.wait("Request it first: “Put text into their clipboard”.")
    desk.run("xdotool", "key", "alt+r")
    wait_until(lambda: (face.focus() or ["", ""])[1].startswith("What for"), "the line for the purpose")
    desk.run("xdotool", "key", "Tab", "space", "Tab", "Tab", "Tab", "space", "alt+k")
    session.sharer.wait("consent", permission="clipboard-to-sharer")
    sharer_answers(session, "allow")
    session.helper.wait("permissions", permissions=["view", "clipboard-to-sharer"])
    desk.run("xdotool", "key", "alt+b")
    face.wait("Your clipboard's text is in the sharer's clipboard.")

    pasted = tmp_path / "pasted.txt"
    session.display.start("xterm", "-T", "paste", "-xrm", "XTerm*selectToClipboard: true", "-e",
                          "sh", "-c", f"cat > {pasted}")

    def paste():
        found = subprocess.run(["xdotool", "search", "--onlyvisible", "--name", "^paste$"],
                               env=session.display.environment(), capture_output=True,
                               text=True).stdout.split()
        if found:
            session.display.run("xdotool", "windowfocus", "--sync", found[0])
            session.display.run("xdotool", "key", "shift+Insert", "Return", "sleep", "0.5")
        return pasted.exists() and "lpadmin -p office" in pasted.read_text()

    wait_until(paste, "the text in the sharer's clipboard")


def test_full_screen_and_back(session, desk, face):
    desk.start("openbox", "--config-file", "/dev/null")
    wait_until(lambda: b"window id" in desk.run("xprop", "-root", "_NET_SUPPORTING_WM_CHECK").stdout,
               "the window manager")
    desk.run("xdotool", "windowactivate", "--sync", session.window)
    words = "Full screen. The upper edge or Ctrl+Alt+Home shows the buttons."
    while not face.look(words):  # the window manager may still take the keyboard elsewhere
        desk.run("xdotool", "windowfocus", "--sync", session.window)
        desk.run("xdotool", "key", "F11", "sleep", "4")
    wait_until(lambda: grab(desk).getpixel((0, 500)) == (0xc0, 0x30, 0x20), "the picture at the edge")
    face.wait_gone("Full screen", "button")
    desk.run("xdotool", "mousemove", "640", "500", "mousemove", "640", "1", "mousemove", "641", "0")
    face.wait("Full screen", "button")
    desk.run("xdotool", "key", "F11")
    wait_until(lambda: grab(desk).getpixel((0, 500)) != (0xc0, 0x30, 0x20), "the window again")
    desk.run("xdotool", "key", "alt+e")
    assert session.sharer.finish() == (0, None)


def test_everything_has_a_name(session, desk, face):
    """What can be pressed or typed into says what it is."""
    desk.run("xdotool", "key", "alt+r")
    face.wait("Ask the sharer", "button")
    nameless = [(w.role, w.path) for w in face.program.walk()
                if w.role in ("button", "checkbox", "text box", "tool bar", "image") and not w.name]
    assert not nameless
