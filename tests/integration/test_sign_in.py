"""Helpers sign in at a real issuer: in a browser, on another device; what else comes to their port."""
import subprocess
import urllib.error
import urllib.parse

import pytest
from issuer import Browser, Issuer
from relay_client import join
from relay_fixture import start_relay
from sign_in_fixture import needs_issuer, write_settings
from test_policy import write_policy
from test_sign_in_relay import nonce, sign_in, start_helping
from tools import BUILD, Session, Tool, environment

pytestmark = needs_issuer


@pytest.fixture(scope="module")
def relay(sign_in_relay):
    return sign_in_relay


@pytest.fixture
def start(relay, tmp_path):
    tools = []

    def start(*arguments):
        tools.append(Tool("qa-help", ["--relay", relay.url, "--ca", relay.ca, "--headless", "--json", *arguments],
                          tmp_path))
        return tools[-1]

    yield start
    for tool in tools:
        tool.kill()


def test_in_the_browser_and_a_whole_session(relay, issuer, display, tmp_path):
    session = Session(relay, display, tmp_path)
    try:
        session.helper = session._start("qa-help", ["--relay", relay.url, "--ca", relay.ca, "--sign-in", "--headless",
                                                    "--json-frames"])
        address = session.helper.wait("sign-in")["address"]
        assert address.startswith(issuer.address) and "code_challenge_method=S256" in address
        page = Browser().open(address)[1]
        assert "Back to qassist" in page
        signed = session.helper.wait("signed-in")
        assert signed["shown_name"] == "Ada L." and signed["organisation"] == "Ärzte & Söhne"
        session.code = session.helper.wait("code")["code"]
        session.start_sharer()
        asking = session.sharer.wait("helper")
        assert asking["shown_name"] == "Ada L." and asking["organisation"] == "Ärzte & Söhne"
        session.sharer.wait("consent", permission="view")
        session.sharer.answer("allow")
        session.helper.wait("frame")
        session.helper.command("end")
        assert session.helper.finish()[0] == 0
        assert "Lovelace" not in session.sharer.stderr + str(session.sharer.drain())
    finally:
        session.stop()


def test_the_example_signs_in_and_helps(relay, issuer, display, tmp_path):
    session = Session(relay, display, tmp_path)
    example = subprocess.Popen([BUILD / "examples" / "sign-in-helper", relay.url, relay.ca], text=True,
                               stdout=subprocess.PIPE, env=environment())
    try:
        Browser().open(example.stdout.readline().removeprefix("Open this in your browser: ").strip())
        code = example.stdout.readline().removeprefix("Tell the sharer: ").strip()
        assert example.stdout.readline() == "It will read: Ada L., Ärzte & Söhne\n"
        session.start_sharer("--yes-view", "--no-banner", code=code)
        assert session.sharer.finish() == (0, None)
        assert example.wait(timeout=60) == 0
    finally:
        example.kill()
        session.stop()


def test_on_another_device(issuer, relay, start):
    helper = start("--device")
    event = helper.wait("sign-in")
    assert event["code"] and event["address"].startswith(issuer.address)
    Browser().confirm_device(event["complete"])
    assert helper.wait("signed-in")["shown_name"] == "Ada L."
    code = helper.wait("code")["code"].replace(" ", "")
    assert join(relay, code[:5]).receive_json()["type"] == "joined"


def parts(address):
    query = urllib.parse.parse_qs(urllib.parse.urlparse(address).query)
    return query["redirect_uri"][0], query["state"][0]


def test_what_else_comes_to_the_port(start):
    helper = start("--sign-in")
    address = helper.wait("sign-in")["address"]
    port, state = parts(address)
    browser = Browser()
    for query in ["", "?", "?code=stolen", "?code=stolen&state=", "?code=stolen&state=" + "x" * len(state),
                  f"?state={state}&state={state}&code=1", f"?code=1&state={state[:-1]}", f"x?code=1&state={state}"]:
        with pytest.raises(urllib.error.HTTPError) as refused:
            browser.open(port + query)
        assert refused.value.code == 404
    # All of that had no effect.
    assert "Back to qassist" in browser.open(address)[1]
    helper.wait("signed-in")


def test_the_issuer_says_no(start):
    helper = start("--sign-in")
    port, state = parts(helper.wait("sign-in")["address"])
    assert "Back to qassist" in Browser().open(f"{port}?error=access_denied&state={state}")[1]
    end = helper.wait("end")
    assert end["error"] == "QA_EAUTH" and end["exit"] == 4


def test_a_code_that_the_issuer_did_not_give(start):
    helper = start("--sign-in")
    port, state = parts(helper.wait("sign-in")["address"])
    Browser().open(f"{port}?code=made-up&state={state}")
    end = helper.wait("end")
    assert end["error"] == "QA_EAUTH" and "invalid_grant" in end["detail"]


def test_somebody_who_may_not_help(issuer, start):
    issuer.door("user", roles=[])
    try:
        helper = start("--sign-in")
        Browser().open(helper.wait("sign-in")["address"])
        end = helper.wait("end")
        assert end["error"] == "QA_EAUTH" and "may not help" in end["detail"] and end["exit"] == 4
    finally:
        issuer.door("user", roles=["helpers"])


def test_where_the_relay_takes_none(start, issuer, tmp_path):
    helper = start("--issuer", "https://elsewhere.example")
    assert "no sign-ins of this issuer" in helper.wait("end")["detail"]
    plain = start_relay(tmp_path)
    helper = Tool("qa-help", ["--relay", plain.url, "--ca", plain.ca, "--headless", "--json", "--sign-in"], tmp_path)
    assert "takes no sign-ins" in helper.wait("end")["detail"]
    plain.stop()
    folder = tmp_path / "browser-only"
    folder.mkdir()
    plain = start_relay(folder, issuers=write_settings(folder, issuer))
    helper = Tool("qa-help", ["--relay", plain.url, "--ca", plain.ca, "--headless", "--json", "--device"], folder)
    assert "in a browser here" in helper.wait("end")["detail"]
    plain.stop()


def test_an_issuer_with_authorities_of_its_own(start, tmp_path):
    """Relay and helper trust for the issuer whom they are told to, and nobody else."""
    (tmp_path / "other").mkdir()
    other = start_relay(tmp_path / "other")  # for the authority and the certificate that it makes
    assert other.stop() == 0
    issuer = Issuer(other.cert, other.key, other.ca)
    assert issuer.address.startswith("https://localhost:")
    relay = start_relay(tmp_path, issuers=write_settings(tmp_path, issuer, f"ca-file = {other.ca}\n"))
    helper = start("--relay", relay.url, "--ca", relay.ca, "--issuer-ca", other.ca, "--sign-in")
    assert "Back to qassist" in Browser(other.ca).open(helper.wait("sign-in")["address"])[1]
    assert helper.wait("signed-in")["shown_name"] == "Ada L."
    helper.wait("code")
    # That the relay's own authority is trusted does not make it one for issuers, nor the other way round.
    for trust in ["--ca", relay.ca], ["--ca", relay.ca, "--issuer-ca", relay.ca]:
        end = start("--relay", relay.url, *trust, "--sign-in").wait("end")
        assert end["error"] == "QA_ETRUST" and issuer.address in end["detail"], end
    assert relay.stop() == 0
    relay = start_relay(tmp_path, issuers=write_settings(tmp_path, issuer))
    answer = sign_in(relay, issuer.token(nonce(relay)))
    assert answer["error"] == "ELIMIT" and "cannot reach the issuer" in answer["detail"]
    assert "event=issuer_keys result=QA_ETRUST" in relay.log
    assert relay.stop() == 0
    issuer.stop()


def test_refresh_and_sign_out(relay):
    process = subprocess.Popen([BUILD / "tests" / "integration" / "sign-in-calls", relay.url, relay.ca],
                               stdout=subprocess.PIPE, text=True, env=environment())
    address = process.stdout.readline().split()[1]
    Browser().open(address)
    first, second = process.stdout.readline().split(), process.stdout.readline().split()
    assert first[0] == second[0] == "token" and first[2] == second[2] == "can_refresh=1"
    assert process.stdout.readline() == "end QA_OK signed out\n"
    assert process.wait(60) == 0
    process.stdout.close()
    assert start_helping(relay, first[1])[1]["type"] == "created"
    assert "ended" in start_helping(relay, second[1])[1]["detail"]


def test_rules_that_came_meanwhile_are_told(relay, start, tmp_path):
    policy = write_policy(tmp_path, f"relay = {relay.url}")
    helper = start("--sign-in", "--policy", policy)
    address = helper.wait("sign-in")["address"]
    write_policy(tmp_path, "remote-help = no")
    Browser().open(address)
    end = helper.wait("end")
    assert end["error"] == "QA_EPOLICY" and "does not allow remote help on this computer" in end["detail"]
