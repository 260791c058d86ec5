"""The helper's display with qa-help's window on it, seen in its pixels and used by keyboard and mouse."""

import subprocess

import pytest
from PIL import ImageGrab
from tools import BUILD, wait_until


def has_window():
    return b"libgtk-4" in subprocess.run(["ldd", str(BUILD / "tools" / "qa-help")],
                                         capture_output=True).stdout


needs_window = pytest.mark.skipif(not has_window(), reason="built without the viewer")


def grab(server):
    """All of a display; the pointer is not in it."""
    # Not by xwd: it packs pixels otherwise where windows have an alpha channel.
    return ImageGrab.grab(xdisplay=server.name).convert("RGB")


def box(server, colour):
    """The rectangle around all pixels of a colour: left, top, right, bottom; None without any."""
    image = grab(server)
    (width, height), pixels = image.size, image.tobytes()
    columns, rows = set(), []
    for y in range(0, height, 2):
        line = pixels[y * width * 3:(y + 1) * width * 3]
        found = [x for x in range(0, width, 2) if line[x * 3:x * 3 + 3] == colour]
        if len(found) > 10:
            rows.append(y)
            columns.update((found[0], found[-1]))
    return (min(columns), rows[0], max(columns), rows[-1]) if rows else None


def start_window(session, desk, **extra):
    """qa-help's window with a code in it; returns the window's number."""
    session.helper = session._start(
        "qa-help", ["--relay", session.url, "--ca", session.relay.ca, "--token-file",
                    session.relay.token_file, "--json-frames"],
        **{"DISPLAY": desk.name, "GTK_A11Y": "none", "GDK_BACKEND": "x11", **extra})
    session.code = session.helper.wait("code")["code"]
    window = wait_until(
        lambda: subprocess.run(["xdotool", "search", "--onlyvisible", "--name", "^qassist$"],
                               env=desk.environment(), capture_output=True, text=True).stdout,
        "the window").split()[0]
    # There is no window manager here to give it the keyboard.
    desk.run("xdotool", "windowfocus", "--sync", window)
    return window
