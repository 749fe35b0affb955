"""The tables behind the clock: approvals, slots, what left before a restore, notices. Never queries."""

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import Index, text
from sqlalchemy.types import JSON
from sqlmodel import Field

from mailer.store.metadata import Row
from mailer.store.moments import Moment


class Approval(Row, table=True):
    """Who approved what, when; kept for ever, void once the letter is frozen anew."""

    __tablename__ = "approval"
    __table_args__: ClassVar[Any] = (
        Index(
            "ix_approval_valid",
            "issue_id",
            "person",
            unique=True,
            sqlite_where=text("voided_at IS NULL"),
            postgresql_where=text("voided_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    issue_id: int = Field(foreign_key="issue.id")
    who: str
    person: str
    digest: str
    count: int | None
    at: datetime = Field(sa_type=Moment)
    voided_at: datetime | None = Field(sa_type=Moment)


class Slot(Row, table=True):
    """A slot of a cadence that is used up: no second letter leaves for it."""

    __tablename__ = "slot"

    campaign: str = Field(primary_key=True)
    planned: date = Field(primary_key=True)
    issue_id: int | None = Field(foreign_key="issue.id")
    released_at: datetime | None = Field(sa_type=Moment)
    note: str


class Watch(Row, table=True):
    """Since when the clock has watched a campaign's cadence: what was due before is nobody's fault."""

    __tablename__ = "watch"

    campaign: str = Field(primary_key=True)
    cadence: str
    since: datetime = Field(sa_type=Moment)


class Departure(Row, table=True):
    """An issue that left before the backup was restored, though this database does not know of it."""

    __tablename__ = "departure"

    issue: str = Field(primary_key=True)
    at: datetime = Field(sa_type=Moment)


class Notice(Row, table=True):
    """A letter outside campaigns, to one address, at most once."""

    __tablename__ = "notice"
    __table_args__: ClassVar[Any] = (
        Index(
            "ix_notice_queued",
            "next_try_at",
            sqlite_where=text("state = 'queued'"),
            postgresql_where=text("state = 'queued'"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    key: str = Field(unique=True)
    address: str
    state: str
    content: dict[str, Any] = Field(sa_type=JSON)
    queued_at: datetime = Field(sa_type=Moment)
    next_try_at: datetime = Field(sa_type=Moment)
    attempts: int
    first_attempt_at: datetime | None = Field(sa_type=Moment)
    claim_id: str | None
    lease_until: float | None
    """Seconds since 1970 on the database's own clock."""
    settled_at: datetime | None = Field(sa_type=Moment)
    code: int | None
    words: str
