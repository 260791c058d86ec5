"""qa-relay's settings: the file, the environment, the command line, and what check-config says."""
import os
import pathlib
import random
import re
import subprocess

import pytest
from relay_fixture import QA_RELAY, start_relay

ROOT = pathlib.Path(__file__).resolve().parents[2]


def run(*arguments, **variables):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("QA_RELAY_")}
    return subprocess.run([QA_RELAY, *map(str, arguments)], capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL, env={**kept, **variables})


def check(*arguments, **variables):
    return run("check-config", *arguments, **variables)


def values(result):
    """--show's lines: name -> (value, where it is from)."""
    found = re.findall(r"^([a-z-]+) =(?: (.*?))?  ; (.*)$", result.stdout, re.M)
    assert len(found) == len(result.stdout.splitlines()), result.stdout
    return {name: (value, where) for name, value, where in found}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A certificate and a key, made by --dev."""
    folder = tmp_path_factory.mktemp("files")
    start_relay(folder).stop()
    return folder / "relay-state"


@pytest.fixture
def config(tmp_path, files):
    """Writes a configuration file around the lines given; returns its path."""
    path = tmp_path / "relay.ini"

    def write(lines):
        path.write_text(f"[relay]\ncert = {files}/dev-cert.pem\nkey = {files}/dev-key.pem\n{lines}")
        return path

    return write


# ---- the example ----

def test_the_example_is_what_the_table_says():
    example = (ROOT / "docs" / "relay.ini").read_text()
    assert check("--example").stdout == example, "run: qa-relay check-config --example > docs/relay.ini"


def test_the_examples_values_are_the_defaults(tmp_path):
    lines = (ROOT / "docs" / "relay.ini").read_text().splitlines()
    uncommented = [line.removeprefix("#") if re.match(r"#[a-z-]+ =", line) else line for line in lines]
    path = tmp_path / "all.ini"
    path.write_text("\n".join(uncommented))
    ours = values(check("--show", "--config", path))
    defaults = values(check("--show", "--config", "/dev/null"))
    assert {name: value for name, (value, _) in ours.items()} == {name: value for name, (value, _) in defaults.items()}
    assert all(where.startswith(f"{path}:") for _, where in ours.values())
    assert all(where == "default" for _, where in defaults.values())
    assert defaults["listen"][0] == "[::]:443" and defaults["code-lifetime"][0] == "600"


def test_every_setting_is_in_both_manuals():
    options = set(re.findall(r"^  --([a-z-]+)", run("--help").stdout, re.M))
    page = (ROOT / "docs" / "man" / "qa-relay.1").read_text()
    file_page = (ROOT / "docs" / "man" / "qa-relay.ini.5").read_text()
    named = set(re.findall(r"^\.It Fl \\-([a-z-]+)", page, re.M))
    assert not options - named - {"version"}
    settings = set(values(check("--show", "--config", "/dev/null")))
    assert settings == set(re.findall(r"^\.It Ic ([a-z-]+)", file_page, re.M))


# ---- what counts more ----

def test_command_line_over_environment_over_file(config):
    path = config("[limits]\njoins-per-minute = 11\ncreates-per-minute = 12\nrejoins-per-minute = 13\n"
                  "[log]\nverbose = yes ; for a day\n")
    got = values(check("--show", "--config", path, "--joins-per-minute", "31", "--verbose=no",
                       QA_RELAY_JOINS_PER_MINUTE="21", QA_RELAY_CREATES_PER_MINUTE="22"))
    assert got["joins-per-minute"] == ("31", "--joins-per-minute")
    assert got["creates-per-minute"] == ("22", "QA_RELAY_CREATES_PER_MINUTE")
    assert got["rejoins-per-minute"] == ("13", f"{path}:7")
    assert got["verbose"] == ("no", "--verbose")
    assert got["max-unasked"] == ("512", "default")
    assert values(check("--show", QA_RELAY_CONFIG=str(path)))["verbose"] == ("yes", f"{path}:9")


def test_a_relay_runs_by_its_file(tmp_path, config):
    path = config(f"listen = 127.0.0.1:0\nstate = {tmp_path}/state\n[sessions]\ncode-lifetime = 77\n")
    assert check("--config", path).stdout == f"{path}: all right\n"
    added = run("helper", "add", "Ada Lovelace", QA_RELAY_CONFIG=str(path))
    assert f"{tmp_path}/state/tokens/" in added.stdout, added
    process = subprocess.Popen([QA_RELAY, "--config", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert re.fullmatch(r"listening on wss://127\.0\.0\.1:\d+\n", process.stdout.readline())
    process.terminate()
    assert process.wait(20) == 0
    process.stdout.close()
    process.stderr.close()
    assert "Ada Lovelace" in run("helper", "list", "--state", tmp_path / "state").stdout


def test_what_the_guide_for_operators_says_is_right(tmp_path, files):
    text = (ROOT / "docs" / "operations.md").read_text()
    for name in "fullchain", "privkey":
        text = text.replace(f"/etc/qassist/{name}.pem", str(files / {"fullchain": "dev-cert.pem", "privkey": "dev-key.pem"}[name]))
    blocks = re.findall(r"```ini\n(.*?)```", text, re.S)
    assert blocks
    path = tmp_path / "relay.ini"
    for block in blocks:
        # The first is a whole file; others are additions to it.
        path.write_text(block if block == blocks[0] else blocks[0] + block)
        result = check("--config", path)
        assert result.returncode == 0, result


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can write into others' folders")
def test_root_leaves_the_service_users_folder_alone(tmp_path):
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    os.chown(state, 54321, 54321)
    for command in ["helper", "add", "Ada"], ["helper", "list"], ["sessions", "list"]:
        result = run(*command, "--state", state)
        assert result.returncode == 5 and "belongs to the user #54321" in result.stderr, result
    assert not list(state.iterdir())


def test_a_password_is_not_shown():
    shown = check("--show", "--config", "/dev/null", "--directory", "redis://relay:s3cr:t@h@127.0.0.1:6379/1")
    assert values(shown)["directory"][0] == "redis://relay:********@127.0.0.1:6379/1"


# ---- what is wrong ----

def test_every_wrong_line_is_named(config):
    path = config("cert = again\n"                        # 4
                  "nonsense\n"                            # 5
                  "joins-per-minute = 5\n"                # 6
                  "[limits]\n"
                  "joins-per-minute = many\n"             # 8
                  "creates-per-minute = -1\n"             # 9
                  "rejoin-per-minute = 4\n"               # 10
                  "[nowhere]\nanything = 1\n"             # 11
                  "[log]\nverbose = perhaps\ndev = yes\n"  # 14, 15
                  "[sessions]\nsession-lifetime = " + "9" * 300 + "\n"  # 17
                  "code-lifetime =\n"                     # 18
                  "[broken\n")                            # 19
    result = check("--config", path)
    assert result.returncode == 2 and not result.stdout
    found = re.findall(rf"^qa-relay: {path}:(\d+): (.*)$", result.stderr, re.M)
    expected = {4: "cert was set in line 2", 5: "NAME = VALUE", 6: "belongs below the line [limits]",
                8: "joins-per-minute wants a number from 0 to 1000000", 9: "creates-per-minute wants a number",
                10: "rejoin-per-minute is no setting", 11: "no such section", 14: "verbose wants yes or no",
                15: "on the command line only", 17: "too long", 18: "code-lifetime wants a number", 19: "NAME = VALUE"}
    assert [int(line) for line, _ in found] == list(expected)
    for line, words in found:
        assert expected[int(line)] in words
    assert f"{len(expected)} things are wrong" in result.stderr
    # The relay itself says the same and does not start.
    served = run("--config", path)
    assert served.returncode == 2 and set(served.stderr.splitlines()) < set(result.stderr.splitlines())


def test_what_is_named_but_cannot_be_used(tmp_path, config, files):
    path = config(f"issuers = {tmp_path}/none\nlisten = somewhere\norganisation = {'x' * 97}\n")
    result = check("--config", path)
    assert result.returncode == 2
    for line, words in [(4, "none cannot be read"), (5, "ADDRESS:PORT"), (6, "at most 96 bytes")]:
        assert re.search(rf"^qa-relay: {path}:{line}: .*{words}", result.stderr, re.M), result.stderr
    path.write_text("[relay]\ncert = /nowhere/cert\nkey = /nowhere/key\n")
    assert re.search(rf"{path}:2: cert: cannot read the certificate /nowhere/cert", check("--config", path).stderr)
    path.write_text(f"[relay]\ncert = {files}/dev-cert.pem\nkey = /nowhere/key\n")
    assert re.search(rf"{path}:3: key: cannot read the key /nowhere/key", check("--config", path).stderr)


def test_wrong_variables_and_files_that_are_none(tmp_path):
    for arguments, variables, words in [
            (["--dev"], {"QA_RELAY_CODE_LIFETIME": "long"}, "QA_RELAY_CODE_LIFETIME: code-lifetime wants a number"),
            (["--dev", "--code-lifetime", "long"], {}, "--code-lifetime: code-lifetime wants a number"),
            (["--config", tmp_path / "none"], {}, "No such file"),
            (["--config", tmp_path], {}, "Is a directory"),
            (["--config", "/dev/null"], {}, "needs a certificate")]:
        for command in [], ["check-config"]:
            result = run(*command, *arguments, "--state", tmp_path / "state", **variables)
            assert result.returncode == 2 and words in result.stderr, (command, arguments, result)
    noted = check("--dev", QA_RELAY_JOIN_PER_MINUTE="9")
    assert noted.returncode == 0 and "QA_RELAY_JOIN_PER_MINUTE is no setting" in noted.stderr


def test_garbage_is_refused_and_does_no_harm(tmp_path):
    dice = random.Random(5)
    path = tmp_path / "garbage.ini"
    pieces = [b"[relay]", b"=", b"listen", b"\n", b"\0", b"\xff", b"]", b"[", b";", b"#", b" ", b"\xef\xbb\xbf", b"x" * 250]
    for _ in range(30):
        path.write_bytes(b"".join(dice.choice(pieces) for _ in range(dice.randrange(200))))
        result = subprocess.run([QA_RELAY, "check-config", "--config", path], capture_output=True, timeout=60)
        assert result.returncode == 2, result
    path.write_bytes(b"\n" * 10000)
    assert "too long" in check("--config", path).stderr
    assert check(path).stderr == check("--config", path).stderr


def test_lists_of_balancers_are_checked(config):
    result = check("--config", config("[balancer]\nproxy-protocol = 10.0.0.0/33\nforwarded-for = somewhere\n"))
    assert result.returncode == 2
    for line, name in [(5, "proxy-protocol"), (6, "forwarded-for")]:
        assert re.search(rf":{line}: {name}.*not a list of at most 64 addresses", result.stderr), result.stderr
    assert check("--config", config("[balancer]\nproxy-protocol = 10.0.0.7, 2001:db8::/64\n")).returncode == 0
