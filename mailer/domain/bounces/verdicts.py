"""What a failure means: the receiver's words, its status and its reply code read together. Never acts.

Words come first: operators give 5.1.1 for a blocked sender and 5.7.1 for a mailbox that does not exist. A status alone
is believed only where it can mean nothing else.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from mailer.domain.bounces.wording import Cause, cause_of_words, searchable
from mailer.language import N_


class Kind(StrEnum):
    """What a message that came back is; scripts read these words."""

    HARD = "hard"
    SOFT = "soft"
    BLOCKED = "blocked"
    CONTENT = "content"
    DEFERRED = "deferred"
    COMPLAINT = "complaint"
    AUTO_REPLY = "auto_reply"
    CHALLENGE = "challenge"
    HUMAN = "human"
    UNRECOGNISED = "unrecognised"


KIND_NAMES = {
    Kind.HARD: N_("no such mailbox"),
    Kind.SOFT: N_("not now"),
    Kind.BLOCKED: N_("refused by the provider"),
    Kind.CONTENT: N_("letter refused"),
    Kind.DEFERRED: N_("still being tried"),
    Kind.COMPLAINT: N_("complaint"),
    Kind.AUTO_REPLY: N_("automatic reply"),
    Kind.CHALLENGE: N_("asks us to prove that we are human"),
    Kind.HUMAN: N_("a person's message"),
    Kind.UNRECOGNISED: N_("not understood"),
}

KIND_OF = {
    Cause.NO_MAILBOX: Kind.HARD,
    Cause.NO_DOMAIN: Kind.HARD,
    Cause.MOVED: Kind.HARD,
    Cause.DISABLED: Kind.SOFT,
    Cause.FULL: Kind.SOFT,
    Cause.TOO_BIG: Kind.CONTENT,
    Cause.CONTENT: Kind.CONTENT,
    Cause.SPAM: Kind.BLOCKED,
    Cause.POLICY: Kind.BLOCKED,
    Cause.AUTHENTICATION: Kind.BLOCKED,
    Cause.RELAYING: Kind.SOFT,
    Cause.THROTTLED: Kind.DEFERRED,
    Cause.NETWORK: Kind.SOFT,
    Cause.EXPIRED: Kind.SOFT,
    Cause.SYSTEM: Kind.SOFT,
    Cause.LOOP: Kind.SOFT,
    Cause.OTHER: Kind.SOFT,
}
FAILURES = frozenset({Kind.HARD, Kind.SOFT, Kind.BLOCKED, Kind.CONTENT})


@dataclass(frozen=True)
class Verdict:
    """What a message says of one recipient."""

    kind: Kind
    recipient: str = ""
    status: str = ""
    """The enhanced status (RFC 3463) that was believed."""
    cause: Cause | None = None
    """None for what is no failure."""
    words: str = ""
    """The receiver's own, on one line."""
    receiver: str = ""
    """The machine that spoke, or the recipient's domain."""
    confirmed: bool = False
    """The name servers say so too; asked where a domain is said not to exist."""
    told_by_text: bool = False
    """Only sentences for a person said so, no field of a report."""


def judge_failure(status: str, diagnostic: str, text: str = "", action: str = "") -> tuple[Kind, Cause, str]:
    """Kind, cause and status of one recipient's failure. `text` is asked where the diagnostic is silent."""
    words = searchable(diagnostic)
    status = _status_in(words) or status
    code = _code_in(words)
    cause = cause_of_words(words, code, status)
    if cause is None and text:
        spoken = searchable(text)
        status = status if _tells(status) else _status_in(spoken) or status
        code = code or _code_in(spoken)
        cause = cause_of_words(spoken, code, status)
    cause = cause or _cause_of_status(status, code)
    kind = KIND_OF[cause]
    if action == "delayed" or (cause is Cause.THROTTLED and action != "failed" and not _is_final(status, code)):
        return Kind.DEFERRED, cause, status
    if kind is Kind.DEFERRED:
        # Given up: nobody tries any more.
        return Kind.BLOCKED, cause, status
    if kind is Kind.HARD and _is_temporary(status, code):
        return Kind.SOFT, cause, status
    return kind, cause, status


def judge_reply(code: int | None, words: str) -> tuple[Kind, Cause, str]:
    """The same for what our own relay answered during the session."""
    return judge_failure("", f"{code or ''} {words}".strip())


def _cause_of_status(status: str, code: str) -> Cause:
    if status in _STATUSES:
        return _STATUSES[status]
    for beginning, cause in _CLASSES:
        if status[1:].startswith(beginning):
            return cause
    return _CODES.get(code, Cause.OTHER)


def _tells(status: str) -> bool:
    return bool(status) and not status.endswith(".0.0")


def _is_temporary(status: str, code: str) -> bool:
    """The status is the more exact of the two."""
    return status.startswith("4") if status else code.startswith("4")


def _is_final(status: str, code: str) -> bool:
    return status.startswith("5") or (not status and code.startswith("5"))


def _status_in(words: str) -> str:
    """The most exact status in the words: one that says something before x.0.0."""
    found = [one["status"] for one in _STATUS.finditer(words[:4000])]
    return next((one for one in found if _tells(one)), found[0] if found else "")


def _code_in(words: str) -> str:
    found = _REPLY.search(words)
    return found["code"] if found else ""


_STATUS = re.compile(r"(?<![\w.])#?(?P<status>[45]\.[0-7]\.\d{1,3})(?![\w]|\.\d)")
_REPLY = re.compile(r"(?<![\w.#])(?P<code>[45][0-5]\d)(?=[ -]|$|:|#)")

_STATUSES = {
    "5.1.1": Cause.NO_MAILBOX,
    "5.1.3": Cause.NO_MAILBOX,
    "5.1.6": Cause.MOVED,
    "5.1.10": Cause.NO_MAILBOX,
    "5.2.1": Cause.DISABLED,
    "4.2.1": Cause.DISABLED,
    "5.2.2": Cause.FULL,
    "4.2.2": Cause.FULL,
    "5.2.3": Cause.TOO_BIG,
    "5.3.4": Cause.TOO_BIG,
    "5.4.6": Cause.LOOP,
    "5.4.14": Cause.LOOP,
    "4.4.7": Cause.EXPIRED,
    "5.4.7": Cause.EXPIRED,
    "5.1.7": Cause.POLICY,
    "5.1.8": Cause.POLICY,
    "5.1.9": Cause.POLICY,
}
_CLASSES = (
    (".6.", Cause.CONTENT),
    (".7.", Cause.POLICY),
    (".4.", Cause.NETWORK),
    (".3.", Cause.SYSTEM),
    (".5.", Cause.SYSTEM),
)
_CODES = {"421": Cause.THROTTLED, "552": Cause.FULL, "571": Cause.POLICY}
