"""qa-relay as the one sees it who runs it: --dev, accounts, exit codes, what it leaves on disk."""
import os
import re
import signal
import socket
import stat
import subprocess
import time

import pytest
from relay_client import Client, create, join
from relay_fixture import QA_RELAY, start_relay


def run(*arguments, timeout=60, **options):
    return subprocess.run([QA_RELAY, *map(str, arguments)], capture_output=True, text=True, timeout=timeout,
                          stdin=subprocess.DEVNULL, **options)


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def tree(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.fixture
def home(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    return home


def environment(home):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    return {**kept, "HOME": str(home)}


def start_dev(home, *arguments):
    """`qa-relay --dev` as a person starts it; the process and what it printed until it listens."""
    process = subprocess.Popen([QA_RELAY, "--dev", "--listen", "127.0.0.1:0", *arguments], env=environment(home),
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=home)
    lines = []
    while not lines or "Ctrl+C" not in lines[-1]:
        lines.append(process.stdout.readline())
        assert lines[-1], lines
    return process, "".join(lines)


def end(process):
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0
    process.stdout.close()


class Printed:
    """What a person would take from the lines that --dev prints."""

    def __init__(self, text):
        self.port = int(re.search(r"listening on wss://localhost:(\d+)\n", text)[1])
        helper = re.search(r"qa-help --relay wss://localhost:(\d+) --ca '(.+)' --token-file '(.+)'\n", text)
        sharer = re.search(r"qa-share --relay wss://localhost:(\d+) --ca '(.+)'\n", text)
        assert int(helper[1]) == int(sharer[1]) == self.port and helper[2] == sharer[2]
        self.ca, self.token_file = helper[2], helper[3]
        self.token = open(self.token_file).read().strip()


def test_dev_says_what_to_type_and_works(home):
    process, text = start_dev(home)
    printed = Printed(text)
    helper, created = create(printed)
    assert created["shown_name"] == "Dev H." and created["organisation"] == "Development"
    assert join(printed, created["route"]).receive_json()["type"] == "joined"
    assert printed.token not in text
    end(process)


def test_dev_writes_nothing_but_its_state(home):
    process, text = start_dev(home)
    end(process)
    state = home / ".local/state/qassist-relay"
    assert tree(home) == [".local", ".local/state", ".local/state/qassist-relay"] + [
        ".local/state/qassist-relay/" + name for name in
        ["ca.pem", "dev-cert.pem", "dev-helper.token", "dev-key.pem", "dev.lock", "helpers", "helpers.lock",
         "sessions.db", "ticket.key", "ticket.lock"]]
    assert mode(state) == 0o700
    for path in state.iterdir():
        assert mode(path) == 0o600, path


def test_dev_takes_the_same_again(home):
    process, text = start_dev(home)
    first = Printed(text)
    end(process)
    state = home / ".local/state/qassist-relay"
    before = {path: path.read_bytes() for path in state.iterdir()}
    process, text = start_dev(home)
    second = Printed(text)
    # While it runs, the records of sessions have a log beside them.
    assert {path: path.read_bytes() for path in state.iterdir() if path in before} == before
    assert second.token == first.token
    create(second)
    end(process)
    listed = run("helper", "list", env=environment(home)).stdout
    assert listed.count("Dev Helper") == 1


def test_dev_repairs_what_is_damaged(home):
    process, text = start_dev(home)
    end(process)
    state = home / ".local/state/qassist-relay"
    (state / "dev-key.pem").write_text("nonsense")
    (state / "dev-helper.token").unlink()
    process, text = start_dev(home)
    create(Printed(text))
    end(process)


def test_dev_with_a_relative_state_directory(home):
    process, text = start_dev(home, "--state", "here")
    printed = Printed(text)
    assert printed.ca == str(home / "here" / "ca.pem")
    end(process)


def test_xdg_state_home(home):
    assert run("helper", "list", env={**environment(home), "XDG_STATE_HOME": str(home / "s")}).returncode == 0
    assert tree(home) == ["s", "s/qassist-relay"]


# ---- accounts ----

def test_accounts(tmp_path):
    state = tmp_path / "state"
    added = run("helper", "add", "Ada Lovelace", "--state", state)
    assert added.returncode == 0
    token_file = re.search(r"is in (.+)\n", added.stdout)[1]
    token = open(token_file).read().strip()
    assert token.startswith("qa1.") and token not in added.stdout + added.stderr
    assert mode(token_file) == 0o600 and mode(state) == 0o700 and mode(state / "helpers") == 0o600
    assert token not in (state / "helpers").read_text()
    assert "$argon2id$" in (state / "helpers").read_text()

    other = tmp_path / "grace.token"
    assert run("helper", "add", "Grace Hopper", "--state", state, "--token-file", other).returncode == 0
    assert mode(other) == 0o600
    printed = run("helper", "add", "Print Me", "--state", state, "--print-token")
    assert re.fullmatch(r"qa1\.[0-9a-f]{16}\.[A-Za-z0-9_-]{43}\n", printed.stdout)

    listed = run("helper", "list", "--state", state).stdout.splitlines()
    assert len(listed) == 3 and listed[0].endswith("  Ada Lovelace")
    identity = listed[0].split()[0]
    assert run("helper", "remove", identity, "--state", state).returncode == 0
    assert run("helper", "remove", identity, "--state", state).returncode == 2
    assert run("helper", "remove", "Grace Hopper", "--state", state).returncode == 0
    assert len(run("helper", "list", "--state", state).stdout.splitlines()) == 1


def test_accounts_that_cannot_be(tmp_path):
    state = tmp_path / "state"
    for name in ["", "x" * 97, "a\nb", "a\u202eb"]:
        result = run("helper", "add", name, "--state", state)
        assert result.returncode == 2 and "name" in result.stderr
    run("helper", "add", "Twice", "--state", state)
    run("helper", "add", "Twice", "--state", state)
    result = run("helper", "remove", "Twice", "--state", state)
    assert result.returncode == 2 and "id" in result.stderr
    (state / "helpers").write_text("nonsense\n")
    assert run("helper", "list", "--state", state).returncode == 5
    # A damaged file is not written over.
    assert run("helper", "add", "Somebody", "--state", state).returncode == 5
    assert (state / "helpers").read_text() == "nonsense\n"


# ---- what can be wrong ----

@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Certificate and key of a first --dev start, and another key."""
    folders = []
    for _ in range(2):
        folder = tmp_path_factory.mktemp("files")
        start_relay(folder).stop()
        folders.append(folder / "relay-state")
    return {"cert": folders[0] / "dev-cert.pem", "key": folders[0] / "dev-key.pem",
            "other_key": folders[1] / "dev-key.pem"}


def test_a_relay_of_its_own(tmp_path, files):
    state = tmp_path / "state"
    token = run("helper", "add", "Ada Lovelace", "--state", state, "--print-token").stdout.strip()
    process = subprocess.Popen([QA_RELAY, "serve", "--cert", files["cert"], "--key", files["key"], "--state", state,
                                "--listen", "127.0.0.1:0", "--organisation", "Ärzte & Söhne"],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    line = process.stdout.readline()
    port = int(re.fullmatch(r"listening on wss://127\.0\.0\.1:(\d+)\n", line)[1])

    class Address:
        ca = files["cert"].parent / "ca.pem"

    Address.port, Address.token = port, token
    assert create(Address)[1]["organisation"] == "Ärzte & Söhne"
    end(process)


def test_bad_command_lines(tmp_path, files):
    good = ["--cert", files["cert"], "--key", files["key"], "--state", tmp_path / "state"]
    for arguments in [["--nonsense"], ["nonsense"], [], ["--dev", "extra"], ["--dev", "--cert", "x"],
                      ["--dev", "--code-lifetime", "0"], ["--dev", "--code-lifetime", "ten"],
                      ["--dev", "--joins-per-minute", "-1"], ["--dev", "--ready-fd", "1"],
                      [*good, "--listen", "nowhere"], [*good, "--listen", "127.0.0.1:99999"],
                      [*good, "--listen", "::1:443"], [*good, "--listen", "127.0.0.1:0", "--organisation", "a\nb"],
                      ["helper"], ["helper", "add"], ["helper", "add", "two", "words"], ["helper", "nonsense"]]:
        result = run(*arguments, "--state", tmp_path / "state")
        assert result.returncode == 2, (arguments, result)
        assert result.stderr.startswith("qa-relay: "), (arguments, result)
        assert result.stdout == ""


def test_port_in_use(tmp_path, files):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = run("--cert", files["cert"], "--key", files["key"], "--state", tmp_path, "--listen",
                     f"127.0.0.1:{port}")
    assert result.returncode == 3
    assert f"127.0.0.1:{port}" in result.stderr and "another program" in result.stderr


def test_address_of_another_machine(tmp_path, files):
    result = run("--cert", files["cert"], "--key", files["key"], "--state", tmp_path, "--listen", "192.0.2.1:0")
    assert result.returncode == 3


def test_certificate_and_key(tmp_path, files):
    nonsense = tmp_path / "nonsense"
    nonsense.write_text("nonsense")
    for cert, key, words in [(files["cert"], files["other_key"], "is not the one of the certificate"),
                             (nonsense, files["key"], "no PEM certificate"), (files["cert"], nonsense, "no PEM key"),
                             (tmp_path / "none", files["key"], "No such file"),
                             (files["cert"], tmp_path / "none", "No such file")]:
        result = run("--cert", cert, "--key", key, "--state", tmp_path, "--listen", "127.0.0.1:0")
        assert result.returncode == 4, result
        assert words in result.stderr


def test_state_directory(tmp_path, files):
    taken = tmp_path / "file"
    taken.write_text("")
    for state in [taken, taken / "below", "/proc/nowhere/state"]:
        result = run("--dev", "--state", state, "--listen", "127.0.0.1:0")
        assert result.returncode == 5, result
        assert "state directory" in result.stderr and "--state" in result.stderr
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    (damaged / "helpers").write_text("nonsense")
    result = run("--cert", files["cert"], "--key", files["key"], "--state", damaged, "--listen", "127.0.0.1:0")
    assert result.returncode == 5, result


def test_version_and_help():
    assert re.fullmatch(r"qa-relay \d+\.\d+\.\d+\n", run("--version").stdout)
    for arguments in [["--help"], ["helper", "--help"], ["serve", "--help"]]:
        result = run(*arguments)
        assert result.returncode == 0 and result.stdout.startswith("Usage:") and not result.stderr


def test_accounts_that_become_unreadable(tmp_path):
    relay = start_relay(tmp_path)
    (relay.state / "helpers").write_text("nonsense")
    client = Client(relay)
    client.send_json(type="create", version=1, token=relay.token)
    client.expect_error("EAUTH")
    assert relay.stop() == 0


def test_a_second_signal_ends_it_at_once(tmp_path):
    relay = start_relay(tmp_path)
    helper, _ = create(relay)
    relay.process.send_signal(signal.SIGTERM)
    time.sleep(0.2)
    started = time.monotonic()
    assert relay.stop() == 0
    assert time.monotonic() - started < 10
