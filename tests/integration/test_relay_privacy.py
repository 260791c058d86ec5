"""What a sharer is told of the helper, message by message; and that the relay's log says nothing of anybody."""
import json
import threading

import pytest
from issuer import Issuer
from relay_client import TEXT, Client, Closed, create, join, make_pair
from relay_fixture import start_relay
from sign_in_fixture import needs_issuer
from test_relay_balancer import header
from test_relay_limits import end_of, push
from tools import wait_until

SETTINGS = """
[issuer test]
issuer = {issuer}
client-id = qassist
organisation = Example Ltd
claim = roles
value = helpers
"""
PERSON = {"name": "Augusta King-Noel", "given_name": "Augusta", "family_name": "King-Noel",
          "email": "augusta@mail.example", "preferred_username": "countess", "sub": "subject-4711",
          "oid": "oid-8f2c", "tid": "tenant-90aa", "phone_number": "+44 20 7946", "upn": "a.king@upn.example",
          "roles": ["helpers", "role-of-secrets"], "picture": "https://pictures.example/1"}
# All that each message to a sharer may hold.
MEMBERS = {
    "joined": {"type", "sid", "shown_name", "organisation", "ticket"},
    "rejoined": {"type", "wait_s"},
    "peer": {"type"},
    "peer_gone": {"type", "lost"},
    "error": {"type", "error", "detail", "retry_s"},
}


class Recorder:
    """A socket that keeps all that was received."""

    def __init__(self, sock):
        self._sock, self.heard = sock, b""

    def recv(self, count):
        data = self._sock.recv(count)
        self.heard += data
        return data

    def __getattr__(self, name):
        return getattr(self._sock, name)


class Sharer(Client):
    def _upgrade(self, headers, subprotocol):
        self.sock = Recorder(self.sock)
        super()._upgrade(headers, subprotocol)

    def rest_of_it(self):
        """All messages until the end; of a pair's stream there are none here."""
        try:
            while True:
                opcode, payload = self.receive()
                if opcode != TEXT:
                    return
                message = json.loads(payload)
                assert set(message) <= MEMBERS[message["type"]], message
        except (Closed, OSError):
            pass


def ask(relay, **message):
    with Client(relay) as client:
        client.send_json(version=1, **message)
        return client.receive_json()


@needs_issuer
def test_all_that_a_sharer_is_told(tmp_path):
    issuer = Issuer()
    path = tmp_path / "issuers.ini"
    path.write_text(SETTINGS.format(issuer=issuer.address))
    relay = start_relay(tmp_path, issuers=path, joins_per_minute=0)
    try:
        nonce = ask(relay, type="sign_in")["nonce"]
        answer = ask(relay, type="sign_in", id_token=issuer.token(nonce, **PERSON))
        assert answer["type"] == "signed_in", answer
        helper, created = create(relay, token=answer["token"])
        sharer = Sharer(relay)
        sharer.send_json(type="join", version=1, route=created["route"])
        joined = sharer.receive_json()
        assert joined["shown_name"] == "Augusta K." and joined["organisation"] == "Example Ltd"
        assert set(joined) == MEMBERS["joined"]
        # A second one that comes too late, one with a wrong code, a break, the way back, a wrong ticket, a report.
        others = [Sharer(relay) for _ in range(4)]
        others[0].send_json(type="join", version=1, route=created["route"])
        others[1].send_json(type="join", version=1, route="123456789")
        helper.reset()
        sharer.rest_of_it()
        others[2].send_json(type="rejoin", version=1, ticket=joined["ticket"])
        assert others[2].receive_json()["type"] == "rejoined"
        back = Client(relay)
        back.send_json(type="rejoin", version=1, ticket=created["ticket"])
        assert back.receive_json()["type"] == "peer"
        others[2].send_json(type="report", words="They asked for money.")
        others[3].send_json(type="rejoin", version=1, ticket="x" * 200)
        back.close()
        for other in others:
            other.rest_of_it()
        heard = b"".join(one.sock.heard for one in [sharer, *others])
        assert heard.count(b'"joined"') == 1 and b'"peer_gone"' in heard and b'"rejoined"' in heard
        assert b"Augusta K." in heard
        secrets = [value for name, value in PERSON.items() if name not in ("given_name", "roles")]
        secrets += ["King", "Noel", "role-of-secrets", "127.0.0.1", answer["account"], answer["token"],
                    issuer.address, created["ticket"]]
        for secret in secrets:
            assert secret.encode() not in heard, secret
        # Nor do they stand in what the relay writes.
        written = b"".join(path.read_bytes() for path in relay.state.iterdir() if path.is_file())
        for secret in [*PERSON["roles"][1:], "King", "augusta", "Augusta", "subject-4711", answer["token"]]:
            assert secret.encode() not in written and secret not in relay.log, secret
    finally:
        issuer.stop()
        assert relay.stop() == 0


def test_the_log_says_nothing_of_anybody(tmp_path):
    """With all that --verbose says, of sessions and of those who were refused for every reason there is."""
    relay = start_relay(tmp_path, verbose=True, joins_per_minute=4, creates_per_minute=6, unshown_megabytes=1,
                        session_lifetime=3600, proxy_protocol="127.0.0.9", connections_per_address=20)
    secrets = {relay.token, relay.token.split(".")[1], "Dev H", "Dev Helper", "Development", "127.0.0.", "192.0.2.",
               "2001:db8", "localhost", "SECRET", "123456789", "NEEDLE"}
    helper, sharer = make_pair(relay)
    sharer.send_json(type="report", words="NEEDLE")
    sharer.send_binary(b"NEEDLE")
    assert helper.receive_bytes(6) == b"NEEDLE"
    helper.drop()
    sharer.drop()

    # A pair that moves too much without showing anything, a code that is used, one that is left.
    helper, created = create(relay)
    sharer = join(relay, created["route"])
    joined = sharer.receive_json()
    secrets |= {created["route"], created["sid"], created["ticket"], joined["ticket"]}
    join(relay, created["route"]).expect_error("ECODE_USED")
    threading.Thread(target=push, args=(helper, 8), daemon=True).start()
    assert "ELIMIT" in end_of(sharer)
    wait_until(lambda: "reason=not_shown" in relay.log, "the end of the pair")

    refusals = [("ECODE_UNKNOWN", {"type": "join", "route": "123456789"}),
                ("ERATE", {"type": "join", "route": "123456789"}),
                ("EAUTH", {"type": "create", "token": "qa1.0123456789abcdef.SECRET"}),
                ("EAUTH", {"type": "create", "token": relay.token[:-4] + "AAAA"}),
                ("EAUTH", {"type": "create", "token": "qa2.SECRET"}),
                ("EAUTH", {"type": "sign_in", "id_token": "eyJSECRET"}),
                ("EAUTH", {"type": "rejoin", "ticket": "SECRET"}),
                ("EPROTO", {"type": "SECRET"})]
    for error, message in refusals:
        with Client(relay) as client:
            client.send_json(version=1, **message)
            assert client.expect_error(error)["detail"]
    with Client(relay) as client:
        client.send_json(version=2, type="join", route="123456789")
        client.expect_error("EVERSION")
    for address in ["192.0.2.77", "2001:db8::77"]:
        join(relay, "123456789", source="127.0.0.9", first=header(address)).expect_error("ECODE_UNKNOWN")
    with pytest.raises((OSError, Closed)):
        Client(relay, source="127.0.0.9", first=b"PROXY TCP4 192.0.2.77 SECRET\r\n")
    for options in [{"headers": {"Origin": "https://SECRET.example"}}, {"subprotocol": "SECRET"}]:
        with pytest.raises((OSError, Closed)):
            Client(relay, **options)
    assert relay.stop() == 0
    log = relay.log
    for event in ["event=create", "event=join", "result=QA_ERATE", "result=QA_EAUTH", "event=proxy_header_refused",
                  "event=pair_end", "event=report", "event=stop"]:
        assert event in log, event
    for secret in secrets:
        assert secret not in log, secret
