"""qa-help's window on an X server of its own: seen in its pixels, used by keyboard and mouse."""

from desk import box, needs_window, start_window
from tools import wait_until

RED, GREEN = bytes([0xc0, 0x30, 0x20]), bytes([0x20, 0xa0, 0x40])

pytestmark = needs_window
DESK = "1280x900"  # wide enough for the sharer's screen to be enlarged on it


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
    start_window(session, desk)
    red, green = show(session, desk)
    theirs = box(session.display, GREEN)
    scale = (red[2] - red[0]) / 1024
    assert abs((red[3] - red[1]) / 768 - scale) < 0.01
    for i in range(4):
        assert abs(green[i] - (red[i % 2] + theirs[i] * scale)) <= 5


def press_return(session, desk):
    """What the space bar opened takes Return once it is there; the button itself does nothing more."""
    desk.run("xdotool", "key", "Return")
    session.sharer.drain(0.5)
    return session.sharer.seen("consent", permission="control")


def test_control_by_keyboard_and_mouse_and_the_way_back(session, desk, tmp_path):
    start_window(session, desk)
    red, _ = show(session, desk)
    log = tmp_path / "xev.txt"
    session.display.start("sh", "-c", f"exec xev -geometry 300x200+600+100 > {log}")
    wait_until(lambda: log.exists() and "MapNotify" in log.read_text(), "xev's window")

    # "Request control" has the keyboard; Return asks for what is ticked.
    desk.run("xdotool", "key", "space")
    wait_until(lambda: press_return(session, desk), "the question")
    session.sharer.answer("allow")
    session.helper.wait("permissions", permissions=["view", "control"])
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
    desk.run("xdotool", "key", "alt+e")  # the toolbar has the keyboard now
    assert session.sharer.finish() == (0, None)
    session.helper.wait("end", error=None)


def test_a_new_code_after_the_end_and_a_signal(session, desk):
    start_window(session, desk)
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
