"""Hits before the database has them: a file of slots, each hit in one that was drawn by lot. Never asks the database.

What is written into the file's pages in memory survives SIGKILL, since they are the system's. In which order hits came,
the file does not tell, not even while they lie in it; once the database has them, their slots are blank again.
"""

import errno
import fcntl
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from mmap import mmap
from pathlib import Path
from random import SystemRandom
from struct import Struct
from struct import error as StructError
from zlib import crc32

from mailer.errors import StoreError
from mailer.language import N_
from mailer.store.hits import Hit

CANNOT_WRITE = N_(
    "{path} cannot be written ({reason}), so hits are not counted. Make room or give this user the right to."
)
SLOTS = 65_536
"""Some seconds of the busiest door, or hours of any other, while the database cannot be written."""
RESERVE = SLOTS // 16
"""Slots for those who found that there was room, and for all that their hits correct."""


class HitJournal:
    """The record of one living process."""

    def __init__(self, folder: Path) -> None:
        """Makes the file. Raises StoreError where it cannot be written."""
        self._path = folder / f"{secrets.token_hex(8)}.hits"
        self._handle, self._pages = self._begin(self._path.with_suffix(".new"))
        self._free = list(range(SLOTS))
        SystemRandom().shuffle(self._free)

    def keep(self, hit: Hit) -> int:
        """Written when this returns; its slot. Raises StoreError where none is free."""
        issue_id, seen_hash, link, hit_class, delivery_id, corrects = hit
        try:
            body = _BODY.pack(seen_hash, delivery_id, issue_id, link, hit_class, corrects)
            slot = self._free.pop()
        except StructError as error:
            raise StoreError(CANNOT_WRITE, path=self._path, reason=str(error)) from error
        except IndexError as error:
            raise StoreError(CANNOT_WRITE, path=self._path, reason=os.strerror(errno.ENOSPC)) from error
        self._pages[slot * SIZE : slot * SIZE + SIZE] = body + crc32(body).to_bytes(4, "big")
        return slot

    def forget(self, slots: Iterable[int]) -> None:
        """The database has what was in these."""
        freed = list(slots)
        for slot in freed:
            self._pages[slot * SIZE : slot * SIZE + SIZE] = BLANK
        # The last ones are taken first: a calm door keeps to few pages.
        self._free += freed

    @property
    def has_room(self) -> bool:
        """Whether a hit and all that it corrects still find slots."""
        return len(self._free) > RESERVE

    @property
    def is_empty(self) -> bool:
        """Whether the database has all of it."""
        return len(self._free) == SLOTS

    @property
    def is_closed(self) -> bool:
        """Whether it was let go of."""
        return self._pages.closed

    def close(self) -> None:
        """Lets go of the file, which goes where the database has all of it."""
        self._pages.close()
        if self.is_empty:
            self._path.unlink(missing_ok=True)
        os.close(self._handle)

    def _begin(self, beside: Path) -> tuple[int, mmap]:
        try:
            beside.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                # Reserved now: a full disk must be told here, not by a signal in the middle of a hit.
                os.posix_fallocate(handle, 0, SLOTS * SIZE)
                pages = mmap(handle, SLOTS * SIZE)
                # Under its name only now: without its lock it would be taken for a dead one's.
                beside.rename(self._path)
            except OSError:
                os.close(handle)
                beside.unlink(missing_ok=True)
                raise
        except OSError as error:
            raise StoreError(CANNOT_WRITE, path=self._path, reason=error.strerror) from error
        return handle, pages


@contextmanager
def left_behind(folder: Path) -> Iterator[list[Hit]]:
    """What this machine's dead processes had written, in no order; their files go after the block."""
    with ExitStack() as held:
        paths = [path for path in sorted(folder.glob("*.hits")) if _is_dead(path, held)]
        yield [hit for path in paths for hit in read_hits(path)]
        for path in paths:
            path.unlink(missing_ok=True)


def read_hits(path: Path) -> list[Hit]:
    """The hits of a file; what a kill or a power cut tore was never answered, and is passed over."""
    content = path.read_bytes()
    slots = (content[at : at + SIZE] for at in range(0, len(content) - SIZE + 1, SIZE))
    return [_hit(slot) for slot in slots if slot != BLANK and slot[-4:] == crc32(slot[:-4]).to_bytes(4, "big")]


def _hit(slot: bytes) -> Hit:
    seen_hash, delivery_id, issue_id, link, hit_class, corrects = _BODY.unpack(slot[:-4])
    return Hit(issue_id, seen_hash, link, hit_class, delivery_id, bool(corrects))


def _is_dead(path: Path, held: ExitStack) -> bool:
    """True where nobody holds the lock; it is ours then, until the end of the block."""
    try:
        file = held.enter_context(path.open("r+b"))
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    # Another process may have swept the file away between our two steps.
    return path.exists()


_BODY = Struct(">16sQIHBB")
SIZE = _BODY.size + 4
BLANK = bytes(SIZE)
