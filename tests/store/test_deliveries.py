"""The queue: claimed fairly and once, given back, recovered, settled by hand."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from mailer.domain.addresses import Family
from mailer.domain.deliveries import DeliveryState, SkipReason
from mailer.domain.issues import IssueState
from mailer.domain.rates import MeasureMode
from mailer.store import audiences, deliveries, issues, people
from mailer.store.addressed import Audience
from mailer.store.database import Database
from mailer.store.deliveries import Claimed, UnknownRow
from mailer.store.tables import deliveries as rows
from tests.store.base import (
    LATER,
    NOON,
    SIRENE,
    a_letter,
    an_issue,
    claim,
    contact,
    counts,
    crowd,
    freeze,
    release,
    released_to,
    run_together,
    take_in,
)

QUEUED, CLAIMED, SENDING = DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.SENDING


def put(database: Database, state: DeliveryState, claim_id: str = "a", lease_s: float = 60) -> None:
    """Claim everything, then write the state down: the ledger's own steps are tested with the ledger."""
    claim(database, claim_id, lease_s=lease_s)
    with database.transaction() as tx:
        tx.execute(update(rows).where(rows.c.claim_id == claim_id).values(state=state.value))


def test_a_claimed_letter_comes_with_all_that_filling_it_needs(database: Database) -> None:
    with database.transaction() as tx:
        take_in(tx, [contact("Anna.K@orange.fr", "Anna")])
        issue_id = release(tx)
        [letter] = deliveries.claim(tx, "a", 10, 60, NOON)
    assert letter == Claimed(
        delivery_id=letter.delivery_id,
        issue_id=issue_id,
        address_id=letter.address_id,
        address="Anna.K@orange.fr",
        name="Anna",
        segment="sirene",
        family=Family.ORANGE,
        attempts=0,
        first_attempt_at=None,
    )
    assert counts(database, issue_id) == {CLAIMED: 1}


def test_letters_are_claimed_once_and_no_more_than_asked_for(database: Database) -> None:
    released_to(database, 5)
    first, second, third = claim(database, "a", 3), claim(database, "b", 3), claim(database, "c", 3)
    assert (len(first), len(second), third) == (3, 2, [])
    assert not set(first) & set(second)


def test_only_due_letters_of_released_issues_are_claimed(database: Database) -> None:
    with database.transaction() as tx:
        crowd(tx, 1)
        freeze(tx, "sirene/draft")
        paused = release(tx, "sirene/paused")
        issues.move(tx, paused, [IssueState.RELEASED], IssueState.PAUSED, reason="wait", now=NOON)
        release(tx, "sirene/tomorrow", due_at=NOON + timedelta(days=1))
        due = release(tx, "sirene/due", due_at=LATER)
        assert deliveries.claim(tx, "a", 10, 60, NOON) == []
        assert deliveries.waiting(tx, NOON) == 0
        assert deliveries.next_due(tx) == LATER
        assert deliveries.waiting(tx, LATER) == 1
        assert [row.issue_id for row in deliveries.claim(tx, "a", 10, 60, LATER)] == [due]


def test_within_an_issue_the_oldest_due_goes_first(database: Database) -> None:
    released_to(database, 3)
    with database.transaction() as tx:
        ids = list(tx.execute(select(rows.c.id).order_by(rows.c.id)).scalars())
        tx.execute(update(rows).where(rows.c.id == ids[0]).values(next_try_at=NOON + timedelta(minutes=2)))
        tx.execute(update(rows).where(rows.c.id == ids[1]).values(next_try_at=NOON + timedelta(minutes=1)))
    assert [claim(database, "a", 1) for _ in range(3)] == [[ids[2]], [ids[1]], [ids[0]]]


def test_a_great_issue_does_not_make_a_small_one_wait(database: Database) -> None:
    with database.transaction() as tx:
        crowd(tx, 50)
        take_in(tx, [contact(f"k{number}@mairie.example") for number in range(4)], "klaxon")
        great = release(tx, due_at=NOON)
        small = release(tx, "klaxon/7", list_slug="klaxon", audience=[Audience("klaxon", everyone=False)], due_at=LATER)
        taken = [row.issue_id for row in deliveries.claim(tx, "a", 20, 60, LATER)]
    assert (taken.count(great), taken.count(small)) == (16, 4)


def test_only_letters_of_the_relay_and_of_the_families_asked_for_are_claimed(database: Database) -> None:
    readers = [
        contact(f"a{number}@{domain}") for number in range(2) for domain in ("orange.fr", "free.fr", "ex.example")
    ]
    with database.transaction() as tx:
        take_in(tx, readers)
        release(tx)
        assert deliveries.claim(tx, "a", 10, 60, LATER, relay="rapide") == []
        assert deliveries.claim(tx, "a", 10, 60, LATER, families=[]) == []
        assert deliveries.waiting_by_family(tx, "main", LATER) == {Family.OTHER: 2, Family.ORANGE: 2, Family.FREE: 2}
        assert deliveries.waiting_by_family(tx, "rapide", LATER) == {}
        some = deliveries.claim(tx, "a", 3, 60, LATER, families=[Family.ORANGE, Family.FREE])
        rest = deliveries.claim(tx, "a", 10, 60, LATER, families=[Family.ORANGE, Family.FREE])
    assert {row.family for row in some} == {Family.ORANGE, Family.FREE}
    assert [len(some), len(rest)] == [3, 1]


def test_an_issue_keeps_the_relay_that_its_list_had_when_it_was_frozen(database: Database) -> None:
    issue = an_issue()
    with database.transaction() as tx:
        take_in(tx, [contact("a@ex.example")])
        by_another = replace(issue, list=replace(issue.list, relay="rapide"))
        issue_id = issues.freeze(tx, by_another, a_letter(), measure=MeasureMode.OFF, now=NOON)
        issues.release(tx, issue_id, b"", NOON, NOON)
        audiences.queue_audience(tx, issue_id, [SIRENE], "sirene", NOON, NOON)
        assert issues.get(tx, issue_id).relay == "rapide"
        assert deliveries.claim(tx, "a", 10, 60, LATER) == []
        assert len(deliveries.claim(tx, "a", 10, 60, LATER, relay="rapide")) == 1


def test_one_great_family_does_not_make_the_others_wait(database: Database) -> None:
    with database.transaction() as tx:
        take_in(tx, [contact(f"g{number}@gmail.com") for number in range(50)])
        take_in(tx, [contact(f"f{number}@free.fr") for number in range(4)])
        release(tx)
        taken = [row.family for row in deliveries.claim(tx, "a", 20, 60, LATER)]
    assert (taken.count(Family.GOOGLE), taken.count(Family.FREE)) == (16, 4)


def test_two_senders_never_claim_the_same_letter(database: Database) -> None:
    issue_id = released_to(database, 200)
    taken: list[int] = []

    def send() -> None:
        claim_id = f"sender {id(object())}"
        while found := claim(database, claim_id, 7):
            taken.extend(found)

    run_together(4, send)
    assert len(taken) == len(set(taken)) == 200
    assert counts(database, issue_id) == {CLAIMED: 200}


def test_letters_given_back_can_be_claimed_again_and_count_no_attempt(database: Database) -> None:
    issue_id = released_to(database, 4)
    ids = claim(database, "a")
    with database.transaction() as tx:
        assert deliveries.give_back(tx, "b", None) == 0
        assert deliveries.give_back(tx, "a", ids[:1]) == 1
        assert deliveries.give_back(tx, "a", []) == 0
        assert deliveries.open_claims(tx) == ["a"]
        assert deliveries.give_back(tx, "a", None) == 3
        assert deliveries.open_claims(tx) == []
    assert counts(database, issue_id) == {QUEUED: 4}
    with database.transaction() as tx:
        assert [row.attempts for row in deliveries.claim(tx, "c", 10, 60, LATER)] == [0, 0, 0, 0]


def test_a_letter_at_the_relay_cannot_be_given_back(database: Database) -> None:
    issue_id = released_to(database, 1)
    put(database, SENDING)
    with database.transaction() as tx:
        assert deliveries.give_back(tx, "a", None) == 0
    assert counts(database, issue_id) == {SENDING: 1}


@pytest.mark.parametrize("state", [CLAIMED, SENDING])
@pytest.mark.parametrize("dead", [True, False], ids=["dead", "expired"])
def test_what_a_gone_sender_held_without_a_record_is_unknown(
    database: Database, state: DeliveryState, dead: bool
) -> None:
    issue_id = released_to(database, 2)
    put(database, state, lease_s=60 if dead else 0)
    with database.transaction() as tx:
        assert deliveries.recover(tx, ["a"] if dead else []) == 2
        assert deliveries.recover(tx, ["a"]) == 0
    assert counts(database, issue_id) == {DeliveryState.UNKNOWN: 2}


def test_what_a_living_sender_holds_is_left_alone(database: Database) -> None:
    issue_id = released_to(database, 2)
    claim(database, "a")
    with database.transaction() as tx:
        assert deliveries.recover(tx, ["b"]) == 0
    assert counts(database, issue_id) == {CLAIMED: 2}


def test_a_lease_can_be_renewed_until_it_is_taken_back(database: Database) -> None:
    released_to(database, 2)
    claim(database, "a", lease_s=0)
    with database.transaction() as tx:
        assert deliveries.renew(tx, "a", 60) == 2
        assert deliveries.recover(tx, []) == 0
        assert deliveries.renew(tx, "b", 60) == 0


def test_unknown_letters_are_shown_by_name(database: Database) -> None:
    with database.transaction() as tx:
        take_in(tx, [contact("zoe@mairie.example", "Zoé"), contact("anna@mairie.example")])
        issue_id = release(tx)
    put(database, DeliveryState.UNKNOWN)
    with database.transaction() as tx:
        tx.execute(update(rows).values(words="connection lost"))
        found = deliveries.unsettled(tx, issue_id)
    ids = [row.delivery_id for row in found]
    assert found == [
        UnknownRow(ids[0], "anna@mairie.example", "", LATER, "connection lost"),
        UnknownRow(ids[1], "zoe@mairie.example", "Zoé", LATER, "connection lost"),
    ]


def test_a_person_decides_on_unknown_letters(database: Database) -> None:
    issue_id = released_to(database, 2)
    put(database, DeliveryState.UNKNOWN)
    with database.transaction() as tx:
        assert deliveries.settle_by_hand(tx, issue_id, QUEUED, LATER) == 2
        assert deliveries.next_due(tx) == LATER
    put(database, DeliveryState.UNKNOWN)
    with database.transaction() as tx:
        assert deliveries.settle_by_hand(tx, issue_id, DeliveryState.SENT, LATER) == 2
        assert deliveries.settle_by_hand(tx, issue_id, DeliveryState.SENT, LATER) == 0
    assert counts(database, issue_id) == {DeliveryState.SENT: 2}


def test_an_unknown_letter_is_sent_or_queued_and_nothing_else(database: Database) -> None:
    with database.transaction() as tx, pytest.raises(ValueError, match="cannot be settled as failed"):
        deliveries.settle_by_hand(tx, 1, DeliveryState.FAILED, NOON)


def test_an_unknown_letter_is_not_queued_again_for_a_reader_who_left_meanwhile(database: Database) -> None:
    issue_id = released_to(database, 2)
    put(database, DeliveryState.UNKNOWN)
    with database.transaction() as tx:
        people.leave(tx, tx.execute(select(rows.c.id).limit(1)).scalar_one(), NOON)
        deliveries.settle_by_hand(tx, issue_id, QUEUED, LATER)
    assert counts(database, issue_id) == {DeliveryState.SKIPPED: 1, QUEUED: 1}


def test_what_has_not_left_of_a_cancelled_issue_is_skipped_with_the_reason(database: Database) -> None:
    issue_id = released_to(database, 3)
    claim(database, "a", 1)
    with database.transaction() as tx:
        other = release(tx, "sirene/other")
        assert deliveries.skip(tx, issue_id, SkipReason.CANCELLED, LATER) == 3
        assert deliveries.skip(tx, issue_id, SkipReason.CANCELLED, LATER) == 0
        reasons = tx.execute(select(rows.c.skip_reason).where(rows.c.issue_id == issue_id)).scalars()
        assert set(reasons) == {"cancelled"}
    assert counts(database, other) == {QUEUED: 3}


def test_nothing_waits_in_an_empty_base(database: Database) -> None:
    with database.reading() as tx:
        assert deliveries.next_due(tx) is None
        assert deliveries.waiting(tx, NOON) == 0
        assert deliveries.open_claims(tx) == []
