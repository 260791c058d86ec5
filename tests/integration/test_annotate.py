"""Laser pointer and marks: on the sharer's real screen, without control, and gone when they have to be."""

import pytest
from test_screens import LEFT, RIGHT, plug, wait_for_screens
from tools import SLOW, wait_until
from xserver import png_pixels

GROUND = bytes([0x60, 0x40, 0x20])  # BGR of the empty screen
RED = bytes([0x20, 0x20, 0xE0])  # "red" of a script
LASER = bytes([0x20, 0x20, 0xFF])


@pytest.fixture
def drawing(session):
    """A session in which the helper may point and draw, and not control."""
    session.display.run("xsetroot", "-solid", "#204060")
    session.start_helper()
    session.start_sharer("--no-banner")
    session.allow_view()
    allow(session, "point,annotate")
    return session


def allow(session, names):
    session.helper.script(f"request {names}")
    session.sharer.wait("consent")
    session.sharer.answer("allow")
    wanted = {"view", *names.split(",")}
    wait_until(lambda: any(set(e["permissions"]) == wanted
                           for e in (session.helper.drain(), session.helper.events)[1]
                           if e["event"] == "permissions"), f"{wanted} to be allowed")


def at(session, x, y):
    width, _, data = session.display.pixels()
    return data[(y * width + x) * 4:][:3]


def wait_for(session, x, y, colour):
    wait_until(lambda: at(session, x, y) == colour, f"{colour.hex()} at {x},{y}")


def is_clean(session):
    _, _, data = session.display.pixels()
    return all(data[i::4].count(GROUND[i]) == len(data) // 4 for i in range(3))


def wait_until_clean(session):
    wait_until(lambda: is_clean(session), "an empty screen")


def test_marks_are_seen_by_both_and_go_away(drawing, tmp_path):
    script = drawing.helper.script
    script("mark stroke red 6 100,300 300,300 300,500")
    wait_for(drawing, 200, 300, RED)
    script("mark rectangle #00ff00 4 400,300 600,500\nmark arrow blue 5 700,600 800,650")
    wait_for(drawing, 500, 300, bytes([0, 0xFF, 0]))
    # The helper sees the same: it is on the screen.
    picture = tmp_path / "seen.png"
    script(f"wait-still 500\nsnapshot {picture}")
    wait_until(picture.exists, "the snapshot")

    def helper_sees():
        try:
            width, _, data = png_pixels(picture)
        except (OSError, SyntaxError):
            return False  # not whole yet
        return data[(300 * width + 200) * 4:][:3] == RED

    wait_until(helper_sees, "the stroke in the helper's picture")
    script("undo")
    wait_until(lambda: at(drawing, 750, 625) == GROUND, "the arrow to go")
    assert at(drawing, 500, 300) == bytes([0, 0xFF, 0])
    script("clear")
    wait_until_clean(drawing)


def test_the_laser_pointer_goes_and_comes(drawing):
    drawing.helper.script("point 400 400")
    wait_for(drawing, 405, 400, LASER)
    drawing.helper.script("point 600 300")
    wait_for(drawing, 605, 300, LASER)
    assert at(drawing, 405, 400) == GROUND
    drawing.helper.script("point hide")
    wait_until_clean(drawing)
    drawing.helper.script("point 500 500")
    wait_for(drawing, 505, 500, LASER)
    wait_until_clean(drawing)  # by itself


def test_taken_back_it_is_gone_and_nothing_new_comes(drawing):
    drawing.helper.script("mark stroke red 6 100,300 300,300\npoint 400 400")
    wait_for(drawing, 200, 300, RED)
    drawing.sharer.say('{"command":"revoke","permissions":["annotate","point"]}')
    drawing.helper.wait("permissions", permissions=["view"])
    wait_until_clean(drawing)
    drawing.helper.script("mark stroke red 6 100,300 300,300")
    drawing.helper.wait("refused")
    drawing.helper.script("point 400 400")
    drawing.helper.wait("refused")
    drawing.helper.drain(0.3 * SLOW)
    assert is_clean(drawing)


def test_a_pause_takes_it_away(drawing):
    drawing.helper.script("mark stroke red 6 100,300 300,300")
    wait_for(drawing, 200, 300, RED)
    drawing.sharer.command("pause")
    wait_until_clean(drawing)
    drawing.sharer.command("resume")
    drawing.helper.wait("state", state="active")
    drawing.helper.script("mark stroke red 6 100,400 300,400")
    wait_for(drawing, 200, 400, RED)
    assert at(drawing, 200, 300) == GROUND


def test_the_end_takes_it_away(drawing):
    drawing.helper.script("mark stroke red 6 100,300 300,300\npoint 400 400")
    wait_for(drawing, 200, 300, RED)
    drawing.sharer.command("end")
    drawing.sharer.finish()
    wait_until_clean(drawing)


def test_each_needs_its_own_permission(session):
    session.display.run("xsetroot", "-solid", "#204060")
    session.start_helper()
    session.start_sharer("--no-banner")
    session.allow_view()
    session.helper.script("point 100 100")
    session.helper.wait("refused")
    allow(session, "point")
    session.helper.script("mark stroke red 6 100,300 300,300\nundo\nclear")
    for _ in range(3):
        session.helper.wait("refused")
    session.helper.script("point 100 100")
    wait_for(session, 105, 100, LASER)
    assert at(session, 200, 300) == GROUND


def test_clicks_of_control_go_through_it(drawing, tmp_path):
    file = tmp_path / "typed.txt"
    drawing.display.xterm(f"cat > {file}", geometry="60x10+100+300")
    drawing.helper.script("mark stroke red 40 120,340 400,340")
    wait_for(drawing, 200, 340, RED)
    drawing.display.run("xdotool", "mousemove", "200", "340", "click", "1", "type", "through")
    drawing.display.run("xdotool", "key", "Return")
    wait_until(lambda: file.exists() and file.read_text() == "through\n", "the typing")


def test_on_another_screen_it_is_where_it_was_aimed_at(session):
    """Places are those of the picture: moved by the screen that it shows, and void with another one."""
    plug(session.display, "LEFT", LEFT, "screen")
    plug(session.display, "RIGHT", RIGHT)
    session.display.run("xsetroot", "-solid", "#204060")
    session.start_helper()
    session.start_sharer("--no-banner")
    session.allow_view()
    allow(session, "point,annotate")
    session.helper.script("mark stroke red 6 100,300 300,300\nscreen RIGHT\n"
                          "mark stroke red 6 100,400 300,400\npoint 100 500")
    wait_for_screens(session, ["LEFT", "RIGHT"], "RIGHT")
    wait_for(session, 512 + 200, 400, RED)
    wait_for(session, 512 + 105, 500, LASER)
    # With the screen that it was drawn on the first one went.
    assert at(session, 200, 300) == at(session, 200, 400) == GROUND
    session.helper.script("screen all\nmark stroke red 6 100,450 300,450")
    wait_for(session, 200, 450, RED)
    assert at(session, 512 + 200, 400) == GROUND
