"""The tables behind imports: rows that wait for a person. Never queries."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.types import JSON
from sqlmodel import Field

from mailer.store.metadata import Row
from mailer.store.moments import Moment


class Doubt(Row, table=True):
    """A row of an imported file that a person must look at before anyone is written to."""

    __tablename__ = "doubt"
    __table_args__: ClassVar[Any] = (
        UniqueConstraint("batch_id", "line"),
        Index(
            "ix_doubt_waiting",
            "written",
            sqlite_where=text("settled_at IS NULL"),
            postgresql_where=text("settled_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    batch_id: int = Field(foreign_key="import_batch.id")
    line: int
    written: str
    """The address as the file has it."""
    proposal: str
    """The address as it was probably meant; empty where nobody can tell."""
    name: str
    kind: str
    sentence: str
    details: dict[str, Any] = Field(sa_type=JSON)
    outcome: str | None
    settled_at: datetime | None = Field(sa_type=Moment)
