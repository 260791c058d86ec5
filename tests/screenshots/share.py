"""Every state of qa-share's window, on the smallest screen it is made for."""

import sys

from accessible import ScreenReader
from camera import Camera, session_on, without_animations
from cut_proxy import CutProxy
from share_window import Window

TITLE = "Share my screen"


def before(window, camera):
    face = window.face
    face.wait("Did you call your helper yourself?", "heading")
    camera.shoot("share-warn", TITLE)
    face.press("No, they called me")
    face.wait("Then do not share your screen", "heading")
    camera.shoot("share-fraud", TITLE)
    face.press("Back")


def code(window, camera, code_of_session):
    entry = window.to_code()
    entry.type(code_of_session[:-1] + str((int(code_of_session[-1]) + 1) % 10))
    window.face.wait("A digit is mistyped.")
    camera.shoot("share-code-mistyped", TITLE)
    entry.clear()
    entry.type(code_of_session)
    window.face.wait("The code is complete.")
    camera.shoot("share-code", TITLE)
    window.face.press("Continue")


def asked(session, window, camera):
    face = window.face
    face.wait("Let Dev H. see your screen?", "heading")
    camera.shoot("share-ask-view", "Let Dev H. see your screen.*")
    camera.shoot("share-wait", TITLE, hide="Let Dev H. see")
    face.press("Yes, show my screen")
    session.helper.wait("frame")
    face.wait("Dev H. sees your screen", "alert")
    camera.shoot("share-view", TITLE)
    session.helper.script("request control,point,annotate to set up the printer with you")
    face.wait("What may Dev H. do?", "heading")
    window.key("shift+Tab", "space", title="What may Dev H. do")
    camera.shoot("share-ask-several", "What may Dev H. do.*")
    window.key("shift+Tab", "shift+Tab", "space", title="What may Dev H. do")
    face.press("Allow what is ticked")
    face.wait("Dev H. sees your screen and controls your mouse and keyboard", "alert")


def shared(session, proxy, window, camera):
    face = window.face
    camera.shoot("share-control", TITLE)
    session.helper.script("chat I open the printer's settings now.")
    face.wait("Dev H.: I open the printer's settings now.")
    face.wait("Write to your helper", "text box").type("All right, I watch")
    face.press("Send")
    face.wait("You: All right, I watch (arrived)")
    camera.shoot("share-chat", TITLE)
    face.press("Report…")
    face.wait("Report this session", "heading")
    camera.shoot("share-report", "Report this session")
    face.press("Cancel")
    face.wait_gone("Report this session")
    face.press("Pause")
    face.wait("Go on", "button")
    camera.shoot("share-paused", TITLE)
    face.press("Go on")
    face.wait("Pause", "button")
    session.helper.script("restart")
    face.wait("Let Dev H. go on helping you after a restart of your computer?", "heading")
    camera.shoot("share-ask-restart", "Let Dev H. go on helping you.*")
    face.press("Yes, allow it")
    face.wait("You can restart your computer now.")
    camera.shoot("share-may-restart", TITLE)
    proxy.cut()
    face.wait("The connection broke off.")
    camera.shoot("share-reconnecting", TITLE)
    proxy.mend()
    face.wait("What may Dev H. do?", "heading")  # the helper's script asks anew by itself
    face.press("No")
    face.wait("You said no. Dev H. still sees your screen.", "status")
    session.display.start("xterm", "-class", "Pinentry", "-geometry", "20x4+700+500", "-e", "sleep", "1000")
    face.wait("Your system asks you something.")
    camera.shoot("share-prompt", TITLE)
    face.press("End")
    face.wait("Sharing has ended", "heading")
    camera.shoot("share-end", TITLE)


def main(folder):
    with session_on("1024x600") as session:
        camera = Camera(session.display, folder)
        reader = ScreenReader(session.display)
        proxy = CutProxy(session.relay.port)
        session.url = proxy.url
        session.start_helper("--json")
        # No window manager is here to place the window elsewhere than under the banner.
        window = Window(reader, session, "--no-banner", XDG_STATE_HOME=str(session.folder / "state"),
                        **without_animations(session.folder / "config"))
        try:
            before(window, camera)
            code(window, camera, session.code)
            asked(session, window, camera)
            shared(session, proxy, window, camera)
        finally:
            window.stop()
            reader.stop()
            proxy.stop()


main(sys.argv[1])
