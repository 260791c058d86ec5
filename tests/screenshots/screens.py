"""Both windows with a sharer of several monitors: choosing one, unplugging it, a prompt of the system."""

import sys

from accessible import Face, ScreenReader
from camera import Camera, session_on, without_animations
from desk import start_window
from share_window import Window
from tools import wait_until
from xserver import XServer

HELP, SHARE = "qassist", "Share my screen"


def plug(display, name, place, output="none"):
    x, y, width, height = place
    display.run("xrandr", "--setmonitor", name, f"{width}/300x{height}/200+{x}+{y}", output)


def work(display):
    display.run("xsetroot", "-solid", "#4b6a88", "-cursor_name", "left_ptr")
    display.run("xdotool", "mousemove", "980", "20")
    plug(display, "HDMI-1", (0, 0, 760, 600), "screen")
    plug(display, "DP-1", (760, 0, 520, 600))
    display.xterm("cat /etc/os-release; echo; echo 'The printer does not print.'; sleep 1000",
                  geometry="72x18+790+330", title="work", focus=False)


def choose(desk, face, camera):
    face.wait("View: all")
    desk.run("xdotool", "key", "alt+v")
    wait_until(lambda: face.look("All screens", "menu item"), "the menu")
    camera.shoot("help-screens", HELP)
    desk.run("xdotool", "key", "Down", "Down", "Return")
    face.wait("You see the sharer's screen DP-1 now.")


def main(folder):
    with session_on("1280x600") as session:
        display = session.display
        work(display)
        desk = XServer("1200x800")
        here, there = ScreenReader(desk), ScreenReader(display)
        start_window(session, desk, GTK_A11Y="atspi", **here.environment(),
                     **without_animations(session.folder / "helper"))
        face, camera = Face(here, "qa-help"), Camera(desk, folder)
        sharer = Window(there, session, "--no-banner", **without_animations(session.folder / "config"))
        try:
            sharer.join(session.code)
            sharer.face.press("Yes, show my screen")
            session.helper.wait("frame")
            choose(desk, face, camera)
            sharer.face.wait("See your screen DP-1, no other")
            Camera(display, folder).shoot("share-one-screen", SHARE)
            asking = display.start("ssh-askpass", "Unlock?")
            face.wait("The sharer is answering a system prompt. You see the screen again after that.", "status")
            camera.shoot("help-prompt", HELP)
            asking.kill()
            session.helper.wait("paused", causes=[])
            display.run("xrandr", "--delmonitor", "DP-1")
            face.wait("The sharer unplugged the screen DP-1. You see what is left now.")
            session.helper.wait("frame", width=1280)
            camera.shoot("help-unplugged", HELP)
        finally:
            sharer.stop()
            there.stop()
            here.stop()
            desk.stop()


main(sys.argv[1])
