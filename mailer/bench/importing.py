"""A large file imported, beside a bare upsert of the same rows and a writer who wants a turn."""

import csv
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from threading import Event, Thread
from time import perf_counter

from mailer.app import open_app
from mailer.bench.sending import peak_mb
from mailer.bench.sites import NOW, write_site
from mailer.services import people
from mailer.store.database import Database

SEED = 1901
SMALL = 21_000
"""The size of the base that this program was made for."""
HEADER = ("Courriel", "Nom", "Prénom", "Code postal", "Ville", "Newsletter")
DOMAINS = (
    "association.example",
    "gmail.com",
    "orange.fr",
    "laposte.net",
    "hotmail.fr",
    "sfr.fr",
    "free.fr",
    "gmial.com",
)
WEIGHTS = (20, 20, 15, 15, 10, 10, 9, 1)
"""The last is a slip of hand: those rows wait for a person."""
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "foreign_keys=ON", "cache_size=-64000")
"""Those of the store, and the cache that an import has."""
TURN_S = 0.05


@dataclass(frozen=True)
class ImportRound:
    """One import of a large file, and what stood beside it."""

    seconds: float
    bare_s: float
    rows: int
    peak_mb: float
    blocked_ms: float
    """The longest that another writer waited for its turn."""
    small_s: float
    """21,000 rows."""
    undo_s: float

    @property
    def ratio_bare(self) -> float:
        """How many times as long as the bare upsert."""
        return self.seconds / self.bare_s


@dataclass
class ImportFigures:
    """All rounds."""

    rounds: list[ImportRound] = field(default_factory=list)

    def named(self) -> dict[str, tuple[float, float, float]]:
        """Least, median and most of each figure."""
        values: dict[str, Callable[[ImportRound], float]] = {
            "ratio_bare": lambda one: one.ratio_bare,
            "rows_s": lambda one: one.rows / one.seconds,
            "seconds": lambda one: one.seconds,
            "bare_s": lambda one: one.bare_s,
            "peak_mb": lambda one: one.peak_mb,
            "blocked_ms": lambda one: one.blocked_ms,
            "small_s": lambda one: one.small_s,
            "undo_s": lambda one: one.undo_s,
        }
        return {name: _spread(sorted(map(value, self.rounds))) for name, value in values.items()}


def measure_importing(rows: int, rounds: int, database: str, heard: Callable[[ImportRound], None]) -> ImportFigures:
    """`database` is an empty PostgreSQL one, or empty for SQLite. Each round takes the file back again."""
    figures = ImportFigures()
    with TemporaryDirectory() as folder:
        site = write_site(Path(folder) / "site")
        large = write_people(Path(folder) / "large.csv", rows)
        small = write_people(Path(folder) / "small.csv", SMALL)
        for _ in range(rounds):
            figures.rounds.append(_round(site, large, small, rows, database))
            heard(figures.rounds[-1])
    return figures


def write_people(path: Path, rows: int) -> Path:
    """Invented people in no order, as an old tool would export them."""
    random = Random(SEED)  # noqa: S311 - invented people, not secrets
    order = list(range(rows))
    random.shuffle(order)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(HEADER)
        domains = random.choices(DOMAINS, WEIGHTS, k=rows)
        for number, domain in zip(order, domains, strict=True):
            town = number * 7 % 6_000
            writer.writerow(
                (
                    f"lecteur{number * 2_654_435_761 % 4_294_967_296}.{number}@{domain}",
                    f"Nom{_letters(number % 4_999)}", f"Prénom{_letters(number % 601)}",
                    f"{1 + town % 95:02}{town // 95:02}0", f"Ville-{_letters(town)}", "oui",
                )
            )  # fmt: skip
    return path


def _round(site: Path, large: Path, small: Path, rows: int, database: str) -> ImportRound:
    settings = {"MAILER_DATABASE__URL": database} if database else {}
    with open_app(site, settings) as app, _Writer(app.database) as writer:
        ended = _elsewhere(site, settings, large)
    blocked_ms = 1000 * writer.longest_s
    small_s = _elsewhere(site, settings, small).seconds
    return ImportRound(ended.seconds, _bare(site.parent, large), rows, ended.peak_mb, blocked_ms, small_s, ended.undo_s)


@dataclass(frozen=True)
class _Ended:
    seconds: float
    undo_s: float
    peak_mb: float


def _elsewhere(site: Path, settings: dict[str, str], file: Path) -> _Ended:
    """An import, and its undoing, in a process of its own: its memory is its own too."""
    spawning = get_context("spawn")
    ours, theirs = spawning.Pipe(duplex=False)
    process = spawning.Process(target=_import, args=(theirs, site, settings, file))
    process.start()
    theirs.close()
    try:
        ended: _Ended = ours.recv()
    finally:
        process.join()
    return ended


def _import(wire: Connection, site: Path, settings: dict[str, str], file: Path) -> None:
    with open_app(site, settings) as app:
        started = perf_counter()
        report = people.import_contacts(app, file, NOW, list_slug="lettre", dry_run=False)
        imported = perf_counter()
        peak = peak_mb()
        people.undo(app, report.batch or 0, NOW)
        wire.send(_Ended(imported - started, perf_counter() - imported, peak))


class _Writer:
    """Somebody else who writes a little, twenty times a second, and notes how long they wait for it."""

    def __init__(self, database: Database) -> None:
        self.longest_s = 0.0
        self._database, self._over = database, Event()
        self._thread = Thread(target=self._write)

    def __enter__(self) -> "_Writer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _write(self) -> None:
        while not self._over.wait(TURN_S):
            started = perf_counter()
            with self._database.transaction() as tx:
                tx.exec_driver_sql(_TURN)
            self.longest_s = max(self.longest_s, perf_counter() - started)


def _bare(folder: Path, file: Path) -> float:
    """Seconds that sqlite3 takes for the same rows, read before, in one transaction."""
    with file.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.reader(opened, delimiter=";"))[1:]
    path = folder / "bare.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        connection.execute(_BARE_TABLE)
        started = perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(_BARE_UPSERT, rows)
        connection.execute("COMMIT")
        seconds = perf_counter() - started
    for left in folder.glob("bare.db*"):
        left.unlink()
    return seconds


def _letters(number: int) -> str:
    """A number as letters: names hold no figures."""
    letters = ""
    while True:
        number, last = divmod(number, 26)
        letters += chr(ord("a") + last)
        if not number:
            return letters


def _spread(values: list[float]) -> tuple[float, float, float]:
    return values[0], values[len(values) // 2], values[-1]


_TURN = """INSERT INTO setting (name, value) VALUES ('bench', 'x')
ON CONFLICT (name) DO UPDATE SET value = setting.value || 'x'"""
_BARE_TABLE = """CREATE TABLE bare (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, last_name TEXT, first_name TEXT,
postcode TEXT, city TEXT, wanted TEXT)"""
_BARE_UPSERT = """INSERT INTO bare (email, last_name, first_name, postcode, city, wanted) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (email) DO UPDATE SET last_name = excluded.last_name, first_name = excluded.first_name,
  postcode = excluded.postcode, city = excluded.city, wanted = excluded.wanted"""
