"""Real dialogs that ask for a password: the helper sees and types nothing while one is up."""

import os
import re
import shutil
import subprocess

import pytest
from terminal import Terminal
from tools import BUILD, SLOW, environment, wait_until
from xserver import png_pixels, same_picture

MOVING = BUILD / "tests" / "integration" / "moving-source"
# Those that scripts/setup installs come first; the others are tried where they are.
PINENTRIES = ["pinentry-fltk", "pinentry-gtk-2", "pinentry-qt"]


class Pinentry:
    """Speaks its protocol as gpg-agent does, and asks for a password."""

    def __init__(self, name, display):
        self.process = subprocess.Popen(
            [name, "--display", display.name, "--no-global-grab"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, env=environment(DISPLAY=display.name, QT_QPA_PLATFORM="xcb"))
        self.say("SETDESC Please%20unlock", "SETPROMPT Password:", "GETPIN")

    def say(self, *lines):
        self.process.stdin.write("".join(line + "\n" for line in lines).encode())
        self.process.stdin.flush()

    def answer(self):
        """What was typed."""
        for line in self.process.stdout:
            if line.startswith(b"D "):
                return line[2:].strip().decode()
            if line.startswith(b"ERR"):
                return None
        return None

    def end(self):
        self.process.kill()
        self.process.communicate()


def type_into(display, title, text):
    """As the sharer does: at their own keyboard, into the window that asks."""
    found = lambda: display_search(display, title)  # noqa: E731
    window = wait_until(found, f"the window of {title}").split()[-1]
    display.run("xdotool", "windowfocus", window)
    display.run("xdotool", "type", "--delay", "20", text)
    display.run("xdotool", "key", "Return")


def display_search(display, title):
    return subprocess.run(["xdotool", "search", "--onlyvisible", "--name", title], env=display.environment(),
                          capture_output=True, text=True).stdout


def frames(session):
    session.helper.drain()
    return len(session.helper.seen("frame"))


def share(session, control=True):
    session.display.start(str(MOVING))
    session.start_helper()
    session.start_sharer()
    session.allow_view()
    if control:
        session.helper.script("request control")
        session.allow_control()


def open_pinentry(name, display):
    """Its dialog is up: one that never came must not be taken for one that was not noticed."""
    for _ in range(3):
        pinentry = Pinentry(name, display)
        try:
            wait_until(lambda: display_search(display, "^pinentry"), "the dialog", 15 * SLOW)
            return pinentry
        except AssertionError:
            pinentry.end()
    raise AssertionError(f"{name} shows no dialog")


@pytest.mark.parametrize("name", PINENTRIES)
def test_a_real_pinentry_is_the_sharers_alone(session, name):
    if not shutil.which(name):
        assert name != PINENTRIES[0], f"{name} is not installed; scripts/setup installs it"
        pytest.skip(f"{name} is not installed")
    share(session)
    pinentry = open_pinentry(name, session.display)
    try:
        assert session.helper.wait("paused")["causes"] == ["prompt"]
        assert session.sharer.wait("paused")["causes"] == ["prompt"]
        assert session.helper.seen("state", state="paused")
        # A video plays, but the helper gets nothing of it; what it types waits on its own side.
        before = frames(session)
        session.helper.script("text fromhelper")
        type_into(session.display, "^pinentry", "fromsharer")
        assert pinentry.answer() == "fromsharer"
        during = frames(session) - before
        pinentry.end()
        assert session.helper.wait("paused")["causes"] == []
        # What had come and was not told yet, no more.
        assert during <= 2
        session.helper.wait("frame")
        session.helper.wait("frame")
    finally:
        pinentry.end()


def test_prompts_of_ssh_count_too_and_the_picture_goes_on(session, tmp_path):
    share(session)
    session.display.run("xdotool", "key", "s")
    asking = session.display.start("ssh-askpass", "Unlock?")
    session.helper.wait("paused", causes=["prompt"])
    # Nothing that the helper has shows it: the last picture is gone, too.
    session.helper.script(f"snapshot {tmp_path / 'during.png'}")
    assert not session.helper.seen("snapshot")
    asking.kill()
    session.helper.wait("paused", causes=[])
    session.helper.wait("snapshot")
    seen = png_pixels(tmp_path / "during.png")

    def exact():
        session.helper.script(f"wait-still 400\nsnapshot {tmp_path / 'after.png'}")
        session.helper.wait("snapshot", file=str(tmp_path / "after.png"))
        return same_picture(png_pixels(tmp_path / "after.png"), session.display.pixels()) is None

    wait_until(exact, "the picture to be exact again")
    assert seen[:2] == (1024, 768)


def test_the_sharer_may_allow_them_for_the_session(session, tmp_path):
    share(session)
    session.display.run("xdotool", "key", "s")
    session.sharer.command("allow-prompts")
    asking = session.display.start("ssh-askpass", "Unlock?")
    wait_until(lambda: display_search(session.display, "OpenSSH"), "the dialog")

    def exact():
        session.helper.script(f"wait-still 400\nsnapshot {tmp_path / 'with.png'}")
        session.helper.wait("snapshot", file=str(tmp_path / "with.png"))
        return same_picture(png_pixels(tmp_path / "with.png"), session.display.pixels()) is None

    wait_until(exact, "the dialog to be seen")
    assert not session.helper.seen("paused", causes=["prompt"])
    # Allowed no longer, it hides the screen at once.
    session.sharer.command("hide-prompts")
    session.helper.wait("paused", causes=["prompt"])
    asking.kill()
    session.helper.wait("paused", causes=[])


def test_one_may_be_up_from_the_start(session):
    asking = session.display.start("ssh-askpass", "Unlock?")
    wait_until(lambda: display_search(session.display, "OpenSSH"), "the dialog")
    session.display.start(str(MOVING))
    session.start_helper()
    session.start_sharer()
    session.sharer.wait("consent", permission="view")
    session.sharer.answer("allow")
    session.helper.wait("paused", causes=["prompt"])
    assert not session.helper.seen("frame")
    # However long the sharer thinks: longer than a connection that does not come about would be waited for.
    os_wait = float(os.environ.get("QASSIST_PROMPT_SECONDS", "1"))
    session.helper.drain(os_wait)
    assert not session.helper.seen("frame") and not session.helper.seen("end")
    asking.kill()
    session.helper.wait("paused", causes=[])
    session.helper.wait("frame", width=1024)


def test_the_list_can_be_set_and_the_app_says_why(session):
    session.display.start(str(MOVING))
    session.start_helper()
    session.start_sharer("--prompt-classes", "none-of-these, XTerm")
    session.allow_view()
    asking = session.display.start("ssh-askpass", "Unlock?")
    wait_until(lambda: display_search(session.display, "OpenSSH"), "the dialog")
    window = session.display.xterm("sleep 1000")
    session.helper.wait("paused", causes=["prompt"])
    session.display.run("xdotool", "windowkill", window)
    session.helper.wait("paused", causes=[])
    session.helper.wait("frame")
    asking.kill()


def test_both_sides_read_what_is_going_on(relay, display):
    """In words: the helper in its terminal, the sharer in the status line."""
    helper = Terminal("qa-help", "--relay", relay.url, "--ca", relay.ca, "--token-file", relay.token_file,
                      "--headless", "--input", "-", columns=100)
    sharer = None
    try:
        helper.wait("read them this code")
        code = re.search(r"\d{4} \d{4} \d{4}", helper.text).group(0)
        sharer = Terminal("qa-share", "--relay", relay.url, "--ca", relay.ca, "--no-gui", "--yes-view",
                          "--yes-control", code, columns=100, DISPLAY=display.name)
        helper.wait("shows the screen")
        sharer.wait("sees your screen now")
        asking = display.start("ssh-askpass", "Unlock?")
        since = helper.wait("answering a system prompt")
        said = sharer.wait("Your system asks you something")
        sharer.wait("sees nothing", said)
        asking.kill()
        helper.wait("shows the screen", since)
        sharer.wait("sees your screen again", said)
        sharer.type("a")
        said = sharer.wait("From now on")
        sharer.type("a")
        said = sharer.wait("hidden from", said)
        # Where the helper's keys work, it could be the helper who presses it.
        helper.type("request control\n")
        said = sharer.wait("controls your mouse and keyboard now", said)
        sharer.type("a")
        said = sharer.wait("could press this key, too", said)
        sharer.type("t")
        said = sharer.wait("took back control", said)
        sharer.type("a")
        sharer.wait("From now on", said)
        sharer.type("e")
        assert sharer.finish() == 0
    finally:
        helper.stop()
        if sharer:
            sharer.stop()
