"""The opaque words in our links and envelope senders: made, read, refused. Never says whom they name.

A token is 16 bytes: 6 of an id and 10 of HMAC-SHA256 over it under the key of its one purpose. A tracking token
is 24 bytes, names an issue and no delivery, and is authenticated with that issue's own random key.
"""

import hashlib
import hmac
import re
import secrets
from base64 import b32decode, urlsafe_b64decode
from binascii import Error as EncodingError
from binascii import a2b_base64, b2a_base64
from enum import StrEnum
from typing import NamedTuple

from mailer.errors import BadToken
from mailer.language import N_

NOT_OURS = N_("This link is not one of ours, or it was cut. Open it again from the letter itself.")
ID_BYTES, MAC_BYTES = 6, 10
TRACK_CHARACTERS = 32
TOKEN_CHARACTERS = 22


class Purpose(StrEnum):
    """What a token may be used for; a token of one purpose is refused for any other."""

    LEAVE = "leave"
    PREFERENCES = "preferences"
    BOUNCE = "bounce"
    MESSAGE = "message"
    ARCHIVE = "archive"
    READER = "reader"
    """An address, outside any letter: the same page as PREFERENCES."""
    CONFIRM = "confirm"
    FORM = "form"
    """When a form of ours was shown, in seconds since 1970: it names nobody."""
    UNDO = "undo"
    """One departure."""
    MOVE = "move"
    """A change of address, confirmed at the new one."""
    BACK = "back"
    """The same, undone from the old one."""
    DATA = "data"
    """One's own data, for an hour."""
    STAY = "stay"
    """One question whether we may keep an address."""


class Keyring:
    """The installation's keys, one a purpose, all derived from one master key of at least 32 bytes."""

    def __init__(self, master: bytes) -> None:
        self._macs = {purpose: _Mac(_derive(master, purpose)) for purpose in Purpose}
        self._address_key = _derive(master, "address")
        self._code_key = _derive(master, "code")

    def token(self, purpose: Purpose, number: int) -> str:
        """22 characters of base64url; 26 of lower-case base32 in mail addresses, where case may be lost."""
        body = number.to_bytes(ID_BYTES, "big")
        raw = body + self._macs[purpose].digest(body)[:MAC_BYTES]
        return _encode32(raw) if purpose is Purpose.BOUNCE else _encode(raw)

    def read(self, purpose: Purpose, token: str) -> int:
        """The id in a token. Raises BadToken, after the same work, for anything that is not one of ours."""
        raw = _decode32(token) if purpose is Purpose.BOUNCE else _decode(token, ID_BYTES + MAC_BYTES)
        body, mac = raw[:ID_BYTES], raw[ID_BYTES:]
        if not hmac.compare_digest(mac, self._macs[purpose].digest(body)[:MAC_BYTES]):
            raise BadToken(NOT_OURS)
        return int.from_bytes(body, "big")

    def fingerprint(self, address: str) -> bytes:
        """The keyed hash that stands for a canonical address where the address itself may not be kept."""
        return hmac.digest(self._address_key, address.encode(), hashlib.sha256)[:16]

    def code_secret(self, seed: bytes) -> bytes:
        """What an account's telephone makes its codes from: 20 bytes, as RFC 4226 §4 asks."""
        return hmac.digest(self._code_key, seed, hashlib.sha256)[:20]


class _Mac:
    """HMAC-SHA256 (RFC 2104) under one key, its two beginnings hashed once: a letter has four of them."""

    def __init__(self, key: bytes) -> None:
        block = key.ljust(hashlib.sha256().block_size, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))

    def digest(self, body: bytes) -> bytes:
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(body)
        outer.update(inner.digest())
        return outer.digest()


class Track(NamedTuple):
    """What a tracking token says: an issue, when and to which family it left, and a nonce nobody stored."""

    issue_id: int
    minute: int
    """Minutes from the issue's release to this letter's leaving, at most 65535 (45 days)."""
    family: int
    nonce: bytes

    @property
    def delivery_id(self) -> int:
        """Whose letter it is, where its issue is measured by consent; elsewhere a number that means nothing."""
        return int.from_bytes(self.nonce, "big")


def new_issue_key() -> bytes:
    """The random key of one issue's tracking tokens; deleted when its count closes."""
    return secrets.token_bytes(32)


class Tracks:
    """Makes the tracking tokens of one issue."""

    def __init__(self, issue_key: bytes, issue_id: int) -> None:
        self._mac = _Mac(issue_key)
        self._issue = issue_id.to_bytes(3, "big")
        self._nonces = b""

    def token(self, minute: int, family: int, delivery_id: int = 0) -> str:
        """32 characters. Different for each letter and stored nowhere; or, to a reader who agreed to it, the name of
        their delivery in the nonce's place."""
        nonce = personal_nonce(delivery_id) if delivery_id else self._nonce()
        body = self._issue + min(max(minute, 0), 0xFFFF).to_bytes(2, "big") + bytes((family,)) + nonce
        return _encode(body + self._mac.digest(body)[:MAC_BYTES])

    def _nonce(self) -> bytes:
        # Fetched for many letters at once: each asking of the system lets other threads go first.
        if not self._nonces:
            self._nonces = secrets.token_bytes(8 * 512)
        nonce, self._nonces = self._nonces[:8], self._nonces[8:]
        return nonce


def track_token(issue_key: bytes, issue_id: int, minute: int, family: int, delivery_id: int = 0) -> str:
    """One tracking token; who needs many asks `Tracks`."""
    return Tracks(issue_key, issue_id).token(minute, family, delivery_id)


def personal_nonce(delivery_id: int) -> bytes:
    """What stands in place of the nonce where the reader agreed to be known."""
    return delivery_id.to_bytes(8, "big")


def track_issue(token: str) -> int:
    """The issue that a tracking token claims to belong to, before its key is known. Raises BadToken."""
    return issue_of(decode_track(token))


def issue_of(raw: bytes) -> int:
    """The same, of a token's bytes."""
    return int.from_bytes(raw[:3], "big")


def decode_track(token: str) -> bytes:
    """A tracking token's bytes, of which nothing is known yet. Raises BadToken."""
    # 32 characters are 24 bytes to the bit, so each token has one spelling by itself.
    if not _TRACK.fullmatch(token):
        raise BadToken(NOT_OURS)
    return a2b_base64(token.encode("ascii").translate(_FROM_URL))


class TrackReader:
    """Reads the tracking tokens of one issue."""

    def __init__(self, issue_key: bytes) -> None:
        self._mac = _Mac(issue_key)

    def read(self, raw: bytes) -> Track:
        """What a token's bytes say, once its issue's key agrees. Raises BadToken."""
        body = raw[:14]
        if not hmac.compare_digest(raw[14:], self._mac.digest(body)[:MAC_BYTES]):
            raise BadToken(NOT_OURS)
        return Track(int.from_bytes(body[:3], "big"), int.from_bytes(body[3:5], "big"), body[5], body[6:])


def read_track(issue_key: bytes, token: str) -> Track:
    """What one token says; who reads many asks `TrackReader`. Raises BadToken."""
    return TrackReader(issue_key).read(decode_track(token))


def seen_hash(issue_key: bytes, track: Track) -> bytes:
    """What is stored of a hit: 16 bytes that say « same letter again » and nothing else."""
    return hashlib.sha256(issue_key + track.nonce).digest()[:16]


def _derive(master: bytes, use: str) -> bytes:
    return hmac.digest(master, f"mailer {use}".encode(), hashlib.sha256)


def _encode(raw: bytes) -> str:
    return b2a_base64(raw, newline=False).translate(_URL_SAFE).decode().rstrip("=")


_URL_SAFE = bytes.maketrans(b"+/", b"-_")


_TRACK = re.compile(rf"[A-Za-z0-9_-]{{{TRACK_CHARACTERS}}}")
_FROM_URL = bytes.maketrans(b"-_", b"+/")


def _decode(token: str, size: int) -> bytes:
    try:
        raw = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except (EncodingError, UnicodeEncodeError) as error:
        raise BadToken(NOT_OURS) from error
    # One spelling only: spare bits and skipped characters would give many tokens for one id.
    if len(raw) != size or _encode(raw) != token:
        raise BadToken(NOT_OURS)
    return raw


def _decode32(token: str) -> bytes:
    try:
        raw = b32decode(token.upper().encode("ascii") + b"=" * (-len(token) % 8))
    except (EncodingError, UnicodeEncodeError) as error:
        raise BadToken(NOT_OURS) from error
    if len(raw) != ID_BYTES + MAC_BYTES or _encode32(raw) != token.lower():
        raise BadToken(NOT_OURS)
    return raw


def _encode32(raw: bytes) -> str:
    # Two characters a step, as many as hold the bits: `b32encode` is slow, and each letter's return path has one.
    bits = int.from_bytes(raw + b"\0\0", "big")
    pairs = [_PAIRS[(bits >> shift) & 1023] for shift in range(len(raw) * 8 + 6, 0, -10)]
    return "".join(pairs)[: -(-len(raw) * 8 // 5)]


_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = [first + second for first in _BASE32 for second in _BASE32]
