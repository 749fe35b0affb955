"""Ends the counting of an issue: its figures stay, the hits and the key they hung on are erased. Decides no date."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from mailer.store.reports import count_hits
from mailer.store.sql import run
from mailer.store.tables import closed_counts, issues, seen


def issues_counted_since(tx: Connection, before: datetime) -> list[int]:
    """Issues still counted, with nothing left to send or decide, whose last letter was first tried by `before`."""
    return list(run(tx, _RIPE, before=before).scalars())


def close_count(tx: Connection, issue_id: int, now: datetime) -> bool:
    """Keeps the issue's figures and erases what they were counted from. False when it was closed already."""
    still_counted = issues.c.issue_key.is_not(None)
    closed = tx.execute(update(issues).where(issues.c.id == issue_id, still_counted).values(issue_key=None))
    if closed.rowcount == 0:
        return False
    hits = count_hits(tx, issue_id)
    tx.execute(insert(closed_counts).values(issue_id=issue_id, closed_at=now, **hits._asdict()))
    tx.execute(delete(seen).where(seen.c.issue_id == issue_id))
    return True


def closed_at(tx: Connection, issue_id: int) -> datetime | None:
    """When the issue's count was closed; None while it is open or where readings are not counted."""
    found: datetime | None = tx.execute(
        select(closed_counts.c.closed_at).where(closed_counts.c.issue_id == issue_id)
    ).scalar_one_or_none()
    return found


_RIPE = """SELECT issue.id FROM issue WHERE issue.issue_key IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.issue_id = issue.id
    AND delivery.state IN ('queued', 'claimed', 'sending', 'unknown'))
  AND (SELECT max(first_attempt_at) FROM delivery WHERE delivery.issue_id = issue.id) <= :before
ORDER BY issue.id"""
