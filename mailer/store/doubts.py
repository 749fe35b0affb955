"""Rows of imported files that wait for a person. Never takes one in by itself."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from mailer.domain.people import Basis, ContactKind, DoubtfulRow, DoubtOutcome
from mailer.store.sql import run
from mailer.store.tables import batches, doubts


@dataclass(frozen=True)
class DoubtRow:
    """One row that waits, with the import that brought it."""

    number: int
    batch: int
    file_name: str
    line: int
    written: str
    proposal: str
    name: str
    kind: ContactKind
    sentence: str
    details: Mapping[str, Any]
    list_slug: str | None
    basis: Basis | None


@dataclass(frozen=True)
class Kept:
    """What became of doubtful rows; the others wait already."""

    kept: int
    suppressed: int


def keep(tx: Connection, batch: int, rows: Sequence[DoubtfulRow], fingerprint: Callable[[str], bytes]) -> Kept:
    """Keeps rows aside. Of an owner who is suppressed nothing is kept, and what waits already is not kept twice."""
    kept, suppressed = 0, 0
    for row in rows:
        known = fingerprint(row.address.canonical) if row.address else b""
        if run(tx, _SUPPRESSED, fingerprint=known).first() is not None:
            suppressed += 1
        elif run(tx, _WAITS, batch=batch, written=row.written, name=row.name).first() is None:
            tx.execute(doubts.insert().values(_stored(row) | {"batch_id": batch}))
            kept += 1
    return Kept(kept, suppressed)


def waiting(tx: Connection) -> list[DoubtRow]:
    """All rows that wait, oldest import first."""
    found = tx.execute(_ROWS.where(doubts.c.settled_at.is_(None)).order_by(doubts.c.batch_id, doubts.c.line))
    return [_row(one) for one in found]


def count(tx: Connection) -> int:
    """How many wait."""
    waiting_ones = select(func.count()).select_from(doubts).where(doubts.c.settled_at.is_(None))
    return int(tx.execute(waiting_ones).scalar_one())


def find(tx: Connection, number: int) -> DoubtRow | None:
    """A row that waits; None where it is settled, or was never there."""
    found = tx.execute(_ROWS.where(doubts.c.id == number, doubts.c.settled_at.is_(None))).one_or_none()
    return _row(found) if found else None


def settle(tx: Connection, number: int, outcome: DoubtOutcome, now: datetime) -> bool:
    """A person has decided; False for whoever comes second."""
    return run(tx, _SETTLE, number=number, outcome=outcome.value, now=now).rowcount == 1


def _stored(row: DoubtfulRow) -> dict[str, Any]:
    return {
        "line": row.line,
        "written": row.written,
        "proposal": row.address.written if row.address else "",
        "name": row.name,
        "kind": row.kind.value,
        "sentence": row.sentence,
        "details": {name: str(value) for name, value in row.values.items()},
    }


def _row(one: Any) -> DoubtRow:
    return DoubtRow(
        number=one.id,
        batch=one.batch_id,
        file_name=one.file_name,
        line=one.line,
        written=one.written,
        proposal=one.proposal,
        name=one.name,
        kind=ContactKind(one.kind),
        sentence=one.sentence,
        details=one.details,
        list_slug=one.list_slug,
        basis=Basis(one.basis) if one.basis else None,
    )


_ROWS = select(
    doubts.c.id,
    doubts.c.batch_id,
    batches.c.file_name,
    doubts.c.line,
    doubts.c.written,
    doubts.c.proposal,
    doubts.c.name,
    doubts.c.kind,
    doubts.c.sentence,
    doubts.c.details,
    batches.c.list_slug,
    batches.c.basis,
).join(batches, batches.c.id == doubts.c.batch_id)

_SUPPRESSED = "SELECT 1 FROM suppression WHERE fingerprint = :fingerprint"

# Of the same list: somebody may have said yes to one letter and be in doubt for another.
_WAITS = """SELECT 1 FROM doubt JOIN import_batch AS theirs ON theirs.id = doubt.batch_id
JOIN import_batch AS ours ON ours.id = :batch
WHERE doubt.written = :written AND doubt.name = :name AND doubt.settled_at IS NULL
AND coalesce(theirs.list_slug, '') = coalesce(ours.list_slug, '')"""

_SETTLE = "UPDATE doubt SET outcome = :outcome, settled_at = :now WHERE id = :number AND settled_at IS NULL"
