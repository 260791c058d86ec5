"""Questions about several things in a terminal, and taking them back one by one."""

import pytest
from test_terminal import share  # noqa: F401  (a fixture)


@pytest.fixture
def terminal(session, share):  # noqa: F811
    session.start_helper()
    terminal = share("--refusal-seconds", "1", "--question-seconds", "60", session.code)
    terminal.at = terminal.wait("Did you call Dev H. yourself? [y/N]")
    terminal.type("y\n")
    terminal.at = terminal.wait("Let Dev H. see your screen? [y/N]", terminal.at)
    terminal.type("y\n")
    terminal.at = terminal.wait("Dev H. sees your screen | 00:0", terminal.at)
    session.helper.wait("frame")
    return terminal


def answer(terminal, question, word):
    terminal.at = terminal.wait(question, terminal.at)
    terminal.type(word + "\n")


def helper_has(session, *names):
    session.helper.wait("permissions", permissions=["view", *names])


def test_some_of_several(session, terminal):
    session.helper.script("request control,point,clipboard-to-helper to fix the printer")
    terminal.at = terminal.wait("Dev H. asks for this.", terminal.at)
    for line in ("- Control your mouse and keyboard", "- Show a pointer on your screen",
                 "- Read the text in your clipboard",
                 'Dev H. says what for: "to fix the printer"'):
        terminal.at = terminal.wait(line, terminal.at)
    answer(terminal, "Let Dev H. do all of this? [y/N, s for some of it]", "what")
    terminal.at = terminal.wait("Please type y for yes, n for no or s for some of it.", terminal.at)
    answer(terminal, "Let Dev H. do all of this? [y/N, s for some of it]", "s")
    answer(terminal, "Let Dev H. control your mouse and keyboard? [y/N]", "")
    answer(terminal, "Let Dev H. show a pointer on your screen? [y/N]", "y")
    answer(terminal, "Let Dev H. read the text in your clipboard? [y/N]", "s")
    answer(terminal, "Let Dev H. read the text in your clipboard? [y/N]", "n")
    helper_has(session, "point")
    terminal.wait("Dev H. sees your screen, and more |", terminal.at)
    terminal.type("t")
    helper_has(session)


def test_all_of_several_and_taking_them_back(session, terminal):
    session.helper.script("request control,point,annotate")
    answer(terminal, "Let Dev H. do all of this? [y/N, s for some of it]", "y")
    helper_has(session, "control", "point", "annotate")
    terminal.at = terminal.wait("Dev H. controls your screen |", terminal.at)
    terminal.type("t")  # control goes at once, without a question
    helper_has(session, "point", "annotate")
    terminal.at = terminal.wait("t take back e end", terminal.at)
    terminal.type("t")
    terminal.at = terminal.wait("Take back what?", terminal.at)
    terminal.at = terminal.wait("1 Show a pointer on your screen", terminal.at)
    terminal.at = terminal.wait("2 Draw on your screen", terminal.at)
    terminal.type("p")  # what it always is
    terminal.at = terminal.wait("Paused: Dev H. sees nothing |", terminal.at)
    terminal.type("2")  # the list is not open any more
    terminal.type("p")
    terminal.at = terminal.wait("Going on.", terminal.at)
    session.helper.wait("paused", causes=[])
    terminal.type("t")
    terminal.at = terminal.wait("2 Draw on your screen", terminal.at)
    terminal.type("2")
    helper_has(session, "point")
    terminal.type("e")
    terminal.wait("The session is over. Nothing is shared any more.", terminal.at)
    assert terminal.finish() == 0
    assert terminal.is_as_before()


def test_a_void_question_leaves_the_line(session, share):  # noqa: F811
    session.start_helper()
    terminal = share("--question-seconds", "2", session.code)
    at = terminal.wait("Did you call Dev H. yourself? [y/N]")
    at = terminal.wait("The question is gone; nothing was allowed.", at)
    assert terminal.finish() == 0
    assert terminal.is_as_before()
    assert session.helper.finish() == (6, "QA_ETIMEOUT")
