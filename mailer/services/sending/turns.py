"""One exchange of a sender with the database: what it learnt goes in, what may leave next comes out.

A turn is one transaction, in a thread of the sender's own. It touches nothing of the sender but what it was given.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from mailer.app import App
from mailer.services.sending.letters import IssueInHand, take_in_hand
from mailer.services.sending.pace import Pace, Taken
from mailer.services.sending.unreachable import note_unreachable
from mailer.store import deliveries, outcomes
from mailer.store import measure as measures
from mailer.store.claims import Claimed
from mailer.store.database import Connection
from mailer.store.outcomes import Settled

Clock = Callable[[], datetime]
Errand = Callable[[Connection, datetime], None]

LEASE_USED = 11 / 12
"""Of a lease, how much letters may leave in: what is written now takes a while to be gone."""


class Holding:
    """One letter in hand."""

    __slots__ = ("granted_at", "left_at", "marked", "row", "taken_at", "withdrawn")

    def __init__(self, row: Claimed, granted_at: float, taken_at: float) -> None:
        self.row = row
        self.granted_at = granted_at
        """In the relay's own time."""
        self.taken_at = taken_at
        self.left_at = 0.0
        """On the loop's clock; 0 before the relay was ready for it."""
        self.marked = False
        self.withdrawn = False


@dataclass
class Turn:
    """What goes into a turn and what comes out of it."""

    settled: list[Settled]
    given_back: list[Holding]
    leaving: list[int]
    errands: list[Errand]
    room: int
    renews: bool
    looks: bool
    takes_back: bool
    begun: float
    """On the clock of leases."""
    known_issues: Mapping[int, IssueInHand] = field(default_factory=dict)
    taken: Taken = field(default_factory=lambda: Taken([]))
    issues: dict[int, IssueInHand] = field(default_factory=dict)
    ours: set[int] = field(default_factory=set)
    """Of the settled ones, those that were still ours to tell."""
    held: set[int] = field(default_factory=set)


class Turns:
    """A sender's way to the database."""

    def __init__(self, app: App, clock: Clock, claim_id: str, pace: Pace) -> None:
        self._app, self._clock, self._claim_id, self._pace = app, clock, claim_id, pace
        self.lease_s = app.config.database.lease_s

    def exchange(self, turn: Turn) -> None:
        """All of it, or nothing. Raises StoreError."""
        now = self._clock()
        with self._app.database.transaction() as tx:
            self._tell(tx, turn, now)
            if turn.renews:
                deliveries.renew(tx, self._claim_id, self.lease_s)
            if turn.looks:
                turn.held = deliveries.still_held(tx, self._claim_id)
                self._pace.look(tx)
            if turn.room:
                self._take(tx, turn, now)

    def _tell(self, tx: Connection, turn: Turn, now: datetime) -> None:
        if turn.settled:
            turn.ours = outcomes.settle(tx, self._claim_id, turn.settled, now)
            note_unreachable(self._app, tx, turn.settled, turn.ours, now)
        if turn.leaving:
            outcomes.mark_leaving(tx, self._claim_id, turn.leaving, now)
        if turn.given_back:
            deliveries.give_back(tx, self._claim_id, [holding.row.delivery_id for holding in turn.given_back])
            self._pace.give_back(tx, Counter((one.row.family, one.granted_at) for one in turn.given_back))
        for errand in turn.errands:
            errand(tx, now)
        if turn.takes_back:
            # Others gave up what we held. All that left was told: the rest never did.
            deliveries.take_back(tx, self._claim_id, ())

    def _take(self, tx: Connection, turn: Turn, now: datetime) -> None:
        turn.taken = self._pace.claim(tx, self._claim_id, turn.room, self.lease_s, now)
        for issue_id in {row.issue_id for row in turn.taken.rows} - turn.known_issues.keys():
            turn.issues[issue_id] = take_in_hand(tx, issue_id)
        self._note_measured(tx, turn)

    def _note_measured(self, tx: Connection, turn: Turn) -> None:
        """On record before any letter is filled: of a letter without a trace nothing is ever counted."""
        in_hand = {**turn.known_issues, **turn.issues}
        changed: dict[bool, list[int]] = {True: [], False: []}
        for row in turn.taken.rows:
            measured = in_hand[row.issue_id].may_measure(row)
            if measured != row.measured:
                changed[measured].append(row.delivery_id)
        for measured, ids in changed.items():
            measures.note_measured(tx, ids, measured)


def lease_clock() -> float:
    """Seconds that also pass while the machine sleeps, which a lease in the database does too."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)
