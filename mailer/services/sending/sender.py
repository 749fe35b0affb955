"""One drain: what is held, shared by a few connections to one relay, each letter handed over and judged."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailer.app import App
from mailer.domain.deliveries import DeliveryState, Ending, Outcome, RetryPolicy, Step, next_step
from mailer.domain.tokens import LetterTokens
from mailer.errors import MailerError, RelayError
from mailer.language import N_
from mailer.services.sending.books import Books
from mailer.services.sending.letters import IssueInHand
from mailer.services.sending.locks import Duty
from mailer.services.sending.pace import Pace
from mailer.services.sending.turns import Clock, Holding, Turns
from mailer.services.sending.watch import ALERT_RELAY, Watch
from mailer.store import alerts
from mailer.store.outcomes import Settled
from mailer.transport.smtp import Relay

log = logging.getLogger(__name__)

UNFIT = N_("this reader's letter could not be written; the log says why")


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
    """One drain through one relay."""

    def __init__(self, app: App, clock: Clock, duty: Duty, relay: str, stop: asyncio.Event, drain: Drain) -> None:
        settings = app.config.relay(relay)
        self._app, self._clock, self._stop, self._drain = app, clock, stop, drain
        self._relay, self._connections = Relay(settings), settings.connections
        self._bounce_domain = settings.bounce_domain
        self._policy = _policy(app)
        self._keyring, self._zone = app.keyring, app.config.zone
        self._loop = asyncio.get_running_loop()
        pace = Pace(relay, settings)
        way = Turns(app, clock, duty.claim_id, pace)
        self._books = Books(way, duty.journal, pace, settings.connections, self._count)
        self._watch = Watch(settings, app.config.language, pace, self._books.hold_back, self._books.run_errand)
        self._news = asyncio.Event()
        self._books.on_stock = self._news.set
        self._failure: Exception | None = None
        self._halted = False

    async def run(self) -> None:
        """Opens connections until nothing is due. A connection that fails ends alone: cancelling the others in the
        middle of a letter would make it unknown. Raises RelayError or StoreError, once all in hand is settled."""
        try:
            await self._books.turn()
            if not self._books.is_over:
                await self._work_together()
        finally:
            had_stock = bool(self._books.stock)
            self._books.close()
        if self._failure and (self._halted or had_stock):
            self._tell(self._failure)
            raise self._failure
        if self._drain.sent:
            self._close_relay_alert()

    async def _work_together(self) -> None:
        async with self._heeding_stop(), asyncio.TaskGroup() as group:
            # Where a quota is full for the moment, one connection waits for its turn.
            connections = min(self._connections, len(self._books.stock)) or 1
            working = [group.create_task(self._work()) for _ in range(connections)]
            group.create_task(self._keep_books(working))

    async def _keep_books(self, working: "list[asyncio.Task[None]]") -> None:
        def carried() -> bool:
            return not all(task.done() for task in working)

        def more() -> bool:
            return self._may_go_on and carried()

        try:
            await self._books.keep_turning(more, carried, self._halt)
        except Exception as error:  # the connections finish the letters in hand, as after any other failure
            self._halt(error)
        self._news.set()

    async def _work(self) -> None:
        """One connection after the other, until there is nothing more or the relay lets none in."""
        try:
            while await self._more():
                async with self._relay.connection() as connection:
                    await connection.run(self._take, self._more)
        except RelayError as error:
            self._failure = error
        except Exception as error:  # whatever it is, the other connections finish the letters in hand
            self._halt(error)

    def _take(self) -> "LetterInHand | None":
        holding = self._books.take() if self._may_go_on else None
        if holding is None:
            return None
        issue = self._books.issues[holding.row.issue_id]
        tokens = self._keyring.letter_tokens(holding.row.delivery_id)
        # Where a bounce of this very letter comes back to.
        return_path = f"b+{tokens.bounce}@{self._bounce_domain or issue.sender_domain}"
        return LetterInHand(self, holding, issue, tokens, return_path)

    async def _more(self) -> bool:
        """Waits for letters; False once there will be none."""
        while self._may_go_on and not self._books.is_over:
            if self._books.stock:
                return True
            self._news.clear()
            await self._news.wait()
        return False

    @property
    def _may_go_on(self) -> bool:
        return not (self._halted or self._stop.is_set() or self._books.lease_lost)

    def content(self, letter: "LetterInHand") -> Sequence[bytes] | None:
        """The letter, once it is on record that it leaves; None where it may not leave any more."""
        if self._halted or not self._books.may_leave(letter.holding):
            return None
        letter.began = now = self._clock()
        try:
            filled = letter.issue.letter(letter.holding.row, letter.tokens, now, self._zone)
        except (LookupError, ValueError) as error:
            delivery_id = letter.holding.row.delivery_id
            words = "letter %d of %s could not be written: %r"
            log.error(words, delivery_id, letter.issue.name, error, extra={"action": "letter_not_written"})
            letter.is_unfit = True
            return None
        return filled if self._books.leaving(letter.holding, self._loop.time()) else None

    def ended(self, letter: "LetterInHand", outcome: Outcome | None) -> None:
        """What became of a letter; None: it never left."""
        row = letter.holding.row
        if letter.is_unfit:
            # Tried again it would be no better, and given back it would stop those behind it.
            outcome = Outcome(Ending.REFUSED, Step.BODY, words=UNFIT)
        if outcome is None:
            self._books.give_back(letter.holding)
            return
        now = self._clock()
        outcome = self._watch.blame(row, outcome)
        settlement = next_step(outcome, row.attempts + 1, row.first_attempt_at or now, now, self._policy)
        self._books.settle(letter.holding, Settled(row.delivery_id, settlement, letter.began or now))
        if error := self._watch.see(letter.issue, row.family, outcome):
            self._halt(error)

    def _count(self, fact: Settled) -> None:
        match fact.settlement.state:
            case DeliveryState.SENT:
                self._drain.sent += 1
            case DeliveryState.FAILED:
                self._drain.failed += 1
            case DeliveryState.UNKNOWN:
                self._drain.unknown += 1
            case DeliveryState.QUEUED if fact.settlement.counted:
                self._drain.deferred += 1

    def _halt(self, error: Exception) -> None:
        self._failure, self._halted = self._failure or error, True
        self._news.set()

    def _tell(self, failure: Exception) -> None:
        if isinstance(failure, RelayError):
            self._write_alert(failure)

    def _write_alert(self, failure: MailerError) -> None:
        with self._app.database.transaction() as tx:
            alerts.raise_alert(tx, ALERT_RELAY, failure.sentence, failure.values, self._clock())

    def _close_relay_alert(self) -> None:
        with self._app.database.transaction() as tx:
            alerts.close_alerts(tx, ALERT_RELAY, self._clock())

    @asynccontextmanager
    async def _heeding_stop(self) -> AsyncIterator[None]:
        """A stop wakes the connections that wait for letters."""

        async def wake() -> None:
            await self._stop.wait()
            self._news.set()

        task = asyncio.create_task(wake())
        try:
            yield
        finally:
            task.cancel()


class LetterInHand:
    """A letter as the transport takes it."""

    __slots__ = ("_sender", "began", "holding", "is_unfit", "issue", "recipient", "sender", "tokens")

    def __init__(
        self, sender: Sender, holding: Holding, issue: IssueInHand, tokens: LetterTokens, return_path: str
    ) -> None:
        self._sender, self.holding, self.issue, self.tokens = sender, holding, issue, tokens
        self.began: datetime | None = None
        self.is_unfit = False
        """Its values could not be put in; it never left."""
        self.sender = return_path
        self.recipient = holding.row.address

    def content(self) -> Sequence[bytes] | None:
        """The letter, once it is on record that it leaves; None where it may not leave any more."""
        return self._sender.content(self)

    def ended(self, outcome: Outcome | None) -> None:
        """What became of it; None: it never left."""
        self._sender.ended(self, outcome)


def _policy(app: App) -> RetryPolicy:
    retry = app.config.retry
    return RetryPolicy(
        timedelta(seconds=retry.first_after_s),
        timedelta(seconds=retry.longest_s),
        timedelta(hours=retry.give_up_after_hours),
    )
