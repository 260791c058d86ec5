"""scripts/bench relay: passes bytes through qa-relay and through other programs that pass bytes on,
and measures each; see docs/performance.md for the method. The entry is main()."""

import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import relay_report
import report
from machine import Failed, cpu_seconds, memory_kib
from relays import BESIDES, CORES, RELAYS, make_certificate, raise_limit

LARGE, SMALL = 16384, 1024
# (pairs, bytes of a message), the pairs growing.
TRAFFIC = ((1, LARGE), (1, SMALL), (10, LARGE), (50, LARGE), (50, SMALL), (100, LARGE), (1000, LARGE))
IDLE = (1000, 10000)
# Open before memory is looked at for the first time: what a program takes with its first pairs.
IDLE_BEFORE = 10
ROUND_TRIPS = 3000
SETTLE = 1.5  # seconds before memory is looked at
OPEN_SECONDS = 240


class Bench:
    """A program that runs, with a folder of its own."""

    def __init__(self, name, folder):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="relay-", dir=folder))
        make_certificate(self.folder)
        self.relay = RELAYS[name](self.folder)

    def __enter__(self):
        return self.relay

    def __exit__(self, *_):
        self.relay.stop()


def pass_bytes(relay, pairs, message_bytes, seconds):
    before = cpu_seconds(relay.pids())
    (window, *received), (total,) = relay.ask(f"bulk {message_bytes} {seconds}", seconds + 60)
    used = cpu_seconds(relay.pids()) - before
    received = list(map(int, received))
    squares = sum(count * count for count in received)
    return {"mb_per_s": sum(received) / int(window) * 1e3,
            "cpu_s_per_gb": used / int(total) * 1e9,
            "fairness": sum(received) ** 2 / (pairs * squares) if pairs > 1 and squares else None}


def round_trips(relay):
    (times,) = relay.ask(f"rtt {SMALL} {ROUND_TRIPS}", 60)
    return [int(time_ns) / 1e3 for time_ns in times[ROUND_TRIPS // 20:]]


def traffic(name, folder, options, results, reasons):
    with Bench(name, folder) as relay:
        for pairs, message_bytes in options.traffic:
            case = (name, pairs, message_bytes)
            if pairs > relay.most_pairs:
                reasons[case] = f"a process for each pair: not beyond {relay.most_pairs}"
                continue
            relay.ask(f"open {pairs}", OPEN_SECONDS)
            found = pass_bytes(relay, pairs, message_bytes, options.seconds)
            if (pairs, message_bytes) == (1, SMALL):
                found["round_trips"] = round_trips(relay)
            results.setdefault(case, []).append(found)
            say(f"{name}, {pairs} pairs, {message_bytes} bytes: {found['mb_per_s']:.0f} MB/s, "
                f"{found['cpu_s_per_gb']:.2f} CPU s/GB")


def idle(name, folder, options, results, reasons):
    with Bench(name, folder) as relay:
        relay.ask(f"open {IDLE_BEFORE}", OPEN_SECONDS)
        relay.ask(f"wait {SETTLE}", 30)
        before = memory_kib(relay.pids())
        for wanted in options.idle:
            possible = (options.descriptors - BESIDES) // relay.descriptors
            pairs = min(wanted, possible, relay.most_pairs)
            if pairs < wanted:
                reasons[name, wanted, "idle"] = f"{pairs} pairs instead: " + (
                    "a process for each" if pairs == relay.most_pairs else
                    f"a process may have {options.descriptors} descriptors here")
            relay.ask(f"open {pairs}", OPEN_SECONDS)
            relay.ask(f"wait {SETTLE}", 30)
            kib = (memory_kib(relay.pids()) - before) / (pairs - IDLE_BEFORE)
            results.setdefault((name, pairs, None), []).append({"kib_per_idle_pair": kib})
            say(f"{name}, {pairs} idle pairs: {kib:.1f} KiB each")
            if pairs < wanted:
                break


def say(text):
    print(f"[{time.monotonic() - BEGAN:3.0f} s] {text}", file=sys.stderr, flush=True)


BEGAN = time.monotonic()


def run_rounds(options, folder):
    """{(program, pairs, message bytes): [rounds]} and {the same: why not}."""
    results, reasons = {}, {}
    steps = [(traffic, number) for number in range(options.rounds)] + [(idle, 0)] * bool(options.idle)
    for step, number in steps:
        turn = number % len(options.programs)
        for name in options.programs[turn:] + options.programs[:turn]:
            try:
                why = RELAYS[name].missing()
                if why:
                    raise Failed(why)
                step(name, folder, options, results, reasons)
            except (Failed, subprocess.SubprocessError, OSError, ValueError) as error:
                reasons.setdefault((name, 0, None), f"{step.__name__}: {error}")
                say(f"{name} not measured: {error}")
    return results, reasons


def parse(arguments):
    parser = argparse.ArgumentParser(prog="scripts/bench relay", description=(
        "Measures qa-relay and other programs that pass bytes on, one after the other, each on one "
        "core; about five minutes. Best on a machine that does nothing else."))
    parser.add_argument("--programs", help=f"of {','.join(RELAYS)}")
    parser.add_argument("--rounds", type=int, default=2, help="default 2")
    parser.add_argument("--seconds", type=float, default=2, help="of bytes in each case; default 2")
    parser.add_argument("--pairs", type=int, default=10000, help="at most so many; default 10000")
    parser.add_argument("--no-idle", action="store_true", help="leave the idle pairs out")
    report.add_options(parser)
    options = parser.parse_args(arguments)
    options.programs = options.programs.split(",") if options.programs else list(RELAYS)
    for name in options.programs:
        if name not in RELAYS:
            sys.exit(f"bench: unknown program '{name}'; there are {', '.join(RELAYS)}.")
    options.traffic = [case for case in TRAFFIC if case[0] <= options.pairs]
    options.idle = [] if options.no_idle else [n for n in IDLE if n <= options.pairs]
    return options


def measure(options):
    """The rows of the result, and what is to be said about them."""
    options.descriptors = raise_limit()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="qassist-bench-"))
    try:
        results, reasons = run_rounds(options, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    cases = [(name, *case) for case in options.traffic for name in options.programs]
    cases += sorted((case for case in results if case[2] is None),
                    key=lambda case: (case[1], options.programs.index(case[0])))
    about = {"versions": {name: RELAYS[name].version() for name in options.programs},
             "rounds": options.rounds, "seconds": options.seconds, "cores": len(CORES),
             "descriptors": options.descriptors,
             "seconds_in_all": round(time.monotonic() - BEGAN),
             "reasons": {" ".join(str(part) for part in case if part): why
                         for case, why in reasons.items()}}
    return [relay_report.row(case, results.get(case, [])) for case in cases], about


def main(arguments):
    return report.bench("relay", parse(arguments), measure, ["relay-load"], relay_report)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
