"""Signing in inside of qa-help's window: as a screen reader finds it, at a real issuer."""

import pytest
from accessible import Face
from desk import grab
from helper_face import needs_face
from issuer import Browser
from relay_fixture import start_relay
from sign_in_fixture import needs_issuer, write_settings
from test_sign_in_relay import run_helper
from tools import Tool, wait_until

pytestmark = [*needs_face, needs_issuer]


@pytest.fixture(scope="module")
def relay(sign_in_relay):
    return sign_in_relay


@pytest.fixture
def start(relay, desk, reader, tmp_path):
    tools = []

    def start(*arguments, **env):
        tools.append(Tool("qa-help", ["--relay", relay.url, "--ca", relay.ca, "--json", *arguments], tmp_path,
                          **{"DISPLAY": desk.name, "GDK_BACKEND": "x11", "GTK_A11Y": "atspi", "HOME": str(tmp_path),
                             **reader.environment(), **env}))
        return tools[-1], Face(reader, "qa-help")

    yield start
    for tool in tools:
        tool.kill()


def address(face):
    return face.wait("Address for signing in", "text box").text


def has_code(tool, face):
    code = tool.wait("code")["code"]
    face.wait("Call the person you help and read them this security code.")
    assert face.wait(code)


def test_in_the_browser(start, desk, tmp_path):
    tool, face = start("--sign-in")
    told = tool.wait("sign-in")["address"]
    face.wait("Sign in in your browser")
    assert address(face) == told
    assert not face.look("Try again", "button") and not face.look("End", "button")
    face.press("Copy address")
    face.wait("Copied", "button")
    face.button("Open in the browser")
    grab(desk).save(tmp_path / "browser.png")
    Browser().open(told)
    has_code(tool, face)
    # That window is like any other from here on.
    tool.process.terminate()
    assert tool.finish() == (0, None)


def test_on_another_device(start, desk, tmp_path):
    tool, face = start("--device")
    told = tool.wait("sign-in")
    face.wait(told["code"])
    assert address(face) == told["address"] and not face.look("Open in the browser", "button")
    grab(desk).save(tmp_path / "device.png")
    Browser().confirm_device(told["complete"])
    has_code(tool, face)


def test_an_error_and_another_try_and_none(start, issuer, desk, tmp_path):
    issuer.door("user", roles=[])
    try:
        tool, face = start("--sign-in")
        Browser().open(tool.wait("sign-in")["address"])
        assert tool.wait("end")["exit"] == 4
        face.wait("You are not signed in")
        face.wait("may not help")
        grab(desk).save(tmp_path / "failed.png")
    finally:
        issuer.door("user", roles=["helpers"])
    face.press("Try again")
    assert tool.wait("sign-in")["address"]
    face.wait("Sign in in your browser")
    face.press("Cancel")
    assert tool.finish() == (0, "QA_ECANCELED")


def test_kept_and_refused(start, tmp_path):
    tool, face = start("--remember")
    Browser().open(tool.wait("sign-in")["address"])
    has_code(tool, face)
    tool.process.terminate()
    assert tool.finish() == (0, None)
    [file] = tmp_path.rglob("sign-in@*")
    words = file.read_text().split()
    tool, face = start("--remember")
    tool.wait("sign-in-kept")
    has_code(tool, face)
    assert not tool.seen("sign-in")
    tool.process.terminate()
    assert tool.finish() == (0, None)
    file.write_text(" ".join([*words[:4], "made-up"]) + "\n")
    tool, face = start("--remember")
    told = tool.wait("sign-in")["address"]
    face.wait("Sign in in your browser")
    assert not tool.seen("end")
    wait_until(lambda: not file.exists(), "the refused one to go")
    Browser().open(told)
    has_code(tool, face)
    file.chmod(0o640)
    tool.process.terminate()
    assert tool.finish() == (0, None)
    tool, face = start("--remember")
    face.wait("chmod 600")
    file.chmod(0o600)
    face.press("Try again")
    has_code(tool, face)


def test_one_that_ended_meanwhile_is_asked_for_anew(start, issuer, tmp_path):
    relay = start_relay(tmp_path, issuers=write_settings(tmp_path, issuer))
    tool, face = start("--relay", relay.url, "--ca", relay.ca, "--sign-in")
    Browser().open(tool.wait("sign-in")["address"])
    has_code(tool, face)
    face.press("End")
    assert tool.wait("end")["error"] is None
    assert run_helper(relay, "block", issuer.address, "ada").returncode == 0
    face.press("New code")
    assert tool.wait("sign-in")["address"]
    face.wait("Sign in in your browser")
    assert len(tool.seen("end")) == 1
    tool.process.terminate()
    assert tool.finish() == (0, "QA_ECANCELED")
    assert relay.stop() == 0
