"""The tables of the base: contacts, what is known of them, who belongs where. Never queries."""

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import Index, Text, UniqueConstraint, text
from sqlalchemy.types import JSON
from sqlmodel import Field

from mailer.store.metadata import NEVER_REUSED, Row
from mailer.store.moments import Moment

_EMPTY = {"server_default": ""}


def _known() -> Any:
    """A text that is empty as long as nobody knows."""
    return Field(default="", sa_column_kwargs=_EMPTY)


def _of_contact(*, key: bool = False) -> Any:
    # What is known of a contact goes with it, whichever statement removes it.
    return Field(foreign_key="contact.id", ondelete="CASCADE", primary_key=key, index=not key)


def _by_batch() -> Any:
    return Field(default=None, foreign_key="import_batch.id")


class Contact(Row, table=True):
    """A person or a structure; several may share an address, and a structure may have none."""

    __tablename__ = "contact"
    __table_args__: ClassVar[Any] = (
        Index("ix_contact_unread", "id", sqlite_where=text("search = ''"), postgresql_where=text("search = ''")),
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    name: str
    address_id: int | None = Field(foreign_key="address.id", index=True)
    """The address that is written to."""
    batch_id: int | None = Field(foreign_key="import_batch.id")
    named_by: int | None
    """The import that gave the name, where it is another than the one that brought the contact."""
    first_name: str = _known()
    last_name: str = _known()
    language: str | None
    postcode: str = _known()
    city: str = _known()
    region: str = _known()
    """A code of domain/regions; empty: unknown, or abroad."""
    country: str = _known()
    """ISO 3166, two letters."""
    level: str | None
    """Of a structure: local, departmental, regional, national."""
    theme: str = _known()
    parent_id: int | None = Field(foreign_key="contact.id", ondelete="SET NULL", index=True)
    """The network that a structure belongs to."""
    notes: str = Field(default="", sa_type=Text, sa_column_kwargs=_EMPTY)
    created_at: datetime | None = Field(sa_type=Moment)
    edited: list[str] = Field(default=[], sa_type=JSON, sa_column_kwargs={"server_default": text("'[]'")})
    """Fields that a person wrote by hand: no file changes them."""
    closed_at: datetime | None = Field(sa_type=Moment)
    closed_reason: str | None
    search: str = Field(default="", sa_type=Text, sa_column_kwargs=_EMPTY)
    """What it is found by, folded: names, structures, city, addresses. Empty: to be written anew (store/search.py)."""


class Affiliation(Row, table=True):
    """A person's place in a structure."""

    __tablename__ = "affiliation"
    __table_args__: ClassVar[Any] = (UniqueConstraint("person_id", "structure_id", "role"), NEVER_REUSED)

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="contact.id", ondelete="CASCADE")
    structure_id: int = _of_contact()
    role: str = _known()
    address_id: int | None = Field(default=None, foreign_key="address.id", index=True)
    """The address that is used in that role, if it is another."""
    batch_id: int | None = _by_batch()


class ContactAddress(Row, table=True):
    """A further address of a contact, beside the one that is written to."""

    __tablename__ = "contact_address"

    contact_id: int = _of_contact(key=True)
    address_id: int = Field(foreign_key="address.id", primary_key=True, index=True)
    label: str = _known()
    batch_id: int | None = _by_batch()


class Tag(Row, table=True):
    """A word that contacts are gathered by."""

    __tablename__ = "tag"

    contact_id: int = _of_contact(key=True)
    slug: str = Field(primary_key=True, index=True)
    batch_id: int | None = _by_batch()


class Membership(Row, table=True):
    """A year in which a contact is a member."""

    __tablename__ = "membership"

    contact_id: int = _of_contact(key=True)
    year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False}, index=True)
    kind: str = _known()
    since: date | None
    batch_id: int | None = _by_batch()


class CustomValue(Row, table=True):
    """The value of a field that this site declared."""

    __tablename__ = "custom_value"

    contact_id: int = _of_contact(key=True)
    field: str = Field(primary_key=True, index=True)
    value: str
    """Canonical: an ISO date, a plain decimal, `true` or `false`, a text."""
    number: float | None
    batch_id: int | None = _by_batch()


class ContactChange(Row, table=True):
    """One field that a person, or a file, changed."""

    __tablename__ = "contact_change"
    __table_args__: ClassVar[Any] = NEVER_REUSED

    id: int | None = Field(default=None, primary_key=True)
    contact_id: int = _of_contact()
    at: datetime = Field(sa_type=Moment)
    by: str
    field: str
    before: str = Field(default="", sa_type=Text, sa_column_kwargs=_EMPTY)
    after: str = Field(default="", sa_type=Text, sa_column_kwargs=_EMPTY)
    batch_id: int | None = _by_batch()
    merge_id: int | None = Field(default=None, foreign_key="merge.id", ondelete="SET NULL")


class Merge(Row, table=True):
    """Two contacts that became one, with what moved, so that exactly this can be undone."""

    __tablename__ = "merge"
    __table_args__: ClassVar[Any] = NEVER_REUSED

    id: int | None = Field(default=None, primary_key=True)
    kept_id: int = _of_contact()
    gone_id: int = _of_contact()
    at: datetime = Field(sa_type=Moment)
    by: str
    moved: dict[str, Any] = Field(sa_type=JSON)
    undone_at: datetime | None = Field(sa_type=Moment)


class NotDuplicate(Row, table=True):
    """Two contacts that a person looked at: they are two. The lesser id comes first."""

    __tablename__ = "not_duplicate"

    first_id: int = Field(foreign_key="contact.id", ondelete="CASCADE", primary_key=True)
    second_id: int = Field(foreign_key="contact.id", ondelete="CASCADE", primary_key=True, index=True)
    at: datetime = Field(sa_type=Moment)
    by: str
