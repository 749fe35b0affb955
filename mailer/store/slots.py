"""Slots of cadences that are used up, and since when each cadence is watched. Computes no slot."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from mailer.store.tables import issues, slots, watches


@dataclass(frozen=True)
class TakenSlot:
    """A slot for which no letter leaves any more."""

    planned: date
    issue: str | None
    """The issue that left for it; None where `note` says why it is taken."""
    note: str


def take(tx: Connection, campaign: str, planned: date, issue_id: int, now: datetime) -> bool:
    """The slot is this issue's, in the transaction that releases it. False for whoever comes second."""
    row = {"campaign": campaign, "planned": planned, "issue_id": issue_id, "released_at": now, "note": ""}
    return _added(tx, row)


def mark_taken(tx: Connection, campaign: str, planned: date, note: str) -> bool:
    """No letter leaves for the slot, for the reason in `note`: it left elsewhere. False where it is taken already."""
    row = {"campaign": campaign, "planned": planned, "issue_id": None, "released_at": None, "note": note}
    return _added(tx, row)


def taken(tx: Connection, campaign: str) -> Mapping[date, TakenSlot]:
    """The campaign's slots that are used up, by planned day."""
    columns = (slots.c.planned, issues.c.name, slots.c.note)
    found = select(*columns).outerjoin(issues, issues.c.id == slots.c.issue_id).where(slots.c.campaign == campaign)
    return {row.planned: TakenSlot(*row) for row in tx.execute(found)}


def watched_since(tx: Connection, campaign: str, cadence: str, now: datetime) -> datetime | None:
    """Since when the clock has watched the campaign under this cadence; None where it is to be noted anew.

    A moment later than `now` was written by a clock that went wrong.
    """
    known = (watches.c.campaign == campaign, watches.c.cadence == cadence, watches.c.since <= now)
    since: datetime | None = tx.execute(select(watches.c.since).where(*known)).scalar_one_or_none()
    return since


def watch(tx: Connection, campaign: str, cadence: str, now: datetime) -> None:
    """The clock watches the campaign under this cadence from `now` on."""
    row = {"campaign": campaign, "cadence": cadence, "since": now}
    noted = _insert(tx)(watches).values(row)
    tx.execute(noted.on_conflict_do_update(index_elements=["campaign"], set_={"cadence": cadence, "since": now}))


def _added(tx: Connection, row: Mapping[str, object]) -> bool:
    # SQLAlchemy has PostgreSQL give back the key of each new row, and then counts none.
    one_more = _insert(tx)(slots).values(row).on_conflict_do_nothing().returning(slots.c.planned)
    return tx.execute(one_more).first() is not None


def _insert(tx: Connection):  # type: ignore[no-untyped-def]  # the two dialects share no type
    return sqlite.insert if tx.dialect.name == "sqlite" else postgresql.insert
