"""Several relays as the nodes of one service, with what stands around them: a Redis or Valkey and an HAProxy."""

import os
import pathlib
import shutil
import socket
import subprocess

from relay_client import Client, Closed
from relay_fixture import free_port, start_relay
from tools import wait_until


def is_listening(port):
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
        return True
    except OSError:
        return False


class Service:
    """A program that listens on a port of its own; the same port each time that it is started."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.port = free_port()
        self.process = None

    def run(self, *arguments):
        with open(self.folder / f"{type(self).__name__}.log", "ab") as log:
            self.process = subprocess.Popen(list(map(str, arguments)), stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, cwd=self.folder)
        wait_until(lambda: is_listening(self.port), f"{arguments[0]} to listen")

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None


class Directory(Service):
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    password = "pass@word"

    @property
    def url(self):
        return f"redis://default:pass%40word@127.0.0.1:{self.port}/1"

    def start(self):
        self.run(self.program, "--port", self.port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
                 "--requirepass", self.password)

    def command(self, *words):
        """One command, by hand; the answer's bytes as they are, errors too."""
        with socket.create_connection(("127.0.0.1", self.port), 30) as sock:
            sock.sendall(f"AUTH {self.password}\r\nSELECT 1\r\n{' '.join(words)}\r\nQUIT\r\n".encode())
            answer = b""
            while piece := sock.recv(65536):
                answer += piece
        return answer

    def everything(self):
        """All keys and values, as bytes."""
        text = self.command("KEYS", "*")
        for key in text.split(b"\r\n"):
            if key.startswith(b"qa:"):
                text += self.command("DUMP", key.decode())
        return text


class Balancer(Service):
    program = shutil.which("haproxy") or "/usr/sbin/haproxy"

    def start(self, nodes=None):
        path = self.folder / "haproxy.cfg"
        if nodes:
            servers = "".join(f"  server n{i} 127.0.0.1:{node.port}\n" for i, node in enumerate(nodes))
            path.write_text("defaults\n  mode tcp\n  timeout connect 2s\n  timeout client 1h\n  timeout server 1h\n"
                            "  retries 6\n  option redispatch 1\n"
                            f"listen relay\n  bind 127.0.0.1:{self.port}\n  balance roundrobin\n{servers}")
        self.run(self.program, "-db", "-f", path)

    @property
    def url(self):
        return f"wss://localhost:{self.port}"


class Cluster:
    def __init__(self, folder, count=3, **options):
        self.folder = pathlib.Path(folder)
        self.options = {"joins_per_minute": 100000, "creates_per_minute": 100000, "rejoins_per_minute": 100000,
                        **options}
        self.directory = Directory(folder)
        self.balancer = Balancer(folder)
        self.nodes = []
        self.key = self.folder / "cluster.key"
        self.key.write_text(os.urandom(32).hex())
        self.key.chmod(0o600)
        self.directory.start()
        try:
            self._start_nodes(count)
            self.balancer.start(self.nodes)
        except BaseException:
            self.stop()
            raise
        self.token, self.ca, self.token_file = self.nodes[0].token, self.nodes[0].ca, self.nodes[0].token_file

    def _start_nodes(self, count):
        for number in range(count):
            folder = self.folder / f"node{number}"
            folder.mkdir()
            if number:  # the accounts and the certificate are the same everywhere
                (folder / "relay-state").mkdir(mode=0o700)
                for path in (self.folder / "node0" / "relay-state").iterdir():
                    if path.suffix not in (".db", ".lock") and not path.name.endswith(("-wal", "-shm")):
                        shutil.copy2(path, folder / "relay-state")
            self.nodes.append(self._start(folder, free_port()))
        for node in self.nodes:
            wait_until(lambda: self.seen_by(node) == count, "the nodes to find each other")

    def _start(self, folder, port):
        node = start_relay(folder, listen=f"127.0.0.1:{port}", node_url=f"wss://localhost:{port}",
                           directory=self.directory.url, cluster_key=self.key, verbose=True, **self.options)
        node.folder = folder
        return node

    def start_again(self, node):
        """One that was killed, at the same place."""
        new = self._start(node.folder, node.port)
        self.nodes[self.nodes.index(node)] = new
        return new

    def seen_by(self, node):
        """How many nodes that one knows."""
        lines = [line for line in node.log.splitlines() if "event=nodes count=" in line]
        return int(lines[-1].rsplit("=", 1)[1]) if lines else 0

    def node_at(self, port):
        return next(node for node in self.nodes if node.port == port)

    def stop(self):
        for node in self.nodes:
            node.kill()
        self.balancer.kill()
        self.directory.kill()


class Place:
    """Where a node sends a client to."""

    def __init__(self, port, ca):
        self.port, self.ca = port, ca


def ask(node, message):
    """Says it at this node and, where that sends the client on, there; the client, its node's port, the answer."""
    place = Place(node.port, node.ca)
    for _ in range(4):  # as programs do: a node that drains or was started again is not known to all yet
        client = Client(place)
        client.send_json(version=1, **message)
        answer = client.receive_json()
        if answer["type"] != "move":
            return client, place.port, answer
        client.receive_close()
        client.drop()
        place = Place(int(answer["url"].rsplit(":", 1)[1]), node.ca)
        message = {**message, "pass": answer["pass"]}
    raise AssertionError("sent on and on")


def ask_until(node, message, wanted):
    """The same, again and again, until the answer's type is that."""
    def once():
        try:
            client, port, answer = ask(node, message)
        except (OSError, Closed):
            return None
        if answer["type"] == wanted:
            return client, port, answer
        client.drop()
        return None

    return wait_until(once, f"the answer {wanted}", 60)
