"""What a person must look at, until it is over. One open alert a kind and issue, however often it is raised."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from mailer.store.tables import alerts


@dataclass(frozen=True)
class AlertRow:
    """An open alert."""

    kind: str
    issue_id: int | None
    sentence: str
    values: Mapping[str, object]
    raised_at: datetime


def raise_alert(
    tx: Connection, kind: str, sentence: str, values: Mapping[str, object], now: datetime, issue_id: int | None = None
) -> None:
    """Open an alert, or bring the one that is open up to date."""
    details = {name: value if isinstance(value, int | float) else str(value) for name, value in values.items()}
    row = {"kind": kind, "issue_id": issue_id, "sentence": sentence, "details": details, "raised_at": now}
    insert = sqlite.insert if tx.dialect.name == "sqlite" else postgresql.insert
    opened = insert(alerts).values(row)
    open_one = alerts.c.closed_at.is_(None)
    if issue_id is None:
        there: dict[str, Any] = {"index_elements": ["kind"], "index_where": open_one & alerts.c.issue_id.is_(None)}
    else:
        there = {"index_elements": ["kind", "issue_id"], "index_where": open_one & alerts.c.issue_id.is_not(None)}
    tx.execute(opened.on_conflict_do_update(**there, set_={"sentence": sentence, "details": details}))


def open_alerts(tx: Connection) -> list[AlertRow]:
    """Open alerts, oldest first."""
    columns = (alerts.c.kind, alerts.c.issue_id, alerts.c.sentence, alerts.c.details, alerts.c.raised_at)
    found = select(*columns).where(alerts.c.closed_at.is_(None)).order_by(alerts.c.raised_at, alerts.c.id)
    return [AlertRow(*row) for row in tx.execute(found)]


def close_alerts(tx: Connection, kind: str, now: datetime) -> bool:
    """Whatever was open of a kind is over; False where nothing was."""
    over = update(alerts).where(alerts.c.kind == kind, alerts.c.closed_at.is_(None)).values(closed_at=now)
    return tx.execute(over).rowcount > 0
