"""qa-help's window and a sharer with several monitors: chosen by mouse and keyboard, unplugged, hidden by a prompt."""

import subprocess

import pytest
from desk import box
from helper_face import RED, needs_face, open_face
from tools import wait_until

gi = pytest.importorskip("gi")
from gi.repository import GLib  # noqa: E402

pytestmark = needs_face

GREEN = bytes([0x20, 0xa0, 0x40])


def plug(display, name, place, output="none"):
    x, y, width, height = place
    display.run("xrandr", "--setmonitor", name, f"{width}/300x{height}/200+{x}+{y}", output)


@pytest.fixture
def face(session, desk, reader):
    """The left half of the sharer's display is red, the right one green, and each is a monitor."""
    display = session.display
    face = open_face(session, desk, reader)
    display.start("xterm", "-bg", "#20a040", "-fg", "#20a040", "-cr", "#20a040", "-b", "0", "-bw", "0",
                  "-fs", "8", "-geometry", "200x100+512+0", "-e", "sleep", "1000")
    wait_until(lambda: box(display, GREEN), "the green half")
    plug(display, "LEFT_1", (0, 0, 512, 768), "screen")
    plug(display, "RIGHT", (512, 0, 512, 768))
    session.start_sharer("--yes-view")
    session.helper.wait("frame")
    wait_until(lambda: box(desk, RED) and box(desk, GREEN), "the picture")
    return face


def menu(face):
    """The items of the open menu: name -> whether it is the one that is seen."""
    return {w.name: w.has("checked") for w in face.program.walk() if "menu item" in w.role}


def open_menu(desk, face):
    desk.run("xdotool", "key", "alt+v")
    return wait_until(lambda: menu(face), "the menu")


def seen(desk):
    return [name for name, colour in (("red", RED), ("green", GREEN)) if box(desk, colour)]


def middle(widget):
    """Where a widget is in its window."""
    x, y, width, height = widget.call("org.a11y.atspi.Component", "GetExtents",
                                      GLib.Variant("(u)", (1,)))[0]
    return x + width // 2, y + height // 2


def popup(session, desk):
    """Where the open menu is on the display: a window of its own; its first of three items is at 3/10."""
    found = subprocess.run(["xdotool", "search", "--onlyvisible", "--class", "qa-help"],
                           env=desk.environment(), capture_output=True, text=True).stdout.split()
    for window in found:
        lines = desk.run("xdotool", "getwindowgeometry", "--shell", window).stdout.decode().split()
        place = {line.split("=")[0]: int(line.split("=")[1]) for line in lines}
        if window != session.window and place["HEIGHT"] > 60:
            return place["X"], place["Y"], place["WIDTH"], place["HEIGHT"]
    return None


def click(desk, x, y):
    desk.run("xdotool", "mousemove", str(x), str(y), "click", "1")


def test_one_is_chosen_by_keyboard_and_all_again_by_mouse(session, desk, face):
    face.wait("View: all")
    assert open_menu(desk, face) == {"All screens": True, "LEFT_1: 512 × 768 at 0, 0": False,
                                     "RIGHT: 512 × 768 at 512, 0": False}
    desk.run("xdotool", "key", "Down", "Down", "Return")
    face.wait("You see the sharer's screen RIGHT now.")
    face.wait("View: RIGHT")
    wait_until(lambda: seen(desk) == ["green"], "the right screen alone")
    assert open_menu(desk, face)["RIGHT: 512 × 768 at 512, 0"]
    desk.run("xdotool", "key", "Escape")
    wait_until(lambda: not menu(face), "the menu to close")

    click(desk, *middle(face.wait("View: RIGHT")))
    x, y, width, height = wait_until(lambda: popup(session, desk), "the menu")
    click(desk, x + width // 2, y + height * 3 // 10)
    face.wait("You see all of the sharer's screens now.")
    face.wait("View: all")
    wait_until(lambda: seen(desk) == ["red", "green"], "both screens")


def test_the_one_that_is_seen_is_unplugged(session, desk, face):
    open_menu(desk, face)
    desk.run("xdotool", "key", "Down", "Down", "Return")
    wait_until(lambda: seen(desk) == ["green"], "the right screen alone")
    session.display.run("xrandr", "--delmonitor", "RIGHT")
    face.wait("The sharer unplugged the screen RIGHT. You see what is left now.")
    wait_until(lambda: seen(desk) == ["red", "green"], "all that there is")
    # One alone leaves nothing to choose, and the button says so.
    face.wait("One screen")
    assert not face.wait("Screen", "button").has("enabled")
    desk.run("xdotool", "key", "alt+v")
    plug(session.display, "RIGHT", (512, 0, 512, 768))
    face.wait("The sharer plugged in the screen RIGHT.")
    wait_until(lambda: face.wait("Screen", "button").has("enabled"), "the button to be one again")
    assert not menu(face)


def test_a_prompt_of_the_sharers_system_is_said_and_hides_the_screen(session, desk, face):
    asking = session.display.start("ssh-askpass", "Unlock?")
    face.wait("The sharer is answering a system prompt. You see the screen again after that.", "status")
    wait_until(lambda: not seen(desk), "the last picture to go")
    assert not face.wait("Screen", "button").has("enabled")
    asking.kill()
    wait_until(lambda: seen(desk) == ["red", "green"], "the screen again")
    face.wait("You see the screen. To do more, request it from the sharer.")
