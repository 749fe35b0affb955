"""A sender's own record: which letter is about to leave, and what the relay said. Never asks the database.

What is written into the file's pages in memory survives SIGKILL, since they are the system's; the next sender of this
machine reads them (`read_journal`). They do not survive a power cut, so the record names the boot that it belongs to,
and counts for nothing after another. Memory rather than `write()`: no call to the system for each letter, at which
other threads would go first.
"""

import errno
import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from mmap import mmap
from pathlib import Path

from mailer.domain.deliveries import DeliveryState, Settlement
from mailer.errors import StoreError
from mailer.language import N_

CANNOT_WRITE = N_("{path} cannot be written ({reason}), so no further letter leaves. Make room, then send again.")
ROOM = 1_048_576
"""Bytes of the file, reserved when it is made; once they are full, what the database knows is left out."""

BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class Record:
    """What a dead sender had written down."""

    under_way: tuple[int, ...]
    """Letters whose final dot may have left, without a reply."""
    settled: Mapping[int, Settlement]
    """Letters with a reply that the database may not know yet."""


class Journal:
    """The record of one living sender. Used by its event loop only."""

    def __init__(self, path: Path) -> None:
        """Makes the file. Raises StoreError where it cannot be written."""
        self._path = path
        self._open: dict[int, bytes] = {}
        """By letter, its last line, until the database knows what it says."""
        self._unwritten: list[bytes] = []
        self._is_kept = False
        self._pages, self._end = self._begin(path)

    def leaving(self, delivery_id: int) -> None:
        """Written when this returns: the letter's final dot may leave now. Raises StoreError."""
        self._unwritten.append(line := b"L%d\n" % delivery_id)
        try:
            self.flush()
        except StoreError:
            self._unwritten.pop()
            raise
        self._open[delivery_id] = line

    def settled(self, delivery_id: int, settlement: Settlement) -> None:
        """What the relay said; written with the next letter that leaves, or by `flush`."""
        line = _line(delivery_id, settlement)
        self._open[delivery_id] = line
        self._unwritten.append(line)

    def stayed(self, delivery_id: int) -> None:
        """The letter did not leave after all."""
        if self._open.pop(delivery_id, None):
            self._unwritten.append(b"N%d\n" % delivery_id)

    def flush(self) -> None:
        """Writes what is said but not written. Raises StoreError, and keeps it for the next time."""
        if not self._unwritten:
            return
        lines = b"".join(self._unwritten)
        if self._end + len(lines) > ROOM:
            self._shorten()
            lines = b"".join(self._unwritten)
        end = self._end + len(lines)
        if end > ROOM:
            raise StoreError(CANNOT_WRITE, path=self._path, reason=os.strerror(errno.EFBIG))
        self._pages[self._end : end] = lines
        self._end = end
        self._unwritten.clear()

    def known(self, delivery_ids: Iterable[int]) -> None:
        """The database has committed what was said of these."""
        for delivery_id in delivery_ids:
            line = self._open.get(delivery_id)
            # A letter that is already under way again keeps its new line.
            if line is not None and line[:1] != b"L":
                del self._open[delivery_id]

    @property
    def is_needed(self) -> bool:
        """Whether it says anything that the database does not know."""
        return self._is_kept or bool(self._open)

    def keep(self) -> None:
        """There is something in the sender's hands that the database still counts as such."""
        self._is_kept = True

    def close(self) -> None:
        """Lets go of the file, which stays."""
        self._pages.close()

    def _begin(self, path: Path, lines: bytes = b"") -> tuple[mmap, int]:
        head = b"B%b\n" % boot_id().encode() + lines
        try:
            with path.open("w+b") as file:
                path.chmod(0o600)
                # Reserved now: a full disk must be told here, not by a signal in the middle of a letter.
                os.posix_fallocate(file.fileno(), 0, ROOM)
                file.write(head)
                file.flush()
                os.fsync(file.fileno())
                return mmap(file.fileno(), ROOM), len(head)
        except OSError as error:
            path.unlink(missing_ok=True)
            raise self._unwritable(error) from error

    def _shorten(self) -> None:
        """What the database does not know, into a new file that takes the place of the full one. Raises StoreError."""
        beside = self._path.with_suffix(".new")
        pages, end = self._begin(beside, b"".join(self._open.values()))
        beside.replace(self._path)
        self._pages.close()
        self._pages, self._end = pages, end
        # The new file says all of it but what is about to leave; what stayed is not in it.
        said = set(self._open.values())
        self._unwritten = [line for line in self._unwritten if line not in said and line[:1] != b"N"]

    def _unwritable(self, error: OSError) -> StoreError:
        return StoreError(CANNOT_WRITE, path=self._path, reason=error.strerror)


def read_journal(path: Path) -> Record | None:
    """What the sender of that file had written; None where nothing can be known: no file, or another boot."""
    try:
        head, *lines = path.read_bytes().rstrip(b"\0").split(b"\n")
    except OSError:
        return None
    if head != b"B" + boot_id().encode() or head == b"B":
        return None
    said: dict[int, Settlement | None] = {}
    for line in lines[:-1]:  # what follows the last line end is empty, or torn
        # A line that its sender had not finished was never acted upon.
        with suppress(ValueError):
            _hear(said, line)
    under_way = tuple(delivery_id for delivery_id, settlement in said.items() if settlement is None)
    return Record(under_way, {one: settlement for one, settlement in said.items() if settlement is not None})


def boot_id() -> str:
    """Which run of the machine this is; empty where the system does not tell."""
    try:
        return BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _line(delivery_id: int, settlement: Settlement) -> bytes:
    if settlement.state is DeliveryState.SENT:
        words = settlement.words.replace("\n", " ").replace("\0", " ").encode("utf-8", "replace")
        return b"A%d %d %b\n" % (delivery_id, settlement.code or 0, words)
    next_try = settlement.next_try_at
    said = [
        settlement.state.value,
        settlement.code,
        settlement.words,
        settlement.counted,
        next_try.isoformat() if next_try else None,
        settlement.suppress,
    ]
    return b"S%d %s\n" % (delivery_id, json.dumps(said).encode())


def _hear(said: dict[int, Settlement | None], line: bytes) -> None:
    kind, (number, _, rest) = line[:1], line[1:].partition(b" ")
    delivery_id = int(number)
    match kind:
        case b"L":
            said[delivery_id] = None
        case b"N":
            said.pop(delivery_id, None)
        case b"A":
            code, _, words = rest.partition(b" ")
            said[delivery_id] = Settlement(DeliveryState.SENT, int(code), words.decode(), counted=True)
        case _:
            state, code, words, counted, next_try, suppress_it = json.loads(rest)
            when = datetime.fromisoformat(next_try) if next_try else None
            said[delivery_id] = Settlement(DeliveryState(state), code, words, counted, when, suppress_it)
