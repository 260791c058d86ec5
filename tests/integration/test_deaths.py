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
    session.start_helper()
    session.start_sharer()
    session.allow_view()
    workers = session.sharer.children() + session.helper.children()
    assert len(workers) == 2
    return workers


def assert_gone(pids):
    for pid in pids:
        wait_until(lambda: not alive(pid), f"process {pid} to be gone", 10)


def shared_memory():
    return {p.name for p in pathlib.Path("/dev/shm").iterdir()}


@pytest.fixture(autouse=True)
def no_leaks():
    before = shared_memory()
    segments = pathlib.Path("/proc/sysvipc/shm").read_text()
    yield
    assert shared_memory() == before
    assert pathlib.Path("/proc/sysvipc/shm").read_text().count("\n") <= segments.count("\n")


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
