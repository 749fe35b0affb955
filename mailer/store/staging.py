"""The rows of a file, put aside in temporary tables of one connection: nobody else waits while a file is read.

Sorted by address there, so that what follows is a few statements over a range of them, whatever the size.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection

from mailer.domain.addresses import FAMILIES, Family
from mailer.domain.incoming import ContactRow, Detail, DetailKind, DoubtfulRow
from mailer.domain.people import ContactKind
from mailer.store.sql import run, spoken
from mailer.store.twins import join_twins

Fingerprint = Callable[[str], bytes]

FIELDS = (
    "name", "kind", "first_name", "last_name", "language", "postcode", "city", "region", "country", "level", "theme",
    "notes",
)  # fmt: skip
OTHER = int(Family.OTHER)
FLUSH = 5_000


class Staging:
    """What a file holds, on the connection that will take it in; `drop` it before the connection is given back."""

    def __init__(self, tx: Connection, fingerprint: Fingerprint, families: Mapping[str, Family] = FAMILIES) -> None:
        self._tx, self._fingerprint = tx, fingerprint
        self._families = {domain: int(family) for domain, family in families.items()}
        self._sequence = 0
        self.rows = 0
        """How many were put in, those included that say the same as others."""
        self.doubts = 0
        self.details: set[DetailKind] = set()
        for words in _TABLES:
            run(tx, words)

    def add(self, rows: Iterable[ContactRow]) -> None:
        """Puts good rows aside."""
        more: list[tuple[int, ContactRow]] = []
        before = self._sequence
        _load(self._tx, "incoming", self._staged(rows, more))
        self.rows += self._sequence - before
        if more:
            _load(self._tx, "detail", _details(more))
            _load(self._tx, "other", self._others(more))
            self.details |= {one.what for _, row in more for one in row.more}

    def add_doubts(self, rows: Iterable[DoubtfulRow]) -> None:
        """Puts rows aside that a person must look at."""
        _load(self._tx, "staged_doubt", (self._doubt(row) for row in rows))

    def sort(self) -> None:
        """Puts the rows in order, those together that are one contact's."""
        run(self._tx, _SORT)
        run(self._tx, "DROP TABLE incoming")
        run(self._tx, "CREATE INDEX detail_seq ON detail (seq)")
        run(self._tx, "CREATE INDEX other_seq ON other (seq)")
        run(self._tx, "CREATE INDEX staged_doubt_written ON staged_doubt (written, name)")
        if self._tx.dialect.name == "postgresql":
            for table in ("staged", "detail", "other", "staged_doubt"):
                run(self._tx, f"ANALYZE {table}")
        join_twins(self._tx)

    def ranges(self, size: Callable[[], int], doubts: bool = False) -> Iterator[tuple[int, int]]:
        """First and last number of each part; `size` is asked before each."""
        last, low = self.doubts if doubts else self.rows, 1
        while low <= last:
            high = low + max(1, size()) - 1
            yield low, high
            low = high + 1

    def drop(self) -> None:
        """Nothing of the file stays on the connection."""
        for table in ("incoming", "staged", "detail", "other", "staged_doubt", "twin", "placed"):
            run(self._tx, f"DROP TABLE IF EXISTS {table}")

    def _staged(self, rows: Iterable[ContactRow], more: list[tuple[int, ContactRow]]) -> Iterator[tuple[Any, ...]]:
        sequence, fingerprint, families = self._sequence, self._fingerprint, self._families
        structure = ContactKind.STRUCTURE
        for row in rows:
            sequence += 1
            line, written, canonical, name, kind = row[:5]
            domain = canonical[canonical.rfind("@") + 1 :]
            if row[-1]:
                more.append((sequence, row))
            yield (
                sequence, line, canonical, written, domain, families.get(domain, OTHER), fingerprint(canonical), name,
                "structure" if kind is structure else "person", *row[5:-2], 1 if row[-2] else 0,
            )  # fmt: skip
        self._sequence = sequence

    def _others(self, more: list[tuple[int, ContactRow]]) -> Iterator[tuple[Any, ...]]:
        for sequence, row in more:
            for one in row.more:
                if one.what is DetailKind.ADDRESS:
                    domain = one.key.rpartition("@")[2]
                    family = self._families.get(domain, OTHER)
                    yield sequence, one.key, one.value, domain, family, self._fingerprint(one.key)

    def _doubt(self, row: DoubtfulRow) -> tuple[Any, ...]:
        self.doubts += 1
        details = json.dumps({name: str(value) for name, value in row.values.items()}, ensure_ascii=False)
        return (
            self.doubts, row.line, row.sheet, row.written, row.address.written if row.address else "", row.name,
            row.kind.value, row.sentence, details, as_json(row.row),
            self._fingerprint(row.address.canonical) if row.address else b"",
        )  # fmt: skip


def of_part(words: str) -> str:
    """A statement about the rows of one part that are still to be taken in: `{here}` is where they are."""
    return words.replace("{here}", "staged.number BETWEEN :low AND :high AND staged.outcome = ''")


def as_json(row: ContactRow | None) -> str:
    """A row that waits, whole."""
    return json.dumps(None if row is None else list(row), ensure_ascii=False)


def from_json(kept: Any) -> ContactRow | None:
    """A row that waited; None where the file gave none."""
    if not kept:
        return None
    row = ContactRow(*kept)
    more = tuple(Detail(DetailKind(one[0]), *one[1:]) for one in kept[-1])
    return row._replace(kind=ContactKind(row.kind), more=more)


def _details(more: list[tuple[int, ContactRow]]) -> Iterator[tuple[Any, ...]]:
    for sequence, row in more:
        for one in row.more:
            if one.what is not DetailKind.ADDRESS:
                yield sequence, one.what.value, one.key, one.value, one.number, one.since


def _load(tx: Connection, table: str, rows: Iterator[tuple[Any, ...]]) -> None:
    """In bulk, past everything that counts for a row."""
    driver: Any = tx.connection.driver_connection
    if tx.dialect.name == "postgresql":
        with driver.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:  # our own names
            for row in rows:
                copy.write_row(row)
        return
    holes = ", ".join("?" * _WIDTHS[table])
    driver.executemany(f"INSERT INTO {table} VALUES ({holes})", rows)  # noqa: S608 - our own names


_COLUMNS = """seq INTEGER, line INTEGER, canonical TEXT, written TEXT, domain TEXT, family INTEGER, fingerprint {blob},
name TEXT, kind TEXT, first_name TEXT, last_name TEXT, language TEXT, postcode TEXT, city TEXT, region TEXT,
country TEXT, level TEXT, theme TEXT, notes TEXT, wanted INTEGER"""
_TABLES = (
    f"CREATE TEMPORARY TABLE incoming ({_COLUMNS})",
    f"""CREATE TEMPORARY TABLE staged (number {{serial}}, {_COLUMNS}, outcome TEXT DEFAULT '', fresh INTEGER DEFAULT 0,
address_id INTEGER, contact_id INTEGER)""",
    "CREATE TEMPORARY TABLE detail (seq INTEGER, what TEXT, key TEXT, value TEXT, number FLOAT, since TEXT)",
    """CREATE TEMPORARY TABLE other
(seq INTEGER, canonical TEXT, written TEXT, domain TEXT, family INTEGER, fingerprint {blob})""",
    """CREATE TEMPORARY TABLE staged_doubt (number INTEGER PRIMARY KEY, line INTEGER, sheet TEXT, written TEXT,
proposal TEXT, name TEXT, kind TEXT, sentence TEXT, details TEXT, content TEXT, fingerprint {blob})""",
)
_WIDTHS = {"incoming": 20, "detail": 6, "other": 6, "staged_doubt": 11}
_NAMES = ", ".join(word.split()[0] for word in spoken(_COLUMNS, "sqlite").split(","))
_SORT = f"INSERT INTO staged ({_NAMES}) SELECT {_NAMES} FROM incoming ORDER BY canonical, seq"  # noqa: S608 - constants
