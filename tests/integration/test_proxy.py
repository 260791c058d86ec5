"""Through a real HTTP proxy, which wants a name and a password: sessions, sign-ins, and what is said when it is not to be."""

import shutil
import socket
import subprocess

import pytest
from issuer import Browser, Issuer
from relay_fixture import make_certificate, start_relay
from sign_in_fixture import needs_issuer, write_settings
from test_policy import write_policy
from tools import Session, Tool, wait_until

pytestmark = pytest.mark.skipif(not shutil.which("tinyproxy"), reason="no tinyproxy here")

# Loopback addresses go without a proxy; this is one that only the proxy, and no look at the text, knows to be one.
HOST = "127.1"
SECRET = "s3cret"


class Proxy:
    def __init__(self, folder):
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.log = folder / "tinyproxy.log"
        settings = folder / "tinyproxy.conf"
        settings.write_text(f'Port {self.port}\nListen 127.0.0.1\nTimeout 600\nMaxClients 50\nAllow 127.0.0.1\n'
                            f'LogFile "{self.log}"\nLogLevel Connect\nBasicAuth me {SECRET}\n')
        self.process = subprocess.Popen(["tinyproxy", "-d", "-c", settings], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        wait_until(self._listens, "tinyproxy")
        self.plain = f"http://127.0.0.1:{self.port}"
        self.address = f"http://me:{SECRET}@127.0.0.1:{self.port}"

    def _listens(self):
        assert self.process.poll() is None
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", self.port)) == 0

    def connections(self, port):
        return self.log.read_text().count(f"CONNECT {HOST}:{port} ")

    def stop(self):
        self.process.terminate()
        self.process.wait()


@pytest.fixture(scope="module")
def proxy(tmp_path_factory):
    proxy = Proxy(tmp_path_factory.mktemp("proxy"))
    yield proxy
    proxy.stop()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return make_certificate(tmp_path_factory.mktemp("certificate"), f"DNS:{HOST}", "DNS:localhost", "IP:127.0.0.1")


@pytest.fixture(scope="module")
def relay(certificate, tmp_path_factory):
    relay = start_relay(tmp_path_factory.mktemp("relay"), certificate=certificate, joins_per_minute=1000)
    relay.url = f"wss://{HOST}:{relay.port}"
    yield relay
    relay.stop()


@pytest.fixture
def help_by(relay, tmp_path):
    """A helper with such an environment, until it has a code or knows why not."""
    tools = []

    def help_by(*arguments, **env):
        tool = Tool("qa-help", ["--relay", relay.url, "--ca", relay.ca, "--token-file", relay.token_file, "--headless",
                                "--json", "--verbose", *arguments], tmp_path, **env)
        tools.append(tool)
        return tool

    yield help_by
    for tool in tools:
        tool.kill()
        assert SECRET not in tool.stderr + str(tool.drain())


def test_a_whole_session(session, proxy, relay):
    def start(name, arguments, **env):
        return Session._start(session, name, arguments, https_proxy=proxy.address, **env)

    session._start = start
    before = proxy.connections(relay.port)
    session.start_helper()
    session.start_sharer()
    session.allow_view()
    session.helper.script("request control")
    session.allow_control()
    assert proxy.connections(relay.port) == before + 2
    session.end()


@pytest.mark.parametrize("variables,why", [
    ({"https_proxy": "http://me:wr0ng@{proxy}"}, "the proxy {proxy} does not accept the user name and password in the "
                                                 "variable https_proxy"),
    ({"HTTPS_PROXY": "{proxy}"}, "the proxy {proxy} wants a user name and a password, and the variable HTTPS_PROXY"),
    ({"all_proxy": "http://127.0.0.1:9", "https_proxy": ""}, "the proxy 127.0.0.1:9 cannot be reached"),
    ({"https_proxy": "socks5://me:wr0ng@{proxy}"}, "the variable https_proxy names no proxy that can be used here"),
])
def test_why_it_is_not_to_be(help_by, proxy, variables, why):
    shown = proxy.plain[7:]
    helper = help_by(**{name: value.format(proxy=shown) for name, value in variables.items()})
    end = helper.wait("end")
    assert (end["error"], end["exit"]) == ("QA_ERELAY", 5)
    assert why.format(proxy=shown) in end["detail"]
    assert "wr0ng" not in helper.stderr + str(helper.events)


def test_a_relay_that_the_proxy_does_not_reach(proxy, relay, tmp_path):
    helper = Tool("qa-help", ["--relay", f"wss://{HOST}:9", "--token-file", relay.token_file, "--headless", "--json"],
                  tmp_path, https_proxy=proxy.address)
    assert f"the proxy {proxy.plain[7:]} cannot reach {HOST}:9" in helper.wait("end")["detail"]


def test_what_goes_without_the_proxy(help_by, proxy, relay):
    before = proxy.connections(relay.port)
    help_by(https_proxy="http://127.0.0.1:9", no_proxy=f"other.example,{HOST}").wait("code")
    assert proxy.connections(relay.port) == before


def test_the_proxy_of_the_policy(help_by, proxy, relay, tmp_path):
    policy = write_policy(tmp_path, "control = yes", "[proxy]", f"address = {proxy.plain}", "user = me",
                          f"password = {SECRET}")
    before = proxy.connections(relay.port)
    help_by("--policy", policy, https_proxy="http://127.0.0.1:9").wait("code")
    assert proxy.connections(relay.port) == before + 1
    none = write_policy(tmp_path, "[proxy]", "address = none", name="none.ini")
    help_by("--policy", none, https_proxy="http://127.0.0.1:9").wait("code")
    assert proxy.connections(relay.port) == before + 1


@needs_issuer
def test_a_sign_in(certificate, proxy, tmp_path):
    issuer = Issuer(*certificate, certificate[0], HOST)
    relay = start_relay(tmp_path, certificate=certificate,
                        issuers=write_settings(tmp_path, issuer, f"ca-file = {certificate[0]}\n"))
    command = ["--relay", f"wss://{HOST}:{relay.port}", "--ca", relay.ca, "--issuer-ca", relay.ca, "--sign-in",
               "--headless", "--json"]
    port = issuer.address.rpartition(":")[2]
    try:
        helper = Tool("qa-help", command, tmp_path, https_proxy=proxy.address)
        assert "Back to qassist" in Browser(relay.ca).open(helper.wait("sign-in")["address"])[1]
        assert helper.wait("signed-in")["shown_name"] == "Ada L."
        helper.wait("code")
        helper.kill()
        assert f":{port} " in proxy.log.read_text()
        # To the relay without it, to the issuer through it, with a wrong password.
        helper = Tool("qa-help", command, tmp_path, https_proxy=f"http://me:wr0ng@{proxy.plain[7:]}",
                      no_proxy=f"{HOST}:{relay.port}")
        end = helper.wait("end")
        assert end["error"] == "QA_ERELAY" and "does not accept the user name and password" in end["detail"]
        assert "wr0ng" not in helper.stderr + str(helper.events)
    finally:
        relay.stop()
        issuer.stop()
