"""What a sender learnt, written together: only of letters that are its own, and that nobody settled otherwise."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from mailer.domain.deliveries import DeliveryState, Settlement
from mailer.domain.issues import IssueState
from mailer.store import deliveries, issues, outcomes, people
from mailer.store.database import Database
from mailer.store.deliveries import Recovered
from mailer.store.outcomes import Settled
from mailer.store.tables import deliveries as rows
from mailer.store.tables import suppressions
from tests.store.base import (
    BASE,
    BROKEN,
    DEFERRED,
    LATER,
    LOST,
    NO_MAILBOX,
    NOON,
    SENT,
    claim,
    counts,
    release,
    released_to,
    run_together,
    state_of,
)

REFUSED = Settlement(DeliveryState.FAILED, 554, "5.7.1 no", counted=True)


def settled(database: Database, letter: int, settlement: Settlement, claim_id: str = "a") -> bool:
    with database.transaction() as tx:
        return letter in outcomes.settle(tx, claim_id, [Settled(letter, settlement, NOON)], LATER)


def left(database: Database, letter: int, claim_id: str = "a") -> bool:
    with database.transaction() as tx:
        return letter in outcomes.mark_leaving(tx, claim_id, [letter], NOON)


def attempts(database: Database, delivery_id: int) -> tuple[object, ...]:
    with database.reading() as tx:
        columns = (rows.c.attempts, rows.c.first_attempt_at, rows.c.next_try_at)
        return tuple(tx.execute(select(*columns).where(rows.c.id == delivery_id)).one())


@pytest.mark.parametrize("marked", [False, True], ids=["soon", "slowly"])
def test_a_letter_leaves_and_is_sent(database: Database, marked: bool) -> None:
    issue_id = released_to(database, 1)
    [letter] = claim(database)
    if marked:
        assert left(database, letter)
        assert state_of(database, letter) is DeliveryState.SENDING
    assert settled(database, letter, SENT)
    assert counts(database, issue_id) == {DeliveryState.SENT: 1}
    with database.reading() as tx:
        row = tx.execute(select(rows)).one()
        assert (row.code, row.words, row.settled_at) == (250, "2.0.0 Ok", LATER)
        assert (row.attempts, row.first_attempt_at, row.lease_until) == (1, NOON, None)


def test_a_letter_is_marked_as_leaving_once(database: Database) -> None:
    released_to(database, 1)
    [letter] = claim(database)
    assert [left(database, letter) for _ in range(3)] == [True, False, False]
    assert attempts(database, letter)[0] == 1


def test_nothing_is_told_of_a_letter_of_another_claim(database: Database) -> None:
    released_to(database, 1)
    [letter] = claim(database, "a")
    assert not left(database, letter, "b")
    assert not left(database, 99_999)
    assert not settled(database, letter, SENT, "b")
    assert state_of(database, letter) is DeliveryState.CLAIMED


def test_a_letter_is_settled_once(database: Database) -> None:
    released_to(database, 1)
    [letter] = claim(database)
    assert [settled(database, letter, one) for one in (SENT, LOST, DEFERRED, REFUSED)] == [True, False, False, False]
    assert state_of(database, letter) is DeliveryState.SENT


@pytest.mark.parametrize("marked", [False, True], ids=["soon", "slowly"])
def test_a_letter_refused_for_now_waits_and_its_attempts_are_counted(database: Database, marked: bool) -> None:
    released_to(database, 1)
    for times in (1, 2):
        [letter] = claim(database)
        assert not marked or left(database, letter)
        assert settled(database, letter, DEFERRED)
        assert attempts(database, letter) == (times, NOON, LATER)
    assert state_of(database, letter) is DeliveryState.QUEUED


@pytest.mark.parametrize("marked", [False, True], ids=["soon", "slowly"])
def test_an_attempt_that_does_not_count_leaves_no_trace(database: Database, marked: bool) -> None:
    released_to(database, 1)
    [letter] = claim(database)
    assert not marked or left(database, letter)
    assert settled(database, letter, BROKEN)
    assert attempts(database, letter) == (0, None, LATER)


def test_an_attempt_that_does_not_count_keeps_the_moment_of_an_earlier_one(database: Database) -> None:
    released_to(database, 1)
    for settlement in (DEFERRED, BROKEN):
        [letter] = claim(database)
        assert left(database, letter)
        assert settled(database, letter, settlement)
    assert attempts(database, letter) == (1, NOON, LATER)


@pytest.mark.parametrize("settlement", [SENT, REFUSED, DEFERRED])
@pytest.mark.parametrize("marked", [False, True], ids=["soon", "slowly"])
def test_a_sender_that_lives_may_still_settle_what_its_lease_made_unknown(
    database: Database, settlement: Settlement, marked: bool
) -> None:
    released_to(database, 1)
    [letter] = claim(database)
    assert not marked or left(database, letter)
    with database.transaction() as tx:
        tx.execute(update(rows).values(lease_until=0))
        assert deliveries.recover(tx, []) == 1
    assert state_of(database, letter) is DeliveryState.UNKNOWN
    assert settled(database, letter, settlement)
    assert state_of(database, letter) is settlement.state
    assert attempts(database, letter)[0] == 1


def test_a_letter_lost_after_the_dot_is_unknown_with_the_words(database: Database) -> None:
    issue_id = released_to(database, 1)
    [letter] = claim(database)
    assert settled(database, letter, LOST)
    with database.reading() as tx:
        assert [row.words for row in deliveries.unsettled(tx, issue_id)] == ["connection lost"]


def test_a_dead_senders_record_says_which_letters_were_under_way(database: Database) -> None:
    issue_id = released_to(database, 4)
    letters = claim(database)
    assert left(database, letters[0])
    with database.transaction() as tx:
        assert deliveries.take_back(tx, "a", letters[:2]) == Recovered(2, 2)
        assert deliveries.take_back(tx, "a", letters[:2]) == Recovered(0, 2)
    assert counts(database, issue_id) == {DeliveryState.QUEUED: 2, DeliveryState.UNKNOWN: 2}
    assert [attempts(database, letter)[0] for letter in letters] == [1, 1, 0, 0]


def test_a_record_found_late_frees_what_never_left_and_leaves_what_is_truly_unknown(database: Database) -> None:
    issue_id = released_to(database, 3)
    lost, under_way, stayed = claim(database, lease_s=0)
    assert settled(database, lost, LOST)
    with database.transaction() as tx:
        assert deliveries.recover(tx, []) == 2
        assert deliveries.take_back(tx, "a", [under_way]) == Recovered(1, 1)
    assert counts(database, issue_id) == {DeliveryState.QUEUED: 1, DeliveryState.UNKNOWN: 2}
    assert attempts(database, stayed)[:2] == (0, None)


def test_a_mailbox_that_does_not_exist_is_never_written_to_again(database: Database) -> None:
    issue_id = released_to(database, 2)
    with database.transaction() as tx:
        other = release(tx, "klaxon/7", list_slug="klaxon", audience=[BASE], due_at=LATER + timedelta(days=1))
    letter, _ = claim(database)
    assert settled(database, letter, NO_MAILBOX)
    with database.reading() as tx:
        assert tx.execute(select(suppressions.c.reason)).scalars().all() == ["no_mailbox"]
        skipped = select(rows.c.skip_reason).where(rows.c.issue_id == other, rows.c.state == "skipped")
        assert tx.execute(skipped).scalars().all() == ["suppressed"]
    assert counts(database, issue_id) == {DeliveryState.FAILED: 1, DeliveryState.CLAIMED: 1}


def test_a_settlement_that_came_too_late_suppresses_nobody(database: Database) -> None:
    released_to(database, 1)
    [letter] = claim(database)
    assert not settled(database, letter, NO_MAILBOX, "b")
    with database.reading() as tx:
        assert tx.execute(select(suppressions)).all() == []


@pytest.mark.parametrize("story", ["left", "opposed", "cancelled"])
def test_a_letter_that_comes_back_from_the_relay_is_not_queued_for_who_wants_it_no_more(
    database: Database, story: str
) -> None:
    issue_id = released_to(database, 1)
    [letter] = claim(database)
    assert left(database, letter)
    with database.transaction() as tx:
        match story:
            case "left":
                people.leave(tx, letter, LATER)
            case "opposed":
                people.oppose(tx, letter, LATER)
            case _:
                issues.move(tx, issue_id, [IssueState.RELEASED], IssueState.CANCELLED, now=LATER)
    assert settled(database, letter, DEFERRED)
    with database.reading() as tx:
        row = tx.execute(select(rows)).one()
        assert (row.state, row.skip_reason, row.words) == ("skipped", story, DEFERRED.words)


@pytest.mark.parametrize(("settlement", "becomes"), [(SENT, "sent"), (LOST, "unknown"), (DEFERRED, "skipped")])
def test_a_letter_skipped_while_it_was_on_its_way_tells_whether_it_left(
    database: Database, settlement: Settlement, becomes: str
) -> None:
    released_to(database, 1)
    [letter] = claim(database)
    with database.transaction() as tx:
        people.leave(tx, letter, LATER)
    assert settled(database, letter, settlement) == (becomes != "skipped")
    with database.reading() as tx:
        row = tx.execute(select(rows)).one()
        assert (row.state, row.skip_reason) == (becomes, "left" if becomes == "skipped" else None)


def test_what_is_skipped_paused_or_given_up_is_not_held_any_more(database: Database) -> None:
    issue_id = released_to(database, 3)
    gone, first, second = claim(database)
    assert left(database, second)
    with database.transaction() as tx:
        people.leave(tx, gone, LATER)
        assert deliveries.still_held(tx, "a") == {first, second}
        assert deliveries.still_held(tx, "b") == set()
        issues.move(tx, issue_id, [IssueState.RELEASED], IssueState.PAUSED, now=LATER)
        assert deliveries.still_held(tx, "a") == set()


def test_the_words_of_a_relay_are_kept_in_a_form_that_every_database_takes(database: Database) -> None:
    released_to(database, 1)
    [letter] = claim(database)
    words = "5.7.1 \0 refus\u00e9 \udce9 %s :facts " + "x" * 600
    assert settled(database, letter, Settlement(DeliveryState.FAILED, 550, words, counted=True))
    with database.reading() as tx:
        kept = tx.execute(select(rows.c.words)).scalar_one()
    assert kept.startswith("5.7.1   refusé ? %s :facts x")
    assert len(kept) == 500


def test_a_thousand_facts_of_several_senders_are_all_written(database: Database) -> None:
    issue_id = released_to(database, 1000)

    def send() -> None:
        claim_id = f"sender {id(object())}"
        while letters := claim(database, claim_id, 40):
            with database.transaction() as tx:
                facts = [Settled(letter, SENT, NOON) for letter in letters]
                assert len(outcomes.settle(tx, claim_id, facts, LATER)) == len(letters)

    run_together(4, send)
    assert counts(database, issue_id) == {DeliveryState.SENT: 1000}
