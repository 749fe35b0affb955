"""Tells living senders from dead ones: a lock file each, which the system lets go of when its process ends."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mailer.errors import StoreError
from mailer.language import N_

CANNOT_LOCK = N_("No sender can start: {path} cannot be written ({reason}). Make room or give this user the right to.")


@contextmanager
def sender_lock(site: Path) -> Iterator[str]:
    """A new claim id whose lock file is held for as long as this process lives."""
    claim_id = secrets.token_hex(8)
    path = site / "var" / "senders" / f"{claim_id}.lock"
    handle = _locked(path)
    try:
        yield claim_id
    finally:
        path.unlink(missing_ok=True)
        os.close(handle)


def _locked(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        fcntl.flock(handle, fcntl.LOCK_EX)
    except OSError as error:
        raise StoreError(CANNOT_LOCK, path=path, reason=error.strerror) from error
    return handle


def is_dead(site: Path, claim_id: str) -> bool:
    """True only for a sender of this machine that has ended; a sender elsewhere has no file here: its lease tells."""
    path = site / "var" / "senders" / f"{claim_id}.lock"
    try:
        with path.open("r+", encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    path.unlink(missing_ok=True)
    return True
