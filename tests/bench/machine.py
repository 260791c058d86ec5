"""What a measurement needs of the machine: programs with an end, what they used, displays, ports."""

import os
import pathlib
import re
import select
import socket
import subprocess
import time

TICK = os.sysconf("SC_CLK_TCK")


class Failed(Exception):
    """A program does not do what is to be measured; says why in words."""


def wait_for(condition, what, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise Failed(f"waited {seconds} s in vain for {what}")


def _stat(pid):
    """(parent, start time, ticks of processor time), or None when there is no such process."""
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = text[text.rindex(")") + 2 :].split()
    return int(fields[1]), int(fields[19]), int(fields[11]) + int(fields[12])


def family(roots):
    """These processes and all that they started: {pid: (parent, start time, ticks)}."""
    everybody = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            stat = _stat(int(entry))
            if stat:
                everybody[int(entry)] = stat
    found = {pid: everybody[pid] for pid in roots if pid in everybody}
    grown = True
    while grown:
        more = {p: s for p, s in everybody.items() if s[0] in found and p not in found}
        found.update(more)
        grown = bool(more)
    return found


def cpu_seconds(roots):
    return sum(stat[2] for stat in family(roots).values()) / TICK


def _kib(roots, name, member):
    """Sum of what the kernel says in that file about each process."""
    total = 0
    for pid in family(roots):
        try:
            text = pathlib.Path(f"/proc/{pid}/{name}").read_text()
        except OSError:
            continue
        found = re.search(rf"^{member}:\s+(\d+) kB", text, re.M)
        total += int(found[1]) if found else 0
    return total


def peak_memory(roots):
    """Sum of the most that each process ever had in memory, in MiB."""
    return _kib(roots, "status", "VmHWM") / 1024


def memory_kib(roots):
    """What these processes have in memory now; what they share counts in part for each (PSS)."""
    return _kib(roots, "smaps_rollup", "Pss")


def tcp_bytes(roots):
    """Bytes that these processes sent and received through TCP connections that are still open."""
    owners = set(family(roots))
    lines = subprocess.run(["ss", "-tinpHO", "state", "established"], capture_output=True,
                           text=True, timeout=10, check=True).stdout.splitlines()
    total = 0
    for line in lines:
        if owners & {int(pid) for pid in re.findall(r"pid=(\d+)", line)}:
            total += sum(map(int, re.findall(r"bytes_(?:sent|received):(\d+)", line)))
    return total


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port, program):
    wanted = f"0100007F:{port:04X} 00000000:0000 0A"

    def listens():
        program.check()
        tables = pathlib.Path("/proc/net/tcp").read_text()
        return wanted in tables or f"00000000:{port:04X} 00000000:0000 0A" in tables

    wait_for(listens, f"{program.name} to listen")


class Program:
    """A process of ours. stop() ends it and what it started, and nobody else."""

    def __init__(self, command, env, log, stdin=None, stdout=None, pass_fds=()):
        self.name = pathlib.Path(command[0]).name
        self._log = pathlib.Path(log)
        with open(self._log, "ab") as stream:
            self.process = subprocess.Popen([str(part) for part in command], env=env,
                                            stdin=stdin or subprocess.DEVNULL,
                                            stdout=stdout or stream, stderr=stream,
                                            pass_fds=pass_fds)
        self.pid = self.process.pid

    def check(self):
        if self.process.poll() is not None:
            raise Failed(f"{self.name} ended with {self.process.returncode}: {self.last_words()}")

    def last_words(self):
        return self._log.read_text(errors="replace").strip()[-300:] or "without a word"

    def stop(self, seconds=5):
        started = family([self.pid])
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()
        for pid, (_, start, _) in started.items():
            now = _stat(pid)
            if pid != self.pid and now and now[1] == start:
                os.kill(pid, 9)


class Conversation:
    """Lines from a program, each waited for with a time limit."""

    def __init__(self, program):
        self.program = program
        self._rest = b""

    def line(self, end):
        stream = self.program.process.stdout.fileno()
        while b"\n" not in self._rest:
            ready, _, _ = select.select([stream], [], [], max(0, end - time.monotonic()))
            piece = os.read(stream, 65536) if ready else b""
            if not piece:
                self.program.check()
                raise Failed(f"{self.program.name} said nothing in time; {self.program.last_words()}")
            self._rest += piece
        line, self._rest = self._rest.split(b"\n", 1)
        return line.decode()

    def rest(self, seconds):
        """All that comes until the program ends."""
        output, _ = self.program.process.communicate(timeout=seconds)
        return (self._rest + output).decode()

    def say(self, text):
        self.program.process.stdin.write((text + "\n").encode())
        self.program.process.stdin.flush()


class Probe:
    """A running tests/bench/probe.c and how to talk to it."""

    def __init__(self, program, talk=None):
        self.program = program
        self.talk = talk or Conversation(program)

    def command(self, line, seconds=20):
        """The words of each line of the answer."""
        self.talk.say(line)
        end = time.monotonic() + seconds
        answer = []
        while True:
            words = self.talk.line(end).split()
            if words == ["done"]:
                return answer
            answer.append(words)


def read_announced(reader, seconds, what):
    """The line that a program writes into a descriptor when it is ready."""
    end = time.monotonic() + seconds
    text = b""
    while not text.endswith(b"\n"):
        ready, _, _ = select.select([reader], [], [], max(0, end - time.monotonic()))
        piece = os.read(reader, 64) if ready else b""
        if not piece:
            raise Failed(f"{what} did not start in time")
        text += piece
    return text.decode().strip()


def start_display(size, env, folder, name):
    """An X server without a screen; (program, its DISPLAY)."""
    reader, writer = os.pipe()
    server = None
    try:
        server = Program(["Xvfb", "-displayfd", str(writer), "-screen", "0", f"{size}x24",
                          "-nolisten", "tcp", "-noreset", "-s", "0"], env, folder / f"{name}.log",
                         pass_fds=[writer])
        os.close(writer)
        writer = -1
        return server, ":" + read_announced(reader, 20, f"an X server of {size}")
    except BaseException:
        if server:
            server.stop()
        raise
    finally:
        os.close(reader)
        if writer >= 0:
            os.close(writer)
