"""The life of a delivery: its states, what happened to a letter at the relay, and what follows. Never acts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from mailer.language import N_


class DeliveryState(StrEnum):
    """Where one issue to one address stands (docs/states.md draws it)."""

    QUEUED = N_("queued")
    CLAIMED = N_("claimed")
    SENDING = N_("sending")
    SENT = N_("sent")
    FAILED = N_("failed")
    UNKNOWN = N_("unknown")
    BOUNCED = N_("bounced")
    SKIPPED = N_("skipped")


class SkipReason(StrEnum):
    """Why a letter that was queued never left."""

    LEFT = "left"
    OPPOSED = "opposed"
    SUPPRESSED = "suppressed"
    """Its mailbox does not exist, or its owner complained."""
    PAUSED = "paused"
    """The reader asked for a pause."""
    MONTHLY = "monthly"
    """The reader asked for one letter a month, and this month has had its."""
    JOINED = "joined"
    """The letter asks for a membership that its reader has by now."""
    CANCELLED = "cancelled"


class Ending(StrEnum):
    """How one try at the relay ended."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    BROKEN = "broken"
    """The connection was lost before the final dot: nothing had left."""
    LOST = "lost"
    """The connection was lost after the final dot: the letter may be out."""


class Step(StrEnum):
    """The part of the SMTP dialogue that the answer belongs to."""

    CONNECT = "connect"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    BODY = "body"


class Scope(StrEnum):
    """Whom a failure speaks about, as in Postfix: this recipient, this issue, or the relay."""

    RECIPIENT = "recipient"
    ISSUE = "issue"
    RELAY = "relay"


class Outcome(NamedTuple):
    """One try at the relay: how it ended, at which step, and the relay's own words."""

    # A tuple, as what follows from it: made in half the time of a frozen dataclass, and each letter has both.

    ending: Ending
    step: Step
    code: int | None = None
    words: str = ""

    @property
    def status(self) -> str:
        """The enhanced status (RFC 3463) that opens the words, such as 5.1.1; empty when there is none."""
        first = self.words.split(" ", 1)[0] if self.words else ""
        parts = first.split(".")
        good = len(parts) == 3 and all(part.isdigit() for part in parts) and parts[0] in "245"
        return first if good else ""

    @property
    def scope(self) -> Scope:
        """421 anywhere, a lost connection and anything at connect time speak of the relay; MAIL, DATA and the
        letter's own refusal speak of the issue; the rest of this recipient."""
        if self.step is Step.CONNECT or self.code == 421 or self.ending is Ending.BROKEN:
            return Scope.RELAY
        if self.ending is Ending.REFUSED and self.step in (Step.MAIL, Step.DATA, Step.BODY):
            return Scope.ISSUE
        return Scope.RECIPIENT


@dataclass(frozen=True)
class RetryPolicy:
    """When a letter refused for now is tried again, and when we give up."""

    first_after: timedelta
    longest: timedelta
    give_up_after: timedelta

    def wait(self, attempts: int) -> timedelta:
        """Doubles with each counted attempt, from `first_after` to `longest`."""
        doublings = min(max(attempts - 1, 0), 30)
        return min(self.first_after * (1 << doublings), self.longest)


class Settlement(NamedTuple):
    """What to write on the delivery's row after a try."""

    state: DeliveryState
    code: int | None
    words: str
    counted: bool
    """False when the row is given back as if it had not been tried."""
    next_try_at: datetime | None = None
    suppress: bool = False
    """The relay said that the mailbox does not exist: never write there again."""


def next_step(
    outcome: Outcome, attempts: int, first_attempt_at: datetime, now: datetime, policy: RetryPolicy
) -> Settlement:
    """What follows from a try. `attempts` counts this one; `first_attempt_at` is the delivery's first."""
    match outcome.ending:
        case Ending.ACCEPTED:
            return _settle(DeliveryState.SENT, outcome)
        case Ending.LOST:
            # Never resent by itself: the reader may have it already.
            return _settle(DeliveryState.UNKNOWN, outcome)
        case Ending.REFUSED if outcome.scope is not Scope.RELAY:
            return _settle(DeliveryState.FAILED, outcome, suppress=no_such_mailbox(outcome))
        case _:
            return _later(outcome, attempts, first_attempt_at, now, policy)


def no_such_mailbox(outcome: Outcome) -> bool:
    """True only where the relay itself says that the recipient does not exist.

    5.1.1 and 5.1.10 (RFC 3463, RFC 7505), or 550 to RCPT with a plain « user unknown » and no status: policy
    refusals (5.7.x, Orange OFR_506, La Poste LPN007_510) use 550 too and say nothing about the reader.
    """
    if outcome.step is not Step.RCPT or outcome.ending is not Ending.REFUSED:
        return False
    if outcome.status:
        return outcome.status in NO_MAILBOX_STATUSES
    words = outcome.words.casefold()
    if "sender" in words:  # « sender's domain does not exist » is about us
        return False
    return outcome.code in (550, 551) and any(told in words for told in NO_MAILBOX_WORDS)


def asks_to_slow(outcome: Outcome) -> bool:
    """Whether a receiver says that it takes too much from us now: 421, or 4xx in words that speak of pace.

    Greylisting (« come back later ») is no such thing: there each letter's own next try is the answer.
    """
    if outcome.step not in (Step.RCPT, Step.BODY) or outcome.ending is not Ending.DEFERRED:
        return False
    words = outcome.words.casefold()
    return outcome.code == 421 or any(told in words for told in PACE_WORDS)


def is_policy(outcome: Outcome) -> bool:
    """Whether a refusal for good speaks of us, our reputation or our letters, rather than of this mailbox.

    5.7.x (RFC 3463 §3.8), and what French operators say in their own codes.
    """
    if outcome.ending is not Ending.REFUSED or outcome.step not in (Step.RCPT, Step.BODY):
        return False
    words = outcome.words.casefold()
    return outcome.status.startswith("5.7.") or any(told in words for told in POLICY_WORDS)


# What French operators write in their own codes (guide for senders of Orange, La Poste and SFR) stands among the words.
PACE_WORDS = (
    "too many", "too much", "too fast", "rate limit", "rate-limit", "throttl", "slow down", "ofr_104", "ofr_105",
    "ofr_108", "ofr_999", "lpn027_503", "sfr_in_",
)  # fmt: skip
POLICY_WORDS = (
    "ofr_102", "ofr_505", "ofr_506", "ofr_510", "lpn007_510", "lpn007_517", "spam detected", "blocklist", "blacklist",
)  # fmt: skip

NO_MAILBOX_STATUSES = frozenset({"5.1.1", "5.1.10"})
NO_MAILBOX_WORDS = ("user unknown", "unknown user", "no such user", "mailbox not found", "does not exist")


TRANSITIONS: Mapping[DeliveryState, frozenset[DeliveryState]] = {
    DeliveryState.QUEUED: frozenset({DeliveryState.CLAIMED, DeliveryState.SKIPPED}),
    DeliveryState.CLAIMED: frozenset(
        {
            DeliveryState.QUEUED,
            DeliveryState.SENDING,
            DeliveryState.SENT,
            DeliveryState.FAILED,
            DeliveryState.SKIPPED,
            DeliveryState.UNKNOWN,
        }
    ),
    DeliveryState.SENDING: frozenset(
        {DeliveryState.SENT, DeliveryState.QUEUED, DeliveryState.FAILED, DeliveryState.UNKNOWN}
    ),
    # A person decides, or a bounce that comes back, or the sender's own record, found late.
    DeliveryState.UNKNOWN: frozenset(
        {DeliveryState.SENT, DeliveryState.QUEUED, DeliveryState.FAILED, DeliveryState.BOUNCED}
    ),
    DeliveryState.SENT: frozenset({DeliveryState.BOUNCED}),
    DeliveryState.FAILED: frozenset(),
    DeliveryState.BOUNCED: frozenset(),
    # Its reader left while it was on its way already.
    DeliveryState.SKIPPED: frozenset({DeliveryState.SENT, DeliveryState.UNKNOWN}),
}


def _settle(state: DeliveryState, outcome: Outcome, *, suppress: bool = False) -> Settlement:
    return Settlement(state, outcome.code, outcome.words, counted=True, suppress=suppress)


def _later(
    outcome: Outcome, attempts: int, first_attempt_at: datetime, now: datetime, policy: RetryPolicy
) -> Settlement:
    counted = outcome.scope is not Scope.RELAY
    if counted and now - first_attempt_at >= policy.give_up_after:
        return _settle(DeliveryState.FAILED, outcome)
    wait = policy.wait(attempts) if counted else timedelta(0)
    return Settlement(DeliveryState.QUEUED, outcome.code, outcome.words, counted=counted, next_try_at=now + wait)
