"""Records hits together and tells each caller when its own is safe. Never judges who fetched.

The one place of the store that commits by itself: a thread with its own connection takes every hit that waits,
writes them all in one statement, commits once (the disk is asked once), and only then tells whoever handed them in.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Lock, Thread
from typing import NamedTuple

from sqlalchemy import Connection

from mailer.errors import StoreError
from mailer.language import N_
from mailer.store.database import Database
from mailer.store.failures import lost_a_race
from mailer.store.hits import write_hits

REFUSED = N_("{place} did not take a hit: {reason}. This is a mistake in the program: please report it.")
CLOSED = N_("{place} is being closed: nothing more is written.")
LARGEST_GROUP = 1000
TRIES = 3

Failures = Mapping[int, StoreError]
"""Of the hits that were handed in together, those that were not written, by their place; empty: all are safe."""


class Hit(NamedTuple):
    """A pixel or link fetched."""

    issue_id: int
    seen_hash: bytes
    link: int
    hit_class: int
    delivery_id: int = 0
    """Where the letter names its reader, who agreed to it; 0 where nothing does."""
    corrects: bool = False
    """What was written of this link is taken back: the class is this one, even a lower one."""


class Handed(NamedTuple):
    """Hits that one caller handed in together."""

    hits: Sequence[Hit]
    told: Callable[[Failures], None]
    """Called once, in the ledger's thread: it must neither wait nor fail."""


class Ledger:
    """Hits in, word of them out: once they are on disk, or with the StoreError that kept them from it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: SimpleQueue[Handed | None] = SimpleQueue()
        self._door = Lock()
        self._closed = False
        self._connection: Connection | None = None
        self._writer = Thread(target=self._write_on, name="ledger", daemon=True)
        self._writer.start()

    def hit(self, issue_id: int, seen_hash: bytes, link: int, hit_class: int) -> Future[None]:
        """A fetch of a letter's link; the highest class that it was ever given stays."""
        return self.record([Hit(issue_id, seen_hash, link, hit_class)])

    def record(self, hits: Sequence[Hit]) -> Future[None]:
        """For callers that can wait: the future resolves once all of them are safe."""
        future: Future[None] = Future()
        # A caller that gives up waiting cannot take its hits back.
        future.set_running_or_notify_cancel()

        def told(failures: Failures) -> None:
            for error in failures.values():
                future.set_exception(error)
                return
            future.set_result(None)

        self.hand_in(hits, told)
        return future

    def hand_in(self, hits: Sequence[Hit], told: Callable[[Failures], None]) -> None:
        """Never waits; `told` is called in the ledger's thread once it is known what became of them."""
        with self._door:
            if not self._closed:
                self._waiting.put(Handed(hits, told))
                return
        told(dict.fromkeys(range(len(hits)), StoreError(CLOSED, place=self._database.place)))

    def close(self) -> None:
        """Write what waits, then stop."""
        with self._door:
            if not self._closed:
                self._closed = True
                self._waiting.put(None)
        self._writer.join()

    def _write_on(self) -> None:
        closing = False
        while not closing:
            group, closing = self._next_group()
            if group:
                self._settle(group)
        if self._connection is not None:
            self._connection.close()

    def _next_group(self) -> tuple[list[Handed], bool]:
        """Waits for hits and takes all that wait with them, in order; True with the last group of all."""
        group: list[Handed] = []
        size = 0
        while (handed := self._waiting.get()) is not None:
            group.append(handed)
            size += len(handed.hits)
            if self._waiting.empty() or size >= LARGEST_GROUP:
                return group, False
        return group, True

    def _settle(self, group: Sequence[Handed]) -> None:
        failures = self._record([hit for handed in group for hit in handed.hits])
        start = 0
        for handed in group:
            end = start + len(handed.hits)
            handed.told({at - start: failures[at] for at in failures if start <= at < end} if failures else {})
            start = end

    def _record(self, hits: Sequence[Hit], tries: int = TRIES) -> dict[int, StoreError]:
        """Writes them; those that could not be, by their place."""
        try:
            self._write(hits)
        except StoreError as error:
            if lost_a_race(error) and tries > 1:
                return self._record(hits, tries - 1)
            return dict.fromkeys(range(len(hits)), error)
        except Exception as error:  # whatever it is, nobody may wait for ever
            return self._record_alone(hits, error)
        return {}

    def _record_alone(self, hits: Sequence[Hit], error: Exception) -> dict[int, StoreError]:
        """One hit that the database refuses must not take the others of its group with it."""
        if len(hits) == 1:
            refused = StoreError(REFUSED, place=self._database.place, reason=str(error))
            refused.__cause__ = error
            return {0: refused}
        return {at: failure for at, hit in enumerate(hits) for failure in self._record([hit]).values()}

    def _write(self, hits: Sequence[Hit]) -> None:
        with self._database.told():
            if self._connection is None:
                self._connection = self._database.engine.connect()
            with self._connection.begin():
                write_hits(self._connection, hits)
