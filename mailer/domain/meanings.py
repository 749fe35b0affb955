"""What a column of a contact file can mean. Values only; the names are those that `--column` takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from mailer.language import N_


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


MEANT = {
    Meaning.ADDRESS: N_("address"),
    Meaning.LAST_NAME: N_("name"),
    Meaning.FIRST_NAME: N_("first name"),
    Meaning.STRUCTURE: N_("structure"),
    Meaning.KIND: N_("person or structure"),
    Meaning.ROLE: N_("role in the structure"),
    Meaning.REMARKS: N_("notes"),
    Meaning.WANTED: N_("wants letters or not"),
    Meaning.POSTCODE: N_("postcode"),
    Meaning.CITY: N_("city"),
    Meaning.REGION: N_("region"),
    Meaning.COUNTRY: N_("country"),
    Meaning.TAGS: N_("tags"),
    Meaning.YEAR: N_("year of membership"),
    Meaning.MEMBERSHIP: N_("kind of membership"),
    Meaning.SINCE: N_("day of joining"),
    Meaning.LANGUAGE: N_("language"),
    Meaning.LEVEL: N_("level"),
    Meaning.THEME: N_("theme"),
    Meaning.NETWORK: N_("network above"),
    Meaning.MEMBER: N_("person of the structure"),
    Meaning.PAYER_ADDRESS: N_("address of who paid"),
    Meaning.PAYER_LAST_NAME: N_("name of who paid"),
    Meaning.PAYER_FIRST_NAME: N_("first name of who paid"),
    Meaning.ORDER: N_("whether it was paid"),
    Meaning.PHONE: N_("telephone: not kept"),
    Meaning.CUSTOM: N_("field of the site"),
    Meaning.SKIPPED: N_("passed over"),
    Meaning.UNKNOWN: N_("not recognised: not kept"),
}
"""In words."""


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
