"""The faces of the tools in a terminal: what a person reads, types, and finds afterwards."""

import signal

import pytest
from terminal import Terminal
from tools import SLOW, Tool, environment


@pytest.fixture
def share(session):
    """Starts qa-share in a terminal."""
    started = []

    def start(*arguments, **options):
        terminal = Terminal("qa-share", "--relay", session.url, "--ca", session.relay.ca,
                            *arguments, DISPLAY=session.display.name, **options)
        started.append(terminal)
        return terminal

    yield start
    for terminal in started:
        terminal.stop()


def mistyped(code):
    """The same code with its last digit changed."""
    return code[:-1] + str((int(code[-1]) + 1) % 10)


def test_a_whole_session(session, share):
    session.display.xterm("sleep 1000")
    session.start_helper()
    terminal = share()
    terminal.wait("Share only with somebody you called yourself")
    at = terminal.wait("Security code from your helper:")
    terminal.type("12 34\n")
    at = terminal.wait("That is not a complete code.", at)
    terminal.type(mistyped(session.code) + "\n")
    at = terminal.wait("A digit is mistyped. Ask your helper to read the code again", at)
    assert not session.helper.drain(0.5 * SLOW) or not session.helper.seen("peer")
    terminal.type(session.code.replace(" ", "-") + "\n")
    at = terminal.wait("Your helper is Dev H. from Development (confirmed by localhost", at)
    at = terminal.wait("Did you call Dev H. yourself? [y/N]", at)
    terminal.type("y\n")
    at = terminal.wait("Let Dev H. see your screen? [y/N]", at)
    terminal.type("perhaps\n")
    at = terminal.wait("Please type y for yes or n for no.", at)
    # What is typed before the question is there does not answer it.
    at = terminal.wait("Let Dev H. see your screen? [y/N]", at)
    terminal.type("y\n")
    terminal.wait("In any window, Ctrl+Alt+Q pressed twice stops at once.", at)
    at = terminal.wait("Dev H. sees your screen | 00:0", at)
    session.helper.wait("frame")

    session.helper.script("request control")
    at = terminal.wait("Let Dev H. control your mouse and keyboard? [y/N]", at)
    terminal.type("\n")
    at = terminal.wait("You said no. Dev H. still sees your screen.", at)
    session.helper.wait("permissions", permissions=["view"], reason="QA_EDENIED")
    session.helper.script("request control")
    at = terminal.wait("Let Dev H. control your mouse and keyboard? [y/N]", at)
    terminal.type("y\n")
    at = terminal.wait("controls your screen |", at)
    session.helper.wait("permissions", permissions=["view", "control"])

    terminal.type("p")
    at = terminal.wait("Paused: Dev H. sees nothing |", at)
    session.helper.wait("state", state="paused")
    terminal.type("p")
    at = terminal.wait("controls your screen |", at)
    terminal.type("\x1b[15~t")  # a function key, which is no key of ours, and t
    at = terminal.wait("You took back control.", at)
    session.helper.wait("permissions", permissions=["view"], reason="QA_ENOTALLOWED")
    terminal.type("e")
    terminal.wait("The session is over. Nothing is shared any more.", at)
    assert terminal.finish() == 0
    assert terminal.is_as_before()
    assert session.helper.finish() == (0, None)


def test_what_was_typed_before_the_question_does_not_answer_it(session, share):
    session.start_helper()
    terminal = share()
    terminal.wait("Security code")
    terminal.type(session.code + "\ny\ny\n")
    at = terminal.wait("Did you call Dev H. yourself? [y/N]")
    session.helper.drain(0.5 * SLOW)
    assert "Let Dev H. see" not in terminal.look(0.2)
    terminal.type("y\ny\n")  # the second one is no answer to what comes next
    at = terminal.wait("Let Dev H. see your screen? [y/N]", at)
    session.helper.drain(1.5 * SLOW)
    assert not session.helper.seen("frame")
    assert not session.helper.seen("permissions", permissions=["view"])
    terminal.type("\n")
    terminal.wait("You said no. Dev H. sees nothing.", at)
    assert session.helper.finish() == (7, "QA_EDENIED")
    terminal.finish()
    assert terminal.is_as_before()


@pytest.mark.parametrize("signals,code", [
    ([signal.SIGTERM], 0),
    ([signal.SIGHUP], 0),
    ([signal.SIGSEGV], -signal.SIGSEGV),
    ([signal.SIGQUIT], -signal.SIGQUIT),
])
def test_the_terminal_is_itself_again_after(session, share, signals, code):
    session.start_helper()
    terminal = share(session.code)
    terminal.wait("Did you call Dev H. yourself? [y/N]")
    assert not terminal.is_as_before()
    for number in signals:
        terminal.process.send_signal(number)
    if code == -signal.SIGSEGV and terminal.finish() == 1:
        pytest.skip("the sanitizer keeps this signal for itself")
    assert terminal.finish() == code
    assert terminal.is_as_before()


def test_ctrl_c_ends_in_order(session, share):
    session.start_helper()
    terminal = share(session.code)
    terminal.wait("Did you call Dev H. yourself? [y/N]")
    terminal.type("\x03")
    assert terminal.finish() == 0
    assert terminal.is_as_before()


def test_five_tries_then_no_more(session, share):
    session.start_helper()
    terminal = share()
    for _ in range(5):
        terminal.type(mistyped(session.code) + "\n")
    assert terminal.finish() == 3
    assert not session.helper.drain(0.3) or not session.helper.seen("peer")


def test_where_nobody_can_be_asked_the_answer_is_no(session):
    import subprocess
    from tools import BUILD

    session.start_helper()
    done = subprocess.run(
        [str(BUILD / "tools" / "qa-share"), "--no-gui", "--relay", session.url, "--ca", str(session.relay.ca),
         session.code],
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
        env=environment(DISPLAY=session.display.name), timeout=60)
    assert "nobody can be asked here (no terminal), so the answer is no" in done.stderr
    assert session.helper.finish() == (7, "QA_EDENIED")


def test_yes_for_tests_is_said_loudly(session):
    session.start_helper()
    sharer = session.start_sharer("--yes-view", "--yes-control")
    session.helper.wait("frame")
    assert "WARNING: --yes-view and --yes-control are for tests only" in sharer.stderr


@pytest.mark.parametrize("columns", [60, 90])
def test_the_helper_shows_the_code(session, columns):
    terminal = Terminal("qa-help", "--relay", session.url, "--ca", session.relay.ca, "--token-file",
                        session.relay.token_file, "--headless", columns=columns)
    try:
        terminal.wait("Call the person you help")
        terminal.wait("They will see you as Dev H. from Development.")
        at = terminal.wait("Valid for 9 min")
        terminal.wait("Valid for 9 min", at)  # it counts
        assert ("█" in terminal.text) == (columns == 90)
        assert ("│" in terminal.text) == (columns == 60)
        terminal.type("\x03")
        assert terminal.finish() == 0
    finally:
        terminal.stop()


def test_script_errors_are_found_before_anything_starts(session, tmp_path):
    script = tmp_path / "script"
    script.write_text("move 1 2\nkey nosuchkey\n")
    tool = Tool("qa-help", ["--relay", session.url, "--ca", session.relay.ca, "--token-file",
                            session.relay.token_file, "--headless", "--json", "--input", script],
                tmp_path)
    assert tool.process.wait(timeout=30) == 2
    assert "line 2: 'nosuchkey' is not the name of a key" in tool.stderr
    assert not tool.drain(0.2)


def test_a_script_from_a_file_asks_types_saves_and_ends(session, tmp_path):
    typed, picture, script = tmp_path / "typed", tmp_path / "after.png", tmp_path / "script"
    session.display.xterm(f"cat > {typed}")
    script.write_text("# asks for control by itself\nwait-still\ntext one\nkey enter\nwait 300\n")
    session.start_helper("--input", script, "--snapshot", picture, "--end-after", "100")
    session.start_sharer("--yes-view")
    session.allow_control()
    assert session.helper.finish() == (0, None)
    assert session.sharer.finish() == (0, None)
    assert typed.read_text() == "one\n"
    assert picture.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert [p.name for p in tmp_path.iterdir() if "after.png." in p.name] == []


def test_a_script_that_is_refused_control_says_so(session, tmp_path):
    script = tmp_path / "script"
    script.write_text("wait-still 10\nkey a\n")
    session.start_helper("--input", script)
    session.start_sharer("--yes-view")
    session.sharer.wait("consent", permission="control")
    session.sharer.answer("deny")
    code, error = session.helper.finish()
    assert (code, error) == (7, None)
    assert "script line 2: the sharer did not allow control" in session.helper.stderr


NONSENSE = {
    "text": ("not json", "expected"),
    "command": ('{"input":"moove 1 2"}', "is not a command"),
    "two lines": ('{"input":"key a\\nkey b"}', "expected"),
    "no object": ("[" * 5000, "expected"),
    "deep object": ('{"a":' * 5000, "expected"),
    "too long": ("x" * 70000, "too long"),
}


@pytest.mark.parametrize("kind", NONSENSE)
def test_lines_that_make_no_sense_are_refused(session, tmp_path, kind):
    line, why = NONSENSE[kind]
    helper = Tool("qa-help", ["--relay", session.url, "--ca", session.relay.ca, "--token-file",
                              session.relay.token_file, "--headless", "--json"], tmp_path)
    session.tools.append(helper)
    helper.wait("code")
    helper.say(line)
    assert why in helper.wait("refused")["detail"]
    helper.command("end")
    assert helper.finish() == (11, None)
