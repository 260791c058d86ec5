"""A host program stays as it was, whatever it does meanwhile; see embedding.c."""

import subprocess

from relay_fixture import start_relay
from tools import BUILD, SLOW, environment

KEPT = ["signals", "mask", "locale", "directory", "environment", "umask", "descriptors", "threads"]


def test_a_host_with_threads_and_children_of_its_own(tmp_path):
    relay = start_relay(tmp_path)
    try:
        host = subprocess.run([BUILD / "tests" / "integration" / "embedding", relay.url, relay.ca, relay.token_file],
                              env=environment(), capture_output=True, text=True, timeout=60 * SLOW, check=False)
    finally:
        relay.stop()
    assert host.returncode == 0, host.stderr
    assert "helper 0 sharer 0\n" in host.stdout
    for what in KEPT:
        assert f"{what} same\n" in host.stdout, host.stdout
    # Another program gets nothing of the library's: its three standard descriptors, and the shell's own look at them.
    opened = [line for line in host.stdout.splitlines() if line.startswith("open ")]
    assert opened[:3] == ["open 0", "open 1", "open 2"] and len(opened) <= 4
