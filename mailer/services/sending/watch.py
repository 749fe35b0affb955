"""Failures that speak of more than one letter: of an issue, or of the relay. Writes nothing itself."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from mailer.config import Smtp
from mailer.domain.deliveries import Ending, Outcome, Scope, Step
from mailer.domain.issues import IssueState
from mailer.errors import RelayError, RelayRefuses
from mailer.language import N_, say_words
from mailer.services.sending.letters import IssueInHand
from mailer.store import alerts, issues
from mailer.store.database import Connection

SAME_REFUSALS = 5
"""The same refusal of the letter itself, this many times in a row, speaks of the issue."""

BREAKS_A_LETTER = 3
"""A letter on which the connection breaks this often is counted as refused for now: it may be the cause."""

ALERT_RELAY = "relay"
ALERT_ISSUE = "issue"
ISSUE_REFUSED = N_(
    "{issue} is paused: the relay refused it {count} times in a row ({code} {words}). "
    "Correct what it complains about, then: mailer issue resume {issue}"
)
RELAY_BREAKS = N_(
    "The relay {host} broke off {count} times without taking a letter ({words}). Nothing is lost: "
    "what has not left waits, and the next send goes on."
)

Refusal = tuple[Step, int | None]


@dataclass(frozen=True)
class Pause:
    """An issue that must not go on, and why."""

    issue: IssueInHand
    code: int | None
    words: str

    def write(self, tx: Connection, now: datetime) -> None:
        """Holds the issue and tells."""
        reason = f"{self.code or ''} {self.words}".strip()
        if issues.move(tx, self.issue.id, (IssueState.RELEASED,), IssueState.PAUSED, reason=reason, now=now):
            values = {"issue": self.issue.name, "count": SAME_REFUSALS, "code": self.code or "", "words": self.words}
            alerts.raise_alert(tx, ALERT_ISSUE, ISSUE_REFUSED, values, now, self.issue.id)


class Watch:
    """What one sender has seen in a row."""

    def __init__(self, settings: Smtp, language: str, pause: Callable[[Pause], None]) -> None:
        self._settings, self._language, self._pause = settings, language, pause
        self._refusals: dict[int, tuple[Refusal, int]] = {}
        self._breaks: Counter[int] = Counter()
        self._broken_in_a_row = 0

    def blame(self, delivery_id: int, outcome: Outcome) -> Outcome:
        """A letter on which the connection keeps breaking waits like one that was refused for now."""
        if outcome.ending is not Ending.BROKEN:
            return outcome
        self._breaks[delivery_id] += 1
        if self._breaks[delivery_id] < BREAKS_A_LETTER:
            return outcome
        return Outcome(Ending.DEFERRED, Step.DATA, None, outcome.words)

    def see(self, issue: IssueInHand, outcome: Outcome) -> RelayError | None:
        """Pauses an issue that is refused again and again; the error, once the relay takes nothing any more."""
        if outcome.ending is Ending.ACCEPTED:
            self._broken_in_a_row = 0
            self._refusals.pop(issue.id, None)
            return None
        self._count_refusal(issue, outcome)
        return self._count_break(outcome)

    def _count_refusal(self, issue: IssueInHand, outcome: Outcome) -> None:
        if outcome.scope is not Scope.ISSUE:
            self._refusals.pop(issue.id, None)
            return
        refusal = (outcome.step, outcome.code)
        before, times = self._refusals.get(issue.id, (refusal, 0))
        times = times + 1 if before == refusal else 1
        self._refusals[issue.id] = (refusal, times)
        if times == SAME_REFUSALS:
            self._pause(Pause(issue, outcome.code, self._words(outcome)))

    def _count_break(self, outcome: Outcome) -> RelayError | None:
        if outcome.scope is not Scope.RELAY:
            self._broken_in_a_row = 0
            return None
        self._broken_in_a_row += 1
        if self._broken_in_a_row <= BREAKS_A_LETTER * self._settings.connections:
            return None
        values = {"host": self._settings.host, "count": self._broken_in_a_row, "words": self._words(outcome)}
        return RelayRefuses(RELAY_BREAKS, **values)

    def _words(self, outcome: Outcome) -> str:
        return say_words(self._language, outcome.words)
