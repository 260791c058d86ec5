"""qa-help's window as a screen reader finds it, over a sharer's screen in one colour."""

import pytest
from accessible import Face, available
from desk import needs_window, start_window

needs_face = [needs_window, pytest.mark.skipif(not available(), reason="no AT-SPI here")]

RED = bytes([0xc0, 0x30, 0x20])


def open_face(session, desk, reader, colour=RED):
    """The window with a code in it; the sharer's screen has that colour. Nobody shares yet."""
    session.display.run("xsetroot", "-solid", f"#{colour.hex()}")
    session.window = start_window(session, desk, GTK_A11Y="atspi", **reader.environment())
    return Face(reader, "qa-help")


def line_has_the_keyboard(face):
    """For wait_until: the keys go to a line to write in."""
    return lambda: (face.focus() or [""])[0] == "text box"
