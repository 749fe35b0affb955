"""Whatever happens to letters, in whatever order: only the drawn arrows are taken, nothing is sent twice or lost."""

from collections import Counter
from datetime import datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import delete, select

from mailer.domain.deliveries import TRANSITIONS, DeliveryState, Settlement, SkipReason
from mailer.domain.issues import IssueState
from mailer.domain.people import Basis
from mailer.store import deliveries, issues, outcomes, people
from mailer.store.database import Database
from mailer.store.outcomes import Settled
from mailer.store.tables import deliveries as rows
from mailer.store.tables import metadata, subscriptions, suppressions
from tests.store.base import BROKEN, DEFERRED, LATER, LOST, NO_MAILBOX, SENT, crowd, fingerprint, release

LETTERS = 4
QUEUED, CLAIMED, SENDING = DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.SENDING
UNKNOWN, SKIPPED = DeliveryState.UNKNOWN, DeliveryState.SKIPPED
CLAIMS = st.sampled_from(["a", "b"])
PLACES = st.integers(0, LETTERS - 1)
LEASES = st.sampled_from([600, 600, 600, 600, 0])
SELDOM = st.sampled_from([False] * 14 + [True])
"""Of what ends a story, little: most of what may go wrong comes after several ordinary steps."""
REFUSED = Settlement(DeliveryState.FAILED, 554, "5.7.1 policy", counted=True)
SETTLEMENTS = st.sampled_from([SENT, LOST, NO_MAILBOX, REFUSED, BROKEN, DEFERRED])


class Life(RuleBasedStateMachine):
    """An issue to a few readers, and everything that may happen to it."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self.database = database
        self.now: datetime = LATER
        self.under_way: dict[int, str] = {}
        """Letters whose final dot is out and unanswered, and whose sender that was: what its journal says."""
        self.deaths: Counter[str] = Counter()
        self.handed_over: Counter[int] = Counter()
        self.allowed_again: Counter[int] = Counter()
        with database.transaction() as tx:
            for table in reversed(metadata.sorted_tables):
                tx.execute(delete(table))
            crowd(tx, LETTERS)
            self.issue_id = release(tx)
            self.letters: list[int] = list(tx.execute(select(rows.c.id).order_by(rows.c.id)).scalars())
        self.before = self.states()

    def states(self) -> dict[int, DeliveryState]:
        with self.database.reading() as tx:
            return {row.id: DeliveryState(row.state) for row in tx.execute(select(rows.c.id, rows.c.state))}

    def any(self, *states: DeliveryState) -> bool:
        return not set(states).isdisjoint(self.before.values())

    def one_that_is(self, state: DeliveryState, place: int) -> int:
        """A letter in that state; any letter where there is none."""
        found = [letter for letter in self.letters if self.before[letter] is state] or self.letters
        return found[place % len(found)]

    def holder(self, letter: int) -> str:
        """Who holds the letter, or held it last."""
        with self.database.reading() as tx:
            return str(tx.execute(select(rows.c.claim_id).where(rows.c.id == letter)).scalar_one())

    @precondition(lambda self: self.any(QUEUED))
    @rule(name=CLAIMS, limit=st.integers(1, LETTERS), lease_s=LEASES)
    def claim(self, name: str, limit: int, lease_s: int) -> None:
        self.now += timedelta(hours=2)
        with self.database.transaction() as tx:
            deliveries.claim(tx, self.sender(name), limit, lease_s, self.now)

    @precondition(lambda self: self.any(QUEUED))
    @rule(name=CLAIMS, settlement=st.none() | SETTLEMENTS, slowly=st.booleans())
    def send(self, name: str, settlement: Settlement | None, slowly: bool) -> None:
        """What mostly happens, so that what may go wrong after it has its turn; without a reply where there is none."""
        self.claim(name, 1, 600)
        self.only_the_drawn_arrows_are_taken()
        self.hand_over(0, CLAIMED)
        if slowly:
            self.mark_leaving()
            self.only_the_drawn_arrows_are_taken()
        if settlement is not None and self.under_way:
            self.answer(0, settlement)

    @precondition(lambda self: self.any(CLAIMED, SENDING))
    @rule(place=PLACES, state=st.sampled_from([CLAIMED, CLAIMED, SENDING]))
    def hand_over(self, place: int, state: DeliveryState) -> None:
        """A sender ends DATA for what its last look found to be its own."""
        letter = self.one_that_is(state, place)
        claim_id = self.holder(letter)
        with self.database.reading() as tx:
            held = letter in deliveries.still_held(tx, claim_id)
        if held and letter not in self.under_way:
            self.handed_over[letter] += 1
            self.under_way[letter] = claim_id

    @precondition(lambda self: self.under_way)
    @rule()
    def mark_leaving(self) -> None:
        for claim_id in set(self.under_way.values()):
            letters = [letter for letter, holder in self.under_way.items() if holder == claim_id]
            with self.database.transaction() as tx:
                outcomes.mark_leaving(tx, claim_id, letters, self.now)

    @precondition(lambda self: self.under_way)
    @rule(place=PLACES, settlement=SETTLEMENTS)
    def answer(self, place: int, settlement: Settlement) -> None:
        """The relay answers a letter, or the connection is lost; the sender may have been given up meanwhile."""
        letter = sorted(self.under_way)[place % len(self.under_way)]
        self.settle(letter, self.under_way.pop(letter), settlement)
        # The relay itself said that it did not take the letter, so it may be handed over once more.
        self.allowed_again[letter] += settlement.state is QUEUED

    @precondition(lambda self: self.any(CLAIMED))
    @rule(place=PLACES, settlement=st.sampled_from([NO_MAILBOX, REFUSED, BROKEN, DEFERRED]))
    def refuse(self, place: int, settlement: Settlement) -> None:
        """The relay wants no letter for this reader at all."""
        letter = self.one_that_is(CLAIMED, place)
        if letter not in self.under_way:
            self.settle(letter, self.holder(letter), settlement)

    @rule(place=PLACES, settlement=SETTLEMENTS)
    def let_a_stranger_settle(self, place: int, settlement: Settlement) -> None:
        assert not self.settle(self.letters[place], "a stranger", settlement)

    def settle(self, letter: int, claim_id: str, settlement: Settlement) -> set[int]:
        with self.database.transaction() as tx:
            return outcomes.settle(tx, claim_id, [Settled(letter, settlement, self.now)], self.now)

    @precondition(lambda self: self.any(CLAIMED))
    @rule(name=CLAIMS, indeed=SELDOM)
    def give_back(self, name: str, indeed: bool) -> None:
        if indeed:
            with self.database.transaction() as tx:
                deliveries.give_back(tx, self.sender(name), [one for one in self.letters if one not in self.under_way])

    @precondition(lambda self: self.any(CLAIMED, SENDING))
    @rule(name=CLAIMS, dead=st.booleans())
    def give_up(self, name: str, dead: bool) -> None:
        """A sender is gone with its record, or its lease ran out, though it may live."""
        with self.database.transaction() as tx:
            deliveries.recover(tx, [self.sender(name)] if dead else [])
        if dead:
            self.die(name)

    @precondition(lambda self: self.any(CLAIMED, SENDING, UNKNOWN))
    @rule(name=CLAIMS)
    def take_back(self, name: str) -> None:
        """A sender died, and its record is read."""
        claim_id = self.sender(name)
        with self.database.transaction() as tx:
            mine = [letter for letter, holder in self.under_way.items() if holder == claim_id]
            deliveries.take_back(tx, claim_id, mine)
        self.die(name)

    def sender(self, name: str) -> str:
        """The claim of a sender; the next of that name bears another."""
        return f"{name}{self.deaths[name]}"

    def die(self, name: str) -> None:
        claim_id = self.sender(name)
        self.deaths[name] += 1
        self.under_way = {letter: holder for letter, holder in self.under_way.items() if holder != claim_id}

    @rule(place=PLACES, state=st.sampled_from(DeliveryState), indeed=SELDOM)
    def leave(self, place: int, state: DeliveryState, indeed: bool) -> None:
        if indeed:
            with self.database.transaction() as tx:
                people.leave(tx, self.one_that_is(state, place), self.now)

    @precondition(lambda self: self.any(SKIPPED))
    @rule(place=PLACES)
    def come_back(self, place: int) -> None:
        with self.database.transaction() as tx:
            people.subscribe(tx, self.letters[place], "sirene", Basis.CONSENT, self.now)

    @rule(place=PLACES, indeed=SELDOM)
    def oppose(self, place: int, indeed: bool) -> None:
        if indeed:
            with self.database.transaction() as tx:
                people.oppose(tx, self.letters[place], self.now)

    @rule(paused=SELDOM)
    def pause_or_resume(self, paused: bool) -> None:
        to = IssueState.PAUSED if paused else IssueState.RELEASED
        with self.database.transaction() as tx:
            issues.move(tx, self.issue_id, [IssueState.RELEASED, IssueState.PAUSED], to, now=self.now)

    @rule(indeed=SELDOM)
    def cancel(self, indeed: bool) -> None:
        if indeed:
            with self.database.transaction() as tx:
                states = [IssueState.RELEASED, IssueState.PAUSED]
                issues.move(tx, self.issue_id, states, IssueState.CANCELLED, now=self.now)
                deliveries.skip(tx, self.issue_id, SkipReason.CANCELLED, self.now)

    @precondition(lambda self: self.any(UNKNOWN))
    @rule(to=st.sampled_from([DeliveryState.SENT, QUEUED]))
    def settle_by_hand(self, to: DeliveryState) -> None:
        unknown = [letter for letter, state in self.before.items() if state is UNKNOWN]
        with self.database.transaction() as tx:
            assert deliveries.settle_by_hand(tx, self.issue_id, to, self.now) == len(unknown)
        if to is QUEUED:
            self.allowed_again.update(unknown)
            # Their old senders, should one live, have nothing to say any more.
            self.under_way = {one: holder for one, holder in self.under_way.items() if one not in unknown}

    @invariant()
    def only_the_drawn_arrows_are_taken(self) -> None:
        after = self.states()
        for letter, state in after.items():
            assert state in reachable(self.before[letter]), f"{self.before[letter]} became {state}"
        self.before = after

    @invariant()
    def every_letter_is_somewhere(self) -> None:
        with self.database.reading() as tx:
            assert sum(deliveries.counts(tx, self.issue_id).values()) == LETTERS

    @invariant()
    def no_letter_is_handed_over_twice_without_leave(self) -> None:
        for letter, times in self.handed_over.items():
            assert times <= 1 + self.allowed_again[letter]

    @invariant()
    def a_waiting_letter_counts_no_attempt_that_is_not_dated(self) -> None:
        with self.database.reading() as tx:
            for row in tx.execute(select(rows)):
                assert row.attempts >= 0
                assert (row.attempts == 0) == (row.first_attempt_at is None)

    @invariant()
    def only_held_letters_have_a_lease(self) -> None:
        with self.database.reading() as tx:
            for row in tx.execute(select(rows)):
                assert (row.lease_until is not None) == (row.state in ("claimed", "sending"))
                assert row.claim_id is not None or row.state in ("queued", "skipped", "sent", "unknown")

    @invariant()
    def nobody_who_left_or_opposed_waits_for_a_letter(self) -> None:
        with self.database.reading() as tx:
            left = select(subscriptions.c.address_id).where(subscriptions.c.state == "left")
            waiting = select(rows.c.id).where(rows.c.state.in_(["queued", "claimed"]))
            assert tx.execute(waiting.where(rows.c.address_id.in_(left))).all() == []
            opposed = set(tx.execute(select(suppressions.c.fingerprint)).scalars())
            for row in tx.execute(waiting):
                reader = people.reader_of(tx, row.id)
                assert reader is not None
                assert fingerprint(reader.address) not in opposed


def reachable(state: DeliveryState) -> set[DeliveryState]:
    """By no arrow, by one, or by two where a letter that comes back into the queue is skipped at once."""
    one = {state} | TRANSITIONS[state]
    return one | ({SKIPPED} if QUEUED in one else set())


def test_a_delivery_takes_only_the_arrows_that_are_drawn(database: Database) -> None:
    class LifeHere(Life):
        def __init__(self) -> None:
            super().__init__(database)

    examples = 100 if database.engine.dialect.name == "sqlite" else 20
    run_state_machine_as_test(
        LifeHere,
        settings=settings(
            max_examples=examples,
            stateful_step_count=50,
            deadline=None,
            derandomize=True,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
