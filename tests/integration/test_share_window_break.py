"""qa-share's window when the connection breaks off, and when the computer is restarted."""

import pytest
from cut_proxy import CutProxy
from share_window import Window, needs_window
from tools import SLOW

LONG = 60 + 60 * SLOW

READER = "display"
pytestmark = needs_window


@pytest.fixture
def proxy(session):
    proxy = CutProxy(session.relay.port)
    session.url = proxy.url
    yield proxy
    proxy.stop()


def test_a_report_waits_for_the_connection(session, reader, proxy):
    session.start_helper("--json")
    window = Window(reader, session)
    face = window.face
    try:
        window.join(session.code)
        face.press("Yes, show my screen")
        session.helper.wait("frame")
        face.press("Report…")
        face.wait("What happened?").type("They asked for my card number.")
        proxy.cut()
        face.wait("The connection broke off. Nothing is shared", None)
        face.press("End and report")
        face.wait("That was not reported: the connection broke off. Send it once it is back.")
        proxy.mend()
        session.helper.wait("state", state="active", seconds=LONG)
        assert face.wait("What happened?").text == "They asked for my card number."
        face.press("End and report")
        assert session.helper.finish() == (0, None)
        face.wait(f"You reported this session to localhost:{proxy.port}.")
    finally:
        window.stop()


def test_a_break_and_a_restart(session, reader, proxy, tmp_path):
    env = {"XDG_STATE_HOME": str(tmp_path / "state")}
    windows = []
    try:
        session.start_helper("--json")
        windows.append(Window(reader, session, **env))
        windows[-1].join(session.code)
        windows[-1].face.press("Yes, show my screen")
        session.helper.wait("frame")
        proxy.cut()
        windows[-1].face.wait("The connection broke off. Nothing is shared", None)
        proxy.mend()
        session.helper.wait("state", state="active", seconds=LONG)

        session.helper.script("restart")
        windows[-1].face.wait("Let Dev H. go on helping you after a restart of your computer?", None)
        windows[-1].face.press("Yes, allow it")
        assert session.helper.wait("restart")["seconds"] == 1200
        windows[-1].face.wait("Closing it yourself, or End, ends the session for good", None)
        windows[-1].stop()
        session.helper.wait("state", state="reconnecting", seconds=LONG)
        proxy.cut()
        windows.append(Window(reader, session, "--ca", session.relay.ca, "--resume", relay=False, **env))
        windows[-1].face.wait("Coming back to the session from before the restart.", None)
        proxy.mend()
        windows[-1].face.wait("Let Dev H. see your screen?", "heading", seconds=LONG)
        windows[-1].face.press("Yes, show my screen")
        session.helper.wait("state", state="active", seconds=LONG)
        session.helper.script("end")
        windows[-1].face.wait("The session is over", None)
    finally:
        for one in windows:
            one.stop()
