"""What follows from a failure for the address: how often, for how long, told by whom. Pure; never acts.

A wrong « no such mailbox » loses a reader, and a leaked token lets anyone write a report: so a report by mail suspends,
which a person can take back, and only a second one, about another issue, suppresses.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from mailer.domain.bounces.verdicts import Kind
from mailer.domain.bounces.wording import Cause


class Action(StrEnum):
    """What a returned message did to its reader; stored with it."""

    NOTHING = "nothing"
    SUSPENDED = "suspended"
    SUPPRESSED = "suppressed"
    LEFT = "left"


@dataclass(frozen=True)
class Failure:
    """A delivery to the address that did not arrive, or did."""

    issue_id: int
    at: datetime
    kind: Kind | None
    """None for a letter that arrived."""
    cause: Cause | None = None
    proven: bool = True
    """Its token, or its letter's own Message-ID, came back with the report; or our own relay said it."""
    confirmed: bool = False
    """Of a domain that does not exist: the name servers say so too."""


@dataclass(frozen=True)
class Patience:
    """How many issues in a row, or how long, until the address is suspended."""

    issues: int
    days: int


@dataclass(frozen=True)
class Thresholds:
    """The policy's windows, as `config.toml` has them."""

    full: Patience
    disabled: Patience
    soft: Patience


def what_follows(new: Failure, earlier: Sequence[Failure], thresholds: Thresholds) -> Action:
    """`earlier`: what became of former letters to the address, newest first, without this one."""
    if new.kind is Kind.HARD:
        before = any(one.kind is Kind.HARD and one.proven and one.issue_id != new.issue_id for one in earlier)
        sure = new.cause is not Cause.NO_DOMAIN or new.confirmed
        return Action.SUPPRESSED if before and new.proven and sure else Action.SUSPENDED
    if new.kind is not Kind.SOFT:
        return Action.NOTHING
    patience = _patience(new.cause, thresholds)
    row = [new, *_in_a_row(new, earlier)]
    issues = {one.issue_id for one in row}
    lasted = new.at - min(one.at for one in row)
    # However long a single failure is ago, it is one.
    long = len(issues) > 1 and lasted >= timedelta(days=patience.days)
    return Action.SUSPENDED if len(issues) >= patience.issues or long else Action.NOTHING


def _patience(cause: Cause | None, thresholds: Thresholds) -> Patience:
    if cause is Cause.FULL:
        return thresholds.full
    return thresholds.disabled if cause in _ONE_S_OWN else thresholds.soft


def _in_a_row(new: Failure, earlier: Sequence[Failure]) -> Iterator[Failure]:
    """Failures of the same cause, back to the last letter that arrived; refusals of us in between say nothing."""
    for one in earlier:
        if one.kind is None:
            return
        if one.kind is Kind.SOFT and (one.cause is new.cause or new.cause not in (Cause.FULL, *_ONE_S_OWN)):
            yield one


_ONE_S_OWN = (Cause.DISABLED, Cause.NO_MAILBOX, Cause.NO_DOMAIN, Cause.MOVED)
"""What is said of this mailbox alone, though not for good or not for sure."""
