"""kill -9 of any process: the others end within a few seconds, with the right error, leaving nothing."""

import os
import pathlib
import signal

import pytest
from tools import wait_until


def alive(pid):
    """True for a zombie too: somebody forgot to wait for it."""
    return pathlib.Path(f"/proc/{pid}").exists()


def start(session):
    session.display.xterm("while :; do date +%N; sleep 0.05; done")
    # A killed process and a lost network look the same from afar: here nobody waits for either.
    session.start_helper("--reconnect-seconds", "0")
    session.start_sharer("--reconnect-seconds", "0")
    session.allow_view()
    workers = session.sharer.children() + session.helper.children()
    assert len(workers) == 2
    return workers


def assert_gone(pids):
    for pid in pids:
        wait_until(lambda: not alive(pid), f"process {pid} to be gone", 10)


def abandoned_memory():
    """Shared memory that has a name and nobody who uses it: what a killed process could leave."""
    rows = [row.split() for row in pathlib.Path("/proc/sysvipc/shm").read_text().splitlines()[1:]]
    segments = {f"segment {row[1]}" for row in rows if row[6] == "0"}
    return segments | {f"/dev/shm/{p.name}" for p in pathlib.Path("/dev/shm").iterdir()}


@pytest.fixture(autouse=True)
def no_leaks():
    before = abandoned_memory()
    yield
    # Other programs on the machine come and go; what we left behind stays.
    wait_until(lambda: not abandoned_memory() - before, "shared memory to be given back", 10)


def test_the_relay(session):
    workers = start(session)
    session.relay.kill()
    assert session.helper.finish(15) == (5, "QA_ERELAY_LOST")
    assert session.sharer.finish(15) == (5, "QA_ERELAY_LOST")
    assert_gone(workers)


def test_the_sharers_worker(session):
    workers = start(session)
    os.kill(session.sharer.children()[0], signal.SIGKILL)
    assert session.sharer.finish(15) == (8, "QA_EWORKER")
    assert session.helper.finish(15) == (8, "QA_EWORKER")
    assert_gone(workers)


def test_the_helpers_worker(session):
    workers = start(session)
    os.kill(session.helper.children()[0], signal.SIGKILL)
    assert session.helper.finish(15) == (8, "QA_EWORKER")
    assert session.sharer.finish(15) == (8, "QA_EWORKER")
    assert_gone(workers)


def test_a_worker_that_hangs(session):
    workers = start(session)
    os.kill(session.sharer.children()[0], signal.SIGSTOP)
    assert session.sharer.finish() == (8, "QA_EWORKER_HUNG")
    assert session.helper.finish() == (8, "QA_EWORKER_HUNG")
    assert_gone(workers)


def test_the_sharers_tool(session):
    workers = start(session)
    session.sharer.kill()
    assert session.helper.finish(15) == (6, "QA_EPEER_LOST")
    assert_gone(workers)


def test_the_helpers_tool(session):
    workers = start(session)
    session.helper.kill()
    assert session.sharer.finish(15) == (6, "QA_EPEER_LOST")
    assert_gone(workers)


def test_the_display(session):
    workers = start(session)
    session.display.process.kill()
    session.display.process.wait()
    assert session.sharer.finish(15) == (8, "QA_ESCREEN")
    assert session.helper.finish(15) == (8, "QA_ESCREEN")
    assert_gone(workers)


def test_interrupted_from_the_terminal(session):
    workers = start(session)
    session.sharer.process.send_signal(signal.SIGINT)
    assert session.helper.finish(15) == (0, None)
    assert_gone(workers)
