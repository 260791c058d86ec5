"""The main job with nothing but real parts: tools, relay, X server, terminal windows."""

import time

import pytest
from tools import PATIENCE, wait_until
from xserver import png_pixels, same_picture

TEXT = "Dense text, so that a pixel in the wrong place shows. 0123456789 @#%&"


def snapshot(session, name):
    path = session.folder / name
    session.helper.script(f"wait-still 500\nsnapshot {path}")
    session.helper.wait("snapshot")
    return png_pixels(path)


def assert_helper_sees(session, name):
    """Compares what the helper has with the screen, once both are still."""

    def compare():
        seen = snapshot(session, name)
        return same_picture(seen, session.display.pixels())

    difference = compare()
    if difference:
        # The screen may have changed between the two looks.
        time.sleep(1)
        difference = compare()
    assert difference is None


def typed(path):
    return path.read_text() if path.exists() else ""


def test_snapshot_is_the_screen_pixel_by_pixel(session):
    session.display.xterm(f"for i in $(seq 60); do echo \"$i {TEXT}\"; done; sleep 1000")
    session.start_helper()
    session.start_sharer()
    session.allow_view()
    assert_helper_sees(session, "first.png")
    # And again after things moved.
    session.display.xterm("seq 100; sleep 1000", geometry="40x20+300+200", title="second")
    assert_helper_sees(session, "second.png")
    session.helper.script("end")
    assert session.helper.finish() == (0, None)
    assert session.sharer.finish() == (0, None)


def test_the_helper_is_introduced_by_first_name_and_initial(session):
    session.start_helper()
    session.start_sharer()
    who = session.sharer.wait("helper")
    assert who["shown_name"] == session.relay.shown_name
    assert who["organisation"] == session.relay.organisation
    # Who asks is said before anything is asked.
    session.sharer.wait("consent", permission="view")
    names = [e["event"] for e in session.sharer.events]
    assert names.index("helper") < names.index("consent")


def test_scancodes_give_the_sharers_letters(session, tmp_path):
    session.display.layout("fr")
    file = tmp_path / "typed.txt"
    session.display.xterm(f"cat > {file}")
    session.start_helper()
    session.start_sharer()
    session.allow_view()
    session.helper.script("request control")
    session.allow_control()
    # The keys where a US keyboard has q w e r t y ; m 1, then Enter.
    for key in ["q", "w", "e", "r", "t", "y", "semicolon", "m", "1", "enter"]:
        session.helper.script(f"key {key}")
    wait_until(lambda: typed(file).endswith("\n"), "the line to be typed")
    assert typed(file) == "azertym,&\n"


def test_text_arrives_whatever_the_layout(session, tmp_path):
    session.display.layout("fr")
    file = tmp_path / "typed.txt"
    session.display.xterm(f"cat > {file}")
    session.start_helper()
    session.start_sharer()
    session.allow_view()
    session.helper.script("request control")
    session.allow_control()
    session.helper.script("text Grüße € ж")
    session.helper.script("key enter")
    wait_until(lambda: typed(file).endswith("\n"), "the line to be typed")
    assert typed(file) == "Grüße € ж\n"


def test_a_long_text_arrives_whole(session, tmp_path):
    file = tmp_path / "typed.txt"
    session.display.xterm(f"cat > {file}")
    session.start_helper()
    session.start_sharer()
    session.allow_view()
    session.helper.script("request control")
    session.allow_control()
    line = "The quick brown fox jumps over the lazy dog. " * 20
    session.helper.script(f"text {line}")
    session.helper.script("key enter")
    wait_until(lambda: typed(file).endswith("\n"), "the line to be typed", 2 * PATIENCE)
    assert typed(file).rstrip("\n") == line.rstrip() or typed(file) == line + "\n"


def test_mouse_points_clicks_and_scrolls(session, tmp_path):
    log = tmp_path / "xev.txt"
    display = session.display
    display.start("sh", "-c", f"xev -geometry 300x300+100+100 > {log}")
    wait_until(lambda: "MapNotify" in typed(log), "xev's window")
    session.start_helper()
    session.start_sharer()
    session.allow_view()
    session.helper.script("request control")
    session.allow_control()
    session.helper.script("move 210 220")
    session.helper.script("click 210 220")
    session.helper.script("click 211 221 right")
    session.helper.script("wheel 210 220 0 -120")
    wait_until(lambda: "button 5" in typed(log), "the wheel")
    text = typed(log)
    assert "root:(210,220)" in text
    assert "button 1" in text and "button 3" in text
    assert text.count("ButtonPress") == text.count("ButtonRelease") == 3


@pytest.mark.parametrize("size", ["800x600", "640x480"])
def test_the_screen_changes_its_size(session, size):
    display = session.display
    display.xterm("seq 30; sleep 1000", geometry="30x10+10+10")
    session.start_helper()
    session.start_sharer()
    session.allow_view()
    assert_helper_sees(session, "before.png")
    display.resize(size)
    width, height = map(int, size.split("x"))
    assert display.pixels()[:2] == (width, height)
    session.helper.wait("frame", width=width, height=height)
    assert_helper_sees(session, "after.png")
    display.resize("1024x768")
    session.helper.wait("frame", width=1024, height=768)
    assert_helper_sees(session, "again.png")
