"""What the web shows of released issues, from the moment that each is published. Changes nothing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from mailer.domain.issues import IssueState
from mailer.store.tables import issues


@dataclass(frozen=True)
class ArchivedRow:
    """An issue as the archive lists it."""

    name: str
    list_slug: str
    slug: str
    title: str
    number: str
    subject: str
    released_at: datetime


def online(tx: Connection, list_slug: str, slug: str, now: datetime) -> str | None:
    """The web page of an issue that the archive shows; of two campaigns with the same slug, the newest."""
    found = _archived(now, issues.c.online).where(issues.c.list_slug == list_slug, issues.c.slug == slug)
    return tx.execute(found.limit(1)).scalar_one_or_none()


def released(tx: Connection, list_slug: str, now: datetime) -> list[ArchivedRow]:
    """The archive of a list, newest first."""
    return [_archived_row(row) for row in tx.execute(_archived(now, *_SHOWN).where(issues.c.list_slug == list_slug))]


def latest(tx: Connection, campaign: str, now: datetime) -> ArchivedRow | None:
    """The newest issue of a campaign that the archive shows."""
    found = tx.execute(_archived(now, *_SHOWN).where(issues.c.campaign == campaign).limit(1)).one_or_none()
    return None if found is None else _archived_row(found)


_SHOWN = tuple(issues.c[name] for name in ArchivedRow.__dataclass_fields__)


def _archived(now: datetime, *columns: Any) -> Select[Any]:
    """Issues that the archive shows, newest first: public, out, due, and past their embargo."""
    out = (issues.c.archived, issues.c.published_at <= now, issues.c.state != IssueState.CANCELLED.value)
    return select(*columns).where(*out).order_by(issues.c.released_at.desc(), issues.c.id.desc())


def _archived_row(found: Row[Any]) -> ArchivedRow:
    return ArchivedRow(**found._asdict())
