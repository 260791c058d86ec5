"""The picture in qa-help's window, pixel by pixel: past GTK on an X display, and drawn by GTK."""

import pathlib
import time

import pytest
from desk import grab, needs_window, start_window
from PIL import ImageChops
from tools import SLOW, wait_until
from xserver import XServer

pytestmark = needs_window
DESK = "1600x1200"

WAYS = {"x11": {}, "gtk": {"QA_HELP_DRAW": "gtk", "GSK_RENDERER": "cairo"}}
POINTER = 40  # pixels around the sharer's pointer, which is drawn into the picture


def colourful(display):
    """Something on the screen that tells each place from the others, and no red but the root's."""
    display.run("xsetroot", "-solid", "#c03020", "-cursor_name", "left_ptr")
    display.xterm("seq -s ' ' 5000; sleep 1000", geometry="90x30+30+40")
    display.run("xdotool", "mousemove", "1000", "740")


def park(desk):
    """The helper's pointer to where it touches nothing."""
    desk.run("xdotool", "mousemove", "1590", "1190")


def find_picture(desk, size):
    """Where the sharer's screen, red at its edges, lies in the window; None: nowhere."""
    image, (width, height) = grab(desk), size
    red = b"\xc0\x30\x20"
    pixels, stride = image.tobytes(), image.width * 3
    at = pixels.find(red * (width // 2))
    if at < 0:
        return None
    left, top = at % stride // 3, at // stride
    return (left, top) if top + height <= image.height else None


def same(left, right, pointer):
    """Two pictures are equal but for where the pointer is (none: None)."""
    difference = ImageChops.difference(left, right)
    if pointer:
        x, y = pointer
        difference.paste((0, 0, 0), (x - POINTER, y - POINTER, x + POINTER, y + POINTER))
    return difference.getbbox() is None


def shows(session, desk, size=(1024, 768), pointer=(1000, 740)):
    """The window has the sharer's screen in it, in actual size and exactly."""
    place = find_picture(desk, size)
    if not place:
        return False
    picture = grab(desk).crop((*place, place[0] + size[0], place[1] + size[1]))
    return same(picture, grab(session.display).crop((0, 0, *size)), pointer)


def begin(session, desk, way, **extra):
    colourful(session.display)
    window = start_window(session, desk, **WAYS[way], **extra)
    park(desk)
    session.start_sharer("--yes-view", "--no-banner")
    session.helper.wait("frame")
    return window


@pytest.mark.parametrize("way", WAYS)
def test_the_picture_is_exact_and_stays_so(session, desk, way):
    begin(session, desk, way)
    wait_until(lambda: shows(session, desk), "the sharer's screen")

    # What GTK draws by itself leaves it alone: a button under the pointer, the keyboard's place.
    desk.run("xdotool", "mousemove", "60", "25")
    desk.run("xdotool", "key", "Tab", "Tab", "Tab", "Tab")
    session.display.xterm("echo more; sleep 1000", geometry="20x5+600+500", title="second")
    wait_until(lambda: shows(session, desk), "the sharer's screen with one more window")

    # What was covered is there again.
    cover = desk.start("xterm", "-geometry", "60x20+100+100", "-e", "sleep", "1000")
    wait_until(lambda: not shows(session, desk), "a window over it")
    cover.terminate()
    wait_until(lambda: shows(session, desk), "the sharer's screen without the window over it")


@pytest.mark.parametrize("way", WAYS)
def test_the_shared_screen_becomes_another_size(session, desk, way):
    begin(session, desk, way)
    wait_until(lambda: shows(session, desk), "the sharer's screen")
    desk.run("xdotool", "key", "alt+a")
    session.display.run("xdotool", "mousemove", "700", "560")
    session.display.resize("800x600")
    wait_until(lambda: shows(session, desk, (800, 600), (700, 560)), "the smaller screen")


# A width that is no multiple of 16 goes another way in the helper's worker.
@pytest.mark.parametrize("display", ["1024x768", "1366x768"], indirect=True)
@pytest.mark.parametrize("way", WAYS)
def test_what_scrolled_and_was_dragged_is_exact(session, desk, way):
    begin(session, desk, way)
    size = grab(session.display).size
    wait_until(lambda: shows(session, desk, size), "the sharer's screen")

    begun = session.display.xterm("read start; for i in $(seq 120); do seq -s ' ' $i $((i + 40)); sleep 0.02; done; "
                                  "sleep 1000", geometry="90x30+30+60", title="scrolls")
    dragged = session.display.xterm("seq -s ' ' 2000; sleep 1000", geometry="50x16+500+330", title="dragged", focus=False)
    wait_until(lambda: shows(session, desk, size), "two more windows")

    # Each alone, then the one across the other while that scrolls.
    ways = [range(0, 160, 5), range(160, 0, -11), range(0, 200, 3)]
    for number, steps in enumerate(ways):
        if number != 1:
            session.display.run("xdotool", "windowfocus", "--sync", begun, "key", "Return")
        if number != 0:
            for step in steps:
                session.display.run("xdotool", "windowmove", dragged, str(500 - step), str(330 - step // 2),
                                    "sleep", "0.03")
        wait_until(lambda: is_still(session.display), "a still screen")
        wait_until(lambda: shows(session, desk, size), f"the sharer's screen, {number}")


def part_shown(session, desk, place, size=(500, 250)):
    """How far down the part of the sharer's screen begins that is at a place; None: it is no such."""
    width, height = size
    part = grab(desk).crop((*place, place[0] + width, place[1] + height))
    whole = grab(session.display)
    for y in range(whole.height - height + 1):
        if same(part, whole.crop((0, y, width, y + height)), None):
            return y
    return None


@pytest.mark.parametrize("way", WAYS)
def test_a_part_of_the_picture_in_actual_size(session, desk, way):
    window = begin(session, desk, way)
    wait_until(lambda: shows(session, desk), "the sharer's screen")
    desk.run("xdotool", "windowsize", window, "700", "500")
    desk.run("xdotool", "key", "alt+a")

    def upper_left():
        found = find_picture(desk, (500, 250))
        return found if found and part_shown(session, desk, found) == 0 else None

    place = wait_until(upper_left, "its upper left part")
    # The wheel scrolls while the keys and the wheel are not the sharer's.
    desk.run("xdotool", "mousemove", "300", "300", "click", "5", "click", "5")
    park(desk)
    wait_until(lambda: part_shown(session, desk, place), "a lower part")
    before = grab(session.display)
    session.display.xterm("echo more; sleep 1000", geometry="20x5+200+200", title="second")
    wait_until(lambda: not same(grab(session.display), before, None), "the second window")
    wait_until(lambda: part_shown(session, desk, place), "the second window in the lower part")
    desk.run("xdotool", "windowsize", window, "1300", "1100")
    wait_until(lambda: shows(session, desk), "all of it again")


def is_still(desk):
    """Nothing changes any more."""
    first = grab(desk)
    time.sleep(1)
    return same(first, grab(desk), None)


def test_changes_are_scaled_as_the_whole_is(session, desk):
    window = begin(session, desk, "x11")
    wait_until(lambda: shows(session, desk), "the sharer's screen")
    desk.run("xdotool", "windowsize", window, "741", "583")
    wait_until(lambda: not shows(session, desk), "it to become smaller")
    text = session.display.start("xterm", "-geometry", "50x12+311+177", "-e",
                                 "seq 400; for i in 1 2 3 4 5; do sleep 0.2; seq 7; done; sleep 1000")
    session.helper.wait("frame")
    for _ in range(5):
        session.display.run("xdotool", "mousemove_relative", "--", "-100", "-70")
    session.display.run("xdotool", "mousemove_relative", "500", "350")
    text.terminate()
    wait_until(lambda: is_still(desk), "a still picture")
    after_changes = grab(desk)
    # Another size and back: all of it is scaled at once.
    desk.run("xdotool", "windowsize", window, "800", "700")
    wait_until(lambda: not same(grab(desk), after_changes, None), "the other size")
    desk.run("xdotool", "windowsize", window, "741", "583")
    wait_until(lambda: same(grab(desk), after_changes, None), "the same picture at once")


def test_the_sharers_pointer_is_in_the_picture(session, desk):
    begin(session, desk, "x11")
    wait_until(lambda: shows(session, desk), "the sharer's screen")

    def pointer_at(x, y):
        # The second is a mouse that moves; the first only puts the pointer there, and tells nobody.
        session.display.run("xdotool", "mousemove", str(x - 1), str(y), "mousemove_relative", "1", "0")
        wait_until(lambda: shows(session, desk, pointer=(x, y)) and
                   not shows(session, desk, pointer=None), f"the pointer at {x},{y} and nowhere else")

    pointer_at(900, 700)
    pointer_at(300, 200)
    pointer_at(1010, 5)


def test_past_gtk_also_where_a_pixel_is_small(session, desk):
    begin(session, desk, "x11", GDK_SCALE="2")
    desk.run("xdotool", "key", "alt+a")
    wait_until(lambda: shows(session, desk), "the sharer's screen, a pixel a pixel")


@pytest.mark.parametrize("without", ["MIT-SHM", "RENDER"])
def test_a_display_that_can_less(session, without):
    desk = XServer(DESK, extra=["-extension", without])
    try:
        begin(session, desk, "x11")
        wait_until(lambda: shows(session, desk), "the sharer's screen")
        session.display.xterm("seq 100; sleep 1000", geometry="20x5+600+500", title="second")
        wait_until(lambda: shows(session, desk), "the sharer's screen with one more window")
    finally:
        desk.stop()


def test_a_still_window_is_left_in_peace(session, desk):
    begin(session, desk, "x11")
    wait_until(lambda: shows(session, desk), "the sharer's screen")
    status = pathlib.Path(f"/proc/{session.helper.process.pid}/status")

    def wakes():
        return int(status.read_text().split("\nvoluntary_ctxt_switches:")[1].split()[0])

    def few_in_two_seconds():
        before = wakes()
        time.sleep(2)
        return wakes() - before < 20  # GTK's clock, when it runs, wakes 60 times a second

    wait_until(few_in_two_seconds, "the window to be left in peace", 60 * SLOW)
