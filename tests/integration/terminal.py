"""A program in a terminal of its own, as a person sees and types it."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

from tools import BUILD, PATIENCE, environment

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    def __init__(self, name, *arguments, columns=80, rows=24, **env):
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.before = termios.tcgetattr(self.slave)
        self.text = ""
        self.process = subprocess.Popen(
            [str(BUILD / "tools" / name), *map(str, arguments)],
            stdin=self.slave, stdout=self.slave, stderr=self.slave, env=environment(**env),
            start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))

    def _read(self, seconds):
        if select.select([self.master], [], [], seconds)[0]:
            data = os.read(self.master, 65536).decode("utf-8", "replace")
            self.text += ESCAPES.sub("", data)

    def wait(self, words, since=0, seconds=PATIENCE):
        """Waits until the words were written after `since`; returns the place after them."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            # The terminal breaks lines where it likes.
            found = re.compile(r"\s+".join(map(re.escape, words.split()))).search(self.text, since)
            if found:
                return found.end()
            self._read(0.1)
        raise AssertionError(f"waited in vain for '{words}'; there is: {self.text[-2000:]}")

    def look(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._read(0.05)
        return self.text

    def type(self, text):
        os.write(self.master, text.encode())

    def is_as_before(self):
        return termios.tcgetattr(self.slave) == self.before

    def finish(self, seconds=PATIENCE):
        end = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < end:
            self._read(0.05)
        code = self.process.wait(timeout=1)
        self.look(0.2)
        return code

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)
