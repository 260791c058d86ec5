"""Any call from any callback: nothing breaks, nothing comes after an end, nothing is left."""

import pytest
from relay_fixture import start_relay
from tools import BUILD, SLOW, Tool


@pytest.mark.parametrize("seed", [1, 2])
def test_any_call_from_any_callback(tmp_path, seed):
    relay = start_relay(tmp_path, joins_per_minute=1000, creates_per_minute=1000)
    program = Tool("any-call", [relay.url, relay.ca, relay.token_file, seed, 40], tmp_path,
                   folder=BUILD / "tests" / "integration")
    try:
        done = program.wait("done", 240 * SLOW)
        assert done["frames"] > 5 and done["inputs"] > 0 and done["ends"] > 20
        assert done["chats"] > 5 and done["deliveries"] > 0 and done["clips"] > 0
        assert done["drawings"] > 0
        assert program.process.wait(30 * SLOW) == 0, program.stderr
    finally:
        program.kill()
        relay.stop()
