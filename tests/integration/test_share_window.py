"""qa-share's window in a whole session: read and pressed as by a screen reader, keys as by a person."""

import time

import pytest
from share_window import Window, needs_window
from tools import wait_until

READER = "display"
pytestmark = needs_window


@pytest.fixture
def window(reader, session):
    started = []

    def start(*arguments, **options):
        started.append(Window(reader, session, *arguments, **options))
        return started[-1]

    yield start
    for one in started:
        one.stop()


def mistyped(code):
    return code[:-1] + str((int(code[-1]) + 1) % 10)


def test_a_whole_session(session, window):
    session.display.xterm("sleep 1000", focus=False)
    session.start_helper()
    sharer = window()
    face = sharer.face
    for warning in ("Share only with somebody you called yourself.", "Nobody honest hurries",
                    "Never tell or show anybody a password", "can do damage", "In doubt press End"):
        face.wait(warning)
    face.wait("Did you call your helper yourself?", "heading")
    code = sharer.to_code()
    code.type(mistyped(session.code))
    face.wait("A digit is mistyped. Ask your helper to read the code again", None)
    assert not face.look("Continue", "button").has("enabled")
    code.clear()
    code.type(f"  {session.code.replace(' ', '-')}\n")
    face.wait("The code is complete.")
    face.press("Continue")

    face.wait("Let Dev H. see your screen?", "heading")
    assert f"Dev H. from Development (confirmed by localhost:{session.relay.port})" in face.texts()
    wait_until(lambda: face.focus() == ("button", "No", "Let Dev H. see your screen?"),
               "the keyboard on No")
    face.press("Yes, show my screen")
    session.helper.wait("frame")
    face.wait("Dev H. sees your screen", "alert")
    face.wait("Press Ctrl+Alt+Q twice to stop at once, in any window.")
    face.wait("See your screen", "label")

    session.helper.script("request control")
    face.wait("Let Dev H. control your mouse and keyboard?", "heading")
    face.press("No")
    session.helper.wait("permissions", permissions=["view"], reason="QA_EDENIED")
    face.wait("You said no. Dev H. still sees your screen.", "status")

    face.press("Pause")
    session.helper.wait("state", state="paused")
    face.wait("You paused: Dev H. sees nothing and can do nothing", "alert")
    face.press("Go on")
    session.helper.wait("state", state="active")
    face.wait("Dev H. sees your screen", "alert")

    face.press("End")
    assert session.helper.finish() == (0, None)
    face.wait("Sharing has ended", "heading")
    face.wait("The session is over. Nothing is shared any more.")
    face.press("Close")
    assert sharer.finish() == 0


def start_viewing(session, window, *arguments, **options):
    session.display.xterm("sleep 1000", focus=False)
    session.start_helper()
    sharer = window(*arguments, **options)
    sharer.join(session.code)
    sharer.face.press("Yes, show my screen")
    session.helper.wait("frame")
    sharer.face.wait("Dev H. sees your screen", "alert")
    return sharer


def size(session, title):
    found = session.display.run("xdotool", "search", "--onlyvisible", "--name", title).stdout.split()
    shell = session.display.run("xdotool", "getwindowgeometry", "--shell", found[-1].decode())
    at = dict(line.split("=") for line in shell.stdout.decode().split())
    return int(at["WIDTH"]), int(at["HEIGHT"])


def settled(session, title, above):
    """The size once it is higher than it was, and stays."""
    def twice():
        before = size(session, title)
        time.sleep(0.5)
        return before if before == size(session, title) and before[1] > above else None

    return wait_until(twice, f"the window '{title}' to grow above {above}")


def test_some_of_what_is_asked_and_taken_back_one_by_one(session, window):
    sharer = start_viewing(session, window)
    face = sharer.face
    session.helper.script("request control,point,annotate for the printer")
    face.wait("What may Dev H. do?", "heading")
    face.wait("“for the printer”")
    ticks = ("Control your mouse and keyboard", "Show a pointer on your screen", "Draw on your screen")
    for name in ticks:
        assert not face.wait(name, "checkbox").has("checked")
    assert not face.look("Allow what is ticked", "button").has("enabled")
    # By keyboard, from No upwards: GTK 4.8 gives check boxes no action.
    sharer.key("shift+Tab", "space", "shift+Tab", "space", title="What may Dev H. do")
    for name in ticks:
        wait_until(lambda: face.wait(name, "checkbox").has("checked") == (name in ticks[1:]), name)
    face.press("Allow what is ticked")
    session.helper.wait("permissions", permissions=["view", "point", "annotate"])
    face.wait("Draw on your screen", "label")
    backs = [w for w in face.program.walk() if w.role == "button" and w.name == "Take back"]
    assert {w.description for w in backs} == set(ticks[1:])
    next(w for w in backs if w.description == "Draw on your screen").press()
    session.helper.wait("permissions", permissions=["view", "point"], reason="QA_ENOTALLOWED")
    face.wait("Dev H. cannot draw on your screen any more.", "status")
    face.wait_gone("Draw on your screen", "label")
    face.wait("Show a pointer on your screen", "label")


def test_a_helper_with_control_is_kept_out_while_the_sharer_is_asked(session, window):
    sharer = start_viewing(session, window)
    face = sharer.face
    session.helper.script("request control")
    face.wait("Let Dev H. control your mouse and keyboard?", "heading")
    face.press("Yes, allow it")
    session.helper.wait("permissions", permissions=["view", "control"])
    face.wait("Dev H. sees your screen and controls your mouse and keyboard", "alert")
    session.helper.script("request annotate")
    title = "Let Dev H. draw on your screen?"
    face.wait(title, "heading")
    session.helper.wait("paused", causes=["prompt"])
    face.wait("Dev H. waits for your answer and sees nothing", "alert")
    # Nothing of theirs arrives now (the machines' tests show it), so nobody else can press Yes.
    face.press("No")
    session.helper.wait("permissions", reason="QA_EDENIED")
    face.wait_gone(title)
    session.helper.wait("paused", causes=[])
    assert not any("annotate" in e["permissions"] for e in session.helper.seen("permissions"))
    face.wait("Dev H. sees your screen and controls your mouse and keyboard", "alert")


def test_by_keyboard_alone(session, window):
    session.display.xterm("sleep 1000", focus=False)
    session.start_helper()
    sharer = window()
    face = sharer.face
    wait_until(lambda: face.focus() and face.focus()[1] == "No, they called me", "the safe answer")
    sharer.key("Tab", "space")
    face.wait("Security code", "text box")
    wait_until(lambda: face.focus() and face.focus()[1] == "Security code", "where to type")
    sharer.key(*session.code.replace(" ", ""))
    wait_until(lambda: face.look("Security code").text == session.code,
               f"the code {session.code} in its groups, not {face.look('Security code').text}")
    sharer.key("Return")
    face.wait("Let Dev H. see your screen?", "heading")
    sharer.key("Tab", "space", title="Let Dev H. see your screen")
    session.helper.wait("frame")
    face.wait("Dev H. sees your screen", "alert")
    session.helper.script("request control")
    face.wait("Let Dev H. control your mouse and keyboard?", "heading")
    sharer.key("Escape", title="Let Dev H. control")
    session.helper.wait("permissions", permissions=["view"], reason="QA_EDENIED")
    face.wait("Pause", "button")
    sharer.activate()
    wait_until(lambda: face.focus() and face.focus()[1] == "Pause", "the keyboard on Pause")
    sharer.key("space")
    session.helper.wait("state", state="paused")
    face.wait("Go on", "button")
    sharer.key("Tab", "space")  # End
    assert session.helper.finish() == (0, None)
    face.wait("Sharing has ended", "heading")
    sharer.key("space")
    assert sharer.finish() == 0


def test_without_a_terminal_it_is_a_window(session, window):
    window(gui=()).face.wait("Did you call your helper yourself?", "heading")


def test_no_leads_to_what_to_do(session, window):
    sharer = window()
    face = sharer.face
    face.press("No, they called me")
    face.wait("Then do not share your screen", "heading")
    face.wait("Hang up now.")
    face.wait_gone("Did you call your helper yourself?", "heading")
    assert not face.look("Security code")
    face.press("Back")
    face.wait("Did you call your helper yourself?", "heading")
    face.press("No, they called me")
    face.press("Close")
    assert sharer.finish() == 0


def test_no_to_viewing_then_another_code(session, window):
    session.start_helper()
    sharer = window()
    sharer.join(session.code)
    sharer.face.press("No")
    assert session.helper.finish() == (7, "QA_EDENIED")
    sharer.face.wait("Sharing has ended", "heading")
    session.start_helper()
    sharer.face.press("Share again")
    sharer.join(session.code)
    sharer.face.press("Yes, show my screen")
    session.helper.wait("frame")
    sharer.process.terminate()
    assert session.helper.finish() == (0, None)
    assert sharer.finish() == 0


def test_a_code_that_nobody_knows(session, window):
    session.start_helper()
    sharer = window()
    session.helper.command("end")
    session.helper.finish()
    sharer.join(session.code)
    sharer.face.wait("Nothing is shared", "heading")
    sharer.face.wait("The security code has expired. Ask your helper for a new code and try again.")
    sharer.face.press("Close")
    assert sharer.finish() == 3


def test_what_prevents_sharing_is_said_in_the_window(session, window):
    sharer = window(relay=False)
    sharer.face.wait("Nothing is shared", "heading")
    sharer.face.wait("Which relay? Say --relay relay.example, or set QASSIST_RELAY.")
    assert not sharer.face.look("Share again")
    sharer.face.press("Close")
    assert sharer.finish() == 2


def test_a_prompt_of_the_system_is_the_sharers_alone(session, window):
    sharer = start_viewing(session, window)
    face = sharer.face
    assert not face.look("Let them see it")
    session.helper.script("request control")
    face.press("No")
    face.wait("You said no. Dev H. still sees your screen.", "status")
    prompt = session.display.start("xterm", "-class", "Pinentry", "-geometry", "20x4+700+500", "-e",
                                   "sleep", "1000")
    session.helper.wait("paused", causes=["prompt"])
    face.wait("Your system asks you something. Dev H. sees nothing until you have answered", "alert")
    face.wait_gone("You said no. Dev H. still sees your screen.", "status")
    face.press("Let them see it")
    session.helper.wait("paused", causes=[])
    face.wait("Dev H. sees your screen", "alert")
    face.wait_gone("Let them see it")
    prompt.terminate()
    prompt.wait()


def test_prompts_are_allowed_and_hidden_again(session, window):
    sharer = start_viewing(session, window)
    face = sharer.face
    name = "Show questions of my system, too"

    def tick(ticked):
        wait_until(lambda: face.wait(name, "checkbox").has("checked") == ticked, f"the tick: {ticked}")

    sharer.activate()
    wait_until(lambda: face.focus() and face.focus()[1] == "Pause", "the keyboard on Pause")
    sharer.key("shift+Tab", "shift+Tab", "space")  # past Report
    tick(True)
    sharer.key("space")
    tick(False)
    prompt = session.display.start("xterm", "-class", "Pinentry", "-geometry", "20x4+700+500", "-e",
                                   "sleep", "1000")
    session.helper.wait("paused", causes=["prompt"])
    face.press("Let them see it")
    session.helper.wait("paused", causes=[])
    tick(True)
    sharer.key("space")
    session.helper.wait("paused", causes=["prompt"])
    prompt.terminate()
    prompt.wait()
    session.helper.wait("paused", causes=[])
    # With control the helper's own mouse could tick it.
    session.helper.script("request control")
    face.wait("Let Dev H. control your mouse and keyboard?", "heading")
    face.press("Yes, allow it")
    wait_until(lambda: not face.wait(name, "checkbox").has("enabled"), "the tick to be out of reach")
    face.press("Pause")
    wait_until(lambda: face.wait(name, "checkbox").has("enabled"), "the tick within reach")


def test_which_of_several_screens_is_seen(session, window):
    for number in (0, 1):
        session.display.run("xrandr", "--setmonitor", f"M{number}", f"512/300x768/200+{512 * number}+0",
                            "none" if number else "screen")
    sharer = start_viewing(session, window)
    face = sharer.face
    face.wait("See your screen", "label")
    session.helper.script("screen M1")
    face.wait("See your screen M1, no other", "label")
    face.wait("Dev H. sees only the screen M1 now.", "status")
    session.display.run("xrandr", "--delmonitor", "M1")
    face.wait("See your screen", "label")
    face.wait("Dev H. sees all your screens now.", "status")


def test_chat_from_the_first_question_on(session, window):
    session.display.xterm("sleep 1000", focus=False)
    session.start_helper()
    sharer = window()
    face = sharer.face
    sharer.to_code()
    assert not face.look("Chat")
    face.wait("Security code", "text box").type(session.code)
    face.press("Continue")
    face.wait("Let Dev H. see your screen?", "heading")
    session.helper.say('{"chat":"Hello, this is Dev."}')
    face.wait("Dev H.: Hello, this is Dev.")
    face.wait("Write to your helper", "text box").type("One moment, please")
    face.press("Send")
    assert session.helper.wait("chat")["text"] == "One moment, please"
    face.wait("You: One moment, please (arrived)")
    face.press("Yes, show my screen")
    session.helper.wait("frame")
    face.press("Pause")
    session.helper.wait("state", state="paused")
    session.helper.script("chat Still there?")
    face.wait("Dev H.: Still there?")
    assert face.look("What was written").role == "log"
    face.press("End")
    face.wait("Sharing has ended", "heading")
    face.wait_gone("Dev H.: Still there?")


def allow_everything(session, sharer):
    face = sharer.face
    session.helper.script("request control,point,annotate,clipboard-to-sharer,clipboard-to-helper "
                          + "for a purpose that takes more words than anybody wants to read " * 3)
    face.wait("What may Dev H. do?", "heading")
    assert size(session, "What may Dev H. do")[1] <= 560
    for _ in range(5):
        sharer.key("shift+Tab", "space", title="What may Dev H. do")
    face.press("Allow what is ticked")
    face.wait("Read the text in your clipboard", "label")


def test_all_of_it_fits_on_a_small_screen(session, window):
    sharer = start_viewing(session, window)
    face = sharer.face
    allow_everything(session, sharer)
    smaller = settled(session, "Share my screen", 0)
    session.helper.script("chat Hello")
    face.wait("Dev H.: Hello")
    wait_until(lambda: face.look("Write to your helper"), "the chat")
    width, height = settled(session, "Share my screen", smaller[1])
    assert width <= 1024 and height <= 570, (width, height)


def test_news_of_many_lines_fits_there_too_and_the_list_scrolls(session, window, tmp_path):
    session.display.resize("1024x600")
    sharer = start_viewing(session, window, XDG_STATE_HOME=str(tmp_path / "state"))
    face = sharer.face
    allow_everything(session, sharer)
    session.helper.script("chat Hello")
    face.wait("Dev H.: Hello")
    session.helper.script("restart")
    face.press("Yes, allow it")
    news = face.wait("You can restart your computer now.")
    wait_until(lambda: news.place()[3] > 60, "the news to have its lines")
    wait_until(lambda: face.look("Send", "button"), "the chat")

    def bottom():
        _, top, _, height = face.look("Send", "button").place()
        return top + height

    wait_until(lambda: 500 < bottom() <= 600, f"all to be on the screen; Send ends at {bottom()}")
    assert size(session, "Share my screen")[1] <= 600
    # What is out of sight in the list works and can be reached.
    back = next(w for w in face.program.walk() if w.role == "button" and w.name == "Take back"
                and w.description == "Read the text in your clipboard")
    back.press()
    everything = ["view", "control", "point", "annotate", "clipboard-to-sharer"]
    session.helper.wait("permissions", permissions=everything)
    # The way back holds until the end: further news and a pause leave it there, in sight.
    face.wait("Dev H. cannot read your clipboard any more.", "status")
    face.press("Pause")
    face.wait("You paused: Dev H. sees nothing and can do nothing", "alert")
    face.wait_gone("Dev H. cannot read your clipboard any more.")
    assert face.look("You can restart your computer now.")
    assert size(session, "Share my screen")[1] <= 600


def test_a_report_ends_the_session(session, window):
    sharer = start_viewing(session, window)
    face = sharer.face
    face.press("Report…")
    face.wait("Report this session", "heading")
    assert not face.look("End and report", "button").has("enabled")
    face.press("Cancel")
    face.wait_gone("Report this session", "heading")
    face.press("Report…")
    face.wait("What happened?").type("They asked for my card number.")
    face.press("End and report")
    assert session.helper.finish() == (0, None)
    face.wait("Sharing has ended", "heading")
    face.wait(f"You reported this session to localhost:{session.relay.port}.")


def test_a_question_that_nobody_answers(session, window):
    session.start_helper()
    sharer = window("--question-seconds", "3")
    sharer.join(session.code)
    sharer.face.wait("Let Dev H. see your screen?", "heading")
    sharer.face.wait("Without an answer it is no, in 0:0")
    session.helper.finish()
    sharer.face.wait_gone("Let Dev H. see your screen?", "heading")
    sharer.face.wait("Share again", "button")


def test_in_french(session, window, french):
    session.start_helper()
    face = window(**french).face
    face.wait("Avez-vous appelé vous-même votre assistant ?", "heading")
    face.press("Oui, j’ai appelé")
    face.wait("Code de sécurité", "text box").type(session.code)
    face.press("Continuer")
    face.wait("Laisser Dev H. voir votre écran ?", "heading")
    face.press("Oui, montrer mon écran")
    session.helper.wait("frame")
    face.wait("Dev H. voit votre écran", "alert")
    face.press("Terminer")
    face.wait("Le partage est terminé", "heading")
