"""The tables of figures that outlive what they were counted from, and of figures brought in. Never queries."""

from datetime import datetime

from sqlmodel import Field

from mailer.store.metadata import Row
from mailer.store.moments import Moment


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
