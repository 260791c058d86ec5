"""qa-relay behind load balancers: whose word about addresses counts, and HAProxy itself in front."""
import pathlib
import shutil
import signal
import socket
import struct
import subprocess

import pytest
from relay_client import Client, Closed, create, join, make_pair, open_tcp, tls_context
from relay_fixture import free_port, make_certificate, start_relay
from tools import wait_until

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
UNKNOWN = "123456789"


def header(source=None, command=0x21, family=None, inside=None, length=None, more=b""):
    """A PROXY header, version 2; `source` is an IPv4 or IPv6 address."""
    if inside is None:
        kind = socket.AF_INET6 if ":" in source else socket.AF_INET
        packed = socket.inet_pton(kind, source)
        inside = packed + packed + struct.pack("!HH", 40000, 443)
        family = family or (0x21 if kind == socket.AF_INET6 else 0x11)
    inside += more
    return SIGNATURE + bytes([command, family or 0]) + struct.pack("!H", len(inside) if length is None else length) + inside


def start(folder, **options):
    return start_relay(folder, joins_per_minute=2, creates_per_minute=0, **options)


@pytest.fixture(scope="module")
def proxied(tmp_path_factory):
    relay = start(tmp_path_factory.mktemp("proxied"), proxy_protocol="127.0.0.1, 127.0.0.2/32")
    yield relay
    assert relay.stop() == 0, relay.log


@pytest.fixture(scope="module")
def forwarded(tmp_path_factory):
    relay = start(tmp_path_factory.mktemp("forwarded"), forwarded_for="127.0.0.1,10.1.0.0/16")
    yield relay
    assert relay.stop() == 0, relay.log


def tries_left(relay, **options):
    """Whoever this is had no tries before: both work, the third does not."""
    for _ in range(2):
        with join(relay, UNKNOWN, **options) as client:
            client.expect_error("ECODE_UNKNOWN")
    return has_none(relay, **options)


def has_none(relay, **options):
    with join(relay, UNKNOWN, **options) as client:
        answer = client.receive_json()
        return answer["error"] == "ERATE" and answer["retry_s"] > 0


# ---- the PROXY protocol ----

def test_each_has_limits_of_its_own(proxied):
    for source in ["192.0.2.1", "192.0.2.2", "2001:db8:0:1::1", "2001:db8:0:2::1"]:
        assert tries_left(proxied, first=header(source))
    assert has_none(proxied, first=header("2001:db8:0:1:ffff::2"))
    assert has_none(proxied, first=header("192.0.2.2", more=b"\x04\0\x05hello" + b"\x20\0\x80" + b"x" * 128))
    assert has_none(proxied, first=header("192.0.2.2"), source="127.0.0.2")


def test_a_balancers_own_connections(proxied):
    """LOCAL, no network and AF_UNIX: whatever they say of addresses, they count as the balancer's."""
    assert tries_left(proxied, first=header("192.0.2.30", command=0x20))
    assert has_none(proxied, first=header(inside=b"", family=0))
    assert has_none(proxied, first=header(inside=b"/run/x".ljust(216, b"\0"), family=0x31))
    assert tries_left(proxied, first=header("192.0.2.30"))


def test_who_is_not_in_the_list_says_nothing(proxied):
    assert tries_left(proxied, source="127.0.0.3")
    with pytest.raises((OSError, Closed)):
        Client(proxied, source="127.0.0.3", first=header("192.0.2.40"))
    assert tries_left(proxied, first=header("192.0.2.40"))


def ends(sock):
    sock.settimeout(60)
    try:
        return sock.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


HOSTILE = {
    "version 1": b"PROXY TCP4 192.0.2.7 127.0.0.1 40000 443\r\n",
    "version 3": header("192.0.2.7", command=0x31),
    "no header": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
    "unknown command": header("192.0.2.7", command=0x22),
    "unknown family": header("192.0.2.7", family=0x41),
    "too short for IPv6": header("192.0.2.7", family=0x21),
    "too short for a path": header("192.0.2.7", family=0x31),
    "length of nothing": header("192.0.2.7", length=0),
    "half an address": header(inside=b"\xc0\0", family=0x11),
    "huge": header("192.0.2.7", more=b"\x04\xff\x00" + b"x" * 65000),
    "longest": header("192.0.2.7", length=65535),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_headers(proxied, what):
    sock = open_tcp(proxied.port)
    try:
        sock.sendall(HOSTILE[what])
    except OSError:
        pass
    assert ends(sock)
    make_pair(proxied, {"first": header("192.0.2.50")}, {"source": f"127.0.1.{list(HOSTILE).index(what) + 1}"})


def processor_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def test_half_a_header(tmp_path):
    """It is waited for, for a while, without work, and not for many at a time."""
    relay = start(tmp_path, proxy_protocol="127.0.0.1", max_unasked=7, hello_seconds=4)
    before = processor_seconds(relay.pid)
    whole = header("192.0.2.60")
    cut = [open_tcp(relay.port, first=whole[:length]) for length in (0, 1, 12, 15, 16, 17, len(whole) - 1)]
    with pytest.raises((OSError, Closed)):
        Client(relay, source="127.0.0.3")
    assert all(ends(sock) for sock in cut)
    assert processor_seconds(relay.pid) - before < 2
    make_pair(relay, {"source": "127.0.0.3"}, {"source": "127.0.0.3"})
    # The end of the relay is theirs, too.
    last = open_tcp(relay.port, first=SIGNATURE)
    assert relay.stop() == 0
    assert ends(last)


def test_a_header_byte_by_byte(proxied):
    whole = header("192.0.2.60")
    gone = open_tcp(proxied.port, first=whole[:20])
    gone.shutdown(socket.SHUT_WR)
    assert ends(gone)
    sock = open_tcp(proxied.port)
    for byte in whole:
        sock.sendall(bytes([byte]))
    tls = tls_context(proxied.ca).wrap_socket(sock, server_hostname="localhost")
    assert tls.version()
    tls.close()


# ---- X-Forwarded-For ----

def forwarded_for(*values):
    return {"headers": {"X-Forwarded-For": ", ".join(values)}}


def test_only_the_end_of_it_counts(forwarded):
    assert tries_left(forwarded, **forwarded_for("192.0.2.1"))
    # What a client wrote there itself stands before that.
    assert has_none(forwarded, **forwarded_for("198.51.100.7", "192.0.2.1"))
    assert has_none(forwarded, **forwarded_for("192.0.2.1:4711"))
    # A second balancer that is trusted is looked through, a stranger is not.
    assert has_none(forwarded, **forwarded_for("192.0.2.1", "10.1.2.3"))
    assert tries_left(forwarded, **forwarded_for("192.0.2.1", "10.2.2.3"))
    assert tries_left(forwarded, **forwarded_for("[2001:db8::1]:443"))
    assert has_none(forwarded, **forwarded_for("2001:db8::ffff"))


def test_a_header_in_pieces(forwarded):
    assert tries_left(forwarded, headers={"X-Forwarded-For": "198.51.100.1\r\nX-Forwarded-For: 192.0.2.9"})
    assert has_none(forwarded, **forwarded_for("192.0.2.9"))
    assert tries_left(forwarded, **forwarded_for("198.51.100.1"))


def test_headers_that_name_nobody(forwarded):
    """They count as the balancer's own connections."""
    assert tries_left(forwarded)
    for value in ["unknown", "_hidden", "192.0.2.256", " ", ",,,", "192.0.2.1, x", "\x01", "1" * 300]:
        assert has_none(forwarded, **forwarded_for(value)), value


def test_a_header_without_end(forwarded):
    for value in ["x" * 3000 + ", 192.0.2.70", "1.1.1.1," * 2000 + "192.0.2.70"]:
        try:
            with join(forwarded, UNKNOWN, **forwarded_for(value)) as client:
                assert client.receive_json()["type"] == "error"
        except (OSError, Closed):
            pass
    create(forwarded, **forwarded_for("192.0.2.71"))


def test_who_is_not_trusted_says_nothing(forwarded):
    assert tries_left(forwarded, source="127.0.0.7", **forwarded_for("192.0.2.80"))
    assert has_none(forwarded, source="127.0.0.7", **forwarded_for("192.0.2.81"))


def test_off_by_default(tmp_path):
    relay = start(tmp_path)
    assert tries_left(relay, **forwarded_for("192.0.2.1"))
    assert has_none(relay, **forwarded_for("192.0.2.2"))
    with pytest.raises((OSError, Closed)):
        Client(relay, first=header("192.0.2.1"))
    assert relay.stop() == 0


# ---- HAProxy ----

CONFIGURATION = """
global
    log /dev/null local0
defaults
    timeout connect 60s
    timeout client 600s
    timeout server 600s
    timeout tunnel 600s
listen passes-on
    mode tcp
    bind 127.0.0.1:{tcp}
    server relay 127.0.0.1:{proxied} send-proxy-v2
listen ends-tls
    mode http
    option forwardfor
    bind 127.0.0.1:{http} ssl crt {pem} alpn http/1.1
    server relay 127.0.0.1:{forwarded} ssl verify required ca-file {ca} verifyhost localhost alpn http/1.1
"""


class Front:
    """What relay_client needs to know of a relay, at another port."""

    def __init__(self, relay, port):
        self.port, self.ca, self.token = port, relay.ca, relay.token


@pytest.fixture(scope="module")
def haproxy(proxied, forwarded, tmp_path_factory):
    program = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin:/usr/local/sbin")
    if not program:
        pytest.skip("HAProxy is not installed")
    folder = tmp_path_factory.mktemp("haproxy")
    ports = {"tcp": free_port(), "http": free_port()}
    (folder / "front.pem").write_text(forwarded.cert.read_text() + forwarded.key.read_text())
    (folder / "haproxy.cfg").write_text(CONFIGURATION.format(proxied=proxied.port, forwarded=forwarded.port,
                                                            pem=folder / "front.pem", ca=forwarded.ca, **ports))
    process = subprocess.Popen([program, "-db", "-f", folder / "haproxy.cfg"], stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True)

    def listens():
        assert process.poll() is None, process.stderr.read()
        try:
            open_tcp(ports["tcp"]).close()
            return True
        except OSError:
            return False

    wait_until(listens, "HAProxy")
    yield {"tcp": Front(proxied, ports["tcp"]), "http": Front(forwarded, ports["http"])}
    process.terminate()
    process.wait(60)


@pytest.mark.parametrize("way", ["tcp", "http"])
def test_behind_haproxy(haproxy, way):
    front = haproxy[way]
    third = 50 if way == "tcp" else 60
    assert tries_left(front, source=f"127.0.{third}.1")
    assert tries_left(front, source=f"127.0.{third}.2")
    if way == "http":
        # The client's own word about itself stands before HAProxy's.
        assert has_none(front, source=f"127.0.{third}.1", **forwarded_for("192.0.2.99"))
    helper, sharer = make_pair(front, {"source": f"127.0.{third}.3"}, {"source": f"127.0.{third}.4"})
    helper.send_binary(bytes(3 << 20))
    assert len(sharer.receive_bytes(3 << 20)) == 3 << 20
    helper.close()
    assert sharer.receive_json()["type"] == "peer_gone"


# ---- while it runs ----

def test_another_list_while_it_runs(tmp_path):
    path = tmp_path / "relay.ini"
    path.write_text("[limits]\njoins-per-minute = 2\n")
    relay = start_relay(tmp_path, certificate=make_certificate(tmp_path, "DNS:localhost"), config=path)
    assert tries_left(relay, source="127.0.0.2")
    path.write_text("[limits]\njoins-per-minute = 3\n[balancer]\nproxy-protocol = 127.0.0.2\n")
    relay.process.send_signal(signal.SIGHUP)
    wait_until(lambda: "event=reload" in relay.log, "the new settings")
    with join(relay, UNKNOWN, source="127.0.0.2", first=header("192.0.2.1")) as client:
        client.expect_error("ECODE_UNKNOWN")
    assert tries_left(relay, source="127.0.0.2", first=header("192.0.2.1"))
    path.write_text("[balancer]\nproxy-protocol = 127.0.0.2/33\n")
    relay.process.send_signal(signal.SIGHUP)
    wait_until(lambda: "at most 64 addresses" in relay.log, "the complaint")
    # The old ones hold.
    assert has_none(relay, source="127.0.0.2", first=header("192.0.2.1"))
    assert relay.stop() == 0
