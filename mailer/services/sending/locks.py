"""Tells living senders from dead ones: a lock file each, which the system lets go of when its process ends.

Beside each lock lies that sender's journal, from which the next sender of this machine learns what a dead one did.
"""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from mailer.errors import StoreError
from mailer.language import N_
from mailer.store.journal import Journal, Record, read_journal

CANNOT_LOCK = N_("No sender can start: {path} cannot be written ({reason}). Make room or give this user the right to.")


@dataclass(frozen=True)
class Duty:
    """A living sender: the claim that its letters bear, and its record."""

    claim_id: str
    journal: Journal


@dataclass(frozen=True)
class Dead:
    """A sender of this machine that ended without finishing; `record` is None where nothing can be known."""

    claim_id: str
    record: Record | None


@contextmanager
def on_duty(site: Path) -> Iterator[Duty]:
    """A new sender, whose lock is held for as long as this process lives. What it leaves unsettled stays recorded."""
    claim_id = secrets.token_hex(8)
    path = _folder(site) / f"{claim_id}.lock"
    handle = _locked(path)
    try:
        journal = Journal(_journal(path))
        try:
            yield Duty(claim_id, journal)
        finally:
            journal.close()
            if not journal.is_needed:
                _remove(path)
    finally:
        os.close(handle)


@contextmanager
def dead_senders(site: Path) -> Iterator[list[Dead]]:
    """This machine's senders that ended, kept from others during the block; after it, nothing is left of them."""
    with ExitStack() as held:
        paths = [path for path in sorted(_folder(site).glob("*.lock")) if _is_dead(path, held)]
        yield [Dead(path.stem, read_journal(_journal(path))) for path in paths]
        for path in paths:
            _remove(path)


def _folder(site: Path) -> Path:
    return site / "var" / "senders"


def _journal(lock: Path) -> Path:
    return lock.with_suffix(".journal")


def _remove(lock: Path) -> None:
    _journal(lock).unlink(missing_ok=True)
    lock.unlink(missing_ok=True)


def _locked(path: Path) -> int:
    beside = path.with_suffix(".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX)
        # Under its name only now: without its lock it would be taken for a dead one's.
        beside.rename(path)
    except OSError as error:
        raise StoreError(CANNOT_LOCK, path=path, reason=error.strerror) from error
    return handle


def _is_dead(path: Path, held: ExitStack) -> bool:
    """True where nobody holds the lock; it is ours then, until the end of the block."""
    try:
        file = held.enter_context(path.open("r+", encoding="ascii"))
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    # Another sender may have swept the files away between our two steps.
    return path.exists()
