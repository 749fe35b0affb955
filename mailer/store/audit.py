"""Who did what at the desk, when: lines that are added and read, never changed. No secret is in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from mailer.store.account_tables import audits


@dataclass(frozen=True)
class AuditRow:
    """One line."""

    id: int
    at: datetime
    who: str
    action: str
    subject: str
    details: Mapping[str, Any]


def note(
    tx: Connection,
    account_id: int | None,
    who: str,
    action: str,
    subject: str,
    now: datetime,
    details: Mapping[str, object] | None = None,
) -> None:
    """One more line."""
    row = {"at": now, "account_id": account_id, "who": who, "action": action, "subject": subject}
    tx.execute(insert(audits).values(**row, details=dict(details or {})))


def latest(tx: Connection, limit: int, before: int | None = None, subject: str | None = None) -> list[AuditRow]:
    """The newest first; those before a line, or about one subject."""
    columns = (audits.c[name] for name in AuditRow.__dataclass_fields__)
    found = select(*columns).order_by(audits.c.id.desc()).limit(limit)
    if before is not None:
        found = found.where(audits.c.id < before)
    if subject is not None:
        found = found.where(audits.c.subject == subject)
    return [AuditRow(*row) for row in tx.execute(found)]
