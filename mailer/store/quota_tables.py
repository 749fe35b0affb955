"""The tables of quotas and holds, and of settings; store/tables.py brings them in with all others. Never queries."""

from typing import Any, ClassVar

from sqlmodel import Field

from mailer.store.metadata import Row


class QuotaClock(Row, table=True):
    """A relay's own time, which never goes back; whoever grants letters holds this row."""

    __tablename__ = "quota_clock"

    relay: str = Field(primary_key=True)
    latest_s: float
    ahead_s: float
    """By how much the database's clock was set back since."""
    turn: int


class QuotaMeter(Row, table=True):
    """What a relay, or one family there (-1: the relay), took of late; the hour and the day are sums of the buckets."""

    __tablename__ = "quota_meter"

    relay: str = Field(primary_key=True)
    family: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    slot_at_s: float | None
    slot_turn: int
    slot_used: int
    hour_letters: int
    hour_eases_s: float | None
    """When the oldest bucket counts no more: the sum is then made anew. None where nothing counts."""
    day_letters: int
    day_eases_s: float | None


class QuotaBucket(Row, table=True):
    """Letters granted in one bucket of a sliding hour or day, of a relay or of one family there (-1: the relay)."""

    __tablename__ = "quota_bucket"
    __table_args__: ClassVar[Any] = {"sqlite_with_rowid": False}

    relay: str = Field(primary_key=True)
    window_s: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    bucket: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    family: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    letters: int


class Hold(Row, table=True):
    """Until when nothing leaves by a relay, or for one family there (-1: the relay); kept till a letter is taken."""

    __tablename__ = "hold"

    relay: str = Field(primary_key=True)
    family: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    since_s: float
    until_s: float
    reason: str
    times: int
    """Refusals in a row."""


class Setting(Row, table=True):
    """What the program notes about the database itself."""

    __tablename__ = "setting"

    name: str = Field(primary_key=True)
    value: str
