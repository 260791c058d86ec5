"""The protocol a second time, from docs/protocol.md alone and with no line of the library's: what a sharer needs up to the
encrypted channel. libsodium does the arithmetic, OpenSSL the channel."""

import ctypes
import ctypes.util
import hashlib
import hmac
import struct

SODIUM = ctypes.CDLL(ctypes.util.find_library("sodium"))
assert SODIUM.sodium_init() >= 0

DAMM = ["0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
        "3674209581", "5869720134", "8945362017", "9438617205", "2581436790"]


# ---- section 2: the code ----

def check_digit(digits):
    interim = 0
    for digit in digits:
        interim = int(DAMM[interim][int(digit)])
    return str(interim)


def whole_code(route, secret):
    digits = route + secret
    digits += check_digit(digits)
    return " ".join(digits[i:i + 4] for i in range(0, len(digits), 4))


def parse_code(text):
    digits = "".join(text.split())
    assert check_digit(digits) == "0"
    return digits[:-7], digits[-7:-1]


# ---- section 3: pairing ----

def lv(data):
    length, head = len(data), b""
    while True:
        low, length = length & 0x7f, length >> 7
        head += bytes([low | (0x80 if length else 0)])
        if not length:
            return head + data


def number(value):
    return struct.pack(">I", value)


def two(data):
    return struct.pack(">H", len(data)) + data


def context(version, origin, route):
    return lv(b"qassist pairing") + lv(number(version)) + lv(origin.encode()) + lv(route.encode())


def sharer_data(version, capabilities):
    return b"\1" + number(version) + number(capabilities)


def helper_data(version, capabilities, shown_name, organisation):
    names = hashlib.sha256(lv(shown_name.encode()) + lv(organisation.encode())).digest()
    return b"\2" + number(version) + number(capabilities) + names


def generator(secret, ci, sid):
    """calculate_generator of the draft, CPACE-RISTR255-SHA512."""
    name, password = b"CPaceRistretto255", secret.encode()
    padding = max(0, 128 - len(lv(password)) - len(lv(name)) - 1)
    text = lv(name) + lv(password) + lv(bytes(padding)) + lv(ci) + lv(sid)
    point = ctypes.create_string_buffer(32)
    assert SODIUM.crypto_core_ristretto255_from_hash(point, hashlib.sha512(text).digest()) == 0
    return point.raw


def multiply(scalar, point):
    out = ctypes.create_string_buffer(32)
    assert SODIUM.crypto_scalarmult_ristretto255(out, scalar, point) == 0, "not a point"
    return out.raw


def session_key(sid, shared, sharer, helper):
    """sharer, helper: (share, associated data)."""
    text = lv(b"CPaceRistretto255_ISK") + lv(sid) + lv(shared)
    return hashlib.sha512(text + b"".join(lv(part) for part in (*sharer, *helper))).digest()


def tag(sid, isk, share, data):
    key = hashlib.sha512(b"CPaceMac" + sid + isk).digest()
    return hmac.new(key, lv(share) + lv(data), hashlib.sha512).digest()


def channel_key(sid, isk):
    """HKDF-SHA-512 (RFC 5869), one block."""
    extracted = hmac.new(sid, isk, hashlib.sha512).digest()
    return hmac.new(extracted, b"qassist channel psk\1", hashlib.sha512).digest()[:32]


class SharersPairing:
    """hello(), then confirm(answer); `psk` is there after that."""

    def __init__(self, origin, route, secret, sid, shown_name, organisation, scalar, version=1):
        self.sid, self.scalar, self.names, self.version = sid, scalar, (shown_name, organisation), version
        self.share = multiply(scalar, generator(secret, context(version, origin, route), sid))
        self.data = sharer_data(version, 0)

    def hello(self):
        return b"\1" + self.share + two(self.data)

    def confirm(self, answer):
        assert answer[:1] == b"\2"
        share, length = answer[1:33], struct.unpack(">H", answer[33:35])[0]
        data, seen = answer[35:35 + length], answer[35 + length:]
        assert data == helper_data(self.version, struct.unpack(">I", data[5:9])[0], *self.names)
        self.isk = session_key(self.sid, multiply(self.scalar, share), (self.share, self.data), (share, data))
        assert hmac.compare_digest(seen, tag(self.sid, self.isk, share, data)), "another secret"
        self.psk = channel_key(self.sid, self.isk)
        return b"\3" + tag(self.sid, self.isk, self.share, self.data)


# ---- section 5: the mux ----

def mux_frame(stream, kind, payload):
    return struct.pack(">BBH", stream, kind, len(payload)) + payload
