"""Addresses: cleaned, checked, recognised as the same, sorted by receiver. Never looks anything up."""

import re
from dataclasses import dataclass
from enum import IntEnum

from email_validator import EmailNotValidError, validate_email

from mailer.errors import Refused
from mailer.language import N_

NOT_AN_ADDRESS = N_('"{address}" is not an e-mail address.')
ACCENTED = N_('"{address}" has an accent before the @, which almost no server accepts: ask for the right spelling.')


class Family(IntEnum):
    """Whose servers receive for a domain. The number is in tracking tokens: never renumber."""

    OTHER = 0
    ORANGE = 1
    LAPOSTE = 2
    FREE = 3
    SFR = 4
    GOOGLE = 5
    MICROSOFT = 6
    YAHOO = 7


@dataclass(frozen=True)
class Address:
    """An address as it is written to (`written`) and as it is recognised (`canonical`)."""

    written: str
    canonical: str

    @property
    def domain(self) -> str:
        """The domain, in ASCII."""
        return self.canonical.rpartition("@")[2]

    @property
    def family(self) -> Family:
        """The receiver family of the domain."""
        return FAMILIES.get(self.domain, Family.OTHER)


def read_address(text: str) -> Address:
    """The address in `text`. Case of the local part is kept in writing and ignored in recognising. Raises Refused."""
    cleaned = text.strip().strip("\N{ZERO WIDTH SPACE}\N{NO-BREAK SPACE}\N{ZERO WIDTH NO-BREAK SPACE}").rstrip(".,;")
    if is_plain(cleaned):
        return Address(cleaned, cleaned)
    try:
        valid = validate_email(cleaned, check_deliverability=False, strict=True, test_environment=True)
    except EmailNotValidError as error:
        raise Refused(NOT_AN_ADDRESS, address=text.strip()) from error
    if not valid.local_part.isascii():
        raise Refused(ACCENTED, address=cleaned)
    written = f"{valid.local_part}@{valid.ascii_domain}"
    return Address(written, written.casefold())


def is_plain(text: str) -> bool:
    """Whether a text is an address beyond doubt, written as it is recognised; most are."""
    return len(text) <= PLAIN_CHARACTERS and PLAIN.fullmatch(text) is not None


def mask(address: str) -> str:
    """« j•••@orange.example »: enough for its owner to recognise, too little for anyone else."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}"


# Most of a contact file is written like this, and the full check would take most of an import's time: what this
# accepts, email_validator accepts unchanged (tests/domain/test_addresses.py proves it). Shorter than any limit.
PLAIN_CHARACTERS = 63
PLAIN = re.compile(
    r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@"
    r"(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+"
    r"(?!(?:arpa|invalid|local|localhost|onion)\Z)[a-z]{2,}"
)

_DOMAINS = {
    Family.ORANGE: ("orange.fr", "wanadoo.fr"),
    Family.LAPOSTE: ("laposte.net",),
    Family.FREE: ("free.fr", "aliceadsl.fr"),
    Family.SFR: ("sfr.fr", "neuf.fr", "cegetel.net", "club-internet.fr", "numericable.fr", "9online.fr"),
    Family.GOOGLE: ("gmail.com", "googlemail.com"),
    Family.MICROSOFT: ("hotmail.com", "hotmail.fr", "outlook.com", "outlook.fr", "live.fr", "live.com", "msn.com"),
    Family.YAHOO: ("yahoo.fr", "yahoo.com", "ymail.com", "aol.com"),
}
FAMILIES = {domain: family for family, domains in _DOMAINS.items() for domain in domains}
