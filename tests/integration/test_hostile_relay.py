"""A relay that holds the right certificate and the worst intentions."""

import pytest
from evil_relay import EvilRelay
from tools import Session, wait_until

# Binary messages of each side: sharer 0 hello, 1 confirm, then TLS; helper 0 answer, then TLS.
PLACES = [("sharer", 0), ("sharer", 1), ("helper", 0), ("helper", 1), ("sharer", 2)]
SESSION = ("sharer", 8)


def meddler(kind, who, at):
    kept = []

    def meddle(role, index, data):
        if role == who and kept:
            # Swap: the later one first.
            return [("forward", data), ("forward", kept.pop())]
        if role != who or index != at:
            return [("forward", data)]
        if kind == "flip":
            changed = bytearray(data)
            changed[len(changed) // 2] ^= 0x10
            return [("forward", bytes(changed))]
        if kind == "drop":
            return []
        if kind == "repeat":
            return [("forward", data), ("forward", data)]
        if kind == "swap":
            kept.append(data)
            return []
        return [("back", data)]

    return meddle


def run(relay, display, folder, evil):
    session = Session(relay, display, folder, relay_url=evil.url)
    try:
        session.start_helper()
        session.start_sharer("--yes-view")
        helper = session.helper.finish(60)
        sharer = session.sharer.finish(60)
        return session, helper, sharer
    finally:
        session.stop()
        evil.stop()


@pytest.mark.parametrize("kind", ["flip", "drop", "repeat", "swap", "reflect"])
@pytest.mark.parametrize("who,at", PLACES)
def test_meddling_before_consent_gives_no_consent_and_an_error(
        relay, display, tmp_path, kind, who, at):
    evil = EvilRelay(relay, meddler(kind, who, at))
    session, helper, sharer = run(relay, display, tmp_path, evil)
    assert helper[1] is not None and sharer[1] is not None
    assert not session.helper.seen("frame")
    if (who, at) in PLACES[:3]:
        # The pairing itself was touched: nobody was even asked.
        assert not session.sharer.seen("consent")


@pytest.mark.parametrize("kind", ["flip", "drop", "repeat", "reflect"])
def test_meddling_in_the_session_ends_it(relay, display, tmp_path, kind):
    display.xterm("while :; do date +%N; sleep 0.05; done")
    evil = EvilRelay(relay, meddler(kind, *SESSION))
    session, helper, sharer = run(relay, display, tmp_path, evil)
    assert "QA_ETAMPERED" in (helper[1], sharer[1])
    assert helper[1] is not None and sharer[1] is not None


@pytest.mark.parametrize("member", ["shown_name", "organisation"])
def test_the_relay_cannot_introduce_somebody_else(relay, display, tmp_path, member):
    def edit(role, message):
        if role == "sharer" and message["type"] == "joined":
            message[member] = "Your Bank"
        return message

    evil = EvilRelay(relay, edit=edit)
    session, helper, sharer = run(relay, display, tmp_path, evil)
    assert helper[1] == "QA_ECODE_WRONG"
    assert sharer[1] is not None
    assert not session.sharer.seen("consent") and not session.sharer.seen("helper")


def test_nothing_readable_passes_the_relay(relay, display, tmp_path):
    words = "correct horse battery staple"
    file = tmp_path / "typed.txt"
    display.xterm(f"cat > {file}")
    evil = EvilRelay(relay)
    session = Session(relay, display, tmp_path, relay_url=evil.url)
    try:
        session.start_helper()
        session.start_sharer("--yes-view", "--yes-control")
        session.helper.wait("frame")
        session.helper.script(f"request control\ntext {words}\nkey enter")
        wait_until(lambda: file.exists() and file.read_text() == words + "\n", "the words")
        session.helper.script("wait-still 300\nend")
        assert session.helper.finish() == (0, None)
        width, _, pixels = display.pixels()
    finally:
        session.stop()
        evil.stop()
    heard = bytes(evil.heard["helper"] + evil.heard["sharer"])
    assert len(heard) > 10000
    digits = "".join(c for c in session.code if c.isdigit())
    secret, check = digits[-7:-1], digits[-7:]
    for needle in (secret, check, digits):
        assert needle.encode() not in heard
        assert not [t for t in evil.text if needle in t]
    assert words.encode() not in heard and words.encode("utf-16-le") not in heard
    assert b"permissions" not in heard
    # A row of pixels through the terminal's text, whole and cut to its middle.
    row = pixels[width * 4 * 50 : width * 4 * 51]
    assert len(set(row)) > 1
    assert row not in heard and row[400:700] not in heard
    # The relay's own plain text: the route, and not the secret.
    assert any(digits[:-7] in t for t in evil.text)
