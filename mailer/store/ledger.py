"""Records many small facts together and tells each caller when its own is safe. Never decides what a fact means.

The one place of the store that commits by itself: a thread with its own connection takes every fact that waits,
writes them all, commits once (the disk is asked once), and only then resolves their futures.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from datetime import datetime
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any

from sqlalchemy import Connection

from mailer.domain.deliveries import Settlement
from mailer.errors import StoreError
from mailer.language import N_
from mailer.store.database import Database
from mailer.store.facts import Fact, Hit, Leaving, Settled, write
from mailer.store.failures import lost_a_race

REFUSED = N_("{place} did not take a fact: {reason}. This is a mistake in the program: please report it.")
CLOSED = N_("{place} is being closed: nothing more is written.")
LARGEST_GROUP = 1000


class Ledger:
    """Facts in, futures out. A future resolves once its fact is on disk, or fails with a StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: SimpleQueue[Fact | None] = SimpleQueue()
        self._door = Lock()
        self._closed = False
        self._connection: Connection | None = None
        self._writer = Thread(target=self._write_on, name="ledger", daemon=True)
        self._writer.start()

    def about_to_leave(self, delivery_id: int, claim_id: str, now: datetime) -> Future[bool]:
        """Claimed becomes sending. False: not this sender's any more, or its issue is held: do not send it."""
        future: Future[bool] = _new_future()
        self._take(Leaving(future, delivery_id, claim_id, now))
        return future

    def settled(self, delivery_id: int, claim_id: str, settlement: Settlement, now: datetime) -> Future[bool]:
        """What follows from the relay's reply. False: the letter was not this sender's any more."""
        future: Future[bool] = _new_future()
        self._take(Settled(future, delivery_id, claim_id, settlement, now))
        return future

    def hit(self, issue_id: int, seen_hash: bytes, link: int, hit_class: int) -> Future[None]:
        """A fetch of a letter's link; the highest class that it was ever given stays."""
        future: Future[None] = _new_future()
        self._take(Hit(future, issue_id, seen_hash, link, hit_class))
        return future

    def close(self) -> None:
        """Write what waits, then stop."""
        with self._door:
            if not self._closed:
                self._closed = True
                self._waiting.put(None)
        self._writer.join()

    def _take(self, fact: Fact) -> None:
        with self._door:
            if self._closed:
                fact.future.set_exception(StoreError(CLOSED, place=self._database.place))
            else:
                self._waiting.put(fact)

    def _write_on(self) -> None:
        closing = False
        while not closing:
            group, closing = self._next_group()
            if group:
                self._record_or_fail(group)
        if self._connection is not None:
            self._connection.close()

    def _next_group(self) -> tuple[list[Fact], bool]:
        """Waits for a fact and takes all that wait with it, in order; True with the last group of all."""
        group: list[Fact] = []
        while (fact := self._waiting.get()) is not None:
            group.append(fact)
            if self._waiting.empty() or len(group) == LARGEST_GROUP:
                return group, False
        return group, True

    def _record_or_fail(self, group: Sequence[Fact], tries: int = 3) -> None:
        try:
            self._record(group)
        except StoreError as error:
            if lost_a_race(error) and tries > 1:
                self._record_or_fail(group, tries - 1)
            else:
                _fail(group, error)
        except Exception as error:  # whatever it is, nobody may wait for ever
            self._fail_alone(group, error)

    def _fail_alone(self, group: Sequence[Fact], error: Exception) -> None:
        """One fact that the database refuses must not take the others of its group with it."""
        if len(group) == 1:
            refused = StoreError(REFUSED, place=self._database.place, reason=str(error))
            refused.__cause__ = error
            _fail(group, refused)
            return
        for fact in group:
            self._record_or_fail([fact])

    def _record(self, group: Sequence[Fact]) -> None:
        with self._database.told():
            if self._connection is None:
                self._connection = self._database.engine.connect()
            with self._connection.begin():
                answers = [answer for facts in _in_order(group) for answer in write(self._connection, facts)]
        for answer in answers:
            answer()


def _in_order(group: Sequence[Fact]) -> Iterator[list[Fact]]:
    """The group cut so that no two facts of a part are about one delivery: an UPDATE takes each row once."""
    part: list[Fact] = []
    held: set[int] = set()
    for fact in group:
        if not isinstance(fact, Hit):
            if fact.delivery_id in held:
                yield part
                part, held = [], set()
            held.add(fact.delivery_id)
        part.append(fact)
    yield part


def _new_future() -> Future[Any]:
    future: Future[Any] = Future()
    # A caller that gives up waiting cannot take its fact back.
    future.set_running_or_notify_cancel()
    return future


def _fail(group: Sequence[Fact], error: StoreError) -> None:
    for fact in group:
        fact.future.set_exception(error)
