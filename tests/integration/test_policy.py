"""An organisation's rules on a device: what they forbid does not happen, and people read why."""

import shutil
import socket
import subprocess

import pytest
from terminal import Terminal
from tools import BUILD, Tool, environment

CODE = "1234 5678 9018"  # its check digit is right


def write_policy(folder, *lines, name="policy.ini", mode=0o644):
    path = folder / name
    path.write_text("\n".join(["[policy]", *lines, ""]))
    path.chmod(mode)
    return path


def run_tool(name, *arguments, prefix=(), **env):
    """A tool that must not even begin: its exit code and what people read."""
    done = subprocess.run([*prefix, str(BUILD / "tools" / name), *map(str, arguments)], stdin=subprocess.DEVNULL,
                          env=environment(DISPLAY=":1", **env), capture_output=True, text=True, timeout=60)
    return done.returncode, done.stderr


@pytest.fixture
def nobody():
    """A port that must not be called, and an address for it."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)
    yield f"wss://localhost:{listener.getsockname()[1]}"
    with pytest.raises(BlockingIOError):
        listener.accept()
    listener.close()


def commands(address, *policy):
    """Each role, in a way that asks nobody for anything."""
    return [("qa-share", "--no-gui", "--relay", address, *policy, CODE),
            ("qa-help", "--headless", "--relay", address, "--token-file", "/nonexistent", *policy),
            ("qa-help", "--sign-in", "--relay", address, *policy)]


def test_no_remote_help_at_all(tmp_path, nobody, french):
    policy = write_policy(tmp_path, "remote-help = no", "contact = the service desk, telephone 1234")
    for command in commands(nobody, "--policy", policy):
        code, words = run_tool(*command)
        assert code == 12
        assert ("your organisation does not allow remote help on this computer; ask the service desk, "
                "telephone 1234. Nothing") in words
    assert "Les règles d’une organisation ne le permettent pas" in run_tool(
        *commands(nobody, "--policy", policy)[0], **french)[1].replace("qa-share: les", "Les")
    sharer = Tool("qa-share", ["--json", "--relay", nobody, "--policy", policy, CODE], tmp_path, DISPLAY=":1")
    assert sharer.finish() == (12, "QA_EPOLICY")


def test_only_these_relays(tmp_path, nobody):
    policy = write_policy(tmp_path, "relay = wss://relay.example", "relay = wss://two.example:8443")
    for command in commands(nobody, "--policy", policy):
        code, words = run_tool(*command)
        assert code == 12
        assert f"does not allow the relay {nobody[6:]}, only relay.example:443 or two.example:8443" in words


def test_a_check_obeys_them_too(tmp_path, nobody, display):
    policy = write_policy(tmp_path, "relay = wss://relay.example")
    sharer = Tool("qa-share", ["--json", "--check", "--relay", nobody, "--policy", policy], tmp_path,
                  DISPLAY=display.name)
    assert "only relay.example:443" in sharer.wait("check", what="policy", good=False, needed=True)["detail"]
    assert sharer.finish() == (12, "QA_EPOLICY")
    assert not sharer.seen("check", what="relay")


def test_a_policy_that_is_wrong_allows_nothing(tmp_path, nobody):
    for policy, why in ((write_policy(tmp_path, "control = yes", mode=0o666), "others than its owner may change it"),
                        (write_policy(tmp_path, "kontrol = no", name="misspelt.ini"), "line 2: this name is not known"),
                        (tmp_path / "missing.ini", "No such file")):
        for command in commands(nobody, "--policy", policy)[:2]:
            code, words = run_tool(*command)
            assert code == 12
            assert "nothing is allowed; tell whoever looks after it" in words and why in words


def test_only_these_organisations(session, tmp_path):
    relay = f"relay = {session.url}"
    elsewhere = write_policy(tmp_path, relay, "organisation = Example Ltd")
    # Whoever helps from here has to be one of them.
    helper = session._start("qa-help", ["--relay", session.url, "--ca", session.relay.ca, "--token-file",
                                        session.relay.token_file, "--headless", "--json", "--policy", elsewhere])
    assert helper.finish() == (12, "QA_EPOLICY")
    assert not helper.seen("code")
    assert "as somebody from Development, only from Example Ltd" in helper.events[-1]["detail"]
    # Whoever is helped here is not even asked, and both read why.
    session.start_helper()
    session.start_sharer("--policy", elsewhere)
    assert session.sharer.finish() == (12, "QA_EPOLICY")
    assert "does not allow help from Development, only from Example Ltd" in session.sharer.events[-1]["detail"]
    assert not session.sharer.seen("consent") and not session.sharer.seen("helper")
    assert session.helper.finish() == (12, "QA_EPOLICY")


def test_the_sharers_side_without_control_and_clipboard(session, tmp_path):
    policy = write_policy(tmp_path, f"relay = {session.url}", "organisation = Development", "control = no",
                          "clipboard = no")
    session.start_helper()
    terminal = Terminal("qa-share", "--relay", session.url, "--ca", session.relay.ca, "--policy", policy,
                        session.code, DISPLAY=session.display.name)
    try:
        at = terminal.wait("Did you call Dev H. yourself? [y/N]")
        terminal.type("y\n")
        at = terminal.wait("Let Dev H. see your screen? [y/N]", at)
        terminal.type("y\n")
        terminal.wait("Your organisation does not allow Dev H. to control your mouse and keyboard, or to use "
                      "your clipboard.", at)
        session.helper.script("request control,clipboard-to-sharer,clipboard-to-helper,point")
        refused = session.helper.wait("not-allowed", reason="QA_EPOLICY")
        assert refused["permissions"] == ["control", "clipboard-to-sharer", "clipboard-to-helper"]
        assert refused["wait_seconds"] is None
        terminal.wait("Let Dev H. show a pointer on your screen? [y/N]", at)
        terminal.type("y\n")
        session.helper.wait("permissions", permissions=["view", "point"])
        session.helper.script("end")
        session.helper.finish()
        assert "control your mouse and keyboard? " not in terminal.text
        assert terminal.finish() == 0
    finally:
        terminal.stop()


def test_the_helpers_side_without_control_and_clipboard(session, tmp_path):
    session.start_helper("--policy", write_policy(tmp_path, "control = no", "clipboard = no"))
    session.start_sharer()
    session.allow_view()
    for word in ("request control", "request clipboard-to-sharer", "key a"):
        session.helper.script(word)
        assert "an organisation's rules do not allow this" in session.helper.wait("refused")["detail"]
    session.helper.script("request point,control")
    session.sharer.wait("consent", permission="point", permissions=["point"])


def may_mount():
    return shutil.which("unshare") and not subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "true"], capture_output=True).returncode


@pytest.mark.skipif(not may_mount(), reason="no namespaces here in which /etc could be another one")
def test_nobody_gets_round_the_systems_policy(tmp_path, nobody):
    etc = tmp_path / "etc"
    etc.mkdir()
    (etc / "qassist").mkdir(mode=0o755)
    write_policy(etc / "qassist", "remote-help = no")
    mine = write_policy(tmp_path, "remote-help = yes")
    # Nothing but this folder and what programs need of the real one.
    inside = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c",
              f"cp -a /etc/ld.so.cache /etc/ssl {etc} 2>/dev/null; mount --bind {etc} /etc && exec \"$@\"", "sh"]
    for policy in ((), ("--policy", mine)):
        for command in commands(nobody, *policy)[:2]:
            code, words = run_tool(*command, prefix=inside, QASSIST_POLICY=str(mine))
            assert code == 12, words
            assert "your organisation does not allow remote help on this computer" in words
