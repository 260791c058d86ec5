"""A sign-in that is kept for the next start, because the helper asked for that, and nothing otherwise."""
import os
import stat
import time

import pytest
from issuer import Browser
from sign_in_fixture import needs_issuer
from tools import Tool

pytestmark = needs_issuer


@pytest.fixture(scope="module")
def relay(sign_in_relay):
    return sign_in_relay


class Home:
    """A home folder of a helper's own, and qa-help in it."""

    def __init__(self, relay, folder):
        self.relay, self.folder, self.tools = relay, folder, []
        self.path = folder / "home"
        self.path.mkdir()
        self.kept = self.path / ".local" / "state" / "qassist"

    def start(self, *arguments, **env):
        arguments = ["--relay", self.relay.url, "--ca", self.relay.ca, "--headless", "--json", *arguments]
        self.tools.append(Tool("qa-help", arguments, self.folder, HOME=str(self.path), **env))
        return self.tools[-1]

    def sign_in(self, *arguments, **env):
        """Signs in anew, until there is a code."""
        helper = self.start(*arguments, **env)
        sign_in(helper)
        return end(helper)

    def files(self):
        return [path for path in self.path.rglob("*") if not path.is_dir() or path.is_symlink()]

    def file(self):
        assert len(self.files()) == 1, self.files()
        return self.files()[0]


def sign_in(helper):
    event = helper.wait("sign-in")
    if "complete" in event:
        Browser().confirm_device(event["complete"])
    else:
        Browser().open(event["address"])
    helper.wait("signed-in")


def end(helper):
    helper.wait("code")
    helper.process.terminate()
    assert helper.finish()[0] == 0
    return helper


def is_still_signed_in(helper):
    seconds = helper.wait("sign-in-kept")["seconds_left"]
    assert 60 < seconds <= 8 * 3600
    end(helper)
    assert not helper.seen("sign-in") and not helper.seen("signed-in")


@pytest.fixture
def home(relay, tmp_path):
    home = Home(relay, tmp_path)
    yield home
    for tool in home.tools:
        tool.kill()


def test_nothing_is_kept_unasked(home):
    home.sign_in("--sign-in")
    assert home.files() == []


def test_kept_used_and_forgotten(home):
    first = home.sign_in("--sign-in", "--remember", "--verbose")
    assert home.file().parent == home.kept
    assert stat.S_IMODE(home.file().stat().st_mode) == 0o600 and stat.S_IMODE(home.kept.stat().st_mode) == 0o700
    words = home.file().read_text().split()
    assert words[:3] == ["qassist", "sign-in", "1"]
    assert time.time() < int(words[3]) <= time.time() + 8 * 3600 + 1
    second = home.start("--remember", "--verbose")
    is_still_signed_in(second)
    # Nobody who did not ask for it is signed in by it.
    assert home.start("--sign-in").wait("sign-in")["address"]
    # Of another issuer there is none.
    assert "no sign-ins of this issuer" in home.start("--remember", "--issuer", "https://x.example").wait("end")["detail"]
    (home.kept / (home.file().name + "a1B2c3")).write_text("half of one, of a start that was killed")
    (home.kept / "invitation").write_text("not a sign-in")
    out = home.start("--sign-out")
    assert out.wait("signed-out")["forgotten"] == 2 and out.finish() == (0, None)
    assert home.file().name == "invitation"
    out = home.start("--sign-out")
    assert out.wait("signed-out")["forgotten"] == 0 and out.finish() == (0, None)
    assert home.start("--remember").wait("sign-in")["address"]
    assert words[4] not in first.stderr + second.stderr + str(first.events) + str(second.events)


def test_another_device_and_another_folder(home, issuer):
    state = home.folder / "state"
    home.sign_in("--device", "--remember", "--issuer", issuer.address, XDG_STATE_HOME=str(state))
    assert home.files() == [] and len(list(state.rglob("sign-in@*"))) == 1
    is_still_signed_in(home.start("--device", "--remember", "--issuer", issuer.address, XDG_STATE_HOME=str(state)))
    out = home.start("--sign-out", "--issuer", "https://x.example", XDG_STATE_HOME=str(state))
    assert out.wait("signed-out")["forgotten"] == 0
    out = home.start("--sign-out", XDG_STATE_HOME=str(state))
    assert out.wait("signed-out")["forgotten"] == 1


def test_what_ended_or_is_refused_signs_in_anew(home):
    home.sign_in("--sign-in", "--remember")
    file = home.file()
    words = file.read_text().split()
    for wrong in [[*words[:3], str(int(time.time()) + 30), words[4]],  # has as good as ended
                  [*words[:3], "9" * 30, words[4]], words[:4], [*words, "more"], [*words[:4], "x" * 5000], []]:
        file.write_text(" ".join(wrong) + "\n")
        file.chmod(0o600)
        assert home.start("--remember").wait("sign-in")["address"]
        assert home.files() == []
    file.write_text(" ".join([*words[:4], "made-up"]) + "\n")
    file.chmod(0o600)
    helper = home.start("--remember")
    helper.wait("sign-in-kept")
    event = helper.wait("sign-in")
    assert home.files() == [] and not helper.seen("end")
    Browser().open(event["address"])
    helper.wait("signed-in")
    end(helper)
    assert home.file() == file and file.read_text().split()[4] not in ("made-up", words[4])
    is_still_signed_in(home.start("--remember"))


def test_a_file_that_others_reach_is_refused(home):
    home.sign_in("--sign-in", "--remember")
    file = home.file()
    text = file.read_text()

    def refused(words):
        helper = home.start("--remember")
        assert words in helper.wait("end")["detail"]
        assert helper.process.wait(60) == 2 and not helper.seen("sign-in") and text.split()[4] not in helper.stderr

    for mode in 0o640, 0o604:
        file.chmod(mode)
        refused("chmod 600")
    file.chmod(0o600)
    home.kept.chmod(0o750)
    refused("chmod 700")
    home.kept.chmod(0o700)
    if os.geteuid() == 0:
        os.chown(file, 12345, -1)
        refused("belongs to somebody else")
        os.chown(file, 0, -1)
    elsewhere = home.path / "elsewhere"
    file.rename(elsewhere)
    file.symlink_to(elsewhere)
    refused("not a plain file")
    file.unlink()
    os.mkfifo(file, 0o600)
    refused("not a plain file")
    file.unlink()
    elsewhere.rename(file)
    home.kept.rename(elsewhere)
    home.kept.symlink_to(elsewhere)
    refused("not a plain folder")
    home.kept.unlink()
    elsewhere.rename(home.kept)
    is_still_signed_in(home.start("--remember"))


def test_where_nothing_can_be_kept_helping_goes_on(home):
    assert "cannot keep a sign-in in /proc" in home.sign_in("--remember", XDG_STATE_HOME="/proc").stderr
    helper = home.start("--sign-out", "--remember")
    assert helper.process.wait(60) == 2 and "neither" in helper.stderr
