"""Two and three monitors: listed, shown one or all, unplugged in the middle; clicks land where they show."""

import os
import re
import signal

import pytest
from tools import BUILD, wait_until
from xserver import XServer, png_pixels, same_picture

MOVING = BUILD / "tests" / "integration" / "moving-source"
WHOLE = (0, 0, 1024, 768)
LEFT = (0, 0, 512, 768)
RIGHT = (512, 0, 512, 768)
MIDDLE = (300, 200, 400, 300)


def plug(display, name, place, output="none"):
    x, y, width, height = place
    display.run("xrandr", "--setmonitor", name, f"{width}/300x{height}/200+{x}+{y}", output)


def unplug(display, name):
    display.run("xrandr", "--delmonitor", name)


def wait_for_screens(session, names, chosen):
    """The list as it came last or comes now; `chosen` is a name or None for all."""
    def fits(event):
        found = {screen["name"]: screen["id"] for screen in event["screens"]}
        return sorted(found) == sorted(names) and event["chosen"] == found.get(chosen, 0)

    told = session.helper.seen("screens")
    if told and fits(told[-1]):
        return told[-1]
    while True:
        event = session.helper.wait("screens")
        if fits(event):
            return event


def wait_for_size(session, width, height):
    """The picture has this size now, or soon."""
    told = session.helper.seen("frame")
    if not told or (told[-1]["width"], told[-1]["height"]) != (width, height):
        session.helper.wait("frame", width=width, height=height)


def crop(picture, place):
    width, _, data = picture
    x, y, w, h = place
    return w, h, b"".join(data[((y + row) * width + x) * 4 : ((y + row) * width + x + w) * 4] for row in range(h))


class Looker:
    def __init__(self, session):
        self.session, self.count = session, 0

    def look(self):
        self.count += 1
        path = self.session.folder / f"look-{self.count}.png"
        self.session.helper.script(f"wait-still 400\nsnapshot {path}")
        self.session.helper.wait("snapshot", file=str(path))
        return png_pixels(path)

    def expect(self, place):
        """What the helper has is just that part of the screen, pixel by pixel."""
        last = []

        def equal():
            last[:] = [same_picture(self.look(), crop(self.session.display.pixels(), place))]
            return last[0] is None

        try:
            wait_until(equal, "the picture to be exact")
        except AssertionError:
            raise AssertionError(last[0]) from None


@pytest.fixture
def looker(session):
    return Looker(session)


@pytest.fixture
def two(session):
    plug(session.display, "LEFT", LEFT, "screen")
    plug(session.display, "RIGHT", RIGHT)
    session.display.xterm("seq 200; sleep 1000", geometry="60x40+20+20", title="left")
    session.display.xterm("ls -lR /usr/share | head -500; sleep 1000", geometry="60x40+530+40", title="right")
    session.start_helper()
    session.start_sharer()
    session.allow_view()
    return session


def test_one_of_two_is_shown_exactly(two, looker):
    event = wait_for_screens(two, ["LEFT", "RIGHT"], None)
    left, right = sorted(event["screens"], key=lambda screen: screen["x"])
    assert (left["x"], left["y"], left["width"], left["height"]) == LEFT
    assert (right["x"], right["y"], right["width"], right["height"]) == RIGHT
    assert left["scale_percent"] == 100 and left["id"] != right["id"] and 0 not in (left["id"], right["id"])
    assert two.sharer.wait("screen")["id"] == 0
    looker.expect(WHOLE)
    # By name, by number, and both are of one size.
    two.helper.script("screen right")
    wait_for_screens(two, ["LEFT", "RIGHT"], "RIGHT")
    assert two.sharer.wait("screen", id=right["id"])["name"] == "RIGHT"
    looker.expect(RIGHT)
    two.helper.script(f"screen {left['id']}")
    wait_for_screens(two, ["LEFT", "RIGHT"], "LEFT")
    looker.expect(LEFT)
    two.helper.script("screen all")
    wait_for_screens(two, ["LEFT", "RIGHT"], None)
    looker.expect(WHOLE)


def test_a_screen_that_is_not_there_is_refused(two):
    wait_for_screens(two, ["LEFT", "RIGHT"], None)
    two.helper.script("screen kitchen")
    assert "kitchen" in two.helper.wait("refused")["detail"]
    two.helper.script("screen LEFT")
    wait_for_screens(two, ["LEFT", "RIGHT"], "LEFT")


def test_clicks_land_where_they_show(two, tmp_path):
    log = tmp_path / "xev.txt"
    two.display.start("sh", "-c", f"xev -geometry 300x300+600+300 > {log}")
    typed = lambda: log.read_text() if log.exists() else ""  # noqa: E731
    wait_until(lambda: "MapNotify" in typed(), "xev's window")
    two.helper.script("request control")
    two.allow_control()
    # One script, at once: no click is aimed with an old picture.
    two.helper.script("click 650 400\nscreen RIGHT\nclick 151 402\nscreen all\nclick 652 403\nscreen RIGHT\nclick 511 767")
    wait_for_screens(two, ["LEFT", "RIGHT"], "RIGHT")
    places = lambda: re.findall(r"ButtonPress event.*?root:\((\d+),(\d+)\)", typed(), re.S)  # noqa: E731
    wait_until(lambda: len(places()) == 3, "three clicks")
    assert places() == [("650", "400"), ("663", "402"), ("652", "403")]
    where = two.display.run("xdotool", "getmouselocation").stdout.decode()
    two.helper.script("wait-still 300")
    wait_until(lambda: "x:1023 y:767" in two.display.run("xdotool", "getmouselocation").stdout.decode(),
               f"the pointer in the corner, not at {where}")
    # Out of the picture there is nothing to aim at.
    two.helper.script("click 512 10")
    two.helper.wait("refused")


def test_one_of_three_is_unplugged_while_it_is_seen(session, looker):
    display = session.display
    plug(display, "LEFT", LEFT, "screen")
    plug(display, "RIGHT", RIGHT)
    plug(display, "MIDDLE", MIDDLE)
    display.start(str(MOVING))
    session.start_helper()
    session.start_sharer()
    session.allow_view()
    names = ["LEFT", "MIDDLE", "RIGHT"]
    event = wait_for_screens(session, names, None)
    ids = {screen["name"]: screen["id"] for screen in event["screens"]}
    sizes = {"LEFT": LEFT, "RIGHT": RIGHT, "MIDDLE": MIDDLE, "all": WHOLE}
    # To and fro while a video runs.
    for name in ["MIDDLE", "RIGHT", "LEFT", "MIDDLE", "all", "MIDDLE"]:
        session.helper.script(f"screen {name}\nwait-frame")
        wait_for_screens(session, names, None if name == "all" else name)
        wait_for_size(session, sizes[name][2], sizes[name][3])
    unplug(display, "MIDDLE")
    wait_for_screens(session, ["LEFT", "RIGHT"], None)
    assert session.sharer.wait("screen", id=0)["name"] == ""
    wait_for_size(session, 1024, 768)
    # It comes back as itself; one that is not shown goes and nobody minds.
    plug(display, "MIDDLE", MIDDLE)
    event = wait_for_screens(session, names, None)
    assert {screen["name"]: screen["id"] for screen in event["screens"]} == ids
    session.helper.script("screen RIGHT")
    wait_for_screens(session, names, "RIGHT")
    unplug(display, "MIDDLE")
    wait_for_screens(session, ["LEFT", "RIGHT"], "RIGHT")
    # Stopped, it is exact.
    display.run("xdotool", "key", "s")
    looker.expect(RIGHT)


def test_an_unplugged_screen_takes_no_click_meant_for_it(two, tmp_path):
    """The picture that the helper aims with decides: what is under way when it goes lands nowhere else."""
    log = tmp_path / "xev.txt"
    places = lambda: re.findall(r"ButtonPress event.*?root:\((\d+),(\d+)\)", log.read_text(), re.S)  # noqa: E731
    two.display.start("sh", "-c", f"xev -geometry 800x200+0+500 > {log}")
    wait_until(lambda: log.exists() and "MapNotify" in log.read_text(), "xev's window")
    two.helper.script("request control")
    two.allow_control()
    two.helper.script("screen RIGHT")
    wait_for_screens(two, ["LEFT", "RIGHT"], "RIGHT")
    two.helper.script("wait-still 500\nclick 88 600")
    wait_until(lambda: places() == [("600", "600")], "a click on it")
    two.sharer.drain()
    # What comes now stays with the sharer's worker, until the screen is gone.
    worker, = two.sharer.children()
    os.kill(worker, signal.SIGSTOP)
    try:
        two.helper.script("\n".join(["click 100 600"] * 20 + ["screen kitchen"]))
        two.helper.wait("refused")
        unplug(two.display, "RIGHT")
        two.sharer.wait("screen", id=0)
    finally:
        os.kill(worker, signal.SIGCONT)
    wait_for_screens(two, ["LEFT"], None)
    wait_for_size(two, 1024, 768)
    # Neither there where it was nor at the same place of the whole display.
    two.helper.script("wait-still 500\nclick 10 510")
    wait_until(lambda: ("10", "510") in places(), "the last click")
    assert places() == [("600", "600"), ("10", "510")]


def test_a_display_with_other_monitors(relay, tmp_path):
    """One of no monitors, one partly outside of the display, names that no terminal should print."""
    from tools import Session

    display = XServer("800x600")
    session = Session(relay, display, tmp_path)
    try:
        plug(display, "edge", (700, 500, 400, 400), "screen")
        plug(display, "\x1b[31mred", (0, 0, 100, 100))
        session.start_helper()
        session.start_sharer()
        session.allow_view()
        event = wait_for_screens(session, ["edge", "[31mred"], None)
        edge = next(screen for screen in event["screens"] if screen["name"] == "edge")
        assert (edge["x"], edge["y"], edge["width"], edge["height"]) == (700, 500, 100, 100)
        session.helper.script("screen edge")
        wait_for_screens(session, ["edge", "[31mred"], "edge")
        wait_for_size(session, 100, 100)
        unplug(display, "edge")
        unplug(display, "\x1b[31mred")
        display.run("xrandr", "--fb", "800x600", "--output", "screen", "--off")
        wait_for_screens(session, [], None)
        wait_for_size(session, 800, 600)
        session.helper.script("end")
        assert session.helper.finish() == (0, None)
    finally:
        session.stop()
        display.stop()
