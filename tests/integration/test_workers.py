"""qa-relay --workers: several processes behind one port, and both ends of a session in the same one."""

import os
import pathlib
import signal

import pytest
from relay_client import Client, Closed
from relay_fixture import start_relay
from tools import Session, wait_until

WORKERS = 3


@pytest.fixture(scope="module")
def relay(tmp_path_factory):
    relay = start_relay(tmp_path_factory.mktemp("workers"), workers=WORKERS, joins_per_minute=100000,
                        creates_per_minute=100000, rejoins_per_minute=100000, verbose=True)
    wait_until(lambda: relay.log.count(f"event=nodes count={WORKERS}") >= WORKERS, "the workers to find each other")
    yield relay
    assert relay.stop() == 0


def processes(relay):
    return [int(pid) for pid in pathlib.Path(f"/proc/{relay.pid}/task/{relay.pid}/children").read_text().split()]


def sockets(pid):
    return sum(os.readlink(entry).startswith("socket:") for entry in pathlib.Path(f"/proc/{pid}/fd").iterdir())


def ask(relay, **message):
    """Says it to any worker and, where that sends the client on, to the one; the client and the answer."""
    worker = None
    for _ in range(4):  # as programs do: one that was started again just now is not known to all yet
        client = Client(relay, worker=worker)
        client.send_json(version=1, **message)
        answer = client.receive_json()
        if answer["type"] != "move":
            return client, answer
        assert "url" not in answer and 1 <= answer["worker"] <= WORKERS
        client.receive_close()
        client.drop()
        worker, message = answer["worker"], {**message, "pass": answer["pass"]}
    raise AssertionError("sent on and on")


def make_pair(relay):
    helper, created = ask(relay, type="create", token=relay.token)
    assert created["type"] == "created", created
    sharer, joined = ask(relay, type="join", route=created["route"])
    assert joined["type"] == "joined" and joined["sid"] == created["sid"], joined
    assert helper.receive_json() == {"type": "peer"}
    return helper, sharer, created, joined


def passes_bytes(helper, sharer):
    helper.send_binary(b"to the sharer")
    assert sharer.receive_bytes(13) == b"to the sharer"
    sharer.send_binary(b"to the helper")
    assert helper.receive_bytes(13) == b"to the helper"


def test_both_ends_meet_and_all_workers_have_some(relay):
    assert len(processes(relay)) == WORKERS
    before = [sockets(pid) for pid in processes(relay)]
    pairs = []
    while not all(now > then for now, then in zip(map(sockets, processes(relay)), before)):
        assert len(pairs) < 50, "one gets nothing"
        pairs.append(make_pair(relay))
    for helper, sharer, _, _ in pairs:
        passes_bytes(helper, sharer)
    for helper, sharer, _, _ in pairs:
        helper.close()
        sharer.close()


def test_a_worker_that_dies_is_replaced_and_its_sessions_come_back(relay):
    helper, sharer, created, joined = make_pair(relay)
    before = processes(relay)
    for pid in before:  # whichever of them has it
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: len(processes(relay)) == WORKERS and not set(before) & set(processes(relay)), "new workers", 60)
    for client in (helper, sharer):
        with pytest.raises(Closed):
            client.receive()

    def back(ticket, wanted):
        def once():
            try:
                client, answer = ask(relay, type="rejoin", ticket=ticket)
            except (Closed, OSError):
                return None
            return client if answer["type"] == wanted else client.drop()
        return wait_until(once, wanted, 60)

    helper = back(created["ticket"], "rejoined")
    sharer = back(joined["ticket"], "peer")
    assert helper.receive_json() == {"type": "peer"}
    passes_bytes(helper, sharer)
    helper.close()
    sharer.close()


def test_first_messages_that_are_no_tls_do_no_harm(relay):
    from relay_client import open_tcp
    for data in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\xff\xff", b"\x16\x03\x01\x00\x04\x01\xff\xff\xff",
                 b"\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff", b"\x16", b""):
        with open_tcp(relay.port) as sock:
            sock.sendall(data)
    helper, sharer, _, _ = make_pair(relay)
    helper.close()
    sharer.close()


def test_tools_find_the_worker(relay, display, tmp_path):
    for _ in range(2):
        session = Session(relay, display, tmp_path)
        try:
            session.start_helper()
            session.start_sharer()
            session.allow_view()
            session.end()
        finally:
            session.stop()
