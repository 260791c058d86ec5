"""The examples do what their first lines say."""

import re
import subprocess
import threading

from tools import BUILD, environment, wait_until
from xserver import png_pixels

CODE = re.compile(r"\d{4} \d{4} \d{4}")


class Example:
    def __init__(self, name, *arguments):
        self.text = ""
        self.process = subprocess.Popen(
            [str(BUILD / "examples" / name), *map(str, arguments)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, env=environment())
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.text += line

    def wait(self, words):
        wait_until(lambda: words in self.text, f"'{words}' from an example")

    def answer(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()


def test_poll_helper_saves_the_screen(session, tmp_path):
    session.display.xterm("seq 30; sleep 1000")
    out = tmp_path / "out.ppm"
    helper = Example("poll-helper", session.url, session.relay.token_file, out, session.relay.ca)
    try:
        helper.wait("Tell the sharer:")
        session.start_sharer("--yes-view", "--no-banner", code=CODE.search(helper.text).group(0))
        assert helper.process.wait(timeout=60) == 0
        assert session.sharer.finish() == (0, None)
    finally:
        helper.process.kill()
    width, height, pixels = session.display.pixels()
    data = out.read_bytes()
    header = f"P6\n{width} {height}\n255\n".encode()
    assert data.startswith(header)
    rgb = bytearray(width * height * 3)
    rgb[0::3], rgb[1::3], rgb[2::3] = pixels[2::4], pixels[1::4], pixels[0::4]
    assert data[len(header):] == bytes(rgb)


def test_uv_sharer_shares_its_own_pixels_and_takes_a_click(session, tmp_path):
    session.start_helper()
    sharer = Example("uv-sharer", session.url, session.code, session.relay.ca)
    try:
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
    finally:
        sharer.process.kill()
