"""What a contact file says, row by row: to take in, to look at, to refuse, to tell. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from mailer.domain.addresses import Address
from mailer.domain.people import ContactKind


class DetailKind(StrEnum):
    """What a row may say of its contact beside the columns that everyone has."""

    TAG = "tag"
    MEMBERSHIP = "membership"
    """`key`: the year; `value`: the kind; `since`: the day."""
    CUSTOM = "custom"
    """`key`: the site's own field; `value` and `number`: as it is stored."""
    ADDRESS = "address"
    """A further address: `key` as it is recognised, `value` as it is written."""
    STRUCTURE = "structure"
    """A structure that the person belongs to: `key`: its name; `value`: the role."""
    MEMBER = "member"
    """A person of the structure, without an address: `key`: the name; `value`: the role."""
    NETWORK = "network"
    """`key`: the network that the structure named in `value` belongs to."""


class Detail(NamedTuple):
    """One thing more about a contact."""

    what: DetailKind
    key: str
    value: str = ""
    number: float | None = None
    since: str = ""


class ContactRow(NamedTuple):
    """One good row. A tuple, not a class of our own: a file has a million of them, and half the time would go there."""

    line: int
    written: str
    """The address as it is written to; empty for a structure without one."""
    canonical: str
    name: str
    kind: ContactKind
    first_name: str = ""
    last_name: str = ""
    language: str = ""
    postcode: str = ""
    city: str = ""
    region: str = ""
    country: str = ""
    level: str = ""
    theme: str = ""
    notes: str = ""
    wanted: bool = True
    """Whether the file lets us write: a contact that said no is kept, and not subscribed."""
    more: tuple[Detail, ...] = ()

    @property
    def address(self) -> Address:
        """Where letters go."""
        return Address(self.written, self.canonical)


@dataclass(frozen=True)
class DoubtfulRow:
    """One row that waits for a person: nobody is written to until they have looked. `address` is a proposal."""

    line: int
    written: str
    address: Address | None
    name: str
    kind: ContactKind
    sentence: str
    values: Mapping[str, object] = field(default_factory=dict)
    row: ContactRow | None = None
    """What is taken in once a person says so."""
    sheet: str = ""


@dataclass(frozen=True)
class RefusedRow:
    """One row that cannot be taken, and why."""

    line: int
    sentence: str
    values: Mapping[str, object] = field(default_factory=dict)
    sheet: str = ""


@dataclass(frozen=True)
class NotedRow:
    """One row that was taken, with what its reader should know of it."""

    line: int
    sentence: str
    values: Mapping[str, object] = field(default_factory=dict)
    sheet: str = ""


@dataclass
class Chunk:
    """Some thousands of rows of a file, each in `rows`, `doubtful` or `refused`; `noted` speaks of some of them."""

    rows: list[ContactRow] = field(default_factory=list)
    doubtful: list[DoubtfulRow] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)
    noted: list[NotedRow] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.rows) + len(self.doubtful) + len(self.refused)
