"""Who may do what at the desk: roles, actions, what a password must be. Pure; knows no person."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from mailer.domain.approvals import person
from mailer.language import N_


class Role(StrEnum):
    """What an account is for; each may do what stands in `MAY`."""

    CONTRIBUTOR = N_("contributor")
    EDITOR = N_("editor")
    REVIEWER = N_("reviewer")
    SENDER = N_("sender")
    ADMIN = N_("admin")


class Action(StrEnum):
    """Something that not everyone at the desk may do. To read is everyone's."""

    WRITE = N_("write and change issues")
    REVIEW = N_("comment on a letter and say that it was read")
    TEST = N_("send test letters and review links")
    PEOPLE = N_("see and change contacts, lists and imports")
    EXPORT = N_("take contacts out as a file")
    SEND = N_("approve, schedule, send, pause and cancel issues")
    DECIDE = N_("decide about letters of which nobody knows whether they left")
    INSTALLATION = N_("see how the installation is and what is set in it")
    ACCOUNTS = N_("invite people to the desk and change what they may do")
    AUDIT = N_("read who did what")


_WRITES = {Action.WRITE, Action.REVIEW}
_EDITS = _WRITES | {Action.TEST, Action.PEOPLE}
_SENDS = _EDITS | {Action.EXPORT, Action.SEND, Action.DECIDE, Action.INSTALLATION}

MAY: Final[Mapping[Role, frozenset[Action]]] = {
    Role.CONTRIBUTOR: frozenset(_WRITES),
    Role.EDITOR: frozenset(_EDITS),
    Role.REVIEWER: frozenset({Action.REVIEW}),
    Role.SENDER: frozenset(_SENDS),
    Role.ADMIN: frozenset(Action),
}

TWO_STEPS = frozenset({Role.SENDER, Role.ADMIN})
"""Roles that a password alone does not open: a code from a telephone is asked too."""

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 256
"""Characters: hashing a whole book would keep the desk busy."""

IDLE = timedelta(hours=12)
"""A browser that was not used for so long is logged out: overnight."""
LONGEST_SESSION = timedelta(days=30)
INVITED_FOR = timedelta(days=7)

ATTEMPTS = (
    (timedelta(minutes=15), 10, 30),
    (timedelta(days=1), 40, 200),
)
"""In any such time, so many wrong passwords or codes for an account, and so many from an address. A login in between
takes nothing back (CVE-2026-128332)."""

PASSWORD_SHORT = N_("A password has at least {least} characters. A sentence is easy to keep in mind.")
PASSWORD_LONG = N_("A password has at most {most} characters.")
PASSWORD_IS_NAME = N_("Your password holds your name or address: whoever guesses would try that first.")
PASSWORD_MONOTONE = N_("Your password repeats the same few characters. Take a short sentence instead.")


def may(role: Role, action: Action) -> bool:
    """Whether that role may do it."""
    return action in MAY[role]


def is_open(until: date | None, today: date) -> bool:
    """An account works through its last day."""
    return until is None or today <= until


def why_weak(password: str, names: tuple[str, ...]) -> tuple[str, dict[str, object]] | None:
    """What is wrong with a password, as a sentence and its values; None where it will do (NIST 800-63B §5.1.1)."""
    if len(password) < SHORTEST_PASSWORD:
        return PASSWORD_SHORT, {"least": SHORTEST_PASSWORD}
    if len(password) > LONGEST_PASSWORD:
        return PASSWORD_LONG, {"most": LONGEST_PASSWORD}
    if len(set(password.casefold())) < 5:
        return PASSWORD_MONOTONE, {}
    if _holds_a_name(password, names):
        return PASSWORD_IS_NAME, {}
    return None


def is_over(began_at: datetime, seen_at: datetime, now: datetime) -> bool:
    """Whether whoever was logged in then has to log in again."""
    return now - seen_at >= IDLE or now - began_at >= LONGEST_SESSION


def _holds_a_name(password: str, names: tuple[str, ...]) -> bool:
    """Whether little is left of it once a name of its owner is taken out."""
    bare = person(password).replace(" ", "")
    known = {person(name).replace(" ", "") for name in names if len(name.strip()) > 3}
    return any(name in bare and len(bare) - len(name) < SHORTEST_PASSWORD - 4 for name in known)
