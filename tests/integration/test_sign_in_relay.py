"""What the relay makes of sign-ins: tokens of a real issuer, and those of hostile helpers."""
import subprocess
import time

import pytest
from issuer import Issuer
from relay_client import Client, join
from relay_fixture import QA_RELAY, start_relay
from sign_in_fixture import needs_issuer, write_settings

pytestmark = needs_issuer


@pytest.fixture(scope="module")
def relay(issuer, tmp_path_factory):
    folder = tmp_path_factory.mktemp("relay")
    relay = start_relay(folder, issuers=write_settings(folder, issuer), creates_per_minute=10000,
                        joins_per_minute=1000)
    yield relay
    assert relay.stop() == 0
    assert "Ada" not in relay.log and "eyJ" not in relay.log and "qa2." not in relay.log


def ask(relay, **message):
    client = Client(relay)
    client.send_json(version=1, **message)
    answer = client.receive_json()
    client.receive_close()
    return answer


def nonce(relay):
    return ask(relay, type="sign_in")["nonce"]


def sign_in(relay, token):
    return ask(relay, type="sign_in", id_token=token)


def refused(relay, token, *words):
    answer = sign_in(relay, token)
    assert answer["type"] == "error" and answer["error"] == "EAUTH", answer
    for word in words:
        assert word in answer["detail"], answer
    return answer


def signed_in(relay, issuer, **changes):
    answer = sign_in(relay, issuer.token(nonce(relay), **changes))
    assert answer["type"] == "signed_in", answer
    return answer


def test_it_says_how(relay, issuer):
    answer = ask(relay, type="sign_in")
    assert answer.pop("nonce") != ask(relay, type="sign_in")["nonce"]
    assert answer == {"type": "sign_in_with", "issuers": [
        {"issuer": issuer.address, "client_id": "qassist", "scope": "openid profile",
         "organisation": "Ärzte & Söhne"}]}


def test_a_signed_in_helper_helps_and_the_sharer_sees_two_names(relay, issuer):
    answer = signed_in(relay, issuer, sub="somebody-7", email="ada@example.com")
    assert answer["shown_name"] == "Ada L." and answer["organisation"] == "Ärzte & Söhne"
    assert answer["expires_s"] == 3600 and answer["token"].startswith("qa2.") and answer["account"].startswith("o")
    helper = Client(relay)
    helper.send_json(type="create", version=1, token=answer["token"])
    created = helper.receive_json()
    assert created["shown_name"] == "Ada L." and created["organisation"] == "Ärzte & Söhne"
    joined = join(relay, created["route"]).receive_json()
    assert set(joined) == {"type", "sid", "shown_name", "organisation", "ticket"}
    assert joined["shown_name"] == "Ada L." and joined["organisation"] == "Ärzte & Söhne"
    assert "Lovelace" not in str(joined) and "somebody" not in str(joined)


@pytest.mark.parametrize("key,header", [("rsa", {"alg": "PS256"}), ("ec", {}), ("rsa", {"typ": None, "kid": "rsa-1"})])
def test_kinds_of_signatures(relay, issuer, key, header):
    header = {name: value for name, value in header.items() if value}
    # PS256 with a key that says it is for RS256 only is refused: the key decides.
    token = issuer.token(nonce(relay), key=key, header=header)
    if header.get("alg") == "PS256":
        refused(relay, token, "not signed in a way")
    else:
        assert sign_in(relay, token)["type"] == "signed_in"


def test_tokens_that_are_forged(relay, issuer):
    fresh = lambda **changes: issuer.token(nonce(relay), **changes)
    refused(relay, fresh(how="none"), "not signed in a way")
    refused(relay, fresh(header={"alg": "None"}), "not signed in a way")
    refused(relay, fresh(how="hmac"), "not signed in a way")
    refused(relay, fresh(how="AAAA"), "wrong signature")
    refused(relay, fresh(key="stranger"), "wrong signature")
    refused(relay, fresh(key="ec", header={"kid": "rsa-1"}), "not signed in a way")
    refused(relay, fresh(header={"kid": "never-seen"}), "key that its issuer does not have")
    refused(relay, fresh(header={"crit": ["exp"]}), "not understood")
    refused(relay, fresh(header={"typ": "at+jwt"}), "not understood")
    whole = fresh()
    head, claims, signature = whole.split(".")
    other = fresh(roles=["helpers"], sub="chief")
    refused(relay, ".".join([head, other.split(".")[1], signature]), "wrong signature")
    for broken in [whole[:-4], whole + ".", head, "a.b.c", "..", whole.replace(".", "..", 1), "x" * 7168]:
        refused(relay, broken)
    assert sign_in(relay, whole)["type"] == "signed_in"


def test_tokens_for_somebody_else(relay, issuer):
    fresh = lambda **changes: issuer.token(nonce(relay), **changes)
    refused(relay, fresh(aud="another"), "another program")
    refused(relay, fresh(aud=["qassist", "another"]), "another program")
    refused(relay, fresh(aud=["qassist", "another"], azp="another"), "another program")
    refused(relay, fresh(azp="another"), "another program")
    refused(relay, fresh(aud=None), "another program")
    refused(relay, fresh(iss="https://elsewhere.example"), "issuer that this relay does not know")
    refused(relay, fresh(iss=issuer.address + "/"), "issuer that this relay does not know")
    refused(relay, fresh(sub=None), "does not say who")
    assert signed_in(relay, issuer, aud=["qassist", "another"], azp="qassist")


def test_times(relay, issuer):
    now = int(time.time())
    fresh = lambda **changes: issuer.token(nonce(relay), **changes)
    refused(relay, fresh(exp=now - 100), "expired")
    refused(relay, fresh(iat=now - 2000, exp=now + 600), "expired")
    refused(relay, fresh(iat=now + 600), "future")
    refused(relay, fresh(nbf=now + 600), "future")
    refused(relay, fresh(exp=None), "when")
    refused(relay, fresh(iat="now"), "when")
    refused(relay, fresh(exp=1e300), "when")
    # Clocks may differ by a minute.
    assert signed_in(relay, issuer, exp=now - 10, sub="late")
    assert signed_in(relay, issuer, iat=now + 20, nbf=now + 20, sub="early")


def test_every_token_once(relay, issuer):
    token = issuer.token(nonce(relay))
    assert sign_in(relay, token)["type"] == "signed_in"
    refused(relay, token, "used before")
    refused(relay, issuer.token(None), "did not begin at this relay")
    refused(relay, issuer.token("my-own-nonce"), "did not begin at this relay")
    refused(relay, issuer.token(7), "did not begin at this relay")


def test_who_may_help(relay, issuer):
    fresh = lambda **changes: issuer.token(nonce(relay), **changes)
    refused(relay, fresh(roles=None), "may not help")
    refused(relay, fresh(roles=[]), "may not help")
    refused(relay, fresh(roles=["helpers2", "Helpers"]), "may not help")
    refused(relay, fresh(roles={"helpers": True}), "may not help")
    refused(relay, fresh(roles=None, _claim_names={"groups": "src1"}), "more groups than")
    assert signed_in(relay, issuer, roles="chief helpers")


@pytest.mark.parametrize("claims,shown", [
    ({"given_name": "María José", "family_name": "de la Cruz"}, "María d."),
    ({"given_name": None, "family_name": None, "name": "Lovelace, Ada"}, "Ada L."),
    ({"given_name": None, "family_name": None, "name": "Ada\u202e King Lovelace"}, "Ada L."),
    ({"given_name": "Ada", "family_name": None, "name": "Ada Lovelace"}, "Ada"),
])
def test_shown_names(relay, issuer, claims, shown):
    assert signed_in(relay, issuer, **claims)["shown_name"] == shown


def test_no_name_to_show(relay, issuer):
    fresh = lambda **changes: issuer.token(nonce(relay), given_name=None, family_name=None, **changes)
    refused(relay, fresh(name=None), "tells no name")
    refused(relay, fresh(name="ada.lovelace@example.com"), "tells no name")
    refused(relay, fresh(name="\u200b\u202e"), "tells no name")


def test_new_keys(relay, issuer):
    old = issuer.token(nonce(relay))
    before = issuer.door("requests")["keys"]
    issuer.rotate(2)
    time.sleep(1.1)  # the relay looks at most once a second, as set above
    new = issuer.token(nonce(relay))
    assert sign_in(relay, new)["type"] == "signed_in"
    refused(relay, old, "key that its issuer does not have")
    for _ in range(5):
        refused(relay, issuer.token(nonce(relay), header={"kid": "unknown"}), "does not have")
    looks = issuer.door("requests")["keys"] - before
    assert 1 <= looks <= 8
    started = time.monotonic()
    for _ in range(20):
        sign_in(relay, issuer.token(nonce(relay), header={"kid": "unknown"}))
    assert issuer.door("requests")["keys"] - before - looks <= time.monotonic() - started + 2


def run_helper(relay, *arguments):
    return subprocess.run([QA_RELAY, "helper", *arguments, "--state", relay.state], capture_output=True, text=True,
                          timeout=60)


def start_helping(relay, token):
    helper = Client(relay)
    helper.send_json(type="create", version=1, token=token)
    return helper, helper.receive_json()


def test_a_blocked_helper(relay, issuer):
    answer = signed_in(relay, issuer, sub="mallory")
    helper, created = start_helping(relay, answer["token"])
    sharer = join(relay, created["route"])
    assert sharer.receive_json()["type"] == "joined" and helper.receive_json()["type"] == "peer"
    assert run_helper(relay, "block", issuer.address, "mallory").returncode == 0
    assert helper.expect_error("EAUTH") and sharer.expect_error("EAUTH")
    assert start_helping(relay, answer["token"])[1]["error"] == "EAUTH"
    refused(relay, issuer.token(nonce(relay), sub="mallory"), "blocked")
    assert run_helper(relay, "blocked").stdout.startswith(answer["account"])
    assert run_helper(relay, "--state", relay.state, "blocked").stdout.startswith(answer["account"])
    assert run_helper(relay, "blocked", "--print-token").returncode == 2
    time.sleep(1.1)  # a token of the second of the block counts as one of before
    assert run_helper(relay, "unblock", answer["account"]).returncode == 0
    # What was issued before stays void; a new sign-in is welcome at once.
    assert start_helping(relay, signed_in(relay, issuer, sub="mallory")["token"])[1]["type"] == "created"
    assert start_helping(relay, answer["token"])[1]["error"] == "EAUTH"
    assert run_helper(relay, "unblock", answer["account"]).returncode == 2


def test_signing_out(relay, issuer):
    first, second = signed_in(relay, issuer)["token"], signed_in(relay, issuer)["token"]
    assert ask(relay, type="sign_out", token=first)["type"] == "signed_out"
    message = start_helping(relay, first)[1]
    assert message["error"] == "EAUTH" and "ended" in message["detail"]
    assert start_helping(relay, second)[1]["type"] == "created"
    assert ask(relay, type="sign_out", token="qa2.nonsense")["error"] == "EAUTH"
    broken = second[:-3] + ("abc" if second[-3:] != "abc" else "abd")
    assert start_helping(relay, broken)[1]["error"] == "EAUTH"


def test_a_later_day(issuer, tmp_path):
    """The relay's clock goes on: its tokens end, and refreshed ID tokens are taken for some days only."""
    settings = write_settings(tmp_path, issuer, "renew-days = 2\n")
    relay = start_relay(tmp_path, issuers=settings)
    token, asked = signed_in(relay, issuer, sub="later")["token"], nonce(relay)
    relay.stop()
    used = relay.state / "sign-ins.db"
    assert used.stat().st_mode & 0o777 == 0o600
    for days, taken in [(1, True), (3, False)]:
        relay = start_relay(tmp_path, issuers=settings, clock_offset=days * 86400)
        later = int(time.time()) + days * 86400
        answer = start_helping(relay, token)[1]
        assert answer["error"] == "EAUTH" and "expired" in answer["detail"]
        answer = sign_in(relay, issuer.token(asked, iat=later, exp=later + 600))
        assert answer["type"] == ("signed_in" if taken else "error"), answer
        if not taken:
            assert "too long ago" in answer["detail"]
        relay.stop()
    assert b"later" not in used.read_bytes() and b"Ada" not in used.read_bytes()


def test_tenants(issuer, tmp_path):
    """One issuer for many organisations, as Entra ID is: the token names its own, which must be allowed."""
    allowed, other = "9188040d-6c67-4c5b-b112-36a304b66dad", "11111111-2222-3333-4444-555555555555"
    path = tmp_path / "issuers.ini"
    path.write_text(f"[issuer entra]\nissuer = {issuer.address}/common/v2.0\ntenant = {allowed}\n"
                    "client-id = qassist\norganisation = Group\nsubject = oid\n")
    relay = start_relay(tmp_path, issuers=path, creates_per_minute=10000)

    def token(tenant, iss=None, **changes):
        return issuer.token(nonce(relay), tid=tenant, iss=f"{issuer.address}/{iss or tenant}/v2.0", **changes)

    first = sign_in(relay, token(allowed, oid="one", sub="a"))
    assert first["type"] == "signed_in" and first["organisation"] == "Group"
    assert sign_in(relay, token(allowed, oid="one", sub="b"))["account"] == first["account"]
    assert sign_in(relay, token(allowed, oid="two"))["account"] != first["account"]
    refused(relay, token(allowed), "does not say who")
    refused(relay, token(other, oid="one"), "organisation that may not help")
    refused(relay, token(allowed, iss=other, oid="one"), "issuer that this relay does not know")
    refused(relay, token(None, iss=allowed, oid="one"), "issuer that this relay does not know")
    refused(relay, token("{tenantid}", oid="one"), "may not help")
    refused(relay, token("common", oid="one"), "may not help")
    relay.stop()


def test_an_issuer_that_is_away(tmp_path):
    gone = Issuer()
    relay = start_relay(tmp_path, issuers=write_settings(tmp_path, gone))
    token = gone.token(nonce(relay))
    gone.stop()
    answer = sign_in(relay, token)
    assert answer["error"] == "ELIMIT" and "cannot reach the issuer" in answer["detail"] and answer["retry_s"]
    # Helpers with an account here are not concerned.
    assert start_helping(relay, relay.token)[1]["type"] == "created"
    assert relay.stop() == 0


def test_a_relay_without_issuers(tmp_path):
    relay = start_relay(tmp_path)
    answer = ask(relay, type="sign_in")
    assert answer["error"] == "EAUTH" and "takes no sign-ins" in answer["detail"]
    assert ask(relay, type="sign_out", token="qa2.x")["error"] == "EAUTH"
    assert start_helping(relay, "qa2.x")[1]["error"] == "EAUTH"
    relay.stop()


@pytest.mark.parametrize("text,words", [
    ("", "no section"),
    ("[issuer a]\n", "no section"),
    ("[issuer a]\nissuer = https://a.example\n", "client-id"),
    ("[issuer a]\nissuer = http://a.example\n", "line 2: an issuer is an https"),
    ("[issuer a]\nissuer = https://a.example#x\n", "line 2"),
    ("[issuer a]\nissuer = https://a.example\nclient-id = c\n", "organisation"),
    ("[issuer a]\nissuer = https://a.example\nclient-id = c\norganisation = o\nclaim = groups\n", "value"),
    ("[issuer a]\nalgorithms = RS256 none\n", "line 2: algorithms"),
    ("[issuer a]\nalgorithms = HS256\n", "line 2: algorithms"),
    ("[issuer a]\nnonsense = 1\n", "line 2: this name is not known"),
    ("[nonsense]\na = 1\n", "line 2"),
    ("[sign-in]\ntoken-lifetime = 1\n", "line 2: this value is a number from 60"),
    ("[issuer a\n", "line 1"),
    ("x" * 70000, "too long"),
])
def test_files_of_issuers_that_are_wrong(tmp_path, text, words):
    path = tmp_path / "issuers.ini"
    path.write_text(text)
    result = subprocess.run([QA_RELAY, "--dev", "--state", tmp_path / "state", "--listen", "127.0.0.1:0", "--issuers",
                             path], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    assert result.returncode == 2 and words in result.stderr, result
