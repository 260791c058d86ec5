"""A real X server without a screen (Xvfb), real windows on it, and its pixels."""

import os
import struct
import subprocess

from tools import environment, wait_until


class XServer:
    def __init__(self, size="1024x768", layout="us", extra=()):
        read, write = os.pipe()
        self.process = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{size}x24", "-nolisten", "tcp",
             "-noreset", *extra],
            pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        os.close(write)
        with os.fdopen(read) as pipe:
            number = pipe.readline().strip()
        assert number, "Xvfb did not start"
        self.name = f":{number}"
        self.number = number
        self.windows = []
        self.layout(layout)

    def environment(self):
        return environment(DISPLAY=self.name)

    def run(self, *command):
        return subprocess.run(command, env=self.environment(), check=True, capture_output=True)

    def layout(self, name):
        self.run("setxkbmap", *name.split())

    def start(self, *command):
        window = subprocess.Popen(command, env=self.environment(), stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        self.windows.append(window)
        return window

    def xterm(self, command, geometry="80x24+40+40", title="work", focus=True):
        """A terminal with the keyboard's focus (no window manager: focus follows the pointer)."""
        self.start("xterm", "-u8", "-T", title, "-geometry", geometry, "-xrm",
                   "XTerm*cursorBlink: false", "-e", "sh", "-c", command)
        window = wait_until(
            lambda: subprocess.run(["xdotool", "search", "--onlyvisible", "--name", f"^{title}$"],
                                   env=self.environment(), capture_output=True, text=True).stdout,
            "the terminal's window").split()[0]
        if not focus:
            return window
        wait_until(
            lambda: subprocess.run(["xdotool", "windowfocus", "--sync", window],
                                   env=self.environment(), capture_output=True).returncode == 0,
            "the terminal to take the keyboard")
        return window

    def resize(self, size):
        """Xvfb knows one mode; further ones, no larger, are made as a user of xrandr would."""
        width, height = size.split("x")
        if size not in self.run("xrandr").stdout.decode():
            self.run("xrandr", "--newmode", size, "0", width, "0", "0", width, height, "0", "0", height)
            self.run("xrandr", "--addmode", "screen", size)
        self.run("xrandr", "--output", "screen", "--mode", size)
        self.run("xrandr", "--fb", size)

    def pixels(self):
        """(width, height, bytes BGRX) of the screen, read by xwd."""
        data = subprocess.run(["xwd", "-root", "-silent"], env=self.environment(), check=True,
                              capture_output=True).stdout
        header = struct.unpack(">25I", data[:100])
        header_size, width, height = header[0], header[4], header[5]
        bits, line, colours = header[11], header[12], header[19]
        assert bits == 32 and line == width * 4
        start = header_size + colours * 12
        return width, height, data[start : start + line * height]

    def stop(self):
        for window in self.windows:
            window.kill()
            window.wait()
        self.process.terminate()
        self.process.wait()


def png_pixels(path):
    """(width, height, bytes BGRX) of a PNG; the fourth byte is 0."""
    from PIL import Image

    image = Image.open(path).convert("RGB")
    red, green, blue = image.split()
    zero = Image.new("L", image.size, 0)
    merged = Image.merge("RGBA", (blue, green, red, zero))
    return image.width, image.height, merged.tobytes()


def same_picture(left, right):
    """None when equal (the fourth byte does not count), else a sentence about the difference."""
    if left[:2] != right[:2]:
        return f"sizes differ: {left[:2]} and {right[:2]}"
    blank = lambda data: b"".join((data[i::4]) for i in range(3))  # noqa: E731
    if blank(left[2]) == blank(right[2]):
        return None
    wrong = [i // 4 for i in range(0, len(left[2]), 4) if left[2][i : i + 3] != right[2][i : i + 3]]
    return f"{len(wrong)} pixels differ, the first at {wrong[0] % left[0]},{wrong[0] // left[0]}"
