"""What receivers write, sorted by what they mean: read from `wording.toml` at the first use.

Each table is searched as one expression over words without accents, capitals, addresses, hosts and links: a mailbox may
be called « unknown » and a machine « spamfilter ».
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from mailer.language import N_


class Cause(StrEnum):
    """Why a letter did not arrive; stored with each return."""

    NO_MAILBOX = "no_mailbox"
    NO_DOMAIN = "no_domain"
    MOVED = "moved"
    DISABLED = "disabled"
    FULL = "full"
    TOO_BIG = "too_big"
    CONTENT = "content"
    SPAM = "spam"
    POLICY = "policy"
    AUTHENTICATION = "authentication"
    RELAYING = "relaying"
    THROTTLED = "throttled"
    NETWORK = "network"
    EXPIRED = "expired"
    SYSTEM = "system"
    LOOP = "loop"
    OTHER = "other"


CAUSE_NAMES = {
    Cause.NO_MAILBOX: N_("this mailbox does not exist"),
    Cause.NO_DOMAIN: N_("this domain does not exist"),
    Cause.MOVED: N_("this address has moved"),
    Cause.DISABLED: N_("this mailbox is closed or asleep"),
    Cause.FULL: N_("mailbox full"),
    Cause.TOO_BIG: N_("letter too heavy"),
    Cause.CONTENT: N_("letter refused for its form"),
    Cause.SPAM: N_("taken for spam"),
    Cause.POLICY: N_("the provider refuses this sender"),
    Cause.AUTHENTICATION: N_("the provider does not recognise this sender"),
    Cause.RELAYING: N_("the relay does not carry letters there"),
    Cause.THROTTLED: N_("too many letters at once"),
    Cause.NETWORK: N_("the provider cannot be reached"),
    Cause.EXPIRED: N_("tried for days, then given up"),
    Cause.SYSTEM: N_("trouble at the provider"),
    Cause.LOOP: N_("the letter goes in circles"),
    Cause.OTHER: N_("no reason that we know"),
}

MOST_CHARACTERS = 12_000


def searchable(text: str) -> str:
    """One line of lower-case words: no accents, and no address, host or link whose name could pass for a reason."""
    text = text[:MOST_CHARACTERS]
    text = _LINK.sub(" ", text)
    text = _ADDRESS.sub(" <addr> ", text)
    text = _HOST.sub(" host ", text)
    text = text.lower()
    if not text.isascii():
        text = _without_accents(text)
    return " ".join(text.replace("’", "'").split())


def cause_of_words(words: str, code: str = "", status: str = "") -> Cause | None:
    """The first cause whose table has the words; None where none has. `words` come from `searchable`."""
    for cause, table in _tables():
        if table.search(words):
            return cause
    refused = code in ("550", "551", "553", "554")
    if (refused or not code) and _may_mean_nobody(status) and _vague().search(words):
        return Cause.NO_MAILBOX
    return Cause.NO_MAILBOX if refused and _may_mean_nobody(status) and _BARE.search(words) else None


@cache
def sign(name: str) -> re.Pattern[str]:
    """The expression of a sign by which messages are recognised, searched in text as it is."""
    return re.compile("|".join(_wording()["signs"][name]), re.IGNORECASE)


def _may_mean_nobody(status: str) -> bool:
    return not status or status.startswith(("5.1.", "5.0.", "5.2.0", "5.2.1", "5.5."))


@cache
def _tables() -> tuple[tuple[Cause, re.Pattern[str]], ...]:
    return tuple((Cause(one["cause"]), _expression(one["phrases"])) for one in _wording()["table"])


@cache
def _vague() -> re.Pattern[str]:
    return _expression(_wording()["vague"])


@cache
def _wording() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "wording.toml").read_text(encoding="utf-8"))


def _expression(phrases: Iterable[str]) -> re.Pattern[str]:
    joined = "|".join(phrases).replace("{WHO}", f"(?:{_wording()['who'][0]})")
    # Accents are gone from what is searched, so they go from what is looked for.
    return re.compile(_without_accents(joined))


def _without_accents(text: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))


_LINK = re.compile(r"(?:https?|ftp)://[^\s?<>\"]{1,400}(?:\?p=)?", re.IGNORECASE)
_ADDRESS = re.compile(r"<?[\w.+=*/&'~%!#$-]{1,80}@[\w.-]{1,200}>?")
# Exchange names its own parts with dots (RESOLVER.ADR.RecipNotFound): those are reasons.
_HOST = re.compile(
    r"(?<![\w.])(?!(?:resolver|smtpsend|routing|storedrv|approval|deliveryagent|smtp)\.)"
    r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.){1,8}[a-z]{2,12}(?![\w.]\w)",
    re.IGNORECASE,
)
# « 550 <ana@mairie.example> » and not a word more.
_BARE = re.compile(r"^(?:smtp ?;? ?)?#?5\d\d[ -]#?(?:5\.\d\.\d+ )?(?:<addr>|unknown|not here)[ .:!]*$")
