"""Rows of one file at one address: the same contact twice, or two people who share it."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection

from mailer.domain.names import same_person
from mailer.domain.search import fold
from mailer.store.sql import run, run_each

PAGE = 5_000
FILLED = (
    "name", "first_name", "last_name", "language", "postcode", "city", "region", "country", "level", "theme", "notes",
)  # fmt: skip
"""What a second row says of a contact where the first is silent."""


def join_twins(tx: Connection) -> None:
    """Rows that are one contact's become one, the first, which takes from the others what it lacks."""
    run(tx, _TWIN)
    run(tx, _FIND)
    here: list[_Contact] = []
    for page in _pages(tx):
        joined: list[tuple[Any, int]] = []
        filled: list[dict[str, Any]] = []
        for row in page:
            if here and here[0].canonical != row.canonical:
                filled += [one.filled() for one in here if one.changed]
                here = []
            known = next((one for one in here if one.is_also(row)), None)
            if known is None:
                here.append(_Contact(row))
            else:
                known.take(row)
                joined.append((row, known.row["seq"]))
        _write(tx, joined, filled)
    _write(tx, [], [one.filled() for one in here if one.changed])
    run(tx, "DROP TABLE twin")


def _write(tx: Connection, joined: list[tuple[Any, int]], filled: list[dict[str, Any]]) -> None:
    for words in (_DETAILS, _OTHERS):
        run_each(tx, words, [{"seq": row.seq, "into": into} for row, into in joined])
    run_each(tx, _JOINED, [{"number": row.number} for row, _ in joined])
    run_each(tx, _FILLED, filled)


class _Contact:
    """One contact of the file, from all its rows."""

    def __init__(self, row: Any) -> None:
        self.canonical = row.canonical
        self.row = dict(row._mapping)
        self.changed = False
        self._words = fold(row.name)

    def is_also(self, row: Any) -> bool:
        if row.kind != self.row["kind"] and row.name and self.row["name"]:
            return False
        return same_person(self._words, fold(row.name))

    def take(self, row: Any) -> None:
        for name in FILLED:
            if not self.row[name] and (said := getattr(row, name)):
                self.row[name], self.changed = said, True
        if self.row["wanted"] and not row.wanted:
            # One No in the file is enough.
            self.row["wanted"], self.changed = 0, True
        self._words = fold(self.row["name"])

    def filled(self) -> dict[str, Any]:
        return {name: self.row[name] for name in (*FILLED, "number", "wanted")}


def _pages(tx: Connection) -> Iterator[Sequence[Any]]:
    after = 0
    while page := run(tx, _PAGE, after=after, page=PAGE).all():
        yield page
        after = page[-1].number


_TWIN = "CREATE TEMPORARY TABLE twin (number INTEGER PRIMARY KEY)"
_FIND = """INSERT INTO twin
SELECT one.number FROM staged AS one JOIN staged AS next ON next.number = one.number + 1
WHERE next.canonical = one.canonical
UNION
SELECT next.number FROM staged AS one JOIN staged AS next ON next.number = one.number + 1
WHERE next.canonical = one.canonical"""
_PAGE = f"""SELECT staged.number, seq, canonical, kind, wanted, {", ".join(FILLED)}
FROM twin JOIN staged ON staged.number = twin.number WHERE twin.number > :after ORDER BY twin.number LIMIT :page"""  # noqa: S608 - constants
_DETAILS = "UPDATE detail SET seq = :into WHERE seq = :seq"
_OTHERS = "UPDATE other SET seq = :into WHERE seq = :seq"
_JOINED = "UPDATE staged SET outcome = 'merged' WHERE number = :number"
_FILLED = f"""UPDATE staged SET wanted = :wanted, {", ".join(f"{name} = :{name}" for name in FILLED)}
WHERE number = :number"""  # noqa: S608 - constants
