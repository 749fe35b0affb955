"""Passwords: hashed with argon2id and compared, two at a time. Never stored, logged or returned."""

from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# Each takes 64 MB and a sixth of a second (RFC 9106): forty guesses at once must not take the machine's memory.
_AT_ONCE = BoundedSemaphore(2)
_HASHER = PasswordHasher()


def hashed(password: str) -> str:
    """What is stored of it. It waits its turn: call it in a thread."""
    with _AT_ONCE:
        return _HASHER.hash(password)


def is_right(stored: str | None, password: str) -> bool:
    """Whether it is the password. As long for an account that is not there as for one that is."""
    with _AT_ONCE:
        try:
            _HASHER.verify(stored or _nobodys(), password)
        except (VerificationError, InvalidHashError):
            return False
    return stored is not None


@cache
def _nobodys() -> str:
    return _HASHER.hash("nobody's")
