"""A sender's own record: which letter is about to leave, and what the relay said. Never asks the database.

One `write()` before each final dot and one with each reply survive SIGKILL, since the system holds them; the next
sender of this machine reads them (`read_journal`). They do not survive a power cut, so the record names the boot that
it belongs to, and counts for nothing after another.
"""

import errno
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mailer.domain.deliveries import DeliveryState, Settlement
from mailer.errors import StoreError
from mailer.language import N_

CANNOT_WRITE = N_("{path} cannot be written ({reason}), so no further letter leaves. Make room, then send again.")
LONGEST = 1_000_000
"""Bytes, before what is settled in the database is left out."""

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
        self._size = 0
        self._is_kept = False
        self._handle = self._begin(path)

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
        try:
            self._append(self._handle, lines)
        except OSError as error:
            raise self._unwritable(error) from error
        self._unwritten.clear()
        self._size += len(lines)

    def known(self, delivery_ids: Iterable[int]) -> None:
        """The database has committed what was said of these; now and then they are left out of the file."""
        for delivery_id in delivery_ids:
            line = self._open.get(delivery_id)
            # A letter that is already under way again keeps its new line.
            if line is not None and line[:1] != b"L":
                del self._open[delivery_id]
        if self._size > LONGEST:
            self._shorten()

    @property
    def is_needed(self) -> bool:
        """Whether it says anything that the database does not know."""
        return self._is_kept or bool(self._open)

    def keep(self) -> None:
        """There is something in the sender's hands that the database still counts as such."""
        self._is_kept = True

    def close(self) -> None:
        """Lets go of the file, which stays."""
        os.close(self._handle)

    def _begin(self, path: Path, lines: bytes = b"") -> int:
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        except OSError as error:
            raise self._unwritable(error) from error
        try:
            self._append(handle, b"B%s\n" % boot_id().encode() + lines)
            os.fsync(handle)
        except OSError as error:
            os.close(handle)
            raise self._unwritable(error) from error
        return handle

    def _append(self, handle: int, lines: bytes) -> None:
        written = os.write(handle, lines)
        if written != len(lines):
            # The disk is full: half a line must not become the beginning of another one.
            os.ftruncate(handle, os.fstat(handle).st_size - written)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _shorten(self) -> None:
        beside = self._path.with_suffix(".new")
        try:
            self.flush()
            handle = self._begin(beside, b"".join(self._open.values()))
        except StoreError:
            return  # the long file is as good
        beside.replace(self._path)
        os.close(self._handle)
        self._handle, self._size = handle, sum(map(len, self._open.values()))

    def _unwritable(self, error: OSError) -> StoreError:
        return StoreError(CANNOT_WRITE, path=self._path, reason=error.strerror)


def read_journal(path: Path) -> Record | None:
    """What the sender of that file had written; None where nothing can be known: no file, or another boot."""
    try:
        head, *lines = path.read_bytes().split(b"\n")
    except OSError:
        return None
    if head != b"B" + boot_id().encode() or head == b"B":
        return None
    said: dict[int, Settlement | None] = {}
    for line in lines[:-1]:  # what follows the last line end is empty, or torn and so never acted upon
        if line[:1] == b"N":
            said.pop(int(line[1:]), None)
        else:
            said.update(_read(line))
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
        words = settlement.words.replace("\n", " ").encode("utf-8", "replace")
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


def _read(line: bytes) -> dict[int, Settlement | None]:
    number, _, said = line[1:].partition(b" ")
    if line[:1] == b"L":
        return {int(number): None}
    if line[:1] == b"A":
        code, _, words = said.partition(b" ")
        return {int(number): Settlement(DeliveryState.SENT, int(code), words.decode(), counted=True)}
    state, code, words, counted, next_try, suppress = json.loads(said)
    when = datetime.fromisoformat(next_try) if next_try else None
    return {int(number): Settlement(DeliveryState(state), code, words, counted, when, suppress)}
