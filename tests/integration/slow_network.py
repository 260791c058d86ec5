"""A slow, far and lossy network between two network namespaces, made without rights on this computer.

Each side is a namespace with a tun device; the process between them, this file run as a program,
passes packets on as a bad line does: at a rate, after a delay, through a queue of its own that drops
what does not fit, and losing some. TCP at both ends meets real losses. (tc's netem would do the same,
where a kernel has it.)"""

import ctypes
import errno
import fcntl
import heapq
import os
import pathlib
import random
import select
import shutil
import struct
import subprocess
import sys
import time

NEAR, FAR = "10.77.0.1", "10.77.0.2"
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 1, 0x1000
QUEUE_SECONDS = 0.25
HOSTS = "10.77.0.1 localhost\n"


class Unavailable(Exception):
    """This computer lets a test make no such network; says why."""


class Line:
    """One direction."""

    def __init__(self, rate, delay, loss, seed):
        self.rate, self.delay, self.loss = rate, delay, loss
        self.random = random.Random(seed)
        self.free = 0.0
        self.waiting = []
        self.count = 0

    def take(self, packet, now):
        if self.random.random() < self.loss:
            return
        start = max(now, self.free)
        if start - now > QUEUE_SECONDS:
            return
        self.free = start + len(packet) / self.rate
        self.count += 1
        heapq.heappush(self.waiting, (self.free + self.delay, self.count, packet))

    def give(self, now, descriptor):
        while self.waiting and self.waiting[0][0] <= now:
            try:
                os.write(descriptor, heapq.heappop(self.waiting)[2])
            except OSError as error:
                if error.errno not in (errno.EAGAIN, errno.ENOBUFS, errno.EIO):
                    raise


def open_tun(name, address, peer):
    descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI))
    for command in ("link set lo up", f"addr add {address} peer {peer} dev {name}",
                    f"link set {name} up"):
        subprocess.run(["ip", *command.split()], check=True)
    return descriptor


def enter(pid):
    libc = ctypes.CDLL(None, use_errno=True)
    with open(f"/proc/{pid}/ns/net") as namespace:
        if libc.setns(namespace.fileno(), 0):
            raise OSError(ctypes.get_errno(), "setns")


def carry(far_pid, rate, delay, loss):
    near = open_tun("slow", NEAR, FAR)
    enter(far_pid)
    far = open_tun("slow", FAR, NEAR)
    lines = {near: (Line(rate, delay, loss, 1), far), far: (Line(rate, delay, loss, 2), near)}
    print("ready", flush=True)
    poll = select.poll()
    poll.register(near, select.POLLIN)
    poll.register(far, select.POLLIN)
    poll.register(0, select.POLLIN)
    while True:
        due = [line.waiting[0][0] for line, _ in lines.values() if line.waiting]
        wait = max(0.0, min(due) - time.monotonic()) * 1000 if due else None
        for descriptor, _ in poll.poll(wait):
            if descriptor == 0:
                return
            try:
                packet = os.read(descriptor, 65536)
            except BlockingIOError:
                continue
            lines[descriptor][0].take(packet, time.monotonic())
        for line, target in lines.values():
            line.give(time.monotonic(), target)


class SlowNetwork:
    """`near` and `far` are command prefixes; from far, localhost is the near side."""

    def __init__(self, folder, rate, delay, loss):
        self.processes = []
        for program in ("unshare", "nsenter", "ip", "mount"):
            if not shutil.which(program):
                raise Unavailable(f"there is no {program}")
        try:
            self._make(pathlib.Path(folder), rate, delay, loss)
        except BaseException:
            self.stop()
            raise

    def _hold(self, *command):
        process = subprocess.Popen([*command, "sh", "-c", "echo up; read end"], text=True,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        self.processes.append(process)
        if process.stdout.readline() != "up\n":
            raise Unavailable(f"no namespaces: {process.stderr.read().strip()}")
        return process.pid

    def _make(self, folder, rate, delay, loss):
        near = self._hold("unshare", "--user", "--map-root-user", "--net", "--mount")
        self.near = ["nsenter", "--preserve-credentials", "--user", "--net", "--mount",
                     "--target", str(near)]
        far = self._hold(*self.near, "unshare", "--net", "--mount")
        self.far = [*self.near[:-1], str(far)]
        hosts = folder / "hosts"
        hosts.write_text(HOSTS)
        subprocess.run([*self.far, "mount", "--bind", hosts, "/etc/hosts"], check=True)
        line = subprocess.Popen([*self.near, sys.executable, __file__, str(far), str(rate),
                                 str(delay), str(loss)], text=True, stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.processes.append(line)
        if line.stdout.readline() != "ready\n":
            raise Unavailable(f"no tun device: {line.stderr.read().strip().splitlines()[-1:]}")

    def stop(self):
        for process in reversed(self.processes):
            process.kill()
            process.wait()


if __name__ == "__main__":
    carry(int(sys.argv[1]), *map(float, sys.argv[2:5]))
