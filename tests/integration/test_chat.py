"""Writing to each other: from the question on, while paused, with its state of delivery."""

import json

import pytest
from terminal import Terminal
from tools import wait_until

HARMLESS = "Größe, 世界 😀 \"quoted\" \\ and\na second line"


def say(tool, **members):
    tool.say(json.dumps(members))


def test_before_and_after_consent_and_while_paused(session):
    session.start_helper("--json")
    session.start_sharer()
    session.sharer.wait("consent", permission="view")
    session.helper.wait("state", state="asking")
    # Nobody sees anything yet, and both can write.
    say(session.helper, chat=HARMLESS)
    assert session.sharer.wait("chat")["text"] == HARMLESS
    assert session.helper.wait("chat-delivered")["id"] == 1
    say(session.sharer, chat="Who are you?")
    assert session.helper.wait("chat")["text"] == "Who are you?"
    assert session.sharer.wait("chat-delivered")["id"] == 1
    session.sharer.answer("allow")
    session.helper.wait("frame")
    session.helper.script("chat And now?\\nA second line")
    assert session.sharer.wait("chat")["text"] == "And now?\nA second line"
    session.sharer.command("pause")
    session.helper.wait("state", state="paused")
    say(session.sharer, chat="One moment.")
    assert session.helper.wait("chat")["text"] == "One moment."
    say(session.helper, chat="Of course.")
    assert session.sharer.wait("chat")["text"] == "Of course."
    assert session.helper.wait("chat-delivered", id=3)
    assert [e["id"] for e in session.helper.seen("chat-sent")] == [1, 2, 3]


def test_a_script_may_write_before_it_sees_anything(session, tmp_path):
    script = tmp_path / "script"
    script.write_text("chat Please allow me to look.\nwait-still 10\nend\n")
    session.start_helper("--input", script)
    session.start_sharer()
    assert session.sharer.wait("chat")["text"] == "Please allow me to look."
    session.sharer.answer("allow")
    assert session.helper.finish() == (0, None)


def test_what_cannot_be_shown_is_left_out(session):
    session.start_helper("--json")
    session.start_sharer()
    session.sharer.wait("consent", permission="view")
    session.helper.wait("state", state="asking")
    say(session.helper, chat="\x1b[2J\u202eevil\u0007\ttab")
    assert session.sharer.wait("chat")["text"] == "[2Jevil tab"
    say(session.helper, chat="\u200b \n")
    session.helper.wait("refused")
    say(session.helper, chat="x" * 1001)
    session.helper.wait("refused")
    say(session.helper, chat="😀" * 1000)
    assert session.sharer.wait("chat")["text"] == "😀" * 1000


def test_too_much_at_once_is_refused_and_nothing_is_lost(session):
    session.start_helper("--json")
    session.start_sharer()
    session.sharer.wait("consent", permission="view")
    session.helper.wait("state", state="asking")
    for number in range(200):
        say(session.helper, chat=f"message {number}")
    session.helper.wait("refused")
    session.helper.script("chat the last one")  # a script waits until it may
    session.sharer.wait("chat", text="the last one")
    wait_until(lambda: len([e for e in session.helper.drain(0.05) if e["event"] == "chat-delivered"])
               == len(session.helper.seen("chat-sent")), "all that was sent to arrive")
    sent = len(session.helper.seen("chat-sent"))
    assert 10 < sent < 200
    assert len(session.sharer.seen("chat")) == sent
    numbers = [int(e["text"].split()[1]) for e in session.sharer.seen("chat")[:-1]]
    assert numbers == sorted(numbers)


def test_before_anybody_is_there_it_is_refused(session):
    session.start_helper("--json")
    say(session.helper, chat="hello?")
    assert "not possible" in session.helper.wait("refused")["detail"]


@pytest.fixture
def share(session):
    session.start_helper("--json")
    terminal = Terminal("qa-share", "--relay", session.url, "--ca", session.relay.ca, session.code,
                        DISPLAY=session.display.name)
    terminal.wait("Did you call Dev H. yourself? [y/N]")
    session.helper.wait("state", state="asking")
    yield terminal
    terminal.stop()


def test_writing_in_the_terminal(session, share):
    # While a question waits: c and Enter, then the question again.
    say(session.helper, chat="It is me.\nFrom the shop.")
    at = share.wait("Dev H. writes: It is me.")
    at = share.wait("From the shop.", at)
    at = share.wait("Did you call Dev H. yourself? [y/N]", at)
    share.type("c\n")
    at = share.wait("To Dev H.:", at)
    share.type("Which sho\x7fop? Gruße\x7f\x7fß\n")
    assert session.helper.wait("chat")["text"] == "Which shop? Gruß"
    at = share.wait("You write: Which shop? Gruß", at)
    at = share.wait("(It arrived.)", at)
    share.type("y\n")
    at = share.wait("Let Dev H. see your screen? [y/N]", at)
    share.type("y\n")
    at = share.wait("Dev H. sees your screen |", at)
    session.helper.wait("frame")
    # Afterwards one key; what comes in meanwhile is written above the line that is typed.
    share.type("c")
    at = share.wait("To Dev H.:", at)
    share.type("half a ")
    at = share.wait("half a", at)
    say(session.helper, chat="in between")
    at = share.wait("Dev H. writes: in between", at)
    at = share.wait("To Dev H.: half a", at)
    # A question comes first, the line after it.
    session.helper.script("request control")
    at = share.wait("Let Dev H. control your mouse and keyboard? [y/N]", at)
    share.type("n\n")
    at = share.wait("You said no.", at)
    at = share.wait("To Dev H.: half a", at)
    share.type("sentence\n")
    assert session.helper.wait("chat")["text"] == "half a sentence"
    at = share.wait("You write: half a sentence", at)
    at = share.wait("Dev H. sees your screen |", at)
    # An empty line writes nothing, and the keys are keys again.
    share.type("c")
    at = share.wait("To Dev H.:", at)
    share.type("\n")
    at = share.wait("Dev H. sees your screen |", at)
    share.type("p")
    share.wait("Paused: Dev H. sees nothing", at)
    share.type("e")
    assert share.finish() == 0
    assert share.is_as_before()


def test_pasted_lines_are_no_keys(session, share):
    share.type("y\n")
    at = share.wait("Let Dev H. see your screen? [y/N]")
    share.type("y\n")
    at = share.wait("Dev H. sees your screen |", at)
    share.type("c")
    at = share.wait("To Dev H.:", at)
    share.type("first\nend of it\npause\n")
    assert session.helper.wait("chat")["text"] == "first"
    say(session.helper, chat="still here?")
    share.wait("Dev H. writes: still here?", at)
    assert share.process.poll() is None


def test_incoming_text_cannot_disturb_the_terminal(session, share):
    say(session.helper, chat="\x1b]0;title\x07\x1b[31m\rred\x9b2J \u202e")
    share.wait("Dev H. writes: ]0;title[31mred2J")
