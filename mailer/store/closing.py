"""Ends the counting of an issue: its figures stay, the hits and the key they hung on are erased. Decides no date."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from mailer.domain.rates import MeasureMode
from mailer.store.reports import Hits, Letters, count_hits, count_letters
from mailer.store.sql import run
from mailer.store.tables import (
    closed_classes,
    closed_counts,
    closed_issues,
    closed_letters,
    closed_links,
    issues,
    seen,
)


def issues_counted_since(tx: Connection, before: datetime) -> list[int]:
    """Issues still counted, with nothing left to send or decide, whose last letter was first tried by `before`."""
    return list(run(tx, _RIPE, before=before).scalars())


def close_count(tx: Connection, issue_id: int, now: datetime) -> bool:
    """Keeps the issue's figures and erases what they were counted from. False when it was closed already."""
    still_counted = issues.c.issue_key.is_not(None)
    closed = tx.execute(update(issues).where(issues.c.id == issue_id, still_counted).values(issue_key=None))
    if closed.rowcount == 0:
        return False
    measure = tx.execute(select(issues.c.measure).where(issues.c.id == issue_id)).scalar_one()
    _keep_letters(tx, issue_id, count_letters(tx, issue_id, MeasureMode(measure)))
    _keep_hits(tx, issue_id, count_hits(tx, issue_id), now)
    tx.execute(delete(seen).where(seen.c.issue_id == issue_id))
    return True


def closed_at(tx: Connection, issue_id: int) -> datetime | None:
    """When the issue's count was closed; None while it is open or where readings are not counted."""
    found: datetime | None = tx.execute(
        select(closed_counts.c.closed_at).where(closed_counts.c.issue_id == issue_id)
    ).scalar_one_or_none()
    return found


def _keep_letters(tx: Connection, issue_id: int, letters: Letters) -> None:
    """Numbers only: rows of letters may be erased with the people they went to, and the figures stay as they were."""
    tx.execute(
        insert(closed_issues).values(
            issue_id=issue_id,
            audience=sum(letters.ended.values()),
            measured=letters.measured,
            unsubscribed=letters.unsubscribed,
            complaints=letters.complaints,
            first_attempt_at=letters.first_attempt_at,
            last_attempt_at=letters.last_attempt_at,
        )
    )
    for ended, count in letters.ended.items():
        row = {"family": int(ended.family), "state": ended.state.value, "cause": ended.cause or "", "letters": count}
        tx.execute(insert(closed_letters).values(issue_id=issue_id, **row))


def _keep_hits(tx: Connection, issue_id: int, hits: Hits, now: datetime) -> None:
    totals = {"people": hits.people, "machines": hits.machines, "clicks": hits.clicks}
    tx.execute(insert(closed_counts).values(issue_id=issue_id, closed_at=now, **totals))
    for hit_class, letters in hits.by_class.items():
        tx.execute(insert(closed_classes).values(issue_id=issue_id, hit_class=int(hit_class), letters=letters))
    for number, people in hits.by_link.items():
        tx.execute(insert(closed_links).values(issue_id=issue_id, number=number, people=people))


_RIPE = """SELECT issue.id FROM issue WHERE issue.issue_key IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.issue_id = issue.id
    AND delivery.state IN ('queued', 'claimed', 'sending', 'unknown'))
  AND (SELECT max(first_attempt_at) FROM delivery WHERE delivery.issue_id = issue.id) <= :before
ORDER BY issue.id"""
