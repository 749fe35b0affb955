"""Who approved which letter: kept for ever. An approval of a letter that was frozen anew is void, never deleted."""

from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from mailer.domain.approvals import Approval, person
from mailer.store.tables import approvals


def add(tx: Connection, issue_id: int, approval: Approval) -> None:
    """One more approval; an earlier valid one of the same person is void from then on."""
    who = person(approval.who)
    _void(tx, issue_id, approval.at, who)
    tx.execute(
        insert(approvals).values(
            issue_id=issue_id,
            who=approval.who,
            person=who,
            digest=approval.digest,
            count=approval.count,
            at=approval.at,
        )
    )


def valid(tx: Connection, issue_id: int) -> list[Approval]:
    """Those that count, in order."""
    return [one for one in every(tx, issue_id) if one.voided_at is None]


def every(tx: Connection, issue_id: int) -> list[Approval]:
    """All of them, in order, void ones too."""
    columns = (approvals.c.who, approvals.c.at, approvals.c.digest, approvals.c.count, approvals.c.voided_at)
    found = select(*columns).where(approvals.c.issue_id == issue_id).order_by(approvals.c.at, approvals.c.id)
    return [Approval(*row) for row in tx.execute(found)]


def void(tx: Connection, issue_id: int, now: datetime) -> None:
    """Whatever was approved is no more."""
    _void(tx, issue_id, now)


def _void(tx: Connection, issue_id: int, now: datetime, who: str | None = None) -> None:
    these = update(approvals).where(approvals.c.issue_id == issue_id, approvals.c.voided_at.is_(None))
    if who is not None:
        these = these.where(approvals.c.person == who)
    tx.execute(these.values(voided_at=now))
