"""Failures that speak of more than one letter: of an issue, a receiver family, or the relay. Writes by errands."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime

from mailer.config import Smtp
from mailer.domain.addresses import Family
from mailer.domain.deliveries import Ending, Outcome, Scope, Step, asks_to_slow, is_policy
from mailer.domain.issues import IssueState
from mailer.domain.pace import hold_for
from mailer.errors import RelayError, RelayRefuses
from mailer.language import N_, say_words
from mailer.services.sending.letters import IssueInHand
from mailer.services.sending.pace import Pace
from mailer.services.sending.turns import Errand
from mailer.store import alerts, issues, quotas
from mailer.store.claims import Claimed
from mailer.store.database import Connection

SAME_REFUSALS = 5
"""The same refusal of the letter itself, this many times in a row, speaks of the issue."""

SAME_POLICIES = 2
"""Refusals by policy in a row that are believed of a reader; the next speak of the whole receiver family."""

BREAKS_A_LETTER = 3
"""A letter on which the connection breaks this often is counted as refused for now: it may be the cause."""

ALERT_RELAY = "relay"
ALERT_ISSUE = "issue"
ISSUE_REFUSED = N_(
    "{issue} is paused: the relay refused it {count} times in a row ({code} {words}). "
    "Correct what it complains about, then: mailer issue resume {issue}"
)
ISSUE_UNFIT = N_(
    "{issue} is paused: {count} of its letters in a row could not be written. The log says why; "
    "correct it, then: mailer issue resume {issue}"
)
RELAY_BREAKS = N_(
    "The relay {host} broke off {count} times without taking a letter ({words}). Nothing is lost: "
    "what has not left waits, and the next send goes on."
)

FAMILY_HELD = N_(
    "{family} takes no letter from us for now and gets none for {minutes} minutes; it said: {words}. Its readers are "
    "not blamed, and their letters wait. Where it says so again and again, ask your relay's operator."
)
RELAY_POLICY = N_(
    "The relay {host} refused several letters in a row because of who sends, not of who reads ({code} {words}). "
    "Sending stopped before more readers were counted as refused: correct what it says, then send again."
)

Refusal = tuple[Step, int | None]


class Watch:
    """What one sender has seen in a row."""

    def __init__(
        self,
        settings: Smtp,
        language: str,
        pace: Pace,
        hold_back: Callable[[Callable[[Claimed], bool]], None],
        run: Callable[[Errand], None],
    ) -> None:
        """`hold_back` keeps what is in hand from leaving; `run` has something written with the next turn."""
        self._settings, self._language, self._pace = settings, language, pace
        self._hold_back, self._run = hold_back, run
        self._refusals: dict[int, tuple[Refusal, int]] = {}
        self._policies: Counter[Family | None] = Counter()
        """Refusals by policy in a row, of each family and of all together (None)."""
        self._breaks: Counter[int] = Counter()
        self._broken_in_a_row = 0

    def blame(self, row: Claimed, outcome: Outcome) -> Outcome:
        """Whom an outcome really speaks of.

        A letter on which the connection keeps breaking waits like one that was refused for now; what a receiver says
        of our pace or our reputation, again and again, is not counted against its readers.
        """
        if outcome.ending is Ending.ACCEPTED:
            return outcome
        if outcome.ending is Ending.BROKEN:
            self._breaks[row.delivery_id] += 1
            often = self._breaks[row.delivery_id] >= BREAKS_A_LETTER
            return Outcome(Ending.DEFERRED, Step.DATA, None, outcome.words) if often else outcome
        if self._is_of_family(row.family, outcome):
            self._hold_family(row.family, outcome)
            return Outcome(Ending.BROKEN, outcome.step, outcome.code, outcome.words)
        return outcome

    def see(self, issue: IssueInHand, family: Family, outcome: Outcome) -> RelayError | None:
        """Pauses an issue that is refused again and again; the error, once the relay takes nothing any more."""
        if outcome.ending is Ending.ACCEPTED:
            self._broken_in_a_row = 0
            self._refusals.pop(issue.id, None)
            self._policies.pop(family, None)
            self._policies.pop(None, None)
            if family in self._pace.standing:
                self._release_family(family)
            return None
        self._count_refusal(issue, outcome)
        return self._count_policy(outcome) or self._count_break(outcome)

    def _is_of_family(self, family: Family, outcome: Outcome) -> bool:
        # « Other » is no receiver: thousands of servers that know nothing of each other.
        if family is Family.OTHER:
            return False
        if is_policy(outcome):
            self._policies[family] += 1
            return self._policies[family] > SAME_POLICIES
        return asks_to_slow(outcome)

    def _hold_family(self, family: Family, outcome: Outcome) -> None:
        before = self._pace.standing.get(family)
        wait_s = hold_for(before.times + 1 if before else 1).total_seconds()
        said = f"{outcome.code or ''} {self._words(outcome)}".strip()

        def write(tx: Connection, now: datetime) -> None:
            quotas.hold_again(tx, self._pace.relay, family, wait_s, said)
            values = {"family": family.name.capitalize(), "minutes": round(wait_s / 60), "words": said}
            alerts.raise_alert(tx, _alert_of(family), FAMILY_HELD, values, now)
            self._pace.look(tx)

        self._hold_back(lambda row: row.family is family)
        self._run(write)

    def _release_family(self, family: Family) -> None:
        self._pace.standing = {scope: hold for scope, hold in self._pace.standing.items() if scope is not family}

        def write(tx: Connection, now: datetime) -> None:
            quotas.release_hold(tx, self._pace.relay, family)
            alerts.close_alerts(tx, _alert_of(family), now)

        self._run(write)

    def _count_refusal(self, issue: IssueInHand, outcome: Outcome) -> None:
        if outcome.scope is not Scope.ISSUE:
            self._refusals.pop(issue.id, None)
            return
        refusal = (outcome.step, outcome.code)
        before, times = self._refusals.get(issue.id, (refusal, 0))
        times = times + 1 if before == refusal else 1
        self._refusals[issue.id] = (refusal, times)
        if times == SAME_REFUSALS:
            self._pause(issue, outcome)

    def _pause(self, issue: IssueInHand, outcome: Outcome) -> None:
        code, words = outcome.code or "", self._words(outcome)
        # Without a code it was not the relay that said so.
        sentence = ISSUE_REFUSED if code else ISSUE_UNFIT

        def write(tx: Connection, now: datetime) -> None:
            reason = f"{code} {words}".strip()
            if issues.move(tx, issue.id, (IssueState.RELEASED,), IssueState.PAUSED, reason=reason, now=now):
                values = {"issue": issue.name, "count": SAME_REFUSALS, "code": code, "words": words}
                alerts.raise_alert(tx, ALERT_ISSUE, sentence, values, now, issue.id)

        self._hold_back(lambda row: row.issue_id == issue.id)
        self._run(write)

    def _count_policy(self, outcome: Outcome) -> RelayError | None:
        if outcome.step is not Step.RCPT or not is_policy(outcome):
            return None
        self._policies[None] += 1
        if self._policies[None] < SAME_REFUSALS:
            return None
        return RelayRefuses(RELAY_POLICY, host=self._settings.host, code=outcome.code, words=self._words(outcome))

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


def _alert_of(family: Family) -> str:
    return f"family {family.name.lower()}"
