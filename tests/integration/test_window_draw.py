"""Laser pointer and pen in qa-help's window: what the mouse draws is on the sharer's screen."""

import json

import pytest
from desk import box, grab
from helper_face import needs_face, open_face
from tools import wait_until

pytestmark = needs_face
DESK = "1280x1200"

GROUND = bytes([0x40, 0x50, 0x40])
RED, BLUE, LASER = (0xe0, 0x20, 0x20), (0x20, 0x60, 0xff), (0xff, 0x20, 0x20)


@pytest.fixture
def face(session, desk, reader):
    face = open_face(session, desk, reader, GROUND)
    session.start_sharer("--yes-view", "--no-banner")
    session.helper.wait("frame")
    wait_until(lambda: box(desk, GROUND), "the picture")
    return face


def allow(session, *permissions):
    session.sharer.wait("consent", permissions=list(permissions))
    session.sharer.say(json.dumps({"answer": "allow"}))
    session.helper.wait("permissions", permissions=["view", *permissions])


class Picture:
    """Where the sharer's screen is on the helper's display."""

    def __init__(self, desk):
        self.desk = desk
        self.left, self.top, right, bottom = box(desk, GROUND)
        self.scale = (right - self.left + 2) / 1024

    def at(self, x, y):
        return [str(round(self.left + x * self.scale)), str(round(self.top + y * self.scale))]

    def drag(self, *places):
        """With the left button through places of the sharer's screen."""
        arguments = ["mousemove", *self.at(*places[0]), "mousedown", "1"]
        for place in places[1:]:
            arguments += ["mousemove", *self.at(*place), "sleep", "0.1"]
        self.desk.run("xdotool", *arguments, "mouseup", "1")


def near(image, x, y, colour, around=4):
    return any(image.getpixel((x + i, y + j)) == colour
               for i in range(-around, around + 1) for j in range(-around, around + 1))


def wait_for(session, x, y, colour, around=4):
    wait_until(lambda: near(grab(session.display), x, y, colour, around), f"{colour} near {x},{y}")


def wait_until_clean(session):
    wait_until(lambda: grab(session.display).getcolors(2) == [(1024 * 768, tuple(GROUND))],
               "nothing but the ground")


def choose(face, name):
    face.press(name)
    wait_until(lambda: face.button(name).has("pressed"), f"{name} to be chosen")


def start_drawing(session, desk, face):
    """Chooses the pen, is told to ask, asks and may."""
    desk.run("xdotool", "key", "alt+w")
    face.wait("Pen")
    desk.run("xdotool", "key", "alt+n")
    face.wait("You may not draw yet: request it from the sharer.")
    face.button("Ask the sharer")
    wait_until(lambda: (face.focus() or [""])[0] == "text box", "the list to ask from")
    desk.run("xdotool", "key", "alt+k")
    allow(session, "annotate")
    face.wait("You draw: hold the left mouse button.")


def test_marks_are_where_the_mouse_was(session, desk, face):
    start_drawing(session, desk, face)
    picture = Picture(desk)
    picture.drag((200, 300), (300, 300), (300, 400))
    wait_for(session, 250, 300, RED)
    wait_for(session, 300, 350, RED)
    # It is in the helper's picture as well, from there.
    wait_until(lambda: near(grab(desk), *map(int, picture.at(250, 300)), RED), "the stroke in the window")
    choose(face, "Blue")
    desk.run("xdotool", "key", "alt+t")
    picture.drag((500, 200), (700, 500))
    wait_for(session, 600, 200, BLUE)
    wait_for(session, 700, 350, BLUE)
    desk.run("xdotool", "key", "alt+o")
    picture.drag((100, 600), (400, 600))
    wait_for(session, 250, 600, BLUE)
    # Undone by key, by mnemonic and all of it.
    desk.run("xdotool", "key", "ctrl+z")
    wait_until(lambda: not near(grab(session.display), 250, 600, BLUE), "the arrow to go")
    assert near(grab(session.display), 600, 200, BLUE)
    desk.run("xdotool", "key", "alt+d")
    wait_until(lambda: not near(grab(session.display), 600, 200, BLUE), "the frame to go")
    # A click is no arrow.
    desk.run("xdotool", "key", "alt+o")
    picture.drag((800, 600))
    picture.drag((100, 600), (400, 600))
    wait_for(session, 250, 600, BLUE)
    assert not near(grab(session.display), 800, 600, BLUE)
    desk.run("xdotool", "key", "alt+l")
    wait_until_clean(session)
    # Escape gives the mouse back: it draws no more.
    desk.run("xdotool", "key", "Escape")
    face.wait("You see the screen. To do more, request it from the sharer.")
    picture.drag((200, 300), (300, 300))
    # Taken back while a pen is chosen, that is said, and the mouse is a mouse.
    desk.run("xdotool", "key", "alt+n")
    picture.drag((200, 500), (300, 500))
    wait_for(session, 250, 500, BLUE)
    assert not near(grab(session.display), 250, 300, BLUE)
    session.sharer.say('{"command":"revoke","permissions":["annotate"]}')
    face.wait("The sharer took back: drawing. You still see the screen.")
    wait_until_clean(session)
    picture.drag((200, 500), (300, 500))
    face.wait("You see the screen. To do more, request it from the sharer.")
    wait_until_clean(session)


def test_the_laser_pointer_is_one_dot(session, desk, face):
    desk.run("xdotool", "key", "alt+w", "alt+s")
    face.wait("You may not point yet: request it from the sharer.")
    wait_until(lambda: (face.focus() or [""])[0] == "text box", "the list to ask from")
    desk.run("xdotool", "key", "alt+k")
    allow(session, "point")
    face.wait("You point: the sharer sees a red dot where your mouse is.")
    picture = Picture(desk)
    desk.run("xdotool", "mousemove", *picture.at(300, 300), "mousemove", *picture.at(400, 500))
    wait_for(session, 405, 500, LASER)
    # The helper sees that same dot, and no other.
    x, y = map(int, picture.at(405, 500))
    wait_until(lambda: near(grab(desk), x, y, LASER), "the dot in the window")
    left, top, right, bottom = box(desk, bytes(LASER)) or (x, y, x, y)
    assert right - left < 25 and bottom - top < 25
    # It stays where the mouse rests, and goes with it.
    session.helper.drain(4)
    assert near(grab(session.display), 405, 500, LASER)
    desk.run("xdotool", "mousemove", "5", "5")
    wait_until_clean(session)


def test_actual_size_and_full_screen(session, desk, face):
    start_drawing(session, desk, face)
    desk.run("xdotool", "key", "alt+a")
    wait_until(lambda: abs(Picture(desk).scale - 1) < 0.01, "the actual size")
    picture = Picture(desk)
    picture.drag((200, 300), (300, 300))
    wait_for(session, 250, 300, RED, 2)
    desk.run("xdotool", "key", "alt+l")
    wait_until_clean(session)

    desk.run("xdotool", "key", "alt+f")
    desk.start("openbox", "--config-file", "/dev/null")
    wait_until(lambda: b"window id" in desk.run("xprop", "-root", "_NET_SUPPORTING_WM_CHECK").stdout,
               "the window manager")
    desk.run("xdotool", "windowactivate", "--sync", session.window)
    words = "Full screen. The upper edge or Ctrl+Alt+Home shows the buttons."
    while not face.look(words):
        desk.run("xdotool", "windowfocus", "--sync", session.window)
        desk.run("xdotool", "key", "F11", "sleep", "4")
    wait_until(lambda: grab(desk).getpixel((0, 500)) == tuple(GROUND), "the picture at the edge")
    picture = Picture(desk)
    assert picture.scale > 1.2
    picture.drag((200, 300), (300, 300))
    wait_for(session, 250, 300, RED, 2)
    face.wait_gone("Pen")
    desk.run("xdotool", "key", "ctrl+z")
    wait_until_clean(session)
