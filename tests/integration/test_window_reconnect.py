"""A break in the windows: what was seen is gone, words say why, and the picture comes back by itself."""

import pytest
from accessible import Face, ScreenReader, available
from cut_proxy import CutProxy
from desk import box, needs_window, start_window
from tools import SLOW, wait_until
from xserver import XServer

RED = bytes([0xc0, 0x30, 0x20])
LONG = 60 + 60 * SLOW

pytestmark = [needs_window, pytest.mark.skipif(not available(), reason="no AT-SPI here")]


@pytest.fixture
def desk():
    server = XServer("1280x900")
    yield server
    server.stop()


def test_the_picture_goes_and_comes_back(session, desk):
    proxy = CutProxy(session.relay.port)
    reader = ScreenReader(desk)
    try:
        session.url = proxy.url
        session.display.run("xsetroot", "-solid", "#c03020")
        start_window(session, desk, GTK_A11Y="atspi", **reader.environment())
        face = Face(reader, "qa-help")
        session.start_sharer("--yes-view")
        wait_until(lambda: box(desk, RED), "the picture in the window")
        proxy.cut()
        session.helper.wait("state", state="reconnecting", seconds=LONG)
        wait_until(lambda: not box(desk, RED), "the picture to go", LONG)
        face.wait("The connection broke off. Coming back to the session…")
        proxy.mend()
        session.helper.wait("state", state="active", seconds=LONG)
        wait_until(lambda: box(desk, RED), "the picture to come back", LONG)
        session.helper.kill()
    finally:
        proxy.stop()
        reader.stop()
