"""Running qa-help and qa-share as programs do: JSON events out, commands in."""

import json
import os
import pathlib
import queue
import signal
import subprocess
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("QASSIST_BUILD", ROOT / "build"))
# Sanitizer builds and busy machines are slow; no test asserts that anything is fast.
SLOW = float(os.environ.get("QASSIST_SLOW", "1"))
PATIENCE = 30 * SLOW


def environment(**extra):
    # `env -i` in spirit: nothing of the tester's own display, proxy or configuration leaks in.
    kept = ("PATH", "HOME", "LANG", "TMPDIR", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS")
    env = {name: os.environ[name] for name in kept if name in os.environ}
    env["QASSIST_WORKER"] = str(BUILD / "libqassist" / "worker" / "qassist-worker")
    env["QASSIST_LOCALEDIR"] = str(BUILD / "po")
    env["LC_ALL"] = "C.UTF-8"
    env.update(extra)
    return env


def wait_until(condition, what, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"waited {seconds:.0f} s in vain for {what}")


class Tool:
    """A running tool; its events are kept in the order in which they came."""

    def __init__(self, name, arguments, log_folder, folder=BUILD / "tools", prefix=(), **env):
        self.name = name
        self.events = []
        self._queue = queue.Queue()
        self._stderr_path = pathlib.Path(log_folder) / f"{name}-{time.monotonic_ns()}.stderr"
        program = folder / name
        with open(self._stderr_path, "wb") as stderr:
            self.process = subprocess.Popen(
                [*prefix, str(program), *map(str, arguments)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                env=environment(**env),
            )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self._queue.put(json.loads(line))
        self._queue.put(None)

    @property
    def stderr(self):
        return self._stderr_path.read_text(errors="replace")

    def _next(self, end):
        event = self._queue.get(timeout=max(0.01, end - time.monotonic()))
        if event is None:
            self._queue.put(None)
            raise EOFError
        self.events.append(event)
        return event

    def wait(self, name, seconds=PATIENCE, **wanted):
        """The next event of this name with these members; what comes before it is kept in events."""
        end = time.monotonic() + seconds
        try:
            while True:
                event = self._next(end)
                if event["event"] == name and all(event.get(k) == v for k, v in wanted.items()):
                    return event
        except (queue.Empty, EOFError):
            raise AssertionError(
                f"{self.name}: no event {name} {wanted}; came: {self.events[-12:]}; "
                f"stderr: {self.stderr[-3000:]}"
            ) from None

    def drain(self, seconds=0.0):
        """Takes in what came until now, or comes in so many seconds."""
        end = time.monotonic() + seconds
        while True:
            try:
                self._next(end)
            except (queue.Empty, EOFError):
                return self.events

    def seen(self, name, **wanted):
        return [
            e
            for e in self.events
            if e["event"] == name and all(e.get(k) == v for k, v in wanted.items())
        ]

    def say(self, line):
        self.process.stdin.write((line + "\n").encode())
        self.process.stdin.flush()

    def script(self, lines):
        """Lines of a qa-help script, one after the other."""
        self.say(lines)

    def answer(self, word, **more):
        self.say(json.dumps({"answer": word, **more}))

    def command(self, word, **more):
        self.say(json.dumps({"command": word, **more}))

    def finish(self, seconds=PATIENCE):
        """Waits for the end; returns (exit code, error name or None)."""
        end = self.wait("end", seconds)
        code = self.process.wait(timeout=PATIENCE)
        assert code == end["exit"], f"{self.name}: exit code {code}, event {end}; {self.stderr[-6000:]}"
        return code, end["error"]

    def kill(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def children(self):
        path = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in path.read_text().split()]

    def descriptors(self):
        """What the process has open, as readlink says it."""
        found = []
        for entry in pathlib.Path(f"/proc/{self.process.pid}/fd").iterdir():
            try:
                found.append(os.readlink(entry))
            except FileNotFoundError:
                pass
        return found


class Session:
    """A helper and a sharer on one relay, with what tests do over and over."""

    def __init__(self, relay, display, folder, relay_url=None):
        self.relay = relay
        self.url = relay_url or relay.url
        self.display = display
        self.folder = folder
        self.tools = []
        self.prefixes = {}  # of a tool's name: a command that runs it elsewhere

    def _start(self, name, arguments, **env):
        tool = Tool(name, arguments, self.folder, prefix=self.prefixes.get(name, ()), **env)
        self.tools.append(tool)
        return tool

    def start_helper(self, *arguments):
        self.helper = self._start(
            "qa-help",
            ["--relay", self.url, "--ca", self.relay.ca, "--token-file", self.relay.token_file,
             "--headless", "--json-frames", "--input", "-", *arguments],
        )
        self.code = self.helper.wait("code")["code"]
        return self.helper

    def start_sharer(self, *arguments, code=None, display=None):
        self.sharer = self._start(
            "qa-share",
            ["--relay", self.url, "--ca", self.relay.ca, "--json", *arguments,
             code or self.code],
            DISPLAY=display or self.display.name,
        )
        return self.sharer

    def allow_view(self):
        self.sharer.wait("consent", permission="view")
        self.sharer.answer("allow")
        self.sharer.wait("state", state="active")
        self.helper.wait("frame")

    def allow_control(self):
        self.sharer.wait("consent", permission="control")
        self.sharer.answer("allow")
        self.helper.wait("permissions", permissions=["view", "control"])

    def end(self):
        """By the helper, and both go in order."""
        self.helper.script("end")
        assert self.helper.finish() == (0, None)
        assert self.sharer.finish() == (0, None)

    def stop(self):
        for tool in self.tools:
            tool.kill()
