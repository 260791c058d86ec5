"""A stretch of network between the tools and the relay that a test can cut and mend, for each tool apart.

`cut` ends the TCP connections and lets none through any more, as a router that was switched off and tells so;
`freeze` lets nothing pass and says nothing, as a cable that was pulled."""

import os
import pathlib
import select
import socket
import threading


def owner_has(pid, port):
    """Whether the process holds the local TCP socket with this port."""
    inodes = set()
    for table in ("tcp", "tcp6"):
        for row in pathlib.Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = row.split()
            if int(fields[1].rsplit(":", 1)[1], 16) == port:
                inodes.add(f"socket:[{fields[9]}]")
    try:
        for entry in pathlib.Path(f"/proc/{pid}/fd").iterdir():
            try:
                if os.readlink(entry) in inodes:
                    return True
            except OSError:
                pass
    except OSError:
        pass
    return False


class Way:
    """One connection through the proxy."""

    def __init__(self, near, far):
        self.near, self.far = near, far
        self.port = near.getpeername()[1]

    def close(self):
        self.near.close()
        self.far.close()


class CutProxy:
    def __init__(self, relay_port):
        self.relay_port = relay_port
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.url = f"wss://localhost:{self.port}"
        self.lock = threading.Lock()
        self.ways = []
        self.lost = []  # ends at the relay
        self.cut_off, self.frozen = set(), set()  # pids, or None for everybody
        self.connections = 0
        self.running = True
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _concerns(self, pids, port):
        return None in pids or any(owner_has(pid, port) for pid in pids)

    def cut(self, pid=None):
        with self.lock:
            self.cut_off.add(pid)
            for way in list(self.ways):
                if self._concerns(self.cut_off, way.port):
                    self.ways.remove(way)
                    way.close()

    def lose(self, pid):
        """Its connections end without a word to the relay, which goes on taking them for alive."""
        with self.lock:
            for way in [way for way in self.ways if owner_has(pid, way.port)]:
                self.ways.remove(way)
                way.near.close()
                self.lost.append(way.far)

    def freeze(self, pid=None):
        with self.lock:
            self.frozen.add(pid)

    def mend(self):
        """New connections pass again; what was frozen and is still wanted goes on."""
        with self.lock:
            self.cut_off.clear()
            self.frozen.clear()

    def _accept(self):
        near, _ = self.listener.accept()
        port = near.getpeername()[1]
        if self._concerns(self.cut_off, port):
            near.close()
            return
        self.connections += 1
        try:
            far = socket.create_connection(("127.0.0.1", self.relay_port), timeout=5)
        except OSError:
            near.close()
            return
        for one in (near, far):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            one.settimeout(None)
        self.ways.append(Way(near, far))

    def _pass_on(self, way, source, target):
        try:
            data = source.recv(65536)
            if data:
                target.sendall(data)
                return
        except OSError:
            pass
        self.ways.remove(way)
        way.close()

    def _run(self):
        while self.running:
            with self.lock:
                passing = [w for w in self.ways if not self._concerns(self.frozen, w.port)]
                sockets = [self.listener] + [s for w in passing for s in (w.near, w.far)]
            try:
                ready, _, _ = select.select(sockets, [], [], 0.05)
            except (OSError, ValueError):
                continue  # one of them was cut meanwhile
            with self.lock:
                for one in ready:
                    if one is self.listener:
                        self._accept()
                        continue
                    for way in passing:
                        if one in (way.near, way.far) and way in self.ways:
                            self._pass_on(way, one, way.far if one is way.near else way.near)

    def stop(self):
        self.running = False
        self.thread.join(10)
        self.listener.close()
        for way in self.ways:
            way.close()
        for far in self.lost:
            far.close()
