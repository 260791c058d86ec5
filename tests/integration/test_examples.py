"""The examples do what their first lines say."""

import re
import subprocess
import threading

import pytest
from accessible import Face, available
from desk import box
from tools import BUILD, ROOT, environment, wait_until
from xserver import png_pixels

CODE = re.compile(r"\d{4} \d{4} \d{4}")


class Example:
    FOLDER = BUILD / "examples"

    def __init__(self, name, *arguments, **env):
        self.text = ""
        self.process = subprocess.Popen(
            [str(self.FOLDER / name), *map(str, arguments)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, env=environment(**env))
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.text += line

    def wait(self, words):
        wait_until(lambda: words in self.text, f"'{words}' from an example")

    def answer(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()


@pytest.fixture
def start():
    """Starts an example, and ends it with the test."""
    started = []

    def start(name, *arguments, **env):
        started.append(Example(name, *arguments, **env))
        return started[-1]

    yield start
    for example in started:
        example.process.kill()


def test_poll_helper_saves_the_screen(session, tmp_path, start):
    session.display.xterm("seq 30; sleep 1000")
    out = tmp_path / "out.ppm"
    helper = start("poll-helper", session.url, session.relay.token_file, out, session.relay.ca)
    helper.wait("Tell the sharer:")
    session.start_sharer("--yes-view", "--no-banner", code=CODE.search(helper.text).group(0))
    assert helper.process.wait(timeout=60) == 0
    assert session.sharer.finish() == (0, None)
    width, height, pixels = session.display.pixels()
    data = out.read_bytes()
    header = f"P6\n{width} {height}\n255\n".encode()
    assert data.startswith(header)
    rgb = bytearray(width * height * 3)
    rgb[0::3], rgb[1::3], rgb[2::3] = pixels[2::4], pixels[1::4], pixels[0::4]
    assert data[len(header):] == bytes(rgb)


def test_uv_sharer_shares_its_own_pixels_and_takes_a_click(session, tmp_path, start):
    session.start_helper()
    sharer = start("uv-sharer", session.url, session.code, session.relay.ca)
    sharer.wait("Let the helper see this?")
    assert "Your helper: Dev H., Development" in sharer.text
    sharer.answer("y")
    frame = session.helper.wait("frame")
    assert (frame["width"], frame["height"]) == (640, 400)
    session.helper.script("request control")
    sharer.wait("Let the helper click here?")
    sharer.answer("y")
    session.helper.wait("permissions", permissions=["view", "control"])
    session.helper.script("click 300 200")
    sharer.wait("The helper clicked at 300, 200.")
    picture = tmp_path / "own.png"
    session.helper.script(f"wait 500\nsnapshot {picture}\nend")
    assert session.helper.finish() == (0, None)
    assert sharer.process.wait(timeout=60) == 0
    _, _, pixels = png_pixels(picture)
    square = bytes([0xbf, 0x3f, 0x00, 0x00])  # 0xffc040, turned over by the click
    assert sum(pixels[i:i + 4] == square for i in range(0, len(pixels), 4)) == 40 * 40


def test_the_tours_meet(session, start):
    """Every part that the manual shows of the two tours ran."""
    helper = start("helper-tour", session.url, session.relay.token_file, session.relay.ca)
    helper.wait("Tell the sharer:")
    sharer = start("sharer-tour", session.url, CODE.search(helper.text).group(0), session.relay.ca)
    assert helper.process.wait(timeout=60) == 0
    assert sharer.process.wait(timeout=60) == 0
    helper.wait("Over: in order")
    sharer.wait("Over: in order")
    for words in ["The session is asking.", "The session is active.", "320 x 200, 64000 pixels new",
                  "Not allowed: clipboard-to-helper (the sharer said no)", "Message 1 was delivered."]:
        helper.wait(words)
    assert "Not typed" not in helper.text and "The copy is not" not in helper.text
    for words in ["Your helper: Dev H., Development", 'Asked for, "": view', "printer is set up\": control point annotate",
                  "Drawing is allowed for 600 s more.", "A mark begins at 20, 20.", "The helper clicks at 40, 30.",
                  "The helper writes: Please click on Next.", "Drawing was taken back: yes", "No marks any more."]:
        sharer.wait(words)


def test_the_sharers_tour_comes_back_after_a_restart(session, tmp_path, start):
    session.start_helper()
    sharer = start("sharer-tour", session.url, session.code, session.relay.ca, XDG_STATE_HOME=tmp_path)
    session.helper.wait("frame")
    session.helper.script("restart")
    sharer.wait("Restart now; the session waits")
    assert sharer.process.wait(timeout=60) == 0
    session.helper.wait("state", state="reconnecting")
    back = start("sharer-tour", "--resume", session.relay.ca, XDG_STATE_HOME=tmp_path)
    session.helper.wait("state", state="active")
    session.helper.wait("frame")
    session.helper.script("end")
    assert session.helper.finish() == (0, None)
    assert back.process.wait(timeout=60) == 0
    assert start("sharer-tour", "--resume", session.relay.ca, XDG_STATE_HOME=tmp_path).process.wait(60) == 1


def test_a_mistyped_code_is_told_before_anything_else(session):
    sharer = subprocess.run([BUILD / "examples" / "sharer-tour", session.url, "4821 9305 7710"], text=True,
                            capture_output=True, timeout=60, env=environment(), check=False)
    assert sharer.returncode == 1
    assert "compare the code" in sharer.stderr and "QA_ECODE_CHECK: a digit" in sharer.stderr


def test_a_program_shares_itself_in_thirty_lines(session, start):
    source = (ROOT / "examples" / "share-app.c").read_text()
    assert source.split("/* [share] */\n")[1].split("/* [end share] */")[0].count("\n") <= 30
    session.start_helper()
    sharer = start("share-app", session.url, session.code, session.relay.ca)
    sharer.wait("Allow? [y/N]")
    assert "Dev H. (Development) asks to see this program." in sharer.text
    sharer.answer("y")
    frame = session.helper.wait("frame")
    assert (frame["width"], frame["height"]) == (320, 200)
    session.helper.script("end")
    assert session.helper.finish() == (0, None)
    assert sharer.process.wait(timeout=60) == 0


@pytest.mark.skipif(not (BUILD / "examples" / "gtk-helper").exists(), reason="built without GTK 4")
@pytest.mark.skipif(not available(), reason="no AT-SPI here")
def test_a_helper_in_a_gtk_program(session, desk, reader, start):
    """Its window shows what is shared, asks for control and hands clicks on."""
    helper = start("gtk-helper", session.url, session.relay.token_file, session.relay.ca,
                   **reader.environment(), DISPLAY=desk.name, GDK_BACKEND="x11", GSK_RENDERER="cairo",
                   GTK_A11Y="atspi")
    helper.wait("Tell the sharer:")
    sharer = start("uv-sharer", session.url, CODE.search(helper.text).group(0), session.relay.ca)
    sharer.wait("Let the helper see this?")
    sharer.answer("y")
    helper.wait("view 1, control 0")
    window = Face(reader, "gtk-helper")
    window.press("Ask for control")
    sharer.wait("Let the helper click here?")
    sharer.answer("y")
    helper.wait("view 1, control 1")
    wait_until(lambda: box(desk, bytes([0xff, 0xc0, 0x40])), "the sharer's picture in the window")
    desk.run("xdotool", "mousemove", "400", "500", "click", "1")
    sharer.wait("The helper clicked at")
    window.press("End")
    assert helper.process.wait(timeout=60) == 0
    assert sharer.process.wait(timeout=60) == 0
