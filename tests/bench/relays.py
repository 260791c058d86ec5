"""The relays of bytes that are measured: how each is started, on one core, to pass bytes on."""

import json
import os
import pathlib
import resource
import shutil
import subprocess
import time

from machine import Conversation, Probe, Program, free_port, read_announced, wait_for_port
from programs import BUILD, own_version, package_version

CORES = sorted(os.sched_getaffinity(0))
RELAY_CORE, LOAD_CORE = str(CORES[0]), str(CORES[-1])
DESCRIPTORS = 65536
# Descriptors besides those of the pairs.
BESIDES = 300


def raise_limit():
    """As many descriptors as this session may give its processes."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY or hard >= DESCRIPTORS:
        resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, hard))
        return DESCRIPTORS
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))
        return DESCRIPTORS
    except (ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        return hard


def make_certificate(folder):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
                   check=True, capture_output=True)
    # For who takes both from one file.
    (folder / "both.pem").write_text((folder / "cert.pem").read_text()
                                     + (folder / "key.pem").read_text())


class Relay:
    """One program with its load; `port` is where to dial in."""

    needs = ()
    way = "tls"
    package = ""
    most_pairs = 10000
    descriptors = 2  # of the load or of the program, whoever has more, for a pair

    def __init__(self, folder):
        self.folder = folder
        self.port = free_port()
        self.running = []
        load = self._run(LOAD_CORE, [BUILD / "tests" / "bench" / "relay-load", self.way,
                                     folder / "cert.pem", folder / "key.pem"],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            self._load = Probe(load)
            to = int(self._load.talk.line(time.monotonic() + 20))
            self.program = self.start(to)
            self._load.talk.say(f"{self.port} {self.token()}")
        except BaseException:
            self.stop()
            raise

    @classmethod
    def missing(cls):
        absent = [name for name in cls.needs if not shutil.which(name, path=cls.search_path())]
        return f"not installed: {', '.join(absent)}; run scripts/setup bench" if absent else None

    @classmethod
    def version(cls):
        return package_version(cls.package)

    @staticmethod
    def search_path():
        return os.environ["PATH"] + ":/usr/sbin"

    def _run(self, core, command, **pipes):
        name = pathlib.Path(command[0]).name
        env = {"PATH": self.search_path(), "HOME": str(self.folder), "LC_ALL": "C.UTF-8"}
        program = Program(["taskset", "-c", core, *command], env, self.folder / f"{name}.log",
                          **pipes)
        program.name = name
        self.running.append(program)
        return program

    def command(self, to):
        """To pass on to the port `to`."""
        raise NotImplementedError

    def start(self, to):
        program = self._run(RELAY_CORE, self.command(to))
        wait_for_port(self.port, program)
        return program

    def token(self):
        return ""

    def ask(self, line, seconds):
        """What the load says to a command."""
        answer = self._load.command(line, seconds)
        self.program.check()
        return answer

    def pids(self):
        return [self.program.pid]

    def stop(self):
        for program in self.running:
            program.stop()


class QaRelay(Relay):
    """Both ends dial in, and nothing behind the relay is dialled."""

    name = "qa-relay"
    way = "qassist"

    @classmethod
    def missing(cls):
        if not (BUILD / "tools" / "qa-relay").exists():
            return "not built: qa-relay"
        told = subprocess.run(["meson", "introspect", "--buildoptions", BUILD], capture_output=True,
                              text=True)
        built = {one["name"]: one["value"] for one in json.loads(told.stdout or "[]")}
        if built.get("optimization") not in ("2", "3") or built.get("b_sanitize", "none") != "none":
            return f"{BUILD} is no optimised build; meson setup --buildtype=debugoptimized makes one"
        return None

    @classmethod
    def version(cls):
        return own_version()

    def command(self, to):
        # All pairs are one helper's, come from one address and show no screen.
        limits = ["joins-per-minute", "joins-per-minute-total", "creates-per-minute", "creates-per-minute-total",
                  "creates-per-account", "connections-per-address", "max-unasked-per-address", "sessions-per-address",
                  "sessions-per-account", "session-megabytes", "unshown-megabytes", "unshown-seconds",
                  "address-megabytes-per-day", "account-megabytes-per-day"]
        return [BUILD / "tools" / "qa-relay", "--dev", "--state", self.folder / "state",
                "--listen", f"127.0.0.1:{self.port}", "--max-connections", str(DESCRIPTORS),
                *(word for limit in limits for word in ("--" + limit, "0"))]

    def start(self, to):
        reader, writer = os.pipe()
        try:
            program = self._run(RELAY_CORE, [*self.command(to), "--ready-fd", str(writer)],
                                pass_fds=[writer])
            os.close(writer)
            writer = -1
            read_announced(reader, 30, "qa-relay")
            return program
        finally:
            os.close(reader)
            if writer >= 0:
                os.close(writer)

    def token(self):
        return (self.folder / "state" / "dev-helper.token").read_text().strip()


class Haproxy(Relay):
    """TLS from the one, TLS to the other."""

    name = package = "haproxy"
    needs = ("haproxy",)

    def command(self, to):
        most = (resource.getrlimit(resource.RLIMIT_NOFILE)[0] - BESIDES) // 2
        config = self.folder / "haproxy.cfg"
        config.write_text(f"""global
    nbthread 1
    maxconn {most}
defaults
    mode tcp
    timeout connect 10s
    timeout client 1h
    timeout server 1h
listen relay
    bind 127.0.0.1:{self.port} ssl crt {self.folder}/both.pem
    server load 127.0.0.1:{to} ssl verify none
""")
        return ["haproxy", "-db", "-f", config]


class Nginx(Relay):
    """TLS from the one, TLS to the other, by the stream module."""

    name = "nginx"
    package = "libnginx-mod-stream"
    needs = ("nginx",)

    def command(self, to):
        descriptors = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        config = self.folder / "nginx.conf"
        # As root it would change to a user who may not read here.
        user = "user root;\n" if os.geteuid() == 0 else ""
        config.write_text(f"""load_module /usr/lib/nginx/modules/ngx_stream_module.so;
{user}worker_processes 1;
worker_rlimit_nofile {descriptors};
pid {self.folder}/nginx.pid;
error_log {self.folder}/nginx-error.log;
events {{ worker_connections {descriptors - BESIDES // 2}; }}
stream {{
    proxy_timeout 1h;
    server {{
        listen 127.0.0.1:{self.port} ssl;
        ssl_protocols TLSv1.3;
        ssl_certificate {self.folder}/cert.pem;
        ssl_certificate_key {self.folder}/key.pem;
        proxy_pass 127.0.0.1:{to};
        proxy_ssl on;
        proxy_ssl_protocols TLSv1.3;
    }}
}}
""")
        return ["nginx", "-p", self.folder, "-c", config, "-g", "daemon off;"]


class Coturn(Relay):
    """TURN over TLS with TCP allocations: TLS from the one, bare TCP to the other, and a third
    connection that holds the allocation."""

    name = package = "coturn"
    way = "turn"
    needs = ("turnserver",)
    descriptors = 4

    def command(self, to):
        return ["turnserver", "-n", "--no-auth", "--no-cli", "--no-udp", "--no-dtls", "-m", "1",
                "--listening-ip", "127.0.0.1", "--relay-ip", "127.0.0.1",
                "--allow-loopback-peers", "--listening-port", str(free_port()),
                "--tls-listening-port", str(self.port), "--min-port", "10000", "--max-port", "32000",
                "--cert", self.folder / "cert.pem", "--pkey", self.folder / "key.pem",
                "--pidfile", self.folder / "coturn.pid", "--log-file", self.folder / "coturn-log",
                "--simple-log", "--userdb", self.folder / "coturn.sqlite"]


class Websockify(Relay):
    """A WebSocket over TLS from the one, bare TCP to the other; a process for each pair."""

    name = package = "websockify"
    way = "websocket"
    needs = ("websockify",)
    most_pairs = 100

    def command(self, to):
        return ["websockify", "--cert", self.folder / "cert.pem", "--key", self.folder / "key.pem",
                "--ssl-only", f"127.0.0.1:{self.port}", f"127.0.0.1:{to}"]


RELAYS = {relay.name: relay for relay in (QaRelay, Haproxy, Nginx, Coturn, Websockify)}
