"""Records hits: safe from a kill when `record` returns, in the database within a second. Never judges who fetched.

The one place of the store that commits by itself: a thread with its own connection takes what waits in the journal
and writes it in large statements. What the database cannot take stays in the journal and is tried again.
"""

import logging
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from threading import Condition, Event, Thread
from time import monotonic

from sqlalchemy import Connection

from mailer.errors import StoreError
from mailer.language import N_
from mailer.store.database import Database
from mailer.store.failures import lost_a_race
from mailer.store.hit_journal import HitJournal
from mailer.store.hits import Hit, write_hits

REFUSED = N_("{place} did not take a hit: {reason}. This is a mistake in the program: please report it.")
CLOSED = N_("{place} is being closed: nothing more is written.")
BEHIND = N_("{place} does not take the hits that wait for it.")
LARGEST_GROUP = 4000
GATHER_S = 0.5
"""Hits of so long go into the database together: rows of one page are written once."""
AGAIN_S = 1.0
LONGEST_CLOSE_S = 10.0
TRIES = 3

logger = logging.getLogger(__name__)


class Ledger:
    """Hits in; kept for certain once they are handed over, or refused with a StoreError."""

    def __init__(self, database: Database, folder: Path) -> None:
        """Raises StoreError where the journal cannot be made."""
        self._database = database
        self._journal = HitJournal(folder)
        self._waiting: deque[tuple[int, Hit]] = deque()
        self._some_wait, self._hurry, self._closing = Event(), Event(), Event()
        self._moved = Condition()
        self._failure: StoreError | None = None
        """Of the last try."""
        self._is_behind = False
        self._connection: Connection | None = None
        self._writer = Thread(target=self._write_on, name="ledger", daemon=True)
        self._writer.start()

    def record(self, hits: Sequence[Hit]) -> None:
        """They survive this process when this returns. Never waits. Raises StoreError."""
        if self._closing.is_set():
            raise StoreError(CLOSED, place=self._database.place)
        for hit in hits:
            self._waiting.append((self._journal.keep(hit), hit))
        if not self._some_wait.is_set():
            self._some_wait.set()

    @property
    def has_room(self) -> bool:
        """False while the database is so far behind that who records should wait."""
        return self._journal.has_room

    def wait_for_room(self, seconds: float) -> bool:
        """Waits until there is room, at most so long; whether there is."""
        with self._moved:
            return self._moved.wait_for(lambda: self._journal.has_room, seconds)

    def flush(self, seconds: float = LONGEST_CLOSE_S) -> None:
        """All that was recorded is in the database when this returns. Raises StoreError."""
        until = monotonic() + seconds
        with self._moved:
            self._failure = None
            while not self._is_settled() and monotonic() < until:
                self._hurry.set()
                self._some_wait.set()
                self._moved.wait(0.05)
        self._refuse_unwritten()

    def close(self) -> None:
        """Writes what waits, then stops; what the database does not take now stays in the journal."""
        self._closing.set()
        self._hurry.set()
        self._some_wait.set()
        self._writer.join(LONGEST_CLOSE_S)
        if not self._writer.is_alive() and not self._journal.is_closed:
            self._journal.close()

    def _refuse_unwritten(self) -> None:
        if not self._journal.is_empty:
            raise self._failure or StoreError(BEHIND, place=self._database.place)

    def _is_settled(self) -> bool:
        return self._journal.is_empty or self._failure is not None

    def _write_on(self) -> None:
        while not (self._closing.is_set() and not self._waiting):
            self._some_wait.wait()
            self._hurry.wait(GATHER_S)
            self._some_wait.clear()
            self._hurry.clear()
            if not self._write_waiting():
                if self._closing.is_set():
                    break
                self._closing.wait(AGAIN_S)
                self._some_wait.set()
        if self._connection is not None:
            self._connection.close()

    def _write_waiting(self) -> bool:
        """Writes all that waits, group by group; False where the database did not take it."""
        while self._waiting:
            group = [self._waiting.popleft() for _ in range(min(LARGEST_GROUP, len(self._waiting)))]
            failure = self._write([hit for _, hit in group])
            if failure is None:
                self._journal.forget(slot for slot, _ in group)
            else:
                self._waiting.extendleft(reversed(group))
            self._tell(failure)
            if failure is not None:
                return False
        return True

    def _tell(self, failure: StoreError | None) -> None:
        if failure is not None and not self._is_behind:
            logger.error("hits wait in their journal: %s", failure, extra={"action": "hits_wait"})
        self._is_behind = failure is not None
        with self._moved:
            self._failure = failure
            self._moved.notify_all()

    def _write(self, hits: Sequence[Hit], tries: int = TRIES) -> StoreError | None:
        """Nobody waits for this thread: whatever goes wrong is told and tried again."""
        try:
            with self._database.told():
                if self._connection is None:
                    self._connection = self._database.engine.connect()
                with self._connection.begin():
                    write_hits(self._connection, hits)
        except StoreError as error:
            return self._write(hits, tries - 1) if lost_a_race(error) and tries > 1 else error
        except Exception as error:
            refused = StoreError(REFUSED, place=self._database.place, reason=str(error))
            refused.__cause__ = error
            return refused
        return None
