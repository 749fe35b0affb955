"""One drain: a claim shared by a few connections, each letter handed over and settled. Commits through the ledger."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailer.app import App
from mailer.domain.deliveries import DeliveryState, Ending, Outcome, RetryPolicy, Scope, Settlement, Step, next_step
from mailer.domain.issues import IssueState
from mailer.domain.tokens import Purpose
from mailer.errors import RelayError, RelayRefuses, StoreError
from mailer.language import N_, say_words
from mailer.services.sending.letters import IssueInHand, take_in_hand
from mailer.store import alerts, deliveries, issues
from mailer.store.deliveries import Claimed
from mailer.transport.smtp import Connection, Relay

LEASE_S = 60.0
CLAIM_SIZE = 256
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

Clock = Callable[[], datetime]


@dataclass
class Drain:
    """What one drain did."""

    sent: int = 0
    deferred: int = 0
    failed: int = 0
    unknown: int = 0
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Letters accepted a second."""
        return self.sent / self.seconds if self.seconds else 0.0


class Sender:
    """One drain: a claim shared by a few connections."""

    def __init__(self, app: App, clock: Clock, claim_id: str, stop: asyncio.Event, drain: Drain) -> None:
        self._app = app
        self._clock = clock
        self._claim_id = claim_id
        self._stop = stop
        self._drain = drain
        self._relay = Relay(app.config.smtp)
        self._policy = _policy(app)
        self._issues: dict[int, IssueInHand] = {}
        self._stock: deque[Claimed] = deque()
        self._exhausted = False
        self._breaks: Counter[int] = Counter()
        self._broken_in_a_row = 0
        self._failure: Exception | None = None
        self._halted = False

    async def run(self) -> None:
        """Opens connections until nothing is due. A connection that fails ends alone: cancelling the others in the
        middle of a letter would make it unknown."""
        self._claim_more()
        async with self._renewing(), asyncio.TaskGroup() as group:
            for _ in range(min(self._app.config.smtp.connections, len(self._stock))):
                group.create_task(self._work())
        if self._failure and (self._halted or self._stock):
            self._alert(self._failure)
            raise self._failure
        if self._drain.sent:
            self._close_relay_alert()

    def give_back(self) -> None:
        """Rows claimed and not tried go back to the queue, uncounted."""
        # The database may be what failed; the lease then gives them back.
        with suppress(StoreError), self._app.database.transaction() as tx:
            deliveries.give_back(tx, self._claim_id, None)

    async def _work(self) -> None:
        row = self._next()
        try:
            while row is not None:
                async with self._relay.connection() as connection:
                    row = await self._converse(connection, row)
        except RelayError as error:
            self._failure = error
            if row is not None:
                self._stock.appendleft(row)
        except Exception as error:  # whatever it is, the other connections finish the letters in hand
            self._failure = error
            self._halted = True

    async def _converse(self, connection: Connection, row: Claimed | None) -> Claimed | None:
        """Delivers over one connection; returns the row that needs another one."""
        while row is not None:
            await self._deliver(connection, row)
            row = self._next()
            if not connection.usable:
                break
        return row

    def _next(self) -> Claimed | None:
        if self._halted or self._stop.is_set():
            return None
        if not self._stock and not self._exhausted:
            self._claim_more()
        return self._stock.popleft() if self._stock else None

    def _claim_more(self) -> None:
        with self._app.database.transaction() as tx:
            claimed = deliveries.claim(tx, self._claim_id, CLAIM_SIZE, LEASE_S, self._clock())
            for issue_id in {row.issue_id for row in claimed} - self._issues.keys():
                self._issues[issue_id] = take_in_hand(tx, issue_id)
        self._stock.extend(claimed)
        self._exhausted = not claimed

    async def _deliver(self, connection: Connection, row: Claimed) -> None:
        issue, now = self._issues[row.issue_id], self._clock()

        async def still_ours() -> bool:
            return await asyncio.wrap_future(self._app.ledger.about_to_leave(row.delivery_id, self._claim_id, now))

        outcome = await connection.deliver(
            self._envelope_sender(issue, row), row.address, still_ours, lambda: self._letter(issue, row, now)
        )
        if outcome is not None:
            await self._settle(row, issue, outcome)

    async def _settle(self, row: Claimed, issue: IssueInHand, outcome: Outcome) -> None:
        now = self._clock()
        outcome = self._blame(row, outcome)
        settlement = next_step(outcome, row.attempts + 1, row.first_attempt_at or now, now, self._policy)
        if await asyncio.wrap_future(self._app.ledger.settled(row.delivery_id, self._claim_id, settlement, now)):
            self._count(settlement)
        if settlement.next_try_at is not None and settlement.next_try_at <= now:
            self._exhausted = False
        self._watch_issue(row.issue_id, issue, outcome)
        self._watch_relay(outcome)

    def _blame(self, row: Claimed, outcome: Outcome) -> Outcome:
        """A letter on which the connection keeps breaking waits like one that was refused for now."""
        if outcome.ending is not Ending.BROKEN:
            return outcome
        self._breaks[row.delivery_id] += 1
        if self._breaks[row.delivery_id] < BREAKS_A_LETTER:
            return outcome
        return Outcome(Ending.DEFERRED, Step.DATA, None, outcome.words)

    def _count(self, settlement: Settlement) -> None:
        match settlement.state:
            case DeliveryState.SENT:
                self._drain.sent += 1
            case DeliveryState.FAILED:
                self._drain.failed += 1
            case DeliveryState.UNKNOWN:
                self._drain.unknown += 1
            case DeliveryState.QUEUED if settlement.counted:
                self._drain.deferred += 1

    def _watch_issue(self, issue_id: int, issue: IssueInHand, outcome: Outcome) -> None:
        if outcome.scope is not Scope.ISSUE:
            issue.refusals.clear()
            return
        refusal = (outcome.step, outcome.code)
        issue.refusals = Counter({refusal: issue.refusals[refusal] + 1})
        if issue.refusals[refusal] == SAME_REFUSALS:
            self._pause(issue_id, issue, outcome)

    def _pause(self, issue_id: int, issue: IssueInHand, outcome: Outcome) -> None:
        code, words, now = outcome.code or "", self._words(outcome), self._clock()
        values = {"issue": issue.name, "count": SAME_REFUSALS, "code": code, "words": words}
        with self._app.database.transaction() as tx:
            reason = f"{code} {words}".strip()
            if issues.move(tx, issue_id, (IssueState.RELEASED,), IssueState.PAUSED, reason=reason, now=now):
                alerts.raise_alert(tx, ALERT_ISSUE, ISSUE_REFUSED, values, now, issue_id)

    def _watch_relay(self, outcome: Outcome) -> None:
        if outcome.scope is not Scope.RELAY:
            self._broken_in_a_row = 0
            return
        self._broken_in_a_row += 1
        if self._broken_in_a_row > BREAKS_A_LETTER * self._app.config.smtp.connections:
            host = self._app.config.smtp.host
            raise RelayRefuses(RELAY_BREAKS, host=host, count=self._broken_in_a_row, words=self._words(outcome))

    def _words(self, outcome: Outcome) -> str:
        return say_words(self._app.config.language, outcome.words)

    def _letter(self, issue: IssueInHand, row: Claimed, now: datetime) -> bytes:
        return issue.letter(row, self._app.keyring, now, self._app.config.zone)

    def _envelope_sender(self, issue: IssueInHand, row: Claimed) -> str:
        domain = self._app.config.smtp.bounce_domain or issue.sender_domain
        return f"b+{self._app.keyring.token(Purpose.BOUNCE, row.delivery_id)}@{domain}"

    def _alert(self, failure: Exception) -> None:
        if isinstance(failure, RelayError):
            with suppress(StoreError), self._app.database.transaction() as tx:
                alerts.raise_alert(tx, ALERT_RELAY, failure.sentence, failure.values, self._clock())

    def _close_relay_alert(self) -> None:
        with self._app.database.transaction() as tx:
            alerts.close_alerts(tx, ALERT_RELAY, self._clock())

    @asynccontextmanager
    async def _renewing(self) -> AsyncIterator[None]:
        """Keeps the lease while letters wait their turn at a slow relay."""
        task = asyncio.create_task(self._renew())
        try:
            yield
        finally:
            task.cancel()

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(LEASE_S / 3)
            # A renewal that fails is not an end: about_to_leave looks at the lease before each letter.
            with suppress(StoreError), self._app.database.transaction() as tx:
                deliveries.renew(tx, self._claim_id, LEASE_S)


def _policy(app: App) -> RetryPolicy:
    retry = app.config.retry
    return RetryPolicy(
        timedelta(seconds=retry.first_after_s),
        timedelta(seconds=retry.longest_s),
        timedelta(hours=retry.give_up_after_hours),
    )
