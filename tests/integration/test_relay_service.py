"""qa-relay as a service: reload, drain, metrics, socket activation, log lines, and the units."""
import http.client
import json
import os
import pathlib
import queue
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

import pytest
from relay_client import Client, Closed, create, join, make_pair
from relay_fixture import QA_RELAY, Relay, _read_port, start_relay

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def authorities(tmp_path_factory):
    """Two authorities with a certificate each, made by --dev."""
    folders = []
    for _ in range(2):
        folder = tmp_path_factory.mktemp("authority")
        start_relay(folder).stop()
        folders.append(folder / "relay-state")
    return folders


class Service(Relay):
    """A relay with a configuration file, as an operator has one."""

    shown_name = "Ada L."
    organisation = "Example Ltd"

    def __init__(self, folder, authority, lines="", prefix=(), environment=None, pass_fds=()):
        self.folder = folder
        self.config = folder / "relay.ini"
        self.metrics_port = None
        self.use(authority)
        self.write(lines)
        added = subprocess.run([QA_RELAY, "helper", "add", "Ada Lovelace", "--state", folder / "state",
                                "--print-token"], capture_output=True, text=True, check=True, timeout=60)
        self.secret = added.stdout.strip()
        log_path = folder / "service.log"
        reader, writer = os.pipe()
        with open(log_path, "ab") as log, open(folder / "service.out", "wb") as out:
            process = subprocess.Popen([*prefix, QA_RELAY, "--config", self.config, "--ready-fd", str(writer)],
                                       stdin=subprocess.DEVNULL, stdout=out, stderr=log,
                                       env={**os.environ, **(environment or {})}, pass_fds=[writer, *pass_fds])
        os.close(writer)
        super().__init__(process, _read_port(reader, process, log_path), folder / "state", log_path)
        os.close(reader)
        self.use(authority)
        printed = re.search(r"metrics on port (\d+)", (folder / "service.out").read_text())
        self.metrics_port = int(printed[1]) if printed else None

    @property
    def token(self):
        return self.secret

    def use(self, authority):
        """Its certificate is that of this authority from the next reload on."""
        shutil.copy(authority / "dev-cert.pem", self.folder / "cert.pem")
        shutil.copy(authority / "dev-key.pem", self.folder / "key.pem")
        self.ca = authority / "ca.pem"

    def write(self, lines):
        listen = "" if "listen =" in lines.split("[")[0] else "listen = 127.0.0.1:0\n"
        self.config.write_text(f"[relay]\ncert = {self.folder}/cert.pem\nkey = {self.folder}/key.pem\n"
                               f"state = {self.folder}/state\n{listen}{lines}")

    def wait_for(self, words, count=1, seconds=60):
        deadline = time.monotonic() + seconds
        while self.log.count(words) < count:
            assert time.monotonic() < deadline and self.process.poll() is None, (words, self.log)
            time.sleep(0.02)

    def reload(self, result):
        words = f"event=reload result={result}"
        before = self.log.count(words)
        self.process.send_signal(signal.SIGHUP)
        self.wait_for(words, before + 1)

    def get(self, path, method="GET"):
        connection = http.client.HTTPConnection("127.0.0.1", self.metrics_port, timeout=60)
        connection.request(method, path)
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer.status, body

    def figures(self):
        """name{labels} -> value, checked by Prometheus' own parser where that is installed."""
        status, text = self.get("/metrics")
        assert status == 200
        found = {}
        for line in text.splitlines():
            assert re.fullmatch(r'# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [0-9.]+', line), line
            if not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                assert name not in found
                found[name] = float(value)
        parser = pytest.importorskip("prometheus_client.parser")
        families = list(parser.text_string_to_metric_families(text))
        assert sum(len(family.samples) for family in families) == len(found)
        assert all(family.documentation and family.type != "unknown" for family in families)
        return found


METRICS = "[metrics]\nmetrics-listen = 127.0.0.1:0\n"


@pytest.fixture
def service(tmp_path, authorities):
    started = []

    def start(lines="", **options):
        started.append(Service(tmp_path, authorities[0], lines, **options))
        return started[0]

    yield start
    for relay in started:
        assert relay.stop() == 0, relay.log


def check_bytes(pair):
    helper, sharer = pair
    helper.send_binary(b"to the sharer")
    assert sharer.receive_bytes(13) == b"to the sharer"
    sharer.send_binary(b"to the helper")
    assert helper.receive_bytes(13) == b"to the helper"


# ---- SIGHUP ----

def test_reload_changes_what_it_can_and_sessions_go_on(service, authorities):
    relay = service("organisation = Before Ltd\n[limits]\ncreates-per-minute = 3\n")
    pair = make_pair(relay)
    relay.use(authorities[1])
    relay.write("organisation = After Ltd\n[limits]\ncreates-per-minute = 1000000\n[log]\nverbose = yes\n")
    relay.reload("ok")
    check_bytes(pair)
    for _ in range(5):
        helper, created = create(relay)  # by the new authority, and more often than before
        assert created["organisation"] == "After Ltd"
        helper.drop()
    relay.ca = authorities[0] / "ca.pem"
    with pytest.raises(ssl.SSLError):
        create(relay)
    # Another kind of key takes the place of the old one, too.
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", relay.folder / "key.pem", "-out",
                    relay.folder / "cert.pem", "-days", "2", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=DNS:localhost"], check=True, capture_output=True, timeout=120)
    assert "event=certificate_runs_out" not in relay.log
    relay.reload("ok")
    relay.wait_for("event=certificate_runs_out days=")
    relay.ca = relay.folder / "cert.pem"
    create(relay)[0].drop()
    check_bytes(pair)


def test_a_wrong_reload_changes_nothing(service, authorities):
    relay = service("organisation = Before Ltd\n")
    pair = make_pair(relay)
    relay.write("organisation = After Ltd\nnonsense = 1\n[limits]\ncreates-per-minute = none\n")
    relay.reload("refused")
    assert f'event=setting_wrong where="{relay.config}:7" reason="nonsense is no setting' in relay.log
    assert f'where="{relay.config}:9" reason="creates-per-minute wants a number' in relay.log
    relay.write("organisation = After Ltd\n")
    shutil.copy(authorities[1] / "dev-key.pem", relay.folder / "key.pem")
    relay.reload("refused")
    assert 'reason="the key ' in relay.log and "is not the one of the certificate" in relay.log
    relay.use(authorities[0])
    relay.write("organisation = After Ltd\nissuers = /nowhere\n")
    relay.reload("refused")
    relay.config.unlink()
    relay.reload("refused")
    helper, created = create(relay)
    assert created["organisation"] == "Before Ltd"
    check_bytes(pair)
    # What needs a new start is said, and the rest is taken.
    relay.write("listen = 127.0.0.1:1\norganisation = After Ltd\n[sessions]\ncode-lifetime = 30\n")
    relay.reload("ok")
    assert re.findall(r"event=setting_needs_restart setting=(\S+)", relay.log) == ["listen", "code-lifetime"]
    assert create(relay)[1]["organisation"] == "After Ltd"
    assert create(relay)[1]["expires_s"] == 600
    helper.drop()


def how_to_sign_in(relay):
    client = Client(relay)
    client.send_json(type="sign_in", version=1)
    return client.receive_json()


def test_issuers_come_and_go(service):
    relay = service()
    issuers = relay.folder / "issuers.ini"
    section = "[issuer {0}]\nissuer = https://{0}.example/\nclient-id = q\norganisation = {0}\n"
    assert how_to_sign_in(relay)["error"] == "EAUTH"
    relay.write(f"issuers = {issuers}\n")
    issuers.write_text(section.format("one"))
    relay.reload("ok")
    assert [issuer["organisation"] for issuer in how_to_sign_in(relay)["issuers"]] == ["one"]
    issuers.write_text(section.format("one") + section.format("two"))
    relay.reload("ok")
    assert [issuer["organisation"] for issuer in how_to_sign_in(relay)["issuers"]] == ["one", "two"]
    issuers.write_text("[issuer]\n")
    relay.reload("refused")
    assert len(how_to_sign_in(relay)["issuers"]) == 2
    relay.write("")
    relay.reload("ok")
    assert how_to_sign_in(relay)["error"] == "EAUTH"


# ---- draining ----

def test_drain_lets_sessions_finish(service):
    relay = service(METRICS)
    pair = make_pair(relay)
    late_helper, late = create(relay)
    assert relay.get("/readyz") == (200, "ready\n")
    relay.process.send_signal(signal.SIGUSR1)
    relay.wait_for("event=drain ")
    assert relay.get("/readyz") == (503, "draining\n") and relay.get("/healthz") == (200, "ok\n")
    refused = Client(relay)
    refused.send_json(type="create", version=1, token=relay.token)
    assert refused.expect_error("ELIMIT")["retry_s"] == 60
    # A code that somebody may be reading on the telephone still works.
    sharer = join(relay, late["route"])
    assert sharer.receive_json()["type"] == "joined" and late_helper.receive_json() == {"type": "peer"}
    check_bytes(pair)
    for client in pair:
        client.close()
    check_bytes((late_helper, sharer))
    assert relay.process.poll() is None
    late_helper.close()
    sharer.close()
    assert relay.process.wait(60) == 0
    assert "event=drained sessions=0" in relay.log


def test_drain_has_an_end(service):
    relay = service("[sessions]\ndrain-seconds = 1\n")
    helper, _ = make_pair(relay)
    relay.process.send_signal(signal.SIGUSR1)
    helper.expect_error("ERELAY_LOST")
    helper.drop()
    assert relay.process.wait(60) == 0
    assert "event=drained sessions=1" in relay.log


# ---- metrics ----

def test_metrics_count_what_happens(service):
    relay = service(METRICS + "[limits]\njoins-per-minute = 3\n")
    before = relay.figures()
    assert before["qassist_relay_sessions"] == 0 and before['qassist_relay_requests_total{kind="join",result="ok"}'] == 0
    helper, created = create(relay)
    sharer = join(relay, created["route"])
    joined = sharer.receive_json()
    helper.receive_json()
    helper.send_binary(b"x" * 5000)
    assert sharer.receive_bytes(5000)
    join(relay, "99999").expect_error("ECODE_UNKNOWN")
    join(relay, created["route"]).expect_error("ECODE_USED")
    join(relay, "99999").expect_error("ERATE")
    wrong = Client(relay)
    wrong.send_json(type="create", version=1, token="qa1." + "0" * 16 + "." + "A" * 43)
    wrong.expect_error("EAUTH")
    assert how_to_sign_in(relay)["error"] == "EAUTH"
    got = relay.figures()
    deadline = time.monotonic() + 30
    while not got["qassist_relay_loop_lag_seconds_count"] and time.monotonic() < deadline:
        got = relay.figures()  # the loop looks at the clock a few times a second

    def requests(kind, result):
        return got.get(f'qassist_relay_requests_total{{kind="{kind}",result="{result}"}}', 0)

    assert [requests("join", result) for result in ("ok", "code_unknown", "code_used", "rate")] == [1, 1, 1, 1]
    assert [requests("create", result) for result in ("ok", "auth")] == [1, 1]
    assert requests("sign_in", "auth") == 1
    assert got["qassist_relay_sessions"] == got["qassist_relay_pairs"] == 1
    assert got["qassist_relay_relayed_bytes_total"] == 5000
    assert got["qassist_relay_connections_accepted_total"] >= 7 and got["qassist_relay_connections"] >= 2
    assert got['qassist_relay_loop_lag_seconds_bucket{le="+Inf"}'] == got["qassist_relay_loop_lag_seconds_count"] > 0
    assert got["qassist_relay_certificate_expiry_timestamp_seconds"] > time.time()
    assert got["qassist_relay_draining"] == 0
    assert abs(got["process_start_time_seconds"] - time.time()) < 600
    assert got["process_resident_memory_bytes"] > 1 << 20 and got["process_cpu_seconds_total"] > 0
    text = relay.get("/metrics")[1]
    for name in re.findall(r"qassist_relay_\w+", (ROOT / "docs" / "operations.md").read_text()):
        assert re.search(rf"^{name}\b", text, re.M), f"docs/operations.md names {name}"
    for secret in [created["route"], created["sid"], created["ticket"], joined["ticket"], relay.token, "Ada", "127.0.0.1"]:
        assert secret not in text
    assert QA_RELAY and f'qassist_relay_info{{version="{version()}"}}' in got


def version():
    return subprocess.run([QA_RELAY, "--version"], capture_output=True, text=True, check=True).stdout.split()[1]


def test_the_listener_for_metrics_takes_nothing_else(service):
    relay = service(METRICS)
    connection = http.client.HTTPConnection("127.0.0.1", relay.metrics_port, timeout=60)
    for path, status in [("/metrics", 200), ("/healthz", 200), ("/", 404), ("/metrics/../etc", 404), ("/readyz", 200)]:
        connection.request("GET", path)  # on one connection, as Prometheus does
        answer = connection.getresponse()
        assert answer.status == status and answer.read()
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        relay.get("/metrics", "POST")
    for garbage in [b"\0" * 5000, b"GET " + b"x" * 20000, b"GET /metrics HTTP/1.1\r\nupgrade: websocket\r\n"
                    b"connection: upgrade\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"]:
        with socket.create_connection(("127.0.0.1", relay.metrics_port), 60) as sock:
            try:
                sock.sendall(garbage)
                sock.shutdown(socket.SHUT_WR)
                while sock.recv(4096):
                    pass
            except OSError:
                pass
    connection.close()
    # Connections that say nothing do not add up, and take no place of a helper's.
    idle = [socket.create_connection(("127.0.0.1", relay.metrics_port), 60) for _ in range(100)]
    create(relay)[0].drop()
    for sock in idle:
        sock.close()
    deadline = time.monotonic() + 60
    while True:
        try:
            assert relay.get("/healthz") == (200, "ok\n")
            break
        except (http.client.HTTPException, ConnectionError):
            assert time.monotonic() < deadline
            time.sleep(0.1)


# ---- started by systemd ----

class Manager:
    """What systemd would be: a socket that listens and one that hears."""

    def __init__(self, folder):
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.path = str(folder / "notify")
        self.heard.bind(self.path)
        self.messages = queue.Queue()
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self):
        """At once, as systemd does: the socket holds but a few."""
        while text := self.heard.recv(4096).decode():
            self.messages.put(text)

    def environment(self, **more):
        return {"NOTIFY_SOCKET": self.path, "LISTEN_FDS": "1", "LISTEN_FDNAMES": "relay", **more}

    def prefix(self):
        """Puts the socket where systemd does, and says for which process."""
        words = ("import os, sys; os.dup2(int(sys.argv[1]), 3); os.environ['LISTEN_PID'] = str(os.getpid()); "
                 "os.execv(sys.argv[2], sys.argv[2:])")
        return [sys.executable, "-c", words, str(self.listening.fileno())]

    def wait_for(self, line):
        while True:
            text = self.messages.get(timeout=60)
            if line in text.splitlines():
                return text

    def close(self):
        self.listening.close()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
            end.sendto(b"", self.path)
        self.reader.join()
        self.heard.close()


@pytest.fixture
def manager():
    with tempfile.TemporaryDirectory() as folder:  # a socket's path is short
        manager = Manager(pathlib.Path(folder))
        yield manager
        manager.close()


def test_a_service_manager_starts_it(service, manager):
    relay = service("listen = 192.0.2.1:1\n", prefix=manager.prefix(), pass_fds=[manager.listening.fileno()],
                    environment=manager.environment(WATCHDOG_USEC="300000"))
    assert relay.port == manager.port
    manager.wait_for("READY=1")
    pair = make_pair(relay)
    check_bytes(pair)
    assert "sessions" in manager.wait_for("WATCHDOG=1")
    relay.process.send_signal(signal.SIGHUP)
    assert re.search(r"^MONOTONIC_USEC=\d+$", manager.wait_for("RELOADING=1"), re.M)
    manager.wait_for("READY=1")
    check_bytes(pair)
    relay.process.send_signal(signal.SIGTERM)
    manager.wait_for("STOPPING=1")
    assert relay.process.wait(60) == 0
    # The manager keeps the port: who comes meanwhile waits rather than being refused.
    socket.create_connection(("127.0.0.1", manager.port), 60).close()


@pytest.mark.parametrize("variables", [{"LISTEN_FDS": "2", "LISTEN_FDNAMES": "a:b"}, {"LISTEN_FDNAMES": "metrics"}])
def test_other_sockets_that_are_handed_over(tmp_path, authorities, manager, variables):
    """Too many are refused; one called metrics is for the metrics alone."""
    command = [*manager.prefix(), str(QA_RELAY), "--listen", "192.0.2.1:1", "--cert", str(authorities[0] / "dev-cert.pem"), "--key",
               str(authorities[0] / "dev-key.pem"), "--state", str(tmp_path / "state"), "--config", "/dev/null"]
    result = subprocess.run(command, env={**os.environ, **manager.environment(**variables)}, capture_output=True, text=True,
                            pass_fds=[manager.listening.fileno()], timeout=60)
    words = "more sockets" if "LISTEN_FDS" in variables else "cannot listen on 192.0.2.1:1"
    assert result.returncode in (2, 3) and words in result.stderr, result


def test_a_descriptor_that_does_not_listen(tmp_path, authorities):
    command = ["sh", "-c", 'exec 3</dev/null; LISTEN_PID=$$ exec "$@"', "sh", str(QA_RELAY), "--dev", "--state", str(tmp_path)]
    result = subprocess.run(command, env={**os.environ, "LISTEN_FDS": "1"}, capture_output=True, text=True, timeout=60)
    assert result.returncode == 3 and "no socket that listens" in result.stderr, result


# ---- what is logged ----

def busy_day(relay):
    """A bit of everything; returns what no log may have of it."""
    helper, created = create(relay)
    sharer = join(relay, created["route"])
    joined = sharer.receive_json()
    helper.receive_json()
    join(relay, "99999").expect_error("ECODE_UNKNOWN")
    sharer.send_json(type="report", words="they asked for gift cards")
    relay.wait_for("event=report") if not relay.json else relay.wait_for('"event":"report"')
    helper.close()
    sharer.close()
    return {"codes": [created["route"], "99999"], "tokens": [relay.token, created["ticket"], joined["ticket"], created["sid"]],
            "words": ["gift cards"]}


@pytest.mark.parametrize("json_lines", [False, True])
def test_nothing_personal_is_logged(service, json_lines):
    relay = service("[log]\nverbose = yes\n" + ("log-format = json\n" if json_lines else ""))
    relay.json = json_lines
    secrets = sum(busy_day(relay).values(), [])
    assert relay.stop() == 0
    for secret in [*secrets, "Ada", "Lovelace", "127.0.0.1", "account"]:
        assert secret not in relay.log, (secret, relay.log)
    for line in relay.log.splitlines():
        if json_lines:
            entry = json.loads(line)
            assert {"time", "level", "event"} <= set(entry)
        else:
            assert re.fullmatch(r'time=\S+Z level=\w+ event=\w+( \w+=("([^"\\]|\\.)*"|\S+))*', line), line
    if json_lines:
        entries = [json.loads(line) for line in relay.log.splitlines()]
        assert {"event": "join", "result": "ok", "pairs": 1}.items() <= next(e for e in entries if e["event"] == "join").items()


def test_who_it_was_is_logged_where_the_operator_wants_it(service):
    relay = service("[log]\nlog-personal = yes\n")
    relay.json = False
    secrets = busy_day(relay)
    assert relay.stop() == 0
    assert re.search(r'event=who asked=create result=ok address=127\.0\.0\.1 account=\w{16} name="Ada L\."', relay.log)
    assert re.search(r'event=who asked=join result=QA_ECODE_UNKNOWN address=127\.0\.0\.1 account=- name=""', relay.log)
    for secret in sum(secrets.values(), []):
        assert secret not in relay.log, (secret, relay.log)


def test_lines_for_the_journal_carry_their_priority(tmp_path, authorities):
    """systemd says by JOURNAL_STREAM which file is the journal's."""
    log = tmp_path / "service.log"
    log.touch()
    about = log.stat()
    relay = Service(tmp_path, authorities[0], environment={"JOURNAL_STREAM": f"{about.st_dev}:{about.st_ino}"})
    relay.reload("ok")
    relay.config.unlink()
    relay.reload("refused")
    assert relay.stop() == 0
    assert re.search(r"^<6>time=\S+ level=info event=ready version=\S+ port=\d+", relay.log, re.M)
    assert re.search(r"^<3>time=\S+ level=error event=reload result=refused", relay.log, re.M)
    assert all(line.startswith("<") for line in relay.log.splitlines())


# ---- the units ----

@pytest.fixture(scope="module")
def units(tmp_path_factory):
    """The units as installed, but with the relay and the user that are here."""
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    folder = tmp_path_factory.mktemp("units")
    source = ROOT / "tools" / "systemd"
    text = (source / "qa-relay.service.in").read_text().replace("@bindir@/qa-relay", str(QA_RELAY))
    (folder / "qa-relay.service").write_text(text)
    shutil.copy(source / "qa-relay.socket", folder)
    return folder


def test_systemd_understands_the_units(units):
    result = subprocess.run(["systemd-analyze", "verify", "--man=no", units / "qa-relay.service", units / "qa-relay.socket"],
                            capture_output=True, text=True, timeout=120)
    ours = [line for line in (result.stdout + result.stderr).splitlines() if "qa-relay" in line]
    assert not ours, ours


def test_systemd_finds_the_service_well_locked(units):
    result = subprocess.run(["systemd-analyze", "security", "--offline=true", units / "qa-relay.service"],
                            capture_output=True, text=True, timeout=120)
    found = re.search(r"Overall exposure level for qa-relay.service: ([\d.]+)", result.stdout)
    assert found, result
    assert float(found[1]) <= 2.0, result.stdout
