"""What a monitor wants to know of the database, in a few counts. Names nobody and no issue's subject."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select, text

from mailer.domain.deliveries import DeliveryState
from mailer.store.moments import Moment
from mailer.store.tables import alerts, deliveries, issues


@dataclass(frozen=True)
class Gauges:
    """Counts at one moment."""

    unfinished: Mapping[tuple[str, str], int]
    """Letters of each issue that is not finished, by its name and their state."""
    totals: Mapping[str, int]
    """All letters ever, by state."""
    oldest_due: datetime | None
    """When the letter that waits longest was due."""
    alerts: Mapping[str, int]
    """Open ones, by kind."""
    size: int
    """Of the database, in bytes."""


def gauges(tx: Connection) -> Gauges:
    """The counts."""
    by_issue = select(deliveries.c.issue_id, deliveries.c.state, func.count())
    counted = tx.execute(by_issue.group_by(deliveries.c.issue_id, deliveries.c.state)).all()
    names = _names(tx)
    open_now = {issue_id for issue_id, state, _ in counted if state in _OPEN} & names.keys()
    totals = {state.value: 0 for state in DeliveryState}
    for _, state, count in counted:
        totals[state] += count
    return Gauges(
        {(names[issue_id], state): count for issue_id, state, count in counted if issue_id in open_now},
        totals,
        tx.execute(text(_OLDEST_DUE).columns(due=Moment())).scalar_one(),
        _open_alerts(tx),
        int(tx.exec_driver_sql(_SIZE[tx.dialect.name]).scalar_one()),
    )


def _names(tx: Connection) -> dict[int, str]:
    out = select(issues.c.id, issues.c.name).where(issues.c.state.in_(("released", "paused")))
    return {row.id: row.name for row in tx.execute(out)}


def _open_alerts(tx: Connection) -> dict[str, int]:
    still = select(alerts.c.kind, func.count()).where(alerts.c.closed_at.is_(None)).group_by(alerts.c.kind)
    return {row[0]: row[1] for row in tx.execute(still)}


_OPEN = (DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.SENDING, DeliveryState.UNKNOWN)

_OLDEST_DUE = """SELECT min((SELECT min(next_try_at) FROM delivery
  WHERE delivery.issue_id = issue.id AND delivery.state = 'queued')) AS due FROM issue WHERE issue.state = 'released'"""

_SIZE = {
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
    "postgresql": "SELECT pg_database_size(current_database())",
}
