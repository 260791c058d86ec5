"""Every state of qa-help's window, with a sharer's screen on which somebody is at work."""

import sys

from accessible import Face, ScreenReader
from camera import Camera, geometry, session_on, without_animations
from cut_proxy import CutProxy
from desk import start_window
from tools import wait_until
from xserver import XServer

TITLE = "qassist"


def work(display):
    """What the sharer has on the screen."""
    display.run("xsetroot", "-solid", "#4b6a88", "-cursor_name", "left_ptr")
    display.xterm("cat /etc/os-release; echo; echo 'The printer does not print.'; sleep 1000",
                  geometry="74x18+60+60", title="work", focus=False)
    display.run("xdotool", "mousemove", "420", "330")


def before(session, face, camera):
    face.wait("Copy code", "button")
    camera.shoot("help-code", TITLE)
    session.start_sharer()
    session.sharer.wait("consent", permission="view")
    face.wait("The code is right. The sharer is being asked whether you may see the screen…")
    camera.shoot("help-wait", TITLE)
    session.sharer.answer("allow")
    session.helper.wait("frame")
    face.wait("You see the screen. To do more, request it from the sharer.")
    camera.shoot("help-view", TITLE)


def asking(session, desk, face, camera):
    desk.run("xdotool", "key", "alt+r")
    wait_until(lambda: (face.focus() or [""])[0] == "text box", "the line for the purpose")
    desk.run("xdotool", "type", "to set up the printer")
    camera.shoot("help-request", TITLE)
    desk.run("xdotool", "key", "Return")
    session.sharer.wait("consent", permission="control")
    camera.shoot("help-asked", TITLE)
    session.sharer.answer("allow")
    face.wait("You control the screen. All keys go to the sharer; Ctrl+Alt+Home moves the keyboard "
              "to the buttons here.")
    camera.shoot("help-control", TITLE)


def after(session, desk, face, camera):
    session.sharer.command("pause")
    face.wait("The sharer paused: the screen is hidden until they go on.")
    camera.shoot("help-paused-by-sharer", TITLE)
    session.sharer.command("resume")
    session.helper.wait("state", state="active")
    desk.run("xdotool", "key", "ctrl+alt+Home", "alt+p")
    face.wait("You paused. No new pictures come until you go on.")
    camera.shoot("help-paused-by-helper", TITLE)
    desk.run("xdotool", "key", "alt+g")
    session.sharer.command("take-back")
    face.wait("The sharer took back: control. You still see the screen.")
    camera.shoot("help-taken-back", TITLE)


def restart(session, desk, face, camera):
    desk.run("xdotool", "key", "alt+r")
    wait_until(lambda: (face.focus() or [""])[0] == "text box", "the line for the purpose")
    desk.run("xdotool", "key", "alt+h")
    session.sharer.wait("consent", kind="restart")
    face.wait("The sharer is being asked whether their computer may be restarted.")
    camera.shoot("help-restart-asked", TITLE)
    session.sharer.answer("deny")
    face.wait("The sharer does not want their computer to be restarted.")


def drawing(session, desk, face, camera):
    desk.run("xdotool", "key", "alt+w", "alt+n")
    face.wait("You may not draw yet: request it from the sharer.")
    face.button("Ask the sharer")
    camera.shoot("help-draw-ask", TITLE)
    desk.run("xdotool", "key", "alt+k")
    session.sharer.wait("consent", permission="annotate")
    session.sharer.answer("allow")
    face.wait("You draw: hold the left mouse button.")
    session.helper.wait("permissions", permissions=["view", "annotate"])
    drag(desk, (84, 343), (238, 343))  # below the last line
    face.press("Blue")
    wait_until(lambda: face.button("Blue").has("pressed"), "the colour")
    desk.run("xdotool", "key", "alt+o")
    drag(desk, (700, 520), (470, 350))
    session.helper.drain(3)  # the arrow comes back in the picture
    camera.shoot("help-draw", TITLE)
    Camera(session.display, camera.folder).shoot("share-banner")


def breaks(session, proxy, desk, face, camera):
    """Chat, and a break of the connection."""
    session.sharer.say('{"chat": "Shall I switch the printer on?"}')
    face.wait("Shall I switch the printer on?")
    face.press("Chat (1 new)")
    face.wait("Chat", "button")
    camera.shoot("help-chat", TITLE)
    face.press("Chat")
    proxy.cut()
    face.wait("The connection broke off. Coming back to the session…")
    camera.shoot("help-reconnecting", TITLE)
    proxy.mend()
    session.helper.wait("state", state="active", seconds=60)


def full_screen(session, desk, face, camera):
    desk.start("openbox", "--config-file", "/dev/null")
    wait_until(lambda: b"window id" in desk.run("xprop", "-root", "_NET_SUPPORTING_WM_CHECK").stdout,
               "the window manager")
    while not face.look("Full screen. The upper edge or Ctrl+Alt+Home shows the buttons."):
        geometry(desk, TITLE)  # gives it the keyboard, which the window manager may still take elsewhere
        desk.run("xdotool", "key", "F11", "sleep", "4")
    camera.shoot("help-full-screen")
    desk.run("xdotool", "key", "F11")
    face.wait("Full screen", "button")


def drag(desk, begin, end):
    desk.run("xdotool", "mousemove", *map(str, begin), "mousedown", "1", "mousemove", *map(str, end),
             "sleep", "0.2", "mouseup", "1")


def end(session, desk, face, camera):
    desk.run("xdotool", "key", "alt+e")
    face.wait("New code", "button")
    session.helper.wait("end")
    camera.shoot("help-end", TITLE)


def main(folder):
    with session_on("1024x600") as session:
        work(session.display)
        desk = XServer("1200x800")
        reader = ScreenReader(desk)
        proxy = CutProxy(session.relay.port)
        session.url = proxy.url
        try:
            start_window(session, desk, GTK_A11Y="atspi", **reader.environment(),
                         **without_animations(session.folder / "config"))
            face, camera = Face(reader, "qa-help"), Camera(desk, folder)
            before(session, face, camera)
            asking(session, desk, face, camera)
            after(session, desk, face, camera)
            restart(session, desk, face, camera)
            drawing(session, desk, face, camera)
            breaks(session, proxy, desk, face, camera)
            full_screen(session, desk, face, camera)
            end(session, desk, face, camera)
        finally:
            reader.stop()
            proxy.stop()
            desk.stop()


main(sys.argv[1])
