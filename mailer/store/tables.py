"""The tables, one class a row; their plural names are the Core tables that statements are made of. Never queries."""

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.types import JSON
from sqlmodel import Field

from mailer.store import account_tables as account_tables
from mailer.store import aim_tables as aim_tables
from mailer.store import archive_tables as archive_tables
from mailer.store import choice_tables as choice_tables
from mailer.store import history_tables as history_tables
from mailer.store import joining_tables as joining_tables
from mailer.store import link_tables as link_tables
from mailer.store import quota_tables as quota_tables
from mailer.store.base_tables import Contact
from mailer.store.clock_tables import Approval, Departure, Notice, Slot, Watch
from mailer.store.measure_tables import MeasureChoice as MeasureChoice
from mailer.store.metadata import NEVER_REUSED, Row, metadata
from mailer.store.moments import Moment
from mailer.store.past_tables import ClosedClass, ClosedCount, ClosedIssue, ClosedLetters, ClosedLink, PastFigure, Seen
from mailer.store.people_tables import Doubt, ImportBatch
from mailer.store.retention_tables import Heard as Heard
from mailer.store.retention_tables import Question as Question
from mailer.store.return_tables import Return
from mailer.store.review_tables import Review as Review

__all__ = [
    "Approval",
    "Contact",
    "Departure",
    "Doubt",
    "ImportBatch",
    "Notice",
    "Return",
    "Row",
    "Slot",
    "Watch",
    "metadata",
]
__all__ += ["ClosedClass", "ClosedCount", "ClosedIssue", "ClosedLetters", "ClosedLink", "PastFigure", "Seen"]


class Address(Row, table=True):
    """One mail address. Oppositions, deliveries and bounces hang on it."""

    __tablename__ = "address"
    __table_args__: ClassVar[Any] = NEVER_REUSED

    id: int | None = Field(default=None, primary_key=True)
    address: str
    canonical: str = Field(unique=True)
    domain: str
    family: int
    fingerprint: bytes = Field(sa_type=LargeBinary, unique=True)
    created_at: datetime = Field(sa_type=Moment)
    erased_at: datetime | None = Field(default=None, sa_type=Moment)
    """When its owner asked to be forgotten: from then on the row is empty and only holds figures together."""


class Subscription(Row, table=True):
    """A contact on a list. A left row may stand alone: someone left a letter that came by rule."""

    __tablename__ = "subscription"
    __table_args__: ClassVar[Any] = (
        UniqueConstraint("contact_id", "list_slug"),
        Index(None, "list_slug", "state"),
        Index(None, "address_id", "list_slug"),
    )

    id: int | None = Field(default=None, primary_key=True)
    contact_id: int | None = Field(foreign_key="contact.id")
    address_id: int = Field(foreign_key="address.id")
    list_slug: str
    state: str
    basis: str | None
    joined_at: datetime | None = Field(sa_type=Moment)
    left_at: datetime | None = Field(sa_type=Moment)
    batch_id: int | None = Field(foreign_key="import_batch.id")
    merge_id: int | None
    """Left because the contact became one with somebody who had; a departure of their own empties it."""


class Suppression(Row, table=True):
    """An address never written to again; outlives the address, so only its keyed hash is kept."""

    __tablename__ = "suppression"

    fingerprint: bytes = Field(sa_type=LargeBinary, primary_key=True)
    reason: str
    at: datetime = Field(sa_type=Moment)


class Issue(Row, table=True):
    """A frozen issue: what it is and where it stands."""

    __tablename__ = "issue"
    __table_args__: ClassVar[Any] = (Index(None, "state"), Index(None, "list_slug", "slug"), NEVER_REUSED)

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    campaign: str
    list_slug: str
    slug: str
    subject: str
    title: str
    number: str
    state: str
    pause_reason: str
    measure: str
    sender_address: str
    issue_key: bytes | None = Field(sa_type=LargeBinary)
    slot: datetime = Field(sa_type=Moment)
    frozen_at: datetime = Field(sa_type=Moment)
    moved_at: datetime = Field(sa_type=Moment)
    released_at: datetime | None = Field(sa_type=Moment)
    due_at: datetime | None = Field(sa_type=Moment)
    archived: bool
    online: str = Field(sa_type=Text)
    sources: dict[str, str] = Field(sa_type=JSON)
    planned: date | None
    """The day of the cadence's slot that it names; None for one-offs."""
    held: str | None
    """Why the clock does not release it; None where nothing holds it."""
    published_at: datetime | None = Field(sa_type=Moment)
    """From when on anyone may read it on the web."""
    relay: str = Field(default="main", sa_column_kwargs={"server_default": "main"})


class Variant(Row, table=True):
    """The bytes of the letter for the readers of one list of the audience."""

    __tablename__ = "variant"

    issue_id: int = Field(foreign_key="issue.id", primary_key=True)
    segment: str = Field(primary_key=True)
    skeleton: bytes = Field(sa_type=LargeBinary)
    plain: bytes | None = Field(sa_type=LargeBinary)
    """The same without pixel and counted links, for readers who may not be measured; None where nobody is."""


class Link(Row, table=True):
    """The target of a numbered link."""

    __tablename__ = "link"

    issue_id: int = Field(foreign_key="issue.id", primary_key=True)
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    url: str


class Attachment(Row, table=True):
    """A file served under /media/, named by its content."""

    __tablename__ = "attachment"

    file_name: str = Field(primary_key=True)
    media_type: str
    content: bytes = Field(sa_type=LargeBinary)


class IssueAttachment(Row, table=True):
    """Which issue shows which file."""

    __tablename__ = "issue_attachment"

    issue_id: int = Field(foreign_key="issue.id", primary_key=True)
    file_name: str = Field(foreign_key="attachment.file_name", primary_key=True, index=True)


class Delivery(Row, table=True):
    """One issue to one address: the row that all else hangs on."""

    __tablename__ = "delivery"
    __table_args__: ClassVar[Any] = (
        UniqueConstraint("issue_id", "address_id"),
        # Both predicates are written in statements exactly as here: SQLite sees no other wording.
        Index(
            "ix_delivery_queued",
            "issue_id",
            "family",
            "next_try_at",
            "id",
            sqlite_where=text("state = 'queued'"),
            postgresql_where=text("state = 'queued'"),
        ),
        Index(
            "ix_delivery_held",
            "claim_id",
            sqlite_where=text("state IN ('claimed', 'sending', 'unknown')"),
            postgresql_where=text("state IN ('claimed', 'sending', 'unknown')"),
        ),
        NEVER_REUSED,
    )

    id: int | None = Field(default=None, primary_key=True)
    issue_id: int = Field(foreign_key="issue.id")
    address_id: int = Field(foreign_key="address.id", index=True)
    contact_id: int | None = Field(foreign_key="contact.id", ondelete="SET NULL", index=True)
    segment: str
    state: str
    next_try_at: datetime = Field(sa_type=Moment)
    attempts: int
    first_attempt_at: datetime | None = Field(sa_type=Moment)
    claim_id: str | None
    claimed_at: datetime | None = Field(sa_type=Moment)
    lease_until: float | None
    """Seconds since 1970 on the database's own clock."""
    settled_at: datetime | None = Field(sa_type=Moment)
    code: int | None
    words: str
    skip_reason: str | None
    left_at: datetime | None = Field(sa_type=Moment)
    family: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    """That of its address: whoever claims letters looks for them by it."""
    measured: bool = Field(default=True, sa_column_kwargs={"server_default": text("true")})
    """Whether its letter carries a tracking token that may be counted; decided when it is claimed, and undone by its
    reader's word."""


class Alert(Row, table=True):
    """Something a person must look at, until it is over."""

    __tablename__ = "alert"
    __table_args__: ClassVar[Any] = (
        Index(
            "ix_alert_open",
            "kind",
            unique=True,
            sqlite_where=text("closed_at IS NULL AND issue_id IS NULL"),
            postgresql_where=text("closed_at IS NULL AND issue_id IS NULL"),
        ),
        Index(
            "ix_alert_open_of_issue",
            "kind",
            "issue_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL AND issue_id IS NOT NULL"),
            postgresql_where=text("closed_at IS NULL AND issue_id IS NOT NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    issue_id: int | None = Field(foreign_key="issue.id")
    sentence: str
    details: dict[str, Any] = Field(sa_type=JSON)
    raised_at: datetime = Field(sa_type=Moment)
    closed_at: datetime | None = Field(sa_type=Moment)


addresses = metadata.tables["address"]
batches = metadata.tables["import_batch"]
contacts = metadata.tables["contact"]
affiliations = metadata.tables["affiliation"]
contact_addresses = metadata.tables["contact_address"]
tags = metadata.tables["tag"]
memberships = metadata.tables["membership"]
custom_values = metadata.tables["custom_value"]
contact_changes = metadata.tables["contact_change"]
merges = metadata.tables["merge"]
not_duplicates = metadata.tables["not_duplicate"]
mappings = metadata.tables["import_mapping"]
doubts = metadata.tables["doubt"]
subscriptions = metadata.tables["subscription"]
suppressions = metadata.tables["suppression"]
issues = metadata.tables["issue"]
approvals = metadata.tables["approval"]
slots = metadata.tables["slot"]
watches = metadata.tables["watch"]
departures = metadata.tables["departure"]
notices = metadata.tables["notice"]
variants = metadata.tables["variant"]
links = metadata.tables["link"]
attachments = metadata.tables["attachment"]
issue_attachments = metadata.tables["issue_attachment"]
deliveries = metadata.tables["delivery"]
measure_choices = metadata.tables["measure_choice"]
seen = metadata.tables["seen"]
closed_counts = metadata.tables["closed_count"]
closed_issues = metadata.tables["closed_issue"]
closed_letters = metadata.tables["closed_letters"]
closed_classes = metadata.tables["closed_class"]
closed_links = metadata.tables["closed_link"]
past_figures = metadata.tables["past_figure"]
alerts = metadata.tables["alert"]
choices = metadata.tables["choice"]
leavings = metadata.tables["leaving"]
leaving_reasons = metadata.tables["leaving_reason"]
moves = metadata.tables["move"]
data_requests = metadata.tables["data_request"]
returned = metadata.tables["returned"]
earlier_texts = metadata.tables["earlier_text"]
unsaved_texts = metadata.tables["unsaved_text"]
heard = metadata.tables["heard"]
questions = metadata.tables["question"]
retries = metadata.tables["retried"]
