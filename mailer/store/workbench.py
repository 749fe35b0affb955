"""One connection for a long piece of work in many short transactions, between which others write.

Its temporary tables stay from one to the next. A part that keeps others waiting too long makes the next one smaller.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, sleep

from sqlalchemy import Connection

from mailer.store.failures import told

AT_FIRST, LEAST, MOST = 5_000, 200, 50_000
"""Rows of a part."""
HELD_S = 0.35
"""How long a part should keep other writers out."""
GAP_S = 0.11
"""SQLite's waiting writers look every tenth of a second whether it is their turn."""
CACHE_KB, USUAL_CACHE_KB = 64_000, 2_000
USUAL_CHECKPOINT_PAGES = 1_000


class Workbench:
    """Given out by `Database.workbench`."""

    def __init__(self, connection: Connection, place: str) -> None:
        self.size = AT_FIRST
        self._connection, self._place = connection, place
        self._sqlite = connection.dialect.name == "sqlite"
        self._ended = 0.0

    @contextmanager
    def aside(self) -> Iterator[Connection]:
        """A transaction that writes temporary tables only: it keeps nobody waiting. Raises StoreError."""
        if self._sqlite:
            self._connection.execution_options(mailer_reading=True)
        with told(self._place), self._connection.begin():
            yield self._connection

    @contextmanager
    def part(self, *, keep: bool) -> Iterator[Connection]:
        """A transaction that writes; unless kept, what it writes is seen inside only. Raises StoreError."""
        if self._sqlite:
            self._connection.execution_options(mailer_reading=False)
            sleep(max(0.0, self._ended + GAP_S - monotonic()))
        with told(self._place), self._connection.begin() as transaction:
            started = monotonic()
            yield self._connection
            if not keep:
                transaction.rollback()
        self._ended = monotonic()
        self._adapt(self._ended - started)
        if self._sqlite:
            # While others have their turn: nobody waits for a checkpoint, and the pause is not idle.
            self._pragma("wal_checkpoint(PASSIVE)")

    def roomy(self) -> None:
        """More of the database in memory than small statements need."""
        self._set(CACHE_KB, 0)

    def tidy(self) -> None:
        """The connection as it was."""
        self._set(USUAL_CACHE_KB, USUAL_CHECKPOINT_PAGES)

    def _set(self, cache_kb: int, checkpoint_pages: int) -> None:
        if self._sqlite:
            for schema in ("main", "temp"):
                self._pragma(f"{schema}.cache_size = -{cache_kb}")
            self._pragma(f"wal_autocheckpoint = {checkpoint_pages}")

    def _pragma(self, words: str) -> None:
        driver = self._connection.connection.driver_connection
        driver.execute(f"PRAGMA {words}").fetchall()  # type: ignore[union-attr]  # SQLite's

    def _adapt(self, held_s: float) -> None:
        wanted = self.size * HELD_S / max(held_s, 0.001)
        # No leap: what a part takes depends on what is in it.
        self.size = int(min(max(wanted, self.size / 4, LEAST), self.size * 2, MOST))
