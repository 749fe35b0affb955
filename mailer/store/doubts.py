"""Rows of imported files that wait for a person. Never takes one in by itself."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from mailer.domain.incoming import ContactRow, DoubtfulRow
from mailer.domain.people import Basis, ContactKind, DoubtOutcome
from mailer.store.sql import run
from mailer.store.staging import Staging, from_json
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
    row: ContactRow | None
    """What is taken in once a person says so."""


def keep_part(tx: Connection, batch: int, part: tuple[int, int]) -> tuple[int, int]:
    """Keeps staged rows aside: how many wait now, and of how many nothing is kept, because their owner is suppressed.

    What waits already is not kept twice.
    """
    low, high = part
    suppressed = int(run(tx, _SUPPRESSED, low=low, high=high).scalar_one())
    return run(tx, _KEEP, batch=batch, low=low, high=high).rowcount, suppressed


def keep(tx: Connection, batch: int, rows: Sequence[DoubtfulRow], fingerprint: Callable[[str], bytes]) -> int:
    """Keeps a few rows aside, in the caller's transaction; how many wait now."""
    staging = Staging(tx, fingerprint)
    staging.add_doubts(rows)
    kept, _ = keep_part(tx, batch, (1, staging.doubts))
    staging.drop()
    return kept


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
        row=from_json(one.content),
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
    doubts.c.content,
).join(batches, batches.c.id == doubts.c.batch_id)

_HERE = "staged_doubt.number BETWEEN :low AND :high"
_OPPOSED = "(SELECT 1 FROM suppression WHERE suppression.fingerprint = staged_doubt.fingerprint)"

_SUPPRESSED = f"SELECT count(*) FROM staged_doubt WHERE {_HERE} AND EXISTS {_OPPOSED}"  # noqa: S608 - constants

# Of the same list: somebody may have said yes to one letter and be in doubt for another.
_KEEP = f"""INSERT INTO doubt (batch_id, line, sheet, written, proposal, name, kind, sentence, details, content)
SELECT :batch, line, sheet, written, proposal, name, kind, sentence, CAST(details AS {{json}}),
  CAST(content AS {{json}})
FROM staged_doubt WHERE {_HERE} AND NOT EXISTS {_OPPOSED}
AND NOT EXISTS (SELECT 1 FROM doubt AS waiting JOIN import_batch AS theirs ON theirs.id = waiting.batch_id
  JOIN import_batch AS ours ON ours.id = :batch
  WHERE waiting.written = staged_doubt.written AND waiting.name = staged_doubt.name AND waiting.settled_at IS NULL
  AND coalesce(theirs.list_slug, '') = coalesce(ours.list_slug, ''))
AND NOT EXISTS (SELECT 1 FROM staged_doubt AS same WHERE same.written = staged_doubt.written
  AND same.name = staged_doubt.name AND same.number < staged_doubt.number)
ON CONFLICT DO NOTHING"""  # noqa: S608 - constants

_SETTLE = "UPDATE doubt SET outcome = :outcome, settled_at = :now WHERE id = :number AND settled_at IS NULL"
