"""Sessions that break off at the relay and come back: tickets, and those who should not have them."""

import base64
import concurrent.futures
import subprocess
import time

import pytest
from relay_client import BINARY, Client, create, join
from relay_fixture import QA_RELAY, start_relay

LIMITS = {"joins_per_minute": 100000, "creates_per_minute": 100000, "rejoins_per_minute": 100000}
LOST = {"type": "peer_gone", "lost": True}
GONE = {"type": "peer_gone"}


@pytest.fixture
def relay(tmp_path):
    relay = start_relay(tmp_path, **LIMITS)
    yield relay
    assert relay.stop() == 0, relay.log


class Pair:
    """A session whose ends know their tickets."""

    def __init__(self, relay):
        self.helper, created = create(relay)
        self.sharer = join(relay, created["route"])
        joined = self.sharer.receive_json()
        assert joined["type"] == "joined", joined
        assert self.helper.receive_json() == {"type": "peer"}
        self.sid = created["sid"]
        self.tickets = {"helper": created["ticket"], "sharer": joined["ticket"]}

    def break_off(self):
        self.helper.drop()
        assert self.sharer.receive_json() == LOST
        self.sharer.drop()


def rejoin(relay, ticket, **options):
    client = Client(relay, **options)
    client.send_json(type="rejoin", version=1, ticket=ticket)
    return client


def await_other(client):
    answer = client.receive_json()
    assert answer["type"] == "rejoined", answer
    return answer["wait_s"]


def come_back(relay, tickets, first="helper", second="sharer"):
    one = rejoin(relay, tickets[first])
    assert 0 < await_other(one) <= 121
    two = rejoin(relay, tickets[second])
    assert one.receive_json() == two.receive_json() == {"type": "peer"}
    return {first: one, second: two}


def check_stream(ends):
    ends["helper"].send_binary(b"to the sharer")
    assert ends["sharer"].receive_bytes(13) == b"to the sharer"
    ends["sharer"].send_binary(b"to the helper")
    assert ends["helper"].receive_bytes(13) == b"to the helper"


# ---- coming back ----

@pytest.mark.parametrize("first,second", [("helper", "sharer"), ("sharer", "helper")])
def test_both_come_back(relay, first, second):
    pair = Pair(relay)
    pair.break_off()
    check_stream(come_back(relay, pair.tickets, first, second))


def test_who_was_left_waits_for_the_relays_close(relay):
    pair = Pair(relay)
    pair.helper.drop()
    assert pair.sharer.receive_json() == LOST
    assert pair.sharer.receive_close()[0] == 1000
    pair.sharer.close()
    check_stream(come_back(relay, pair.tickets))


def test_over_and_over(relay):
    pair = Pair(relay)
    pair.break_off()
    for _ in range(5):
        ends = come_back(relay, pair.tickets)
        ends["sharer"].reset()
        assert ends["helper"].receive_json() == LOST
        ends["helper"].drop()


@pytest.mark.parametrize("kill", [True, False])
def test_a_relay_started_again_honours_its_tickets(tmp_path, kill):
    relay = start_relay(tmp_path, **LIMITS)
    pair = Pair(relay)
    if kill:
        relay.kill()
    else:
        assert relay.stop() == 0
        assert pair.helper.receive_json()["error"] == "ERELAY_LOST"
    relay = start_relay(tmp_path, **LIMITS)
    check_stream(come_back(relay, pair.tickets))
    assert relay.stop() == 0


def test_who_broke_off_first_may_be_back_before_the_other_noticed(relay):
    pair = Pair(relay)
    pair.helper.drop()
    one = rejoin(relay, pair.tickets["helper"])
    await_other(one)
    assert pair.sharer.receive_json() == LOST
    two = rejoin(relay, pair.tickets["sharer"])
    assert one.receive_json() == two.receive_json() == {"type": "peer"}


# ---- what is not a break ----

@pytest.mark.parametrize("who", ["helper", "sharer"])
def test_after_a_good_bye_nobody_comes_back(relay, who):
    pair = Pair(relay)
    other = {"helper": pair.sharer, "sharer": pair.helper}[who]
    getattr(pair, who).close()
    assert other.receive_json() == GONE
    for ticket in pair.tickets.values():
        rejoin(relay, ticket).expect_error("EPEER_LOST")


def test_a_good_bye_while_the_other_is_away_ends_it(relay):
    pair = Pair(relay)
    pair.helper.drop()
    assert pair.sharer.receive_json() == LOST
    pair.sharer.close()
    rejoin(relay, pair.tickets["helper"]).expect_error("EPEER_LOST")


def test_a_good_bye_while_waiting_ends_it(relay):
    pair = Pair(relay)
    pair.break_off()
    one = rejoin(relay, pair.tickets["helper"])
    await_other(one)
    one.close()
    rejoin(relay, pair.tickets["sharer"]).expect_error("EPEER_LOST")


def test_a_helper_that_was_never_joined_has_nothing_to_come_back_to(relay):
    helper, created = create(relay)
    helper.drop()
    rejoin(relay, created["ticket"]).expect_error("EPEER_LOST")


# ---- forged, old, foreign ----

def changed(ticket, place):
    raw = bytearray(base64.urlsafe_b64decode(ticket + "=" * (-len(ticket) % 4)))
    raw[place] ^= 1
    return base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("=")


def test_forged_tickets(relay):
    pair = Pair(relay)
    pair.break_off()
    real = pair.tickets["helper"]
    size = len(base64.urlsafe_b64decode(real + "=" * (-len(real) % 4)))
    forged = [changed(real, place) for place in range(0, size, 5)]
    forged += [real[:-1], real + "A", real[:40], "x", "A" * 255, real + "=", "%" + real[1:]]
    for ticket in forged:
        rejoin(relay, ticket).expect_error("EAUTH")
    check_stream(come_back(relay, pair.tickets))


def test_a_ticket_of_another_relay(relay, tmp_path):
    folder = tmp_path / "other"
    folder.mkdir()
    other = start_relay(folder, **LIMITS)
    pair = Pair(other)
    for ticket in pair.tickets.values():
        rejoin(relay, ticket).expect_error("EAUTH")
    assert other.stop() == 0


def test_a_ticket_says_nothing(relay):
    """A sharer must not learn the helper's account from it, nor two sessions of it look alike."""
    account = relay.token.split(".")[1]
    first, second = Pair(relay), Pair(relay)
    for pair in (first, second):
        ticket = pair.tickets["sharer"]
        raw = base64.urlsafe_b64decode(ticket + "=" * (-len(ticket) % 4))
        assert account.encode() not in raw and bytes.fromhex(account) not in raw
        assert bytes.fromhex(pair.sid) not in raw
    assert first.tickets["sharer"][:16] != second.tickets["sharer"][:16]


def test_a_ticket_opens_its_own_session_only(relay):
    one, two = Pair(relay), Pair(relay)
    one.break_off()
    two.break_off()
    first = rejoin(relay, one.tickets["helper"])
    await_other(first)
    second = rejoin(relay, two.tickets["sharer"])
    await_other(second)
    check_stream({"helper": first, "sharer": rejoin_peer(relay, one.tickets["sharer"], first)})
    check_stream({"sharer": second, "helper": rejoin_peer(relay, two.tickets["helper"], second)})


def rejoin_peer(relay, ticket, waiting):
    client = rejoin(relay, ticket)
    assert client.receive_json() == waiting.receive_json() == {"type": "peer"}
    return client


def test_an_expired_ticket(tmp_path):
    relay = start_relay(tmp_path, session_lifetime=2, **LIMITS)
    pair = Pair(relay)
    pair.break_off()
    time.sleep(3.5)
    rejoin(relay, pair.tickets["helper"]).expect_error("EAUTH")
    assert relay.stop() == 0


def test_a_session_ends_at_its_greatest_length(tmp_path):
    relay = start_relay(tmp_path, session_lifetime=2, **LIMITS)
    pair = Pair(relay)
    for end in (pair.helper, pair.sharer):
        assert end.receive_json()["error"] == "ELIMIT"
    assert relay.stop() == 0


def test_a_key_that_others_could_read_is_replaced(tmp_path):
    relay = start_relay(tmp_path, **LIMITS)
    pair = Pair(relay)
    relay.kill()
    key = relay.state / "ticket.key"
    assert key.stat().st_mode & 0o777 == 0o600 and key.stat().st_size == 32
    key.chmod(0o644)
    relay = start_relay(tmp_path, **LIMITS)
    assert key.stat().st_mode & 0o777 == 0o600
    rejoin(relay, pair.tickets["helper"]).expect_error("EAUTH")
    assert relay.stop() == 0


# ---- replayed by somebody else ----

@pytest.mark.parametrize("who", ["helper", "sharer"])
def test_a_stolen_ticket_drives_out_nobody_who_is_there(relay, who):
    pair = Pair(relay)
    real, other = (pair.helper, pair.sharer) if who == "helper" else (pair.sharer, pair.helper)
    with concurrent.futures.ThreadPoolExecutor(1) as threads:
        # It answers the relay's question whether it lives, as every client does.
        reading = threads.submit(real.receive)
        assert rejoin(relay, pair.tickets[who]).expect_error("ELIMIT")["retry_s"] > 0
        other.send_binary(b"still here")
        assert reading.result() == (BINARY, b"still here")
    check_stream({"helper": pair.helper, "sharer": pair.sharer})


def test_a_connection_that_does_not_answer_is_replaced(relay):
    pair = Pair(relay)
    # The helper's network is gone: nothing of it arrives any more, nor does its end.
    back = rejoin(relay, pair.tickets["helper"])
    await_other(back)
    assert pair.sharer.receive_json() == LOST
    sharer = rejoin_peer(relay, pair.tickets["sharer"], back)
    check_stream({"helper": back, "sharer": sharer})


def test_two_who_come_with_one_ticket(relay):
    pair = Pair(relay)
    first = rejoin(relay, pair.tickets["helper"])
    time.sleep(0.3)
    rejoin(relay, pair.tickets["helper"]).expect_error("ELIMIT")
    await_other(first)


def test_who_waits_can_send_nothing(relay):
    pair = Pair(relay)
    pair.break_off()
    one = rejoin(relay, pair.tickets["helper"])
    await_other(one)
    one.send_binary(b"x")
    one.expect_error("EPROTO")


def test_coming_back_is_limited_by_address(tmp_path):
    relay = start_relay(tmp_path, rejoins_per_minute=3)
    for _ in range(3):
        rejoin(relay, "x").expect_error("EAUTH")
    assert 1 <= rejoin(relay, "x").expect_error("ERATE")["retry_s"] <= 60
    assert relay.stop() == 0


# ---- accounts ----

def remove_helper(relay):
    subprocess.run([QA_RELAY, "helper", "remove", "Dev Helper", "--state", relay.state], check=True,
                   stdout=subprocess.DEVNULL)


def test_removing_a_helper_ends_their_sessions(relay):
    pair = Pair(relay)
    broken = Pair(relay)
    broken.break_off()
    waiting, created = create(relay)
    remove_helper(relay)
    for end in (pair.helper, pair.sharer, waiting):
        assert end.expect_error("EAUTH")
    for ticket in broken.tickets.values():
        rejoin(relay, ticket).expect_error("EAUTH")


def test_a_ticket_of_a_helper_removed_meanwhile(tmp_path):
    relay = start_relay(tmp_path, **LIMITS)
    pair = Pair(relay)
    relay.kill()
    remove_helper(relay)
    # --dev would make the account anew, under another id.
    relay = start_relay(tmp_path, **LIMITS)
    for ticket in pair.tickets.values():
        rejoin(relay, ticket).expect_error("EAUTH")
    assert relay.stop() == 0
