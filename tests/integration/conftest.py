import pytest
from relay_fixture import start_relay
from tools import Session
from xserver import XServer


@pytest.fixture
def relay(tmp_path):
    relay = start_relay(tmp_path, joins_per_minute=1000)
    yield relay
    relay.stop()


@pytest.fixture
def display():
    server = XServer()
    yield server
    server.stop()


@pytest.fixture
def session(relay, display, tmp_path):
    session = Session(relay, display, tmp_path)
    yield session
    session.stop()
