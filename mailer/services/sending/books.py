"""What a sender holds: a small stock, the letters in hand, and what was learnt and is not yet written.

Letters are claimed only in turns (`turns.py`), so a database that is slow slows the sender instead of filling its
memory, and the connections never wait for the disk. All of this happens in the event loop but a turn's transaction.
"""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from mailer.domain.addresses import Family
from mailer.domain.deliveries import DeliveryState
from mailer.domain.pace import HAND_OVER_S
from mailer.errors import StoreError
from mailer.services.sending.letters import IssueInHand
from mailer.services.sending.pace import Pace, Taken
from mailer.services.sending.turns import LEASE_USED, Errand, Holding, Turn, Turns, lease_clock
from mailer.store.claims import Claimed
from mailer.store.journal import Journal
from mailer.store.outcomes import Settled

MOST_IN_HAND = 256
"""Letters that may be in doubt after a power cut."""

AHEAD_S = 0.05
"""The stock lasts about so long at the present pace: longer than a turn takes."""

REST_S = 0.05
"""What was learnt waits at most so long for its turn."""

LOOK_EVERY_S = 0.25
"""How often letters in hand are compared with the database: a pause or a departure acts within it."""

SLOW_S = 0.1
"""A letter that waits longer for its reply is marked as leaving in the database too."""

LONGEST_IN_STOCK_S = HAND_OVER_S / 2

TRIES = 4
"""Turns that may fail in a row, half a second apart and longer, before the sender gives up."""


class Books:
    """The holdings of one sender."""

    def __init__(
        self, way: Turns, journal: Journal, pace: Pace, connections: int, count: Callable[[Settled], None]
    ) -> None:
        """`count` hears of each letter that is settled in the database."""
        self._turns, self._journal, self.pace = way, journal, pace
        self._connections, self._count = connections, count
        self.on_stock: Callable[[], None] = lambda: None
        """Called when there may be letters to take, or none any more."""
        self.stock: deque[Holding] = deque()
        self.in_hand: dict[int, Holding] = {}
        self.issues: dict[int, IssueInHand] = {}
        self._facts: list[Settled] = []
        self._returned: list[Holding] = []
        self._busy: Counter[Family] = Counter()
        self._errands: list[Errand] = []
        self._held_back: list[Callable[[Claimed], bool]] = []
        self._dry = False
        self._is_turning = False
        self._lease_end = 0.0
        self._looked_at = 0.0
        self._rate, self._begun_at = 0.0, 0.0
        self._ring = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, "books")
        self.lease_lost = False

    @property
    def is_over(self) -> bool:
        """Nothing is due, nothing is in hand, and all that was learnt is written."""
        # A turn under way may bring letters, or put one that was refused for now back into the queue.
        return self._dry and not (self.stock or self.in_hand or self._has_news or self._is_turning)

    def take(self) -> Holding | None:
        """The next letter; None where there is none now."""
        # Each turn has its price, whatever it carries: few and full ones, but none too late.
        if len(self.stock) * 3 < self._wanted():
            self._ring.set()
        for _ in range(len(self.stock)):
            holding = self.stock.popleft()
            if holding.withdrawn:
                self._returned.append(holding)
            elif self._busy[holding.row.family] >= self.pace.connections.get(holding.row.family, MOST_IN_HAND):
                self.stock.append(holding)
            else:
                self._busy[holding.row.family] += 1
                self.in_hand[holding.row.delivery_id] = holding
                return holding
        return None

    def may_leave(self, holding: Holding) -> bool:
        """Whether it is still wanted, as far as the last look tells."""
        return not (holding.withdrawn or self.lease_lost)

    def leaving(self, holding: Holding, now: float) -> bool:
        """Whether it is still ours. It is on record when this returns: its final dot may leave. Raises StoreError."""
        self._journal.leaving(holding.row.delivery_id)
        # Asked last: a process may be stopped anywhere, and what leaves when it wakes must be on record.
        if lease_clock() > self._lease_end:
            self.lease_lost = True
            return False
        holding.left_at = now
        return True

    def settle(self, holding: Holding, fact: Settled) -> None:
        """What became of it."""
        self._journal.settled(fact.delivery_id, fact.settlement)
        self._let_go(holding)
        self._facts.append(fact)

    def give_back(self, holding: Holding) -> None:
        """It never left: as if it had not been taken."""
        self._journal.stayed(holding.row.delivery_id)
        self._let_go(holding)
        self._returned.append(holding)

    def hold_back(self, which: Callable[[Claimed], bool]) -> None:
        """No such letter leaves any more; an errand must write so, or the next turn brings others."""
        self._held_back.append(which)
        for holding in [*self.stock, *self.in_hand.values()]:
            holding.withdrawn = holding.withdrawn or (which(holding.row) and not holding.left_at)

    def run_errand(self, errand: Errand) -> None:
        """Something else to be written, with the next turn."""
        self._errands.append(errand)
        self._ring.set()

    async def turn(self) -> None:
        """One exchange with the database. Raises StoreError; then all that was learnt is kept for the next."""
        turn = self._begin()
        self._is_turning = True
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._turns.exchange, turn)
        except BaseException:
            self._facts[:0], self._returned[:0], self._errands[:0] = turn.settled, turn.given_back, turn.errands
            raise
        finally:
            self._is_turning = False
        self._end(turn)

    async def keep_turning(
        self, more: Callable[[], bool], carried: Callable[[], bool], failed: Callable[[StoreError], None]
    ) -> None:
        """Turn after turn, until all is over, or nothing is in hand and there is no `more`, or `failed` is told why.

        `carried`: whether any connection is left that what is in hand may still end on.
        """
        failures = 0
        while not self.is_over and (more() or (self.in_hand and carried()) or self._has_news):
            try:
                self._journal.flush()
                await self.turn()
                failures = 0
            except StoreError as error:
                failures += 1
                if failures == TRIES:
                    failed(error)
                    return
                await asyncio.sleep(2 ** (failures - 2))
            if not self.is_over:
                await self._rest()

    def close(self) -> None:
        """What is in stock goes back. Whatever cannot be written stays in the journal for the next sender."""
        self._returned += self.stock
        self.stock.clear()
        is_told = False
        try:
            self._last_turn()
            self._journal.flush()
            is_told = True
        except StoreError:
            pass
        finally:
            if not is_told:
                self._journal.keep()
            self._thread.shutdown()

    @property
    def _has_news(self) -> bool:
        return bool(self._facts or self._returned or self._errands)

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            longest = REST_S if self._has_news else LOOK_EVERY_S
            async with asyncio.timeout(min(longest, self.pace.again_in_s or longest)):
                await self._ring.wait()
        self._ring.clear()

    def _last_turn(self) -> None:
        turn = self._begin()
        turn.room, turn.takes_back = 0, self.lease_lost
        self._turns.exchange(turn)
        self._end(turn)

    def _wanted(self) -> int:
        return min(max(int(self._rate * AHEAD_S), self._connections), MOST_IN_HAND - len(self.in_hand))

    def _let_go(self, holding: Holding) -> None:
        if self.in_hand.pop(holding.row.delivery_id, None):
            self._busy[holding.row.family] -= 1
        if len(self._facts) >= MOST_IN_HAND // 2 or not self.in_hand:
            self._ring.set()

    def _begin(self) -> Turn:
        now, loop_now = lease_clock(), time.monotonic()
        self.lease_lost = self.lease_lost or 0 < self._lease_end < now
        self._measure(now)
        # What is settled or given back in this turn is out of hand before anything is claimed.
        waiting = len(self.stock) + len(self.in_hand)
        self._return_old(loop_now)
        room = 0 if self._dry or self.lease_lost else min(self._wanted() - len(self.stock), MOST_IN_HAND - waiting)
        renews = self._lease_end - now < self._turns.lease_s / 2 and not self.lease_lost
        looks = renews or loop_now - self._looked_at > LOOK_EVERY_S
        if looks and self._looked_at:
            # What was not due may be due by now.
            room = max(room, min(1, MOST_IN_HAND - waiting))
        turn = Turn(
            settled=self._facts,
            given_back=self._returned,
            leaving=[*self._slow(loop_now)] if looks else [],
            errands=self._errands,
            room=max(room, 0),
            renews=renews,
            looks=looks,
            takes_back=False,
            begun=now,
            known_issues=dict(self.issues),
        )
        self._facts, self._returned, self._errands = [], [], []
        if looks:
            self._looked_at = loop_now
        return turn

    def _return_old(self, now: float) -> None:
        """A quota counts letters from their grant: what waits too long in stock must be granted anew."""
        if self.pace.limits:
            while self.stock and now - self.stock[0].taken_at > LONGEST_IN_STOCK_S:
                self._returned.append(self.stock.popleft())

    def _measure(self, now: float) -> None:
        since, self._begun_at = now - self._begun_at, now
        self._rate = max(len(self._facts) / max(since, 0.001), self._rate * 0.9)

    def _slow(self, now: float) -> Iterable[int]:
        for delivery_id, holding in self.in_hand.items():
            if holding.left_at and not holding.marked and now - holding.left_at > SLOW_S:
                holding.marked = True
                yield delivery_id

    def _end(self, turn: Turn) -> None:
        self._journal.known(fact.delivery_id for fact in turn.settled)
        for fact in turn.settled:
            if fact.delivery_id in turn.ours:
                self._count(fact)
        if turn.looks:
            self._withdraw(turn.held)
        if turn.renews:
            self._lease_end = turn.begun + self._turns.lease_s * LEASE_USED
        self.issues.update(turn.issues)
        self._stock_up(turn.taken)
        if turn.errands:
            self._held_back.clear()
        if turn.room:
            self._dry = not turn.taken.rows and self.pace.again_in_s is None
        if turn.given_back or any(map(_is_due_again, turn.settled)):
            self._dry = False
        self.on_stock()

    def _stock_up(self, taken: Taken) -> None:
        now = time.monotonic()
        for holding in (Holding(row, taken.at_s, now) for row in taken.rows):
            # A turn that was under way when letters were held back may still bring some.
            is_held = any(which(holding.row) for which in self._held_back)
            (self._returned if is_held else self.stock).append(holding)

    def _withdraw(self, held: set[int]) -> None:
        """What the database no longer counts as ours, or to be sent, does not leave."""
        for holding in [*self.stock, *self.in_hand.values()]:
            if holding.row.delivery_id not in held and not holding.left_at:
                holding.withdrawn = True
        if any(holding.withdrawn for holding in self.stock):
            self._returned += [holding for holding in self.stock if holding.withdrawn]
            self.stock = deque(holding for holding in self.stock if not holding.withdrawn)


def _is_due_again(fact: Settled) -> bool:
    """Given back by a relay that did not want it now: there is no reason to wait."""
    settlement = fact.settlement
    return settlement.state is DeliveryState.QUEUED and not settlement.counted
