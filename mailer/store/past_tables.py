"""The tables of hits, of figures that outlive them, and of figures brought in. Never queries."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import LargeBinary
from sqlmodel import Field

from mailer.store.metadata import Row
from mailer.store.moments import Moment


class Seen(Row, table=True):
    """A hit of a letter that nothing stored joins to a person."""

    __tablename__ = "seen"
    __table_args__: ClassVar[Any] = {"sqlite_with_rowid": False}

    issue_id: int = Field(foreign_key="issue.id", primary_key=True)
    hash: bytes = Field(sa_type=LargeBinary, primary_key=True)
    link: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    hit_class: int


class ClosedCount(Row, table=True):
    """What is left of an issue's hits once its count is closed."""

    __tablename__ = "closed_count"

    issue_id: int = Field(foreign_key="issue.id", primary_key=True, sa_column_kwargs={"autoincrement": False})
    people: int
    machines: int
    clicks: int
    closed_at: datetime = Field(sa_type=Moment)


class ClosedIssue(Row, table=True):
    """What is left to say of an issue's letters as a whole once its count is closed."""

    __tablename__ = "closed_issue"

    issue_id: int = Field(foreign_key="issue.id", primary_key=True, sa_column_kwargs={"autoincrement": False})
    audience: int
    measured: int
    unsubscribed: int
    complaints: int
    first_attempt_at: datetime | None = Field(sa_type=Moment)
    last_attempt_at: datetime | None = Field(sa_type=Moment)


class ClosedLetters(Row, table=True):
    """How many letters of a closed issue ended how, by receiver family; the cause is empty where nothing failed."""

    __tablename__ = "closed_letters"

    issue_id: int = Field(foreign_key="issue.id", primary_key=True, sa_column_kwargs={"autoincrement": False})
    family: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    state: str = Field(primary_key=True)
    cause: str = Field(primary_key=True)
    letters: int


class ClosedClass(Row, table=True):
    """How many letters of a closed issue had a hit of this class as their best."""

    __tablename__ = "closed_class"

    issue_id: int = Field(foreign_key="issue.id", primary_key=True, sa_column_kwargs={"autoincrement": False})
    hit_class: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    letters: int


class ClosedLink(Row, table=True):
    """In how many letters of a closed issue a person followed this link."""

    __tablename__ = "closed_link"

    issue_id: int = Field(foreign_key="issue.id", primary_key=True, sa_column_kwargs={"autoincrement": False})
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    people: int


class PastFigure(Row, table=True):
    """A campaign's year as another program counted it, brought in from a file."""

    __tablename__ = "past_figure"

    campaign: str = Field(primary_key=True)
    year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    issues: int
    sends: int
    rate: float
    """A share: any fetch counted, over letters delivered."""
    imported_at: datetime = Field(sa_type=Moment)
