"""A real relay and real screens for the tests, from the same fixtures as the tools' tests."""

import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILD = pathlib.Path(os.environ["QASSIST_BUILD"])
os.environ["QASSIST_WORKER"] = str(BUILD / "libqassist" / "worker" / "qassist-worker")
sys.path.insert(0, str(ROOT / "tests" / "integration"))

import pytest  # noqa: E402
from relay_fixture import start_relay  # noqa: E402
from sign_in_fixture import issuer, sign_in_relay  # noqa: E402, F401
from xserver import XServer  # noqa: E402


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
