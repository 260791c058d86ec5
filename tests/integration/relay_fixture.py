"""Starts qa-relay for a test: on a free port, with a state directory of its own."""
import os
import pathlib
import random
import select
import signal
import socket
import subprocess
import time

BUILD = pathlib.Path(os.environ.get("QASSIST_BUILD", pathlib.Path(__file__).parents[2] / "build"))
QA_RELAY = BUILD / "tools" / "qa-relay"


def free_port():
    """
    A port for a program that cannot take any free one and say which. None of those that the system gives out by itself:
    no connection and no other test's listener gets it, also while the program is away to be started again.
    """
    first = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = random.randrange(10000, max(first, 11000))
        with socket.socket() as sock:
            try:
                sock.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def memory_kb(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise AssertionError("no VmRSS")


class Relay:
    """A running relay. `log` is what it wrote to standard error so far."""

    shown_name = "Dev H."
    organisation = "Development"

    def __init__(self, process, port, state, log_path):
        self.process = process
        self.port = port
        self.url = f"wss://localhost:{port}"
        self.state = state
        self.ca = state / "ca.pem"
        self.cert = state / "dev-cert.pem"
        self.key = state / "dev-key.pem"
        self.token_file = state / "dev-helper.token"
        self._log_path = log_path

    @property
    def token(self):
        return self.token_file.read_text().strip()

    @property
    def log(self):
        return self._log_path.read_text()

    @property
    def pid(self):
        return self.process.pid

    def kill(self):
        """As a crash would."""
        self.process.kill()
        self.process.wait()

    def stop(self, seconds=20):
        """Ends it in order, if it still runs; returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


def _read_port(descriptor, process, log_path, seconds=60):
    deadline = time.monotonic() + seconds
    text = b""
    while not text.endswith(b"\n"):
        ready, _, _ = select.select([descriptor], [], [], max(0, deadline - time.monotonic()))
        piece = os.read(descriptor, 64) if ready else b""
        if not piece:
            process.kill()
            process.wait()
            raise AssertionError(f"qa-relay did not start:\n{log_path.read_text()}")
        text += piece
    return int(text)


def make_certificate(folder, *names):
    """A certificate that vouches for itself, for names such as DNS:relay.test; its file and its key's."""
    cert, key = folder / "own-cert.pem", folder / "own-key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-subj", "/CN=test", "-days", "2", "-keyout", key, "-out", cert, "-addext",
                    "subjectAltName=" + ",".join(names)], check=True, capture_output=True)
    return cert, key


def start_relay(tmp_path, prefix=(), certificate=None, **options):
    """Starts `qa-relay --dev`, or one with a certificate (its file and its key's), with the options (joins_per_minute=1000 means --joins-per-minute 1000,
    True is an option without value) and waits until it listens. The caller calls stop().
    `prefix` is a command that runs it elsewhere, say in a namespace."""
    state = pathlib.Path(options.pop("state", tmp_path / "relay-state"))
    log_path = pathlib.Path(tmp_path) / "relay.log"
    options.setdefault("listen", "127.0.0.1:0")
    # All helpers of a test are the same one.
    for limit in ["creates_per_account", "sessions_per_account"]:
        options.setdefault(limit, 0)
    arguments = [*prefix, QA_RELAY, "serve", "--state", state]
    if certificate:
        state.mkdir()
        arguments += ["--cert", certificate[0], "--key", certificate[1], "--organisation", "Development"]
        subprocess.run([QA_RELAY, "helper", "add", "Dev Helper", "--state", state, "--token-file",
                        state / "dev-helper.token"], check=True, capture_output=True)
        (state / "ca.pem").symlink_to(certificate[0])
    else:
        arguments.append("--dev")
    for name, value in options.items():
        arguments.append("--" + name.replace("_", "-"))
        if value is not True:
            arguments.append(str(value))
    reader, writer = os.pipe()
    try:
        with open(log_path, "ab") as log:
            process = subprocess.Popen([*arguments, "--ready-fd", str(writer)], stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL, stderr=log, pass_fds=[writer])
        os.close(writer)
        writer = -1
        return Relay(process, _read_port(reader, process, log_path), state, log_path)
    finally:
        os.close(reader)
        if writer >= 0:
            os.close(writer)
