"""The tables behind imports: files, how they were read, rows that wait for a person. Never queries."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.types import JSON
from sqlmodel import Field

from mailer.store.metadata import Row
from mailer.store.moments import Moment


class ImportBatch(Row, table=True):
    """One file that was imported, so that it can be named and taken back."""

    __tablename__ = "import_batch"

    id: int | None = Field(default=None, primary_key=True)
    file_name: str
    list_slug: str | None
    basis: str | None
    imported_at: datetime = Field(sa_type=Moment)
    undone_at: datetime | None = Field(sa_type=Moment)
    finished_at: datetime | None = Field(sa_type=Moment)
    """When all of it was in; one without is under way, or its program died and it is taken back."""
    lease_until: float | None
    """Seconds since 1970 on the database's own clock: until then its program is alive."""
    content: bytes | None = Field(sa_type=LargeBinary)
    """A hash of the file, by which it is recognised when it comes again."""


class ImportMapping(Row, table=True):
    """How a file of one shape was read, as a person said. Never a row of it."""

    __tablename__ = "import_mapping"

    shape: str = Field(primary_key=True)
    mapping: dict[str, Any] = Field(sa_type=JSON)
    file_name: str
    at: datetime = Field(sa_type=Moment)


class Doubt(Row, table=True):
    """A row of an imported file that a person must look at before anyone is written to."""

    __tablename__ = "doubt"
    __table_args__: ClassVar[Any] = (
        UniqueConstraint("batch_id", "sheet", "line"),
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
    sheet: str = Field(default="", sa_column_kwargs={"server_default": ""})
    content: list[Any] | None = Field(default=None, sa_type=JSON)
    """The whole row, as it is taken in once a person says so."""
