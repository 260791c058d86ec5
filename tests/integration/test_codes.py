"""Codes that are wrong, mistyped, old, used or raced for: each with its own error, both told."""

import threading

from relay_fixture import start_relay
from tools import Session, wait_until


def other_digit(code, position):
    digits = [c for c in code if c.isdigit()]
    digits[position] = str((int(digits[position]) + 1) % 10)
    return "".join(digits)


DAMM = [
    "0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
    "3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
]


def with_check(digits):
    interim = 0
    for digit in digits:
        interim = int(DAMM[interim][int(digit)])
    return digits + str(interim)


def wrong_secret(code):
    digits = "".join(c for c in code if c.isdigit())[:-1]
    return with_check(digits[:-1] + str((int(digits[-1]) + 1) % 10))


def test_a_mistyped_digit_never_leaves_the_machine(session):
    session.start_helper()
    # A relay that nobody listens on: had the tool asked it, the error would be another one.
    session.url = "wss://localhost:9"
    sharer = session.start_sharer(code=other_digit(session.code, 7))
    assert sharer.finish() == (3, "QA_ECODE_CHECK")
    session.helper.drain(0.5)
    assert not session.helper.seen("notice") and not session.helper.seen("peer")


def test_an_incomplete_code(session):
    session.url = "wss://localhost:9"
    assert session.start_sharer(code="4821 9305").finish() == (3, "QA_ECODE_FORMAT")


def test_a_wrong_secret_burns_the_code_and_both_are_told(session):
    session.start_helper()
    sharer = session.start_sharer(code=wrong_secret(session.code))
    assert sharer.finish() == (3, "QA_ECODE_WRONG")
    assert session.helper.finish() == (3, "QA_ECODE_WRONG")
    assert not sharer.seen("consent") and not session.helper.seen("peer")
    # The right one comes too late.
    assert session.start_sharer().finish() == (3, "QA_ECODE_USED")


def test_an_unknown_code(session):
    route = "55555"
    assert session.start_sharer(code=with_check(route + "123456")).finish() == (
        3, "QA_ECODE_UNKNOWN")


def test_an_expired_code(tmp_path, display):
    relay = start_relay(tmp_path, joins_per_minute=1000, code_lifetime=1)
    session = Session(relay, display, tmp_path)
    try:
        session.start_helper()
        assert session.helper.finish() == (3, "QA_ECODE_EXPIRED")
        assert session.start_sharer().finish() == (3, "QA_ECODE_EXPIRED")
    finally:
        session.stop()
        relay.stop()


def test_a_code_used_twice(session):
    session.start_helper()
    first = session.start_sharer()
    first.wait("consent", permission="view")
    second = session.start_sharer()
    assert second.finish() == (3, "QA_ECODE_USED")
    session.helper.wait("notice")
    # The first one is not disturbed.
    first.answer("allow")
    session.helper.wait("frame")


def test_two_sharers_race_for_one_code(session):
    session.start_helper()
    sharers = []
    start = threading.Barrier(2)

    def race():
        start.wait()
        sharers.append(session.start_sharer("--yes-view"))

    threads = [threading.Thread(target=race) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    session.helper.wait("frame")
    wait_until(lambda: session.helper.drain() and session.helper.seen("notice"), "the notice")
    session.helper.script("end")
    ends = sorted(sharer.finish() for sharer in sharers)
    assert ends == [(0, None), (3, "QA_ECODE_USED")]


def test_a_refused_token(session, tmp_path):
    token = tmp_path / "other.token"
    token.write_text("qa1.nobody.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n")
    token.chmod(0o600)
    helper = session._start("qa-help", ["--relay", session.url, "--ca", session.relay.ca,
                                        "--token-file", token, "--headless", "--json"])
    assert helper.finish() == (4, "QA_EAUTH")


def test_an_untrusted_relay(session):
    sharer = session._start("qa-share", ["--relay", session.url, "--json", with_check("55555123456")],
                            DISPLAY=session.display.name)
    assert sharer.finish() == (5, "QA_ETRUST")


def test_no_relay_there(session):
    session.url = "wss://localhost:9"
    sharer = session.start_sharer(code=with_check("55555123456"))
    assert sharer.finish() == (5, "QA_ERELAY")
