"""A still screen costs nothing: no picture goes out, and nobody wakes up but to see that all is well."""

import pathlib
import time

from tools import SLOW

SECONDS = 10
# A few times a second, all five processes together; about twice what was measured.
WAKES_A_SECOND = 20
BYTES_A_SECOND = 400


def wakes(pid):
    switches = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        for line in (task / "status").read_text().splitlines():
            if line.startswith("voluntary_ctxt_switches"):
                switches += int(line.split()[1])
    return switches


def written(pid):
    for line in pathlib.Path(f"/proc/{pid}/io").read_text().splitlines():
        if line.startswith("wchar"):
            return int(line.split()[1])
    raise AssertionError("no wchar")


def test_a_still_screen_is_left_in_peace(session, capsys):
    session.display.xterm("seq 50; sleep 1000")
    session.start_helper()
    session.start_sharer()
    session.allow_view()
    session.helper.script("wait-still 1000")
    session.helper.drain(3 * SLOW)

    people = {"relay": session.relay.pid}
    for name, tool in (("sharer", session.sharer), ("helper", session.helper)):
        (worker,) = tool.children()
        people |= {name: tool.process.pid, f"{name}'s worker": worker}
    before = {name: (wakes(pid), written(pid)) for name, pid in people.items()}
    session.helper.drain(0)
    frames = len(session.helper.seen("frame"))
    time.sleep(SECONDS)
    woken = {name: (wakes(pid) - before[name][0]) / SECONDS for name, pid in people.items()}
    sent = {name: (written(pid) - before[name][1]) / SECONDS for name, pid in people.items()}
    session.helper.drain(0)
    with capsys.disabled():
        print(f"\nidle: wakes a second {woken}, bytes a second {sent}")
    assert len(session.helper.seen("frame")) == frames
    assert sum(woken.values()) <= WAKES_A_SECOND
    assert sum(sent.values()) <= BYTES_A_SECOND
