"""Records hits together and tells each caller when its own is safe. Never judges who fetched.

The one place of the store that commits by itself: a thread with its own connection takes every hit that waits,
writes them all, commits once (the disk is asked once), and only then resolves their futures.
"""

from collections.abc import Sequence
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Lock, Thread
from typing import NamedTuple

from sqlalchemy import Connection

from mailer.errors import StoreError
from mailer.language import N_
from mailer.store.database import Database
from mailer.store.failures import lost_a_race
from mailer.store.sql import spoken

REFUSED = N_("{place} did not take a hit: {reason}. This is a mistake in the program: please report it.")
CLOSED = N_("{place} is being closed: nothing more is written.")
LARGEST_GROUP = 1000


class Hit(NamedTuple):
    """A pixel or link fetched."""

    future: Future[None]
    issue_id: int
    seen_hash: bytes
    link: int
    hit_class: int


class Ledger:
    """Hits in, futures out. A future resolves once its hit is on disk, or fails with a StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: SimpleQueue[Hit | None] = SimpleQueue()
        self._door = Lock()
        self._closed = False
        self._connection: Connection | None = None
        self._writer = Thread(target=self._write_on, name="ledger", daemon=True)
        self._writer.start()

    def hit(self, issue_id: int, seen_hash: bytes, link: int, hit_class: int) -> Future[None]:
        """A fetch of a letter's link; the highest class that it was ever given stays."""
        future = _new_future()
        self._take(Hit(future, issue_id, seen_hash, link, hit_class))
        return future

    def close(self) -> None:
        """Write what waits, then stop."""
        with self._door:
            if not self._closed:
                self._closed = True
                self._waiting.put(None)
        self._writer.join()

    def _take(self, hit: Hit) -> None:
        with self._door:
            if self._closed:
                hit.future.set_exception(StoreError(CLOSED, place=self._database.place))
            else:
                self._waiting.put(hit)

    def _write_on(self) -> None:
        closing = False
        while not closing:
            group, closing = self._next_group()
            if group:
                self._record_or_fail(group)
        if self._connection is not None:
            self._connection.close()

    def _next_group(self) -> tuple[list[Hit], bool]:
        """Waits for a hit and takes all that wait with it, in order; True with the last group of all."""
        group: list[Hit] = []
        while (hit := self._waiting.get()) is not None:
            group.append(hit)
            if self._waiting.empty() or len(group) == LARGEST_GROUP:
                return group, False
        return group, True

    def _record_or_fail(self, group: Sequence[Hit], tries: int = 3) -> None:
        try:
            self._record(group)
        except StoreError as error:
            if lost_a_race(error) and tries > 1:
                self._record_or_fail(group, tries - 1)
            else:
                _fail(group, error)
        except Exception as error:  # whatever it is, nobody may wait for ever
            self._fail_alone(group, error)

    def _fail_alone(self, group: Sequence[Hit], error: Exception) -> None:
        """One hit that the database refuses must not take the others of its group with it."""
        if len(group) == 1:
            refused = StoreError(REFUSED, place=self._database.place, reason=str(error))
            refused.__cause__ = error
            _fail(group, refused)
            return
        for hit in group:
            self._record_or_fail([hit])

    def _record(self, group: Sequence[Hit]) -> None:
        with self._database.told():
            if self._connection is None:
                self._connection = self._database.engine.connect()
            with self._connection.begin():
                _write(self._connection, group)
        for hit in group:
            hit.future.set_result(None)


def _write(tx: Connection, hits: Sequence[Hit]) -> None:
    mark = "?" if tx.dialect.name == "sqlite" else "%s"
    # In one order, so that two ledgers never wait for each other's rows.
    rows = sorted((hit.issue_id, hit.seen_hash, hit.link, int(hit.hit_class)) for hit in hits)
    values = [(seen_hash, link, hit_class, issue_id) for issue_id, seen_hash, link, hit_class in rows]
    tx.exec_driver_sql(spoken(_HIT, tx.dialect.name).replace("?", mark), values)


def _new_future() -> Future[None]:
    future: Future[None] = Future()
    # A caller that gives up waiting cannot take its hit back.
    future.set_running_or_notify_cancel()
    return future


def _fail(group: Sequence[Hit], error: StoreError) -> None:
    for hit in group:
        hit.future.set_exception(error)


# A hit may reach us just after its issue's count was closed and its key erased: then nothing of it is kept.
_HIT = """INSERT INTO seen (issue_id, hash, link, hit_class)
SELECT id, CAST(? AS {blob}), CAST(? AS INTEGER), CAST(? AS INTEGER) FROM issue WHERE id = ? AND issue_key IS NOT NULL
ON CONFLICT (issue_id, hash, link) DO UPDATE SET hit_class = excluded.hit_class
WHERE excluded.hit_class > seen.hit_class"""
