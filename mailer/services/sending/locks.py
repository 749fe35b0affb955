"""Tells living senders from dead ones: a lock file each, which the system lets go of when its process ends."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def sender_lock(site: Path) -> Iterator[str]:
    """A new claim id whose lock file is held for as long as this process lives."""
    folder = site / "var" / "senders"
    folder.mkdir(parents=True, exist_ok=True)
    claim_id = secrets.token_hex(8)
    path = folder / f"{claim_id}.lock"
    with path.open("w", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(str(os.getpid()))
        file.flush()
        try:
            yield claim_id
        finally:
            path.unlink(missing_ok=True)


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
