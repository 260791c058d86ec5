"""qa-share --check says what sharing needs and whether it is there."""

import json
import re
import subprocess

import pytest
from tools import BUILD, environment
from xserver import XServer


def check(*arguments, **env):
    done = subprocess.run([str(BUILD / "tools" / "qa-share"), "--check", *map(str, arguments)],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          env=environment(**env))
    return done.returncode, done.stdout


def events(output):
    found = [json.loads(line) for line in output.splitlines()]
    assert found[-1]["event"] == "end"
    return {event["what"] + ("/" + event["name"] if event["what"] == "extension" else ""): event
            for event in found[:-1]}


def test_all_is_there(relay, display):
    code, output = check("--json", "--relay", relay.url, "--ca", relay.ca, DISPLAY=display.name)
    found = events(output)
    assert code == 0
    wanted = {f"extension/{name}" for name in ("DAMAGE", "XFIXES", "XTEST", "XKEYBOARD", "MIT-SHM", "RANDR")}
    wanted |= {"display", "capture", "input", "clipboard", "worker", "policy", "relay"}
    assert all(found[name]["good"] for name in wanted)
    assert found["display"]["name"] == display.name
    assert found["capture"]["detail"] == "1024x768"
    assert "join" not in relay.log and "create" not in relay.log

    code, output = check("--relay", relay.url, "--ca", relay.ca, DISPLAY=display.name)
    assert code == 0 and output.endswith("All that sharing needs is there.\n")
    assert "good: The screen can be captured. (1024x768)\n" in output
    assert "MISSING" not in output


def test_the_example_says_the_same(relay, display):
    example = str(BUILD / "examples" / "check-sharing")
    done = subprocess.run([example, relay.url, str(relay.ca)], capture_output=True, text=True,
                          env=environment(DISPLAY=display.name))
    assert done.returncode == 0, done.stdout
    assert re.search(r"^good +capture +1024x768$", done.stdout, re.M)
    done = subprocess.run([example], capture_output=True, text=True, env=environment(DISPLAY=":4711"))
    assert done.returncode == 1
    assert done.stdout.endswith("Sharing would not work: the screen cannot be captured.\n")


def test_no_display_and_no_relay(tmp_path):
    code, output = check(DISPLAY=":4711", QASSIST_RELAY="localhost:1")
    assert code == 8
    assert "MISSING: The screen of this computer cannot be reached." in output
    assert "MISSING: The relay cannot be used. (wss://localhost:1:" in output.replace("\n", " ")
    assert output.endswith("Something that sharing needs is missing; see above.\n")


def test_only_the_relay_is_missing(display):
    code, output = check("--json", "--relay", "localhost:1", DISPLAY=display.name)
    assert code == 5
    found = events(output)
    assert not found["relay"]["good"] and found["relay"]["needed"]
    code, output = check("--json", DISPLAY=display.name)
    assert code == 0 and not events(output)["relay"]["needed"]


def test_a_worker_that_is_not_there(display, tmp_path):
    code, output = check("--json", DISPLAY=display.name, QASSIST_WORKER=str(tmp_path / "none"))
    assert code == 8 and not events(output)["worker"]["good"]
    code, output = check("--json", DISPLAY=display.name, QASSIST_WORKER="/bin/true")
    assert code == 8 and not events(output)["worker"]["good"]


def test_a_display_without_what_is_needed():
    server = XServer(extra=["-extension", "DAMAGE", "-extension", "XTEST", "-extension", "MIT-SHM"])
    try:
        code, output = check("--json", DISPLAY=server.name)
        found = events(output)
        assert code == 8
        assert found["extension/DAMAGE"]["needed"] and found["extension/XTEST"]["needed"]
        shared = found["extension/MIT-SHM"]
        assert not shared["good"] and not shared["needed"]
        assert not found["capture"]["good"] and not found["input"]["good"]
        assert found["worker"]["good"]
    finally:
        server.stop()


def test_wayland_is_told_plainly(display):
    code, output = check(DISPLAY=display.name, WAYLAND_DISPLAY="wayland-0")
    assert code == 8
    assert "This is a Wayland session, and qa-share shares X11 screens only." in output.replace("\n", " ")
    code, output = check("--display", display.name, WAYLAND_DISPLAY="wayland-0")
    assert code == 0


def test_in_french(display, french):
    code, output = check(DISPLAY=display.name, **french)
    assert code == 0
    assert "La capture de l’écran fonctionne. (1024x768)" in output
    assert output.endswith("Tout ce qu’il faut pour partager l’écran est là.\n")


@pytest.mark.parametrize("arguments", [["1234"], ["--gui", "qassist://relay.example"]])
def test_a_check_takes_no_code(arguments):
    done = subprocess.run([str(BUILD / "tools" / "qa-share"), "--check", *arguments],
                          capture_output=True, text=True, env=environment())
    assert done.returncode == 2 and "--check needs no code" in done.stderr
