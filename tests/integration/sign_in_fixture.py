"""A real issuer of sign-ins and a relay that takes them, one of each for a file of tests."""
import pytest
from issuer import Issuer, available
from relay_fixture import start_relay

needs_issuer = pytest.mark.skipif(not available(), reason="no node, or scripts/setup test was not run")

SETTINGS = """
[sign-in]
token-lifetime = 3600

[issuer test]
issuer = {issuer}
client-id = qassist
organisation = Ärzte & Söhne
claim = roles
value = helpers
value = chief helpers
refetch-seconds = 1
"""


def write_settings(folder, issuer, more=""):
    path = folder / "issuers.ini"
    path.write_text(SETTINGS.format(issuer=issuer.address) + more)
    return path


@pytest.fixture(scope="module")
def issuer():
    issuer = Issuer()
    yield issuer
    issuer.stop()


@pytest.fixture(scope="module")
def sign_in_relay(issuer, tmp_path_factory):
    """In browsers and on other devices."""
    folder = tmp_path_factory.mktemp("relay")
    relay = start_relay(folder, issuers=write_settings(folder, issuer, "device = yes\n"), creates_per_minute=10000,
                        joins_per_minute=1000)
    yield relay
    assert relay.stop() == 0
