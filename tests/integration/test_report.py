"""What protects people: the warning, "did you call them?", and reports that reach the service."""

import json
import os
import subprocess
import tempfile

import pytest
from relay_fixture import QA_RELAY
from terminal import Terminal
from tools import BUILD, environment, wait_until

WORDS = "They wanted my bank's \"code\" and hurried me."


def reports(session):
    done = subprocess.run([QA_RELAY, "sessions", "list", "--state", session.relay.state],
                          capture_output=True, text=True, check=True)
    return [json.loads(line)["report"] for line in done.stdout.splitlines()]


def expect_report(session, words):
    wait_until(lambda: words in reports(session), "the report at the service")


def report(words, **env):
    return subprocess.run([str(BUILD / "tools" / "qa-share"), "--report", words],
                          env=environment(**env), capture_output=True, text=True, timeout=60)


@pytest.fixture
def runtime():
    # Sockets have short names.
    with tempfile.TemporaryDirectory(prefix="qa") as folder:
        yield {"XDG_RUNTIME_DIR": folder}


def start_terminal(session, **env):
    return Terminal("qa-share", "--relay", session.url, "--ca", session.relay.ca, session.code,
                    DISPLAY=session.display.name, **env)


def test_programs_are_warned_before_anything_else(session):
    session.start_helper()
    session.start_sharer()
    session.sharer.wait("consent", permission="view")
    first = [e["event"] for e in session.sharer.events][0]
    assert first == "warning"
    assert "Share your screen only with somebody you called yourself" in session.sharer.events[0]["text"]


def test_did_you_call_them(session):
    session.start_helper()
    session.start_sharer("--ask-called")
    question = session.sharer.wait("consent")
    assert question["kind"] == "called" and question["permissions"] == []
    session.sharer.answer("allow")
    session.sharer.wait("consent", permission="view")
    session.sharer.answer("allow")
    session.helper.wait("frame")


def test_no_they_called_me(session):
    session.start_helper()
    session.start_sharer("--ask-called")
    session.sharer.wait("consent", kind="called")
    session.sharer.answer("deny")
    assert session.helper.finish() == (7, "QA_EDENIED")
    assert session.sharer.finish() == (0, None)
    assert not session.sharer.seen("consent", permission="view")
    assert not session.helper.seen("frame")


def test_no_in_the_terminal_offers_a_report(session):
    session.start_helper()
    terminal = start_terminal(session)
    try:
        at = terminal.wait("Did you call Dev H. yourself? [y/N]")
        terminal.type("\n")
        at = terminal.wait("Then hang up: honest helpers do not call you first.", at)
        at = terminal.wait("What happened?", at)
        terminal.type(WORDS + "\n")
        at = terminal.wait("You reported this session to localhost", at)
        assert terminal.finish() == 0
        assert session.helper.finish() == (0, None)  # the helper learns nothing of it
        expect_report(session, WORDS)
    finally:
        terminal.stop()


def test_no_without_a_report(session):
    session.start_helper()
    terminal = start_terminal(session)
    try:
        at = terminal.wait("Did you call Dev H. yourself? [y/N]")
        terminal.type("n\n")
        at = terminal.wait("What happened?", at)
        terminal.type("\n")
        terminal.wait("Then hang up. Dev H. sees nothing.", at)
        assert terminal.finish() == 0
        assert session.helper.finish() == (7, "QA_EDENIED")
        assert reports(session) == [None]
    finally:
        terminal.stop()


def test_a_report_by_key(session):
    session.start_helper()
    terminal = start_terminal(session)
    try:
        at = terminal.wait("Did you call Dev H. yourself? [y/N]")
        terminal.type("y\n")
        at = terminal.wait("Let Dev H. see your screen? [y/N]", at)
        terminal.type("y\n")
        at = terminal.wait("Dev H. sees your screen |", at)
        session.helper.wait("frame")
        terminal.type("r")
        at = terminal.wait("What happened?", at)
        terminal.type("\n")  # thought better of it
        at = terminal.wait("Dev H. sees your screen |", at)
        terminal.type("r")
        at = terminal.wait("What happened?", at)
        terminal.type(WORDS + "\n")
        terminal.wait("You reported this session to localhost", at)
        assert terminal.finish() == 0
        expect_report(session, WORDS)
    finally:
        terminal.stop()


def test_a_report_by_a_program(session):
    session.start_helper()
    session.start_sharer()
    session.sharer.wait("consent", permission="view")
    session.sharer.say(json.dumps({"report": " \n"}))
    session.sharer.wait("refused")
    session.sharer.say(json.dumps({"report": "x" * 1001}))
    session.sharer.wait("refused")
    session.sharer.say(json.dumps({"report": "one\ntwo\u202e\x1b"}))
    assert session.sharer.finish() == (0, None)
    expect_report(session, "one\ntwo")


def test_a_report_from_another_terminal(session, runtime):
    assert "no qa-share of yours is running" in report(WORDS, **runtime).stderr
    session.start_helper()
    session.sharer = session._start(
        "qa-share", ["--relay", session.url, "--ca", session.relay.ca, "--json", session.code],
        DISPLAY=session.display.name, **runtime)
    session.allow_view()
    door, = os.listdir(runtime["XDG_RUNTIME_DIR"] + "/qassist")
    assert os.stat(f"{runtime['XDG_RUNTIME_DIR']}/qassist/{door}").st_mode & 0o777 == 0o600
    assert report("  ", **runtime).returncode == 1
    assert session.sharer.process.poll() is None
    done = report(WORDS, **runtime)
    assert (done.returncode, done.stderr) == (0, "")
    assert "The session was reported and has ended" in done.stdout
    assert session.sharer.finish() == (0, None)
    expect_report(session, WORDS)
    assert os.listdir(runtime["XDG_RUNTIME_DIR"] + "/qassist") == []


def test_there_is_nothing_to_report_before_a_helper_is_there(session, runtime):
    session.sharer = session._start(
        "qa-share", ["--relay", session.url, "--ca", session.relay.ca, "--json"],
        DISPLAY=session.display.name, **runtime)
    wait_until(lambda: os.path.isdir(runtime["XDG_RUNTIME_DIR"] + "/qassist") and
               os.listdir(runtime["XDG_RUNTIME_DIR"] + "/qassist"), "the door")
    done = report(WORDS, **runtime)
    assert done.returncode == 1 and "no helper is in its session" in done.stderr


def test_a_dead_door_is_removed(session, runtime):
    session.start_helper()
    session.sharer = session._start(
        "qa-share", ["--relay", session.url, "--ca", session.relay.ca, "--json", session.code],
        DISPLAY=session.display.name, **runtime)
    session.allow_view()
    session.sharer.kill()
    assert "no qa-share of yours is running" in report(WORDS, **runtime).stderr
    assert os.listdir(runtime["XDG_RUNTIME_DIR"] + "/qassist") == []


def test_without_a_runtime_folder_it_says_so():
    done = report(WORDS)
    assert done.returncode == 1 and "XDG_RUNTIME_DIR is not set" in done.stderr
