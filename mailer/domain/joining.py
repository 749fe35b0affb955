"""Somebody asks for a letter: what follows from who they are, how long it counts, what may be asked how often.

Decides only; whoever asked is answered by mail, never on the page.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from mailer.domain.addresses import Address, Family
from mailer.language import N_

VALID_FOR = timedelta(days=7)
REMINDED_AFTER = timedelta(days=3)
FORGOTTEN_AFTER = timedelta(days=30)
BETWEEN_TWO_MAILS = timedelta(days=1)
MAILS_UNANSWERED = 5
"""To one address, as long as we remember that it was asked for: whoever does not answer five is left alone."""
PUT_OFF_BY = timedelta(minutes=10)
DOMAIN_WINDOW = timedelta(hours=1)
MAILS_TO_A_DOMAIN, MAILS_TO_A_LARGE_DOMAIN = 30, 300
"""In one hour. Large: one of the receivers where most people have their mailbox."""
REQUESTS_IN_AN_HOUR = 1_000
"""New ones, whoever asks. An association in the evening news had some 400."""

WORDING = N_(
    "By sending this form you ask for the letters that you chose at this address, and for nothing else. "
    "Who writes: {organisation}. First we write once to ask whether it was you. Each letter has a link to leave."
)
VERSION = re.compile(r"[0-9a-f]{12}")
HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::[0-9]{1,5})?")


class RequestKind(StrEnum):
    """What somebody asked for."""

    JOIN = "join"
    WAY_BACK = "way_back"
    """The link to their choices, for who has no letter at hand."""


class RequestState(StrEnum):
    """Where a request to join stands."""

    ASKED = N_("asked")
    REMINDED = N_("reminded")
    CONFIRMED = N_("confirmed")
    EXPIRED = N_("expired")
    """Its address is erased, and nothing but its owner's asking again brings it back."""


class Way(StrEnum):
    """Where somebody asked."""

    PAGE = "page"
    FORM = "form"
    """On another site, by a form of ours pasted there, or by whatever else posts the same."""
    LETTER = "letter"
    """Behind a letter that came without being asked for; no mail to confirm is needed, for it came to that mailbox."""


class Reply(StrEnum):
    """What is written to whoever asked."""

    CONFIRM = "confirm"
    KNOWN = "known"
    WAY_BACK = "way_back"
    NOTHING = "nothing"
    LATER = "later"


@dataclass(frozen=True)
class Wording:
    """What somebody was told when they asked: the text, and the name of exactly this text."""

    version: str
    text: str


@dataclass(frozen=True)
class Asking:
    """One asking, as it came in."""

    address: Address
    fingerprint: bytes
    kind: RequestKind
    way: Way = Way.PAGE
    origin: str = ""
    """The host of the page on another site, where a browser named it."""
    version: str = ""
    measure_wanted: bool = False


@dataclass(frozen=True)
class Standing:
    """What there is to know about whoever asked before anything is written to them."""

    kind: RequestKind
    known: bool
    refused: bool
    """An opposition, a complaint, a mailbox that does not exist."""
    already_gets_all: bool
    any_list_left: bool
    """One at least of the lists that were asked for can still be joined."""
    mails: int
    mailed_at: datetime | None
    replied: str
    """What was written last."""
    asked_at: datetime
    domain_is_full: bool


def reply_to(one: Standing, now: datetime) -> Reply:
    """What is written, if anything."""
    wanted = Reply.NOTHING if one.refused else _wanted(one)
    if wanted is Reply.NOTHING or _enough(one, wanted, now):
        return Reply.NOTHING
    return Reply.LATER if one.domain_is_full else wanted


def state_of(
    confirmed_at: datetime | None, valid_until: datetime | None, reminded_at: datetime | None, now: datetime
) -> RequestState:
    """Where a request stands at a moment."""
    if confirmed_at is not None:
        return RequestState.CONFIRMED
    if valid_until is not None and valid_until <= now:
        return RequestState.EXPIRED
    return RequestState.ASKED if reminded_at is None else RequestState.REMINDED


def mails_an_hour(family: Family) -> int:
    """How many people of one domain are written to in an hour because somebody typed their address."""
    return MAILS_TO_A_DOMAIN if family is Family.OTHER else MAILS_TO_A_LARGE_DOMAIN


def wording_of(text: str) -> Wording:
    """The text with its name, which changes with every letter of it."""
    return Wording(hashlib.sha256(text.encode()).hexdigest()[:12], text)


def host_of(origin: str | None) -> str:
    """The host of an Origin header; nothing where it is none, or not one that a browser writes."""
    host = (origin or "").partition("://")[2].lower()
    return host if HOST.fullmatch(host) else ""


def _enough(one: Standing, wanted: Reply, now: datetime) -> bool:
    if one.mails >= MAILS_UNANSWERED or one.asked_at <= now - VALID_FOR:
        return True
    # Who was told « you get it already », leaves and wants it back need not wait for tomorrow.
    just_told = wanted is Reply.CONFIRM and one.replied == Reply.KNOWN
    return one.mailed_at is not None and one.mailed_at > now - BETWEEN_TWO_MAILS and not just_told


def _wanted(one: Standing) -> Reply:
    if one.kind is RequestKind.WAY_BACK:
        return Reply.WAY_BACK if one.known else Reply.NOTHING
    if not one.any_list_left:
        return Reply.NOTHING
    return Reply.KNOWN if one.already_gets_all else Reply.CONFIRM
