"""scripts/bench screen: shares the same displays by several programs and measures each; see
docs/performance.md for the method. The entry is main()."""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import report
import screen_report
from machine import (Conversation, Failed, Probe, Program, cpu_seconds, peak_memory,
                     start_display, tcp_bytes)
from programs import BUILD, DEFAULT, LEAST, PROGRAMS, pids, versions

SOURCES = ["idle", "typing", "scroll", "window", "video", "fullvideo"]
# A whole run is to take no more than 25 minutes, and starting takes most of a round: rather few of
# them. 3840x2160 is a look at what four times the pixels do.
ROUNDS = {"1920x1080": 2, "3840x2160": 1}
SECONDS = {"1920x1080": 5, "3840x2160": 3}
KEYS = {"1920x1080": 105, "3840x2160": 10}
# Each window at the display's corner, so that all of the picture is on it.
AT_THE_CORNER = """<openbox_config xmlns="http://openbox.org/3.4/rc"><applications>
<application class="*"><position force="yes"><x>0</x><y>0</y></position></application>
</applications></openbox_config>"""
SETTLE = 2  # seconds from the first picture to the measurement


class Stage:
    """A display to share with something going on, and one to view it on, with a probe."""

    def __init__(self, size, source):
        self.size = size
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="qassist-bench-"))
        self.running = []
        width, height = map(int, size.split("x"))
        try:
            self.shared_display = self._display(size, "shared")
            # Room for a window's frame and bars, so that the picture itself is shown 1:1.
            self.viewer_display = self._display(f"{width * 9 // 8 + 80}x{height * 9 // 8 + 185}",
                                                "viewer")
            rules = self.folder / "openbox.xml"
            rules.write_text(AT_THE_CORNER)
            self._run(["openbox", "--config-file", rules], self.viewer_display)
            self.source = self._run([BUILD / "tests" / "bench" / "source", source],
                                    self.shared_display, stdout=subprocess.PIPE)
            self.source_talk = Conversation(self.source)
            self.stamps = []
            while (line := self.source_talk.line(time.monotonic() + 60)) != "ready":
                self.stamps.append(line)
            self.probe = Probe(self._run([BUILD / "tests" / "bench" / "probe"],
                                         self.viewer_display, stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE))
        except BaseException:
            self.close()
            raise

    def environment(self, **extra):
        """Nothing of the user's own configuration, keys or services."""
        env = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LC_ALL": "C.UTF-8",
               "XDG_RUNTIME_DIR": str(self.folder), "GTK_A11Y": "none",
               "QASSIST_WORKER": str(BUILD / "libqassist" / "worker" / "qassist-worker")}
        env.update(extra)
        return env

    def _display(self, size, name):
        server, display = start_display(size, self.environment(), self.folder, name)
        self.running.append(server)
        return display

    def _run(self, command, display, **pipes):
        name = pathlib.Path(command[0]).name
        program = Program(command, self.environment(DISPLAY=display), self.folder / f"{name}.log",
                          **pipes)
        self.running.append(program)
        return program

    def drawn(self):
        """Ends the source; when it began to draw each frame: {number: nanoseconds}."""
        self.source.process.terminate()
        lines = self.source_talk.rest(20).splitlines()
        return {int(number): int(when) for _, number, when in map(str.split, lines)}

    def close(self):
        for program in reversed(self.running):
            program.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def usage(remote):
    return {
        "time": time.monotonic(),
        "server": cpu_seconds(pids(remote.server)),
        "viewer": cpu_seconds(pids(remote.viewer)),
        "relay": cpu_seconds(pids(remote.relay)),
        "bytes": tcp_bytes(pids(remote.server)),
    }


def frame_delays(drawn, seen, start, end):
    """Milliseconds from drawing each frame until it, or a later one, is seen; in drawing order.

    A frame that was skipped thus counts as late as its successor; what was drawn in the last second
    is left out, what was never seen counts up to the end."""
    delays = []
    waiting = iter(seen)
    number, when = next(waiting, (None, end))
    for frame, began in sorted(drawn.items()):
        if began < start or began > end - 1_000_000_000:
            continue
        while number is not None and number < frame:
            number, when = next(waiting, (None, end))
        delays.append((when - began) / 1e6)
    return delays


def find_picture(stage):
    """Tells the probe where the stamps are; returns the place of the one for keys."""
    found = stage.probe.command("find 25", 60)
    missing = [stamp for stamp in stage.stamps if found[0] == ["missing"] or stage.probe.command(stamp)]
    if found[0] == ["missing"] or missing:
        raise Failed("its viewer does not show the whole picture in actual size")
    return int(found[0][1]), int(found[0][2])


def measure(stage, remote, options):
    """The figures of one round, with all delays of keys for the percentiles over all rounds."""
    seconds, pressed = options.seconds[stage.size], options.keys[stage.size]
    remote.start()
    key_x, key_y = find_picture(stage)
    remote.check()
    if pressed:
        remote.allow_keys()
    # Away from all stamps; the click gives the viewer the keyboard.
    stage.probe.command(f"click {key_x + 600} {key_y + 8}")
    stage.probe.command(f"watch {SETTLE}")

    before = usage(remote)
    *seen, watched = stage.probe.command(f"watch {seconds}", seconds + 20)
    after = usage(remote)
    start, end, changes, torn = map(int, watched[1:])
    seen = [(int(number), int(when)) for _, number, when in seen]
    wall = after["time"] - before["time"]
    keys = stage.probe.command(f"keys {pressed}", 20 + 2.2 * pressed) if pressed else []
    remote.check()
    memory = peak_memory(pids(remote.server + remote.viewer + remote.relay))
    drawn = stage.drawn()
    in_time = sum(start <= when < end for when in drawn.values()) / seconds

    def percent(side):
        return 100 * (after[side] - before[side]) / wall

    return {
        "fps": len(seen) / seconds,
        "frame_delays": frame_delays(drawn, seen, start, end),
        "drawn_fps": in_time,
        "torn": torn / changes if changes and drawn else 0,
        "key_delays": [(int(at) - int(pressed)) / 1e6 if int(at) >= 0 else None
                       for _, pressed, at in keys],
        "server_cpu_percent": percent("server"),
        "viewer_cpu_percent": percent("viewer"),
        "relay_cpu_percent": percent("relay") if remote.relay else None,
        "kib_per_s": (after["bytes"] - before["bytes"]) / 1024 / wall,
        "peak_rss_mib": memory,
    }


def run_case(program, source, size, options):
    stage = Stage(size, source)
    remote = PROGRAMS[program](stage)
    try:
        return measure(stage, remote, options)
    finally:
        if options.keep_logs:
            for log in sorted(stage.folder.glob("*.log")):
                print(f"-- {log.name}\n{log.read_text(errors='replace')[-2000:]}", file=sys.stderr)
        try:
            remote.stop()
        finally:
            stage.close()


def choose(known, text, default, what):
    chosen = text.split(",") if text else list(default)
    for name in chosen:
        if name not in known:
            sys.exit(f"bench: unknown {what} '{name}'; there are {', '.join(known)}.")
    return chosen


def parse(arguments):
    parser = argparse.ArgumentParser(prog="scripts/bench screen", description=(
        "Measures qassist and its peers side by side, one after the other; about a quarter of a "
        "minute for each program, source and round. Best on a machine that does nothing else."))
    parser.add_argument("--quick", action="store_true",
                        help="1920x1080 only, one round, fewer keys; for a look, not for figures")
    parser.add_argument("--programs", help=f"of {','.join(PROGRAMS)}; default the first "
                                           f"{len(DEFAULT)}")
    parser.add_argument("--sources", help=f"of {','.join(SOURCES)}")
    parser.add_argument("--sizes", help=f"of {','.join(ROUNDS)}")
    parser.add_argument("--rounds", type=int, help="of every size; default " + ", ".join(
        f"{rounds} of {size}" for size, rounds in ROUNDS.items()))
    parser.add_argument("--seconds", type=float, help="to watch, in each round; default " + ", ".join(
        f"{seconds} at {size}" for size, seconds in SECONDS.items()))
    parser.add_argument("--keys", type=int, help="to press, in each round; 0: none; default " + ", ".join(
        f"{keys} at {size}" for size, keys in KEYS.items()))
    parser.add_argument("--keep-logs", action="store_true", help="print what the programs said")
    report.add_options(parser)
    options = parser.parse_args(arguments)
    options.programs = choose(PROGRAMS, options.programs, DEFAULT, "program")
    options.sources = choose(SOURCES, options.sources, SOURCES, "source")
    options.sizes = choose(ROUNDS, options.sizes, list(ROUNDS)[:1 if options.quick else None], "size")
    options.rounds = {size: options.rounds or (1 if options.quick else ROUNDS[size])
                      for size in options.sizes}
    options.seconds = {size: options.seconds or SECONDS[size] for size in options.sizes}
    if options.keys is None and options.quick:
        options.keys = 40
    options.keys = {size: KEYS[size] if options.keys is None else options.keys
                    for size in options.sizes}
    return options


def plan(options):
    """What is to be measured, in order: (round, (size, source, program)). Programs take turns within
    each round, and who is first changes from round to round. What the displays take is measured at
    the first size only."""
    for size in options.sizes:
        for number in range(options.rounds[size]):
            turn = number % len(options.programs)
            for source in options.sources:
                for program in options.programs[turn:] + options.programs[:turn]:
                    if program not in LEAST or size == options.sizes[0]:
                        yield number + 1, (size, source, program)


def clock(seconds):
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


class Progress:
    """Tells how far a run is, and about how long the rest takes: as long as cases of the same size
    and program took so far."""

    def __init__(self, cases):
        self.cases = [(size, program) for _, (size, _, program) in cases]
        self.begin = time.monotonic()
        self.took = {}

    def _expected(self, kind):
        known = self.took.get(kind) or [x for times in self.took.values() for x in times]
        return sum(known) / len(known)

    def done(self, case, seconds, said):
        size, source, program = case
        self.took.setdefault((size, program), []).append(seconds)
        number = sum(map(len, self.took.values()))
        left = sum(map(self._expected, self.cases[number:]))
        print(f"[{number}/{len(self.cases)}, {clock(time.monotonic() - self.begin)} gone, about "
              f"{clock(left)} left] {size} {source} {program}: {said} ({seconds:.0f} s)",
              file=sys.stderr, flush=True)


def run_rounds(options):
    """{(size, source, program): [rounds]} and {the same: why not}."""
    results, reasons = {}, {}
    cases = list(plan(options))
    progress = Progress(cases)
    for _, case in cases:
        size, source, program = case
        start = time.monotonic()
        try:
            why = PROGRAMS[program].missing()
            if why:
                raise Failed(why)
            found = run_case(program, source, size, options)
            results.setdefault(case, []).append(found)
            said = (f"{found['fps']:.1f} of {found['drawn_fps']:.1f} fps, "
                    f"{found['server_cpu_percent']:.0f}% server, {100 * found['torn']:.0f}% torn")
        except (Failed, subprocess.SubprocessError, OSError) as error:
            reasons.setdefault(case, str(error))
            said = f"not measured: {error}"
        progress.done(case, time.monotonic() - start, said)
    return results, reasons


def measure_all(options):
    """The rows of the result, and what is to be said about them."""
    results, reasons = run_rounds(options)
    cases = list(dict.fromkeys(case for _, case in plan(options)))
    cases.sort(key=lambda case: (options.sizes.index(case[0]), options.sources.index(case[1]),
                                 options.programs.index(case[2])))
    rows = {case: screen_report.row(case, results.get(case, [])) for case in cases}
    about = {"versions": versions(), "rounds": options.rounds, "seconds": options.seconds,
             "keys": {size: options.keys[size] * rounds for size, rounds in options.rounds.items()},
             "cpus": os.cpu_count(),
             "least": [row for case, row in rows.items() if case[2] in LEAST],
             # Whether the machine could draw what was to be shared.
             "drawn_fps": {" ".join(case): min(one["drawn_fps"] for one in rounds)
                           for case, rounds in results.items()},
             # Changes of the viewer's display after which no whole frame was there.
             "torn": {" ".join(case): round(max(one["torn"] for one in rounds), 3)
                      for case, rounds in results.items()},
             "reasons": {" ".join(case): why for case, why in reasons.items()}}
    return [row for case, row in rows.items() if case[2] not in LEAST], about


def main(arguments):
    return report.bench("screen", parse(arguments), measure_all,
                        ["source", "probe", "probe-library", "mirror"], screen_report)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
