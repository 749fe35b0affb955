"""The journal of oppositions: outside the database, so that a restored backup brings nobody back. Only grows.

A line is on disk before the transaction that it tells of commits: a crash between the two leaves a line too many,
never one too few.
"""

import fcntl
import os
from collections.abc import Iterable
from pathlib import Path

from mailer.domain.oppositions import Opposition, read_opposition
from mailer.errors import StoreError
from mailer.language import N_

JOURNAL = Path("var") / "journal" / "oppositions.jsonl"
NOT_WRITTEN = N_(
    "{path} cannot be written ({reason}), so nothing was changed. Make room or give this user the right to."
)


def append_oppositions(site: Path, oppositions: Iterable[Opposition]) -> None:
    """Adds lines in one write, on disk when this returns. Raises StoreError."""
    content = "".join(f"{one.line()}\n" for one in oppositions).encode("ascii")
    if not content:
        return
    path = site / JOURNAL
    try:
        new = not path.exists()
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _append(path, content)
        if new:
            sync_folder(path.parent)
    except OSError as error:
        raise StoreError(NOT_WRITTEN, path=path, reason=error.strerror) from error


def read_oppositions(site: Path) -> list[Opposition]:
    """All that the journal tells, oldest first; what a crash tore is passed over."""
    path = site / JOURNAL
    if not path.exists():
        return []
    lines = path.read_text(encoding="ascii", errors="replace").splitlines()
    return [found for line in lines if (found := read_opposition(line)) is not None]


def sync_folder(folder: Path) -> None:
    """A new or renamed file is in its folder even after a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _append(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "r+b", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        size = os.fstat(handle).st_size
        # A line that a crash tore must not take the next one with it.
        torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
        rest = memoryview(b"\n" + content if torn else content)
        while rest:
            rest = rest[os.write(handle, rest) :]
        os.fsync(handle)
