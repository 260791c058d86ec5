"""qa-share's window as tests and screenshots use it."""

import subprocess

import pytest
from accessible import Face, available
from tools import BUILD, environment, wait_until


def has_window():
    return b"libgtk-4" in subprocess.run(["ldd", str(BUILD / "tools" / "qa-share")],
                                         capture_output=True).stdout


needs_window = pytest.mark.skipif(not has_window() or not available(),
                                  reason="built without windows, or no AT-SPI here")


class Window:
    """A running qa-share --gui and its face."""

    def __init__(self, reader, session, *arguments, relay=True, gui=("--gui",), **env):
        named = ["--relay", session.url, "--ca", session.relay.ca] if relay else []
        self.display = session.display
        self.log = session.folder / "qa-share-window.stderr"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [str(BUILD / "tools" / "qa-share"), *gui, *map(str, named + list(arguments))],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=environment(DISPLAY=session.display.name, GSK_RENDERER="cairo",
                                GDK_BACKEND="x11", **reader.environment(), **env))
        self.face = Face(reader, "qa-share")

    def activate(self, title="Share my screen"):
        """Without a window manager a window gets the keyboard only so."""
        found = wait_until(
            lambda: subprocess.run(["xdotool", "search", "--onlyvisible", "--name", title],
                                   env=self.display.environment(), capture_output=True,
                                   text=True).stdout.split(), f"the window '{title}'")
        self.display.run("xdotool", "windowfocus", "--sync", found[-1])

    def key(self, *keys, title="Share my screen"):
        self.activate(title)
        self.display.run("xdotool", "key", *keys)

    def to_code(self):
        self.face.press("Yes, I called them")
        return self.face.wait("Security code", "text box")

    def join(self, code):
        self.to_code().type(code)
        self.face.press("Continue")

    def finish(self):
        return self.process.wait(timeout=60)

    def stop(self):
        self.process.kill()
        self.process.wait()
