"""What a column of a contact file can mean. Values only; the names are those that `--column` takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Meaning(StrEnum):
    """What the cells of a column say."""

    ADDRESS = "email"
    LAST_NAME = "last_name"
    FIRST_NAME = "first_name"
    STRUCTURE = "structure"
    KIND = "kind"
    ROLE = "role"
    REMARKS = "notes"
    WANTED = "newsletter"
    POSTCODE = "postcode"
    CITY = "city"
    REGION = "region"
    COUNTRY = "country"
    TAGS = "tags"
    YEAR = "year"
    """Of membership; « Adhésion 2023 » names it above its crosses."""
    MEMBERSHIP = "membership"
    """Its kind."""
    SINCE = "since"
    LANGUAGE = "language"
    LEVEL = "level"
    THEME = "theme"
    NETWORK = "network"
    MEMBER = "member"
    """The name of somebody of the structure; above it stands the role."""
    PAYER_ADDRESS = "payer_email"
    PAYER_LAST_NAME = "payer_last_name"
    PAYER_FIRST_NAME = "payer_first_name"
    ORDER = "order"
    """Whether an order of a shop is valid."""
    PHONE = "phone"
    """Kept only where the site has a field for it."""
    CUSTOM = "custom"
    """A field of the site's own, named in `field`."""
    SKIPPED = "skip"
    UNKNOWN = "unknown"


class Wish(StrEnum):
    """What a word in a column of subscriptions means."""

    YES = "yes"
    NO = "no"
    """The contact is kept, and not subscribed."""
    CHECK = "check"


@dataclass(frozen=True)
class Column:
    """One column: what stands above it, and what its cells mean."""

    name: str
    meaning: Meaning
    field: str = ""
    """The year of a membership, the role of a member, the name of the site's own field."""


@dataclass(frozen=True)
class ReadAs:
    """What a person said about a file; empty where they said nothing."""

    sheets: tuple[str, ...] = ()
    columns: str = ""
    """What all columns are, in order."""
    corrected: tuple[tuple[str, str], ...] = ()
    """What single columns are: their name, and a meaning (`year:2023`, `custom:phone`)."""
    values: tuple[tuple[str, Wish], ...] = ()
    """What the words of the column of subscriptions mean."""
    repair: bool = False
    """Garbled accents are mended."""
    accept: bool = False
    """Addresses with a slip of hand are taken as they were probably meant."""
    payers: bool = False
    """Whoever paid for somebody else is a contact too."""
    tags: tuple[str, ...] = ()
    """What everyone in the file is tagged with."""
    tag_sheets: bool = False
    """Everyone is tagged with the name of their sheet."""


@dataclass(frozen=True)
class Field:
    """A field that the site declared for its contacts."""

    name: str
    label: str
    type: str
    choices: Sequence[str] = ()
