"""qa-help's window on an X server of its own: seen in its pixels, used by keyboard and mouse."""

import subprocess

import pytest
from PIL import ImageGrab
from tools import BUILD, wait_until
from xserver import XServer

RED, GREEN = bytes([0xc0, 0x30, 0x20]), bytes([0x20, 0xa0, 0x40])


def has_window():
    return b"libgtk-4" in subprocess.run(["ldd", str(BUILD / "tools" / "qa-help")],
                                         capture_output=True).stdout


pytestmark = pytest.mark.skipif(not has_window(), reason="built without the viewer")


@pytest.fixture
def desk():
    """The helper's display, wide enough for the sharer's screen to be enlarged on it."""
    server = XServer("1280x900")
    yield server
    server.stop()


def box(server, colour):
    """The rectangle around all pixels of a colour: left, top, right, bottom; None without any."""
    # Not by xwd: it packs pixels otherwise where windows have an alpha channel.
    image = ImageGrab.grab(xdisplay=server.name).convert("RGB")
    (width, height), pixels = image.size, image.tobytes()
    columns, rows = set(), []
    for y in range(0, height, 2):
        line = pixels[y * width * 3:(y + 1) * width * 3]
        found = [x for x in range(0, width, 2) if line[x * 3:x * 3 + 3] == colour]
        if len(found) > 10:
            rows.append(y)
            columns.update((found[0], found[-1]))
    return (min(columns), rows[0], max(columns), rows[-1]) if rows else None


def start(session, desk):
    session.helper = session._start(
        "qa-help", ["--relay", session.url, "--ca", session.relay.ca, "--token-file",
                    session.relay.token_file, "--json-frames"],
        DISPLAY=desk.name, GSK_RENDERER="cairo", GTK_A11Y="none", GDK_BACKEND="x11")
    session.code = session.helper.wait("code")["code"]
    window = wait_until(
        lambda: subprocess.run(["xdotool", "search", "--onlyvisible", "--name", "^qassist$"],
                               env=desk.environment(), capture_output=True, text=True).stdout,
        "the window").split()[0]
    # There is no window manager here to give it the keyboard.
    desk.run("xdotool", "windowfocus", "--sync", window)
    return window


def show(session, desk):
    """A red screen with a green window in it; returns where both are in the helper's window."""
    display = session.display
    display.run("xsetroot", "-solid", "#c03020")
    display.start("xterm", "-bg", "#20a040", "-fg", "#20a040", "-cr", "#20a040", "-b", "0", "-bw", "0",
                  "-geometry", "40x20+200+300", "-e", "sleep", "1000")
    wait_until(lambda: box(display, GREEN), "the green window")
    session.start_sharer("--yes-view")
    session.helper.wait("frame")
    return wait_until(lambda: (box(desk, RED), box(desk, GREEN)) if box(desk, GREEN) else None,
                      "the picture in the window")


def test_the_picture_is_fitted_into_the_window(session, desk):
    start(session, desk)
    red, green = show(session, desk)
    theirs = box(session.display, GREEN)
    scale = (red[2] - red[0]) / 1024
    assert abs((red[3] - red[1]) / 768 - scale) < 0.01
    for i in range(4):
        assert abs(green[i] - (red[i % 2] + theirs[i] * scale)) <= 5


def test_control_by_keyboard_and_mouse_and_the_way_back(session, desk, tmp_path):
    start(session, desk)
    red, _ = show(session, desk)
    log = tmp_path / "xev.txt"
    session.display.start("sh", "-c", f"exec xev -geometry 300x200+600+100 > {log}")
    wait_until(lambda: log.exists() and "MapNotify" in log.read_text(), "xev's window")

    # "Request control" has the keyboard.
    desk.run("xdotool", "key", "space")
    session.allow_control()
    scale = (red[2] - red[0]) / 1024
    x, y = red[0] + 700 * scale, red[1] + 200 * scale
    desk.run("xdotool", "mousemove", str(int(x)), str(int(y)), "click", "1", "click", "4")
    wait_until(lambda: "button 4" in log.read_text(), "the wheel on the sharer's screen")
    place = [line for line in log.read_text().splitlines() if "root:(" in line][-1]
    there = place.split("root:(")[1].split(")")[0].split(",")
    assert abs(int(there[0]) - 700) <= 3 and abs(int(there[1]) - 200) <= 3
    assert "button 1" in log.read_text()

    desk.run("xdotool", "key", "Tab", "q")
    wait_until(lambda: "(keysym 0x71, q)" in log.read_text(), "the keys on the sharer's screen")
    assert "Tab" in log.read_text()
    desk.run("xdotool", "key", "ctrl+alt+Home")
    desk.run("xdotool", "key", "space")  # "End" has the keyboard now
    assert session.sharer.finish() == (0, None)
    session.helper.wait("end", error=None)


def test_a_new_code_after_the_end_and_a_signal(session, desk):
    start(session, desk)
    first = session.code
    session.start_sharer()
    session.sharer.wait("consent", permission="view")
    session.sharer.answer("deny")
    session.helper.wait("end", error="QA_EDENIED", exit=7)
    desk.run("xdotool", "key", "space")  # "New code" has the keyboard
    second = session.helper.wait("code")["code"]
    assert second != first
    session.helper.process.terminate()
    assert session.helper.finish() == (0, None)
