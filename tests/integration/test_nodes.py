"""Several nodes with a Redis behind and an HAProxy before them: where sessions go, and what the loss of each means."""

import os
import signal
import threading

import pytest
from cluster import Cluster, Directory, ask, ask_until
from relay_client import Client
from tools import Session, wait_until

pytestmark = pytest.mark.skipif(not Directory.program, reason="there is neither redis-server nor valkey-server")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    yield cluster
    cluster.stop()


def create(cluster, node):
    helper, port, created = ask(node, {"type": "create", "token": cluster.token})
    assert created["type"] == "created", created
    return helper, port, created


def join(node, created):
    return ask(node, {"type": "join", "route": created["route"]})


def make_pair(cluster, node, other):
    helper, port, created = create(cluster, node)
    sharer, there, joined = join(other, created)
    assert joined["type"] == "joined", joined
    assert there == port and joined["sid"] == created["sid"]
    assert helper.receive_json() == {"type": "peer"}
    return helper, sharer, port, created, joined


def passes_bytes(helper, sharer):
    helper.send_binary(b"to the sharer")
    assert sharer.receive_bytes(13) == b"to the sharer"
    sharer.send_binary(b"to the helper")
    assert helper.receive_bytes(13) == b"to the helper"


def drop(*clients):
    for client in clients:
        client.close()


def test_whoever_asks_any_node_gets_to_the_one_of_the_session(cluster):
    for node in cluster.nodes:
        for other in cluster.nodes:
            helper, sharer, _, _, _ = make_pair(cluster, node, other)
            passes_bytes(helper, sharer)
            drop(helper, sharer)


def test_the_least_loaded_node_gets_new_sessions(cluster):
    helpers = [create(cluster, cluster.nodes[0]) for _ in range(9)]
    ports = [port for _, port, _ in helpers]
    assert {ports.count(node.port) for node in cluster.nodes} <= {2, 3, 4}, ports
    drop(*(helper for helper, _, _ in helpers))


def test_a_code_is_claimed_once_in_a_race_at_all_nodes(cluster):
    for _ in range(4):
        helper, _, created = create(cluster, cluster.nodes[0])
        answers, start = [], threading.Barrier(9)

        def run(node):
            start.wait(30)
            answers.append(join(node, created))

        threads = [threading.Thread(target=run, args=(cluster.nodes[i % 3],)) for i in range(9)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        kinds = sorted(answer.get("error", answer["type"]) for _, _, answer in answers)
        assert kinds == ["ECODE_USED"] * 8 + ["joined"]
        assert helper.receive_json()["type"] in ("peer", "tried")
        drop(helper, *(client for client, _, _ in answers))


def test_the_helper_hears_of_a_second_try_at_another_node(cluster):
    helper, sharer, port, created, _ = make_pair(cluster, cluster.nodes[0], cluster.nodes[1])
    other = next(node for node in cluster.nodes if node.port != port)
    late, _, answer = join(other, created)
    assert answer["error"] == "ECODE_USED"
    assert helper.receive_json() == {"type": "tried"}
    drop(helper, sharer, late)


def test_the_directory_reads_neither_codes_nor_sessions(cluster):
    helper, sharer, _, used, _ = make_pair(cluster, cluster.nodes[0], cluster.nodes[1])
    waiting, _, created = create(cluster, cluster.nodes[2])
    everything = cluster.directory.everything()
    assert b":open" in everything and b"expired " in everything
    for secret in (used["route"], created["route"], used["sid"], created["sid"], used["ticket"], cluster.token):
        assert secret.encode() not in everything
        assert bytes.fromhex(secret) not in everything if len(secret) == 32 else True
    drop(helper, sharer, waiting)


def test_a_pass_is_for_one_node_one_code_and_those_with_the_key(cluster):
    helper, port, created = create(cluster, cluster.nodes[0])
    first, second = [node for node in cluster.nodes if node.port != port]
    client = Client(first)
    client.send_json(version=1, type="join", route=created["route"])
    move = client.receive_json()
    assert move["type"] == "move" and move["url"] == f"wss://localhost:{port}"
    client.drop()
    # Shown elsewhere, altered, or for another code it is worth nothing: the code was claimed before.
    wrong = {"type": "join", "route": created["route"], "pass": move["pass"][:-2] + "AA"}
    for node, message in ((second, {**wrong, "pass": move["pass"]}), (cluster.node_at(port), wrong)):
        client = Client(node)
        client.send_json(version=1, **message)
        answer = client.receive_json()
        assert answer["type"] == "move" or answer["error"] in ("ECODE_USED", "ERELAY_LOST"), answer
        client.drop()
    drop(helper)


def test_a_node_that_drains_gets_nothing_new(cluster):
    drained = cluster.nodes[2]
    helpers = [create(cluster, drained) for _ in range(12)]  # so that it is not empty
    os.kill(drained.pid, signal.SIGUSR1)
    wait_until(lambda: "event=drain " in drained.log, "the node to drain")
    for node in cluster.nodes:
        for _ in range(3):
            helper, port, _ = create(cluster, node)
            assert port != drained.port
            helper.close()
    drop(*(helper for helper, _, _ in helpers))
    assert drained.process.wait(60) == 0
    cluster.start_again(drained)
    wait_until(lambda: all(cluster.seen_by(node) == 3 for node in cluster.nodes), "all nodes")


def test_sessions_outlive_the_directory_and_new_ones_wait_for_it(cluster):
    helper, sharer, port, created, joined = make_pair(cluster, cluster.nodes[0], cluster.nodes[1])
    waiting, _, unused = create(cluster, cluster.nodes[1])
    cluster.directory.kill()
    try:
        for node in cluster.nodes:
            client, _, answer = ask_until(node, {"type": "create", "token": cluster.token}, "error")
            assert answer["error"] == "ERELAY_LOST" and answer["retry_s"] > 0, answer
            assert "sessions that run go on" in answer["detail"]
            client.drop()
        client, _, answer = join(cluster.nodes[2], unused)
        assert answer["error"] == "ERELAY_LOST", answer
        client.drop()
        passes_bytes(helper, sharer)
        # A break is mended meanwhile: the ticket says where the session is.
        helper.drop()
        sharer.drop()
        helper, there, answer = ask_until(cluster.nodes[2], {"type": "rejoin", "ticket": created["ticket"]}, "rejoined")
        assert there == port
        sharer, there, answer = ask_until(cluster.nodes[1], {"type": "rejoin", "ticket": joined["ticket"]}, "peer")
        assert there == port
        assert helper.receive_json() == {"type": "peer"}
        passes_bytes(helper, sharer)
    finally:
        cluster.directory.start()
    for node in cluster.nodes:
        ask_until(node, {"type": "create", "token": cluster.token}, "created")[0].close()
    # It came back empty; codes that were given out before it was lost are good all the same.
    late, _, answer = join(cluster.nodes[2], unused)
    assert answer["type"] == "joined", answer
    drop(helper, sharer, waiting, late)


def test_a_session_goes_on_at_another_node_when_its_own_is_lost(cluster):
    helper, sharer, port, created, joined = make_pair(cluster, cluster.nodes[0], cluster.nodes[1])
    waiting, its_port, unused = create(cluster, cluster.nodes[0])
    while its_port != port:
        drop(waiting)
        waiting, its_port, unused = create(cluster, cluster.nodes[0])
    lost = cluster.node_at(port)
    lost.kill()
    alive = [node for node in cluster.nodes if node is not lost]
    try:
        helper, there, _ = ask_until(alive[0], {"type": "rejoin", "ticket": created["ticket"]}, "rejoined")
        sharer, again, _ = ask_until(alive[1], {"type": "rejoin", "ticket": joined["ticket"]}, "peer")
        assert there == again != port
        assert helper.receive_json() == {"type": "peer"}
        passes_bytes(helper, sharer)
        wait_until(lambda: cluster.seen_by(alive[1]) == 2, "the node to be missed")
        client, _, answer = join(alive[1], unused)
        assert answer["error"] == "ERELAY_LOST" and "new code" in answer["detail"], answer
        client.drop()
    finally:
        cluster.start_again(lost)
        wait_until(lambda: all(cluster.seen_by(node) == 3 for node in cluster.nodes), "all nodes")
    drop(helper, sharer)


def joins(cluster):
    return [node.log.count("event=join result=ok") for node in cluster.nodes]


def test_tools_find_their_way_through_each_loss(cluster, display, tmp_path):
    relay = cluster.nodes[0]
    session = Session(relay, display, tmp_path, relay_url=cluster.balancer.url)
    try:
        session.start_helper()
        before = joins(cluster)
        session.start_sharer()
        session.allow_view()
        cluster.balancer.kill()  # nothing of the session goes through it
        session.helper.script("chat still here")
        session.sharer.wait("chat", text="still here")
        cluster.balancer.start()
        holder = next(node for node, old, new in zip(cluster.nodes, before, joins(cluster)) if new > old)
        holder.kill()
        session.helper.wait("state", state="reconnecting")
        session.helper.wait("state", state="active", seconds=110)
        session.sharer.wait("state", state="active")
        cluster.start_again(holder)
        session.end()
    finally:
        session.stop()
