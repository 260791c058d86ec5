"""Figures of one session on this machine, through the tools as users run them.

/usr/bin/python3 tests/bench/session.py        (QASSIST_BUILD names the build folder; default: build)
Prints: Enter on the code to the question, Allow to the first picture, key to changed pixel, CPU, bytes and
memory of every process with a still and with a moving screen, and the library's size and what it links.
"""

import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))

from machine import tcp_bytes  # noqa: E402
from relay_fixture import start_relay  # noqa: E402
from tools import BUILD, Session  # noqa: E402
from xserver import XServer  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")


def percentiles(values):
    values = sorted(values)
    at = lambda q: values[min(len(values) - 1, int(q * len(values)))] * 1000  # noqa: E731
    return f"p50 {at(0.5):.1f} ms, p99 {at(0.99):.1f} ms (n = {len(values)})"


def connect(relay, display, folder):
    """A session up to the first picture; returns it with the two waiting times."""
    session = Session(relay, display, folder)
    session.start_helper()
    sharer = session._start(
        "qa-share", ["--relay", relay.url, "--ca", relay.ca, "--json"], DISPLAY=display.name)
    session.sharer = sharer
    time.sleep(0.3)
    start = time.monotonic()
    sharer.say('{"code": "%s"}' % session.code)
    sharer.wait("consent", permission="view")
    asked = time.monotonic() - start
    start = time.monotonic()
    sharer.answer("allow")
    session.helper.wait("frame")
    return session, asked, time.monotonic() - start


def processes(session):
    return {
        "relay": session.relay.pid,
        "qa-share": session.sharer.process.pid,
        "sharer's worker": session.sharer.children()[0],
        "qa-help": session.helper.process.pid,
        "helper's worker": session.helper.children()[0],
    }


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_mib(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", text).group(1)) / 1024


def load(session, title, seconds=10):
    pids = processes(session)
    before = {name: cpu_seconds(pid) for name, pid in pids.items()}
    passed = tcp_bytes([pids["qa-share"]])
    time.sleep(seconds)
    passed = (tcp_bytes([pids["qa-share"]]) - passed) / seconds / 1024
    parts = [
        f"{name} {(cpu_seconds(pid) - before[name]) / seconds * 100:.1f}% {resident_mib(pid):.0f} MiB"
        for name, pid in pids.items()
    ]
    print(f"{title}: {'; '.join(parts)}; {passed:.0f} KiB/s between qa-share and the relay")


def key_to_pixel(session, count=220):
    """A key sent until the helper has a frame that differs, one at a time."""
    times = []
    session.helper.script("request control")
    session.allow_control()
    time.sleep(0.5)
    session.helper.drain(0.5)
    for _ in range(count):
        start = time.monotonic()
        session.helper.script("key a")
        session.helper.wait("frame")
        times.append(time.monotonic() - start)
        session.helper.drain(0.03)
    return times


def main():
    folder = pathlib.Path(tempfile.mkdtemp())
    relay = start_relay(folder, joins_per_minute=1000, creates_per_minute=1000)
    display = XServer("1920x1080")
    asked, pictured = [], []
    try:
        display.xterm("stty -icanon; cat > /dev/null", geometry="100x40+100+100")
        for _ in range(10):
            session, to_question, to_picture = connect(relay, display, folder)
            asked.append(to_question)
            pictured.append(to_picture)
            session.stop()
        print(f"Enter on the code to the question: median {statistics.median(asked) * 1000:.0f} ms (n = 10)")
        print(f"Allow to the first picture, 1920x1080: median {statistics.median(pictured) * 1000:.0f} ms (n = 10)")
        session, _, _ = connect(relay, display, folder)
        time.sleep(2)
        load(session, "still screen")
        print(f"key to changed pixel: {percentiles(key_to_pixel(session))}")
        display.xterm("while :; do date +%N%N%N%N%N; sleep 0.02; done", geometry="100x40+900+100",
                      title="moving", focus=False)
        time.sleep(2)
        load(session, "scrolling terminal")
        session.stop()
        library = BUILD / "libqassist" / "libqassist.so"
        stripped = folder / "stripped.so"
        subprocess.run(["strip", "-o", stripped, library], check=True)
        needed = subprocess.run(["readelf", "-d", library], check=True, capture_output=True, text=True)
        names = re.findall(r"NEEDED.*\[(.*)\]", needed.stdout)
        print(f"libqassist.so: {stripped.stat().st_size // 1024} KiB stripped; links {', '.join(names)}")
    finally:
        relay.stop()
        display.stop()


if __name__ == "__main__":
    main()
