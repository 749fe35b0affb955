"""var/journal/releases.jsonl: which issue left when, written outside the database, for a backup restored too early."""

import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mailer.errors import StoreError
from mailer.language import N_

RELEASES = Path("var") / "journal" / "releases.jsonl"

CANNOT_WRITE = N_(
    "The journal of releases {path} cannot be written ({reason}), so nothing was released. "
    "Make room or give this user the right to."
)
CANNOT_READ = N_("The journal of releases {path} cannot be read ({reason}). Give this user the right to.")


@dataclass(frozen=True)
class Released:
    """One line of the journal. Its issue left, or was about to when the program stopped."""

    issue: str
    at: datetime


def append_release(site: Path, name: str, at: datetime) -> None:
    """One line, on disk when this returns. Raises StoreError."""
    path = site / RELEASES
    line = json.dumps({"issue": name, "at": at.isoformat()}, ensure_ascii=False) + "\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        new = not path.exists()
        handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            os.write(handle, (_end_of_a_torn_line(handle) + line).encode())
            os.fsync(handle)
        finally:
            os.close(handle)
        if new:
            _keep_name(path.parent)
    except OSError as error:
        raise StoreError(CANNOT_WRITE, path=path, reason=error.strerror) from error


def read_releases(site: Path) -> list[Released]:
    """Every release that was written down, oldest first; a line that a crash tore is left out. Raises StoreError."""
    path = site / RELEASES
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StoreError(CANNOT_READ, path=path, reason=error.strerror) from error
    return [found for line in lines for found in _read(line)]


def _read(line: str) -> Iterator[Released]:
    try:
        written = json.loads(line)
        yield Released(str(written["issue"]), datetime.fromisoformat(written["at"]))
    except (ValueError, KeyError, TypeError):
        return


def _end_of_a_torn_line(handle: int) -> str:
    size = os.fstat(handle).st_size
    return "\n" if size and os.pread(handle, 1, size - 1) != b"\n" else ""


def _keep_name(folder: Path) -> None:
    """A new file's name is on disk only when its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
