import pathlib
import shutil

import pytest
from relay_fixture import start_relay
from sign_in_fixture import issuer, sign_in_relay  # noqa: F401
from tools import BUILD, Session
from xserver import XServer


@pytest.fixture
def relay(tmp_path):
    relay = start_relay(tmp_path, joins_per_minute=1000)
    yield relay
    relay.stop()


@pytest.fixture
def display(request):
    """The sharer's; a test may set its size as a parameter."""
    server = XServer(getattr(request, "param", "1024x768"))
    yield server
    server.stop()


@pytest.fixture
def desk(request):
    """The helper's display; a file of tests sets its size as DESK."""
    server = XServer(getattr(request.module, "DESK", "1280x1000"))
    yield server
    server.stop()


@pytest.fixture
def reader(request):
    """A screen reader there; on the display that a file of tests names as READER."""
    from accessible import ScreenReader  # which skips who imports it, where there is none

    reader = ScreenReader(request.getfixturevalue(getattr(request.module, "READER", "desk")))
    yield reader
    reader.stop()


@pytest.fixture
def session(relay, display, tmp_path):
    session = Session(relay, display, tmp_path)
    yield session
    session.stop()


@pytest.fixture
def french(tmp_path):
    """An environment in French, also where no French locale was generated: glibc's own C.UTF-8
    under that name, for only the name decides which translations are taken."""
    if not (BUILD / "po" / "fr" / "LC_MESSAGES" / "qassist.mo").exists():
        pytest.skip("built without gettext")
    plain = pathlib.Path("/usr/lib/locale/C.utf8")
    if not plain.exists():
        pytest.skip("there is no C.UTF-8 locale to take")
    shutil.copytree(plain, tmp_path / "locales" / "fr_FR.utf8")
    return {"LOCPATH": str(tmp_path / "locales"), "LC_ALL": "fr_FR.UTF-8"}
