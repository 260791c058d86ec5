"""Pictures of windows, taken when they stand still."""

import pathlib
import subprocess
import tempfile
from contextlib import contextmanager

from PIL import ImageGrab
from relay_fixture import start_relay
from tools import Session, wait_until
from xserver import XServer


def geometry(display, title):
    """Left, top, right, bottom of the visible window of this title, which gets the keyboard."""
    def find():
        found = subprocess.run(["xdotool", "search", "--onlyvisible", "--name", f"^{title}$"],
                               env=display.environment(), capture_output=True, text=True).stdout.split()
        if not found:
            return None
        subprocess.run(["xdotool", "windowfocus", "--sync", found[-1]], env=display.environment())
        shell = subprocess.run(["xdotool", "getwindowgeometry", "--shell", found[-1]],
                               env=display.environment(), capture_output=True, text=True).stdout
        place = dict(line.split("=") for line in shell.split())
        left, top = int(place["X"]), int(place["Y"])
        return left, top, left + int(place["WIDTH"]), top + int(place["HEIGHT"])

    return wait_until(find, f"the window '{title}'")


def still(display, box=None):
    """What the screen shows when three looks in a row see the same."""
    seen = []

    def look():
        seen.append(ImageGrab.grab(xdisplay=display.name).convert("RGB"))
        return len(seen) > 2 and seen[-1].tobytes() == seen[-2].tobytes() == seen[-3].tobytes()

    wait_until(look, "the screen to stand still")
    return seen[-1].crop(box) if box else seen[-1]


class Camera:
    def __init__(self, display, folder):
        self.display, self.folder = display, pathlib.Path(folder)

    def shoot(self, name, title=None, hide=None):
        """Saves a window, or without a title the whole screen, as name.png; the window
        `hide` is moved out of sight before."""
        if hide:
            self.display.run("xdotool", "search", "--onlyvisible", "--name", hide, "windowmove",
                             "5000", "0")
        box = geometry(self.display, title) if title else None
        picture = still(self.display, box)
        picture.quantize(256).save(self.folder / f"{name}.png", optimize=True)
        print(self.folder / f"{name}.png")


def without_animations(folder):
    """An environment in which nothing turns or blinks."""
    settings = pathlib.Path(folder) / "gtk-4.0" / "settings.ini"
    settings.parent.mkdir(parents=True)
    settings.write_text("[Settings]\ngtk-enable-animations=0\ngtk-cursor-blink=0\n")
    # What is around a menu is transparent on a desktop; here, without one, it would be black.
    (settings.parent / "gtk.css").write_text("popover { background: #deddda; }\n")
    return {"XDG_CONFIG_HOME": str(folder)}


@contextmanager
def session_on(size):
    """A relay, a sharer's display of this size, and a Session on both."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        relay = start_relay(folder, joins_per_minute=1000, organisation="Example Ltd")
        display = XServer(size)
        session = Session(relay, display, folder)
        try:
            yield session
        finally:
            session.stop()
            display.stop()
            relay.stop()
