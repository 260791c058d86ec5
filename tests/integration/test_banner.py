"""The banner and the panic key: always in the sharer's sight, and out of the helper's reach."""

import shutil
import subprocess
import time

import pytest
from terminal import Terminal
from test_annotate import GROUND, RED, allow, at, wait_for, wait_until_clean
from test_reconnect import LONG, broken, cut  # noqa: F401  (a fixture)
from tools import BUILD, PATIENCE, SLOW, wait_until


def banner(session):
    """(id, x, y, width, height) of the banner's window, None where there is none."""
    found = subprocess.run(
        ["xdotool", "search", "--onlyvisible", "--class", "^qassist$"],
        env=session.display.environment(), capture_output=True, text=True).stdout.split()
    for window in found:
        shape = subprocess.run(["xdotool", "getwindowgeometry", "--shell", window],
                               env=session.display.environment(), capture_output=True, text=True)
        values = dict(line.split("=") for line in shape.stdout.split())
        if int(values.get("WIDTH", 0)) > 100 and int(values["HEIGHT"]) < 150:
            return window, *(int(values[k]) for k in ("X", "Y", "WIDTH", "HEIGHT"))
    return None


def title(session):
    place = banner(session)
    return place and session.display.run("xdotool", "getwindowname", place[0]).stdout.decode().strip()


def wait_for_title(session, text):
    wait_until(lambda: text in (title(session) or ""), f"the banner to say {text!r}")


def buttons(session):
    """The middles of the buttons from left to right, by the colours of what is around their text."""
    session.display.run("xdotool", "mousemove", "5", "700")  # none is lit up by the pointer
    _, x, y, width, height = banner(session)
    screen_width, _, data = session.display.pixels()
    row = y + height // 2 - 11  # within the buttons, above their text
    found, inside = [], None
    for at in range(x, x + width):
        blue, green, red = data[(row * screen_width + at) * 4:][:3]
        is_button = (red, green, blue) in ((61, 69, 81), (179, 33, 33))
        if is_button and inside is None:
            inside = at
        elif not is_button and inside is not None:
            found.append(((inside + at) // 2, y + height // 2))
            inside = None
    return found


def wait_for_buttons(session, count):
    return wait_until(lambda: len(found := buttons(session)) == count and found,
                      f"{count} buttons")


def click(session, place):
    session.display.run("xdotool", "mousemove", *map(str, place), "click", "1")


def share(session, *arguments):
    session.start_helper()
    session.start_sharer(*arguments)
    assert banner(session) is None
    session.allow_view()


def test_it_is_there_while_shared_and_says_what_is_allowed(session):
    share(session)
    wait_for_title(session, "Dev H. · Development · sees your screen")
    session.helper.script("request control")
    session.allow_control()
    wait_for_title(session, "controls mouse and keyboard · sees your screen")
    session.sharer.command("pause")
    wait_for_title(session, "sees nothing: you paused")
    session.sharer.command("resume")
    wait_for_title(session, "controls mouse and keyboard")
    session.sharer.command("take-back")
    wait_until(lambda: title(session) == "Dev H. · Development · sees your screen", "view only")
    session.sharer.command("end")
    session.sharer.finish()
    assert banner(session) is None


def test_its_buttons_work(session):
    share(session)
    wait_for_title(session, "sees your screen")
    click(session, wait_for_buttons(session, 2)[0])
    session.sharer.wait("state", state="paused")
    wait_for_title(session, "you paused")
    click(session, wait_for_buttons(session, 2)[0])
    session.sharer.wait("state", state="active")
    wait_for_title(session, "sees your screen")
    click(session, wait_for_buttons(session, 2)[-1])
    end = session.sharer.wait("end")
    assert (end["error"], end["detail"]) == (None, "ended on the banner")
    assert session.helper.finish() == (0, None)


def test_take_back_control(session):
    share(session)
    session.helper.script("request control")
    session.allow_control()
    wait_for_title(session, "controls")
    click(session, wait_for_buttons(session, 3)[1])
    session.sharer.wait("permissions", permissions=["view"])
    session.helper.wait("permissions", permissions=["view"], reason="QA_ENOTALLOWED")


def in_terminal(session, *arguments):
    """The sharer as a person in a terminal, with control allowed."""
    session.start_helper()
    terminal = Terminal("qa-share", "--no-gui", "--relay", session.url, "--ca", session.relay.ca, *arguments,
                        session.code, DISPLAY=session.display.name)
    for question in ("Did you call", "see your screen? [y/N]", "control your mouse and keyboard? [y/N]"):
        if question.startswith("control"):
            session.helper.wait("frame")
            session.helper.script("request control")
        terminal.wait(question)
        terminal.type("y\n")
    session.helper.wait("permissions", permissions=["view", "control"])
    return terminal


def test_take_back_control_is_said_as_what_it_is(session):
    terminal = in_terminal(session)
    try:
        wait_for_title(session, "controls")
        click(session, wait_for_buttons(session, 3)[1])
        terminal.wait("You took back control. Dev H. still sees your screen.")
        assert "The time for control is over" not in terminal.text
    finally:
        terminal.stop()


def test_the_time_for_control(session):
    terminal = in_terminal(session, "--control-minutes", "1")
    try:
        at = terminal.wait("The time for control is over. Dev H. still sees your screen.", seconds=60 + PATIENCE)
        terminal.wait("The time that you allowed is over. May it go on?", at)
        assert "You took back control" not in terminal.text
    finally:
        terminal.stop()


def test_the_helper_cannot_reach_it(session):
    share(session)
    session.helper.script("request control")
    session.allow_control()
    wait_for_title(session, "controls")
    before = banner(session)
    _, left, top, width, height = before
    session.helper.script("move 500 500")
    for x in range(left + 4, left + width, 24):
        for y in (top + 4, top + height // 2, top + height - 2):
            session.helper.script(f"click {x} {y}")
    # Pressed elsewhere and let go there; and dragged across it from side to side.
    x, y = wait_for_buttons(session, 3)[-1]
    session.helper.script(f"down 500 400\nmove {x} {y}\nup {x} {y}")
    session.helper.script(f"drag {left + 8} {top + 8} 600 600")
    session.helper.script(f"drag 5 {top + 10} 1000 {top + 10}")
    session.helper.script("move 700 700\nwait 300")
    wait_until(lambda: b"x:700 y:700" in session.display.run("xdotool", "getmouselocation").stdout,
               "all of it to have arrived")
    assert banner(session) == before
    session.sharer.drain(0.3)
    assert not session.sharer.seen("end") and not session.sharer.seen("state", state="paused")
    assert not session.sharer.seen("permissions", permissions=["view"])[1:]


def on_top(session):
    """The banner is above every other window."""
    tree = session.display.run("xwininfo", "-root", "-children").stdout.decode()
    windows = [line.split()[0] for line in tree.splitlines() if line.strip().startswith("0x")]
    place = banner(session)
    return place and int(windows[0], 16) == int(place[0])


def test_windows_that_the_helper_raises_do_not_cover_it(session, tmp_path):
    raised = tmp_path / "raised"
    share(session)
    session.helper.script("request control")
    session.allow_control()
    wait_for_title(session, "controls")
    # What the helper types raises one of two windows over the banner, again and again.
    session.display.xterm("sleep 1000", geometry="100x40+0+0", title="cover", focus=False)
    session.display.xterm(
        "while read name; do xdotool search --name \"^$name$\" windowraise; "
        f"echo $name >> {raised}; done", geometry="90x30+60+0", title="work")
    for count in range(1, 6):
        session.helper.script(f"text {'cover' if count % 2 else 'work'}\nkey enter")
        wait_until(lambda: raised.exists() and len(raised.read_text().split()) == count,
                   "the window to be raised")
        wait_until(lambda: on_top(session), "the banner on top")


@pytest.mark.parametrize("compositor", [False, pytest.param(True, marks=pytest.mark.skipif(
    not shutil.which("picom"), reason="no compositing manager here"))])
def test_above_the_windows_of_a_window_manager(session, compositor):
    display = session.display
    display.start("openbox", "--config-file", "/dev/null")
    wait_until(lambda: b"window id" in display.run("xprop", "-root", "_NET_SUPPORTING_WM_CHECK").stdout,
               "the window manager")
    if compositor:
        display.start("picom", "--backend", "xrender", "--config", "/dev/null")
        wait_until(lambda: subprocess.run(["xdotool", "search", "--class", "^picom$"], stdout=subprocess.DEVNULL,
                                          env=display.environment()).returncode == 0, "the compositing manager")
    share(session)
    wait_for_title(session, "sees")
    display.xterm("sleep 1000", geometry="160x50+0+0", title="cover")
    cover = display.run("xdotool", "search", "--name", "^cover$").stdout.split()[0].decode()
    display.run("xdotool", "windowactivate", cover, "windowraise", cover)
    wait_until(lambda: on_top(session), "the banner on top")
    # Its buttons show and take the sharer's click.
    click(session, wait_for_buttons(session, 2)[0])
    session.sharer.wait("state", state="paused")
    wait_for_title(session, "you paused")


def test_without_it(session):
    share(session, "--no-banner")
    session.helper.script("wait-still 300")
    session.sharer.drain(0.5)
    assert banner(session) is None
    assert "--no-banner" in session.sharer.stderr


def press_panic(session, keys="ctrl+alt+q"):
    session.display.run("xdotool", "key", keys, "key", keys)


def assert_panicked(session):
    end = session.sharer.wait("end")
    assert (end["error"], end["detail"]) == (None, "ended by the panic key")
    assert session.helper.finish() == (0, None)
    assert banner(session) is None


def test_the_panic_key_ends_at_once(session):
    share(session)
    wait_for_title(session, "sees")
    session.display.run("xdotool", "key", "ctrl+alt+q")
    time.sleep(2.5)  # once, or not soon again, is nothing
    session.display.run("xdotool", "key", "ctrl+alt+q")
    session.sharer.drain(0.5 * SLOW)
    assert not session.sharer.seen("end")
    press_panic(session)
    assert_panicked(session)


def test_the_panic_key_under_a_flood_of_typing(session, tmp_path):
    file = tmp_path / "typed.txt"
    session.display.xterm(f"stty -icanon -echo; cat > {file}")
    share(session)
    session.helper.script("request control")
    session.allow_control()
    for _ in range(4000):
        session.helper.script("key a\nkey b\nwait 1")
    wait_until(lambda: file.exists() and len(file.read_text()) > 100, "the flood")
    press_panic(session)
    end = session.sharer.wait("end")
    assert end["detail"] == "ended by the panic key"
    wait_until(lambda: session.sharer.process.poll() is not None, "the end")
    length = len(file.read_text())
    assert length < 8000
    time.sleep(0.5)
    assert len(file.read_text()) == length


def test_the_panic_key_under_a_flood_of_pointer_moves(session):
    share(session)
    session.helper.script("request control")
    session.allow_control()
    for _ in range(4000):
        session.helper.script("move 100 300\nmove 900 600\nwait 1")
    session.helper.script("move 33 44")

    def pointer():
        return session.display.run("xdotool", "getmouselocation").stdout.split()[:2]

    first = pointer()
    wait_until(lambda: pointer() in ([b"x:100", b"y:300"], [b"x:900", b"y:600"]), f"the flood, not {first}")
    press_panic(session)
    end = session.sharer.wait("end")
    assert end["detail"] == "ended by the panic key"
    wait_until(lambda: session.sharer.process.poll() is not None, "the end")
    where = pointer()
    assert where != [b"x:33", b"y:44"]
    time.sleep(0.5)
    assert pointer() == where


def test_after_a_break_the_banner_is_back_and_the_marks_are_gone(cut):  # noqa: F811
    """Nothing is shared meanwhile, and nothing is on the sharer's screen."""
    cut.display.run("xsetroot", "-solid", "#204060")
    cut.start_helper()
    cut.start_sharer()
    cut.allow_view()
    allow(cut, "annotate")
    wait_for_title(cut, "sees your screen · draws")
    cut.helper.script("mark stroke red 6 100,300 300,300")
    wait_for(cut, 200, 300, RED)
    cut.proxy.cut()
    broken(cut.helper, cut.sharer)
    wait_until_clean(cut)
    assert banner(cut) is None
    cut.proxy.mend()
    cut.helper.wait("state", state="active", seconds=LONG)
    wait_until(lambda: title(cut) == "Dev H. · Development · sees your screen", "the banner, and view only")
    assert at(cut, 200, 300) == GROUND
    # Drawing is asked for again, and begins with nothing.
    cut.sharer.wait("consent", permission="annotate")
    cut.sharer.answer("allow")
    wait_for_title(cut, "draws")
    cut.helper.wait("permissions", permissions=["view", "annotate"])
    cut.helper.script("mark stroke red 6 100,400 300,400")
    wait_for(cut, 200, 400, RED)
    assert at(cut, 200, 300) == GROUND
    press_panic(cut)
    assert_panicked(cut)
    wait_until_clean(cut)


def test_another_panic_key_and_none(session):
    share(session, "--panic-key", "Shift+F12")
    wait_for_title(session, "sees")
    press_panic(session)
    session.sharer.drain(0.5 * SLOW)
    assert not session.sharer.seen("end")
    press_panic(session, "shift+F12")
    assert_panicked(session)


def test_a_setting_that_is_none(session):
    sharer = subprocess.run(
        [str(BUILD / "tools" / "qa-share"), "--relay", session.url, "--no-gui", "--panic-key",
         "Hyper+Q", "12"],
        env=session.display.environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert sharer.returncode == 2
    assert "Ctrl, Alt, Shift and Super" in sharer.stderr

