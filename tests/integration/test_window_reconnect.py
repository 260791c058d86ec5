"""A break in the windows: what was seen is gone, words say why, and the picture comes back by itself."""

from cut_proxy import CutProxy
from desk import box
from helper_face import RED, needs_face, open_face
from tools import SLOW, wait_until

LONG = 60 + 60 * SLOW

pytestmark = needs_face
DESK = "1280x900"


def test_the_picture_goes_and_comes_back(session, desk, reader):
    proxy = CutProxy(session.relay.port)
    try:
        session.url = proxy.url
        face = open_face(session, desk, reader)
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
