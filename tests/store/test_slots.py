"""A slot is used once, whoever comes; a watch begins when the clock first looks."""

from datetime import date, timedelta

from mailer.store import issues, slots
from mailer.store.database import Database
from mailer.store.slots import TakenSlot
from tests.store.base import KEY, LATER, NOON, crowd, freeze, release, run_together

SEPTEMBER, OCTOBER = date(2023, 9, 6), date(2023, 10, 4)


def test_a_slot_is_taken_once(database: Database) -> None:
    with database.transaction() as tx:
        one, other = freeze(tx, "sirene/1"), freeze(tx, "sirene/2")
        assert slots.take(tx, "sirene", SEPTEMBER, one, NOON)
        assert not slots.take(tx, "sirene", SEPTEMBER, other, NOON)
        assert not slots.mark_taken(tx, "sirene", SEPTEMBER, "elsewhere")
        assert slots.take(tx, "sirene", OCTOBER, other, NOON)
        assert slots.take(tx, "klaxon", SEPTEMBER, one, NOON)
        assert slots.taken(tx, "sirene") == {
            SEPTEMBER: TakenSlot(SEPTEMBER, "sirene/1", ""),
            OCTOBER: TakenSlot(OCTOBER, "sirene/2", ""),
        }


def test_a_slot_that_left_elsewhere_says_so(database: Database) -> None:
    with database.transaction() as tx:
        assert slots.mark_taken(tx, "sirene", SEPTEMBER, "left from the old server")
        assert slots.taken(tx, "sirene") == {SEPTEMBER: TakenSlot(SEPTEMBER, None, "left from the old server")}


def test_of_several_at_once_one_takes_the_slot_and_its_issue_leaves(database: Database) -> None:
    with database.transaction() as tx:
        ids = [freeze(tx, f"sirene/{number}") for number in range(4)]
    taken = list[int]()

    def take() -> None:
        issue_id = ids.pop()
        with database.transaction() as tx:
            if slots.take(tx, "sirene", SEPTEMBER, issue_id, NOON):
                assert issues.release(tx, issue_id, KEY, NOON, NOON)
                taken.append(issue_id)

    run_together(4, take)
    assert len(taken) == 1


def test_a_watch_begins_once_and_anew_with_another_cadence_or_a_clock_gone_wrong(database: Database) -> None:
    with database.transaction() as tx:
        assert slots.watched_since(tx, "sirene", "first wednesday", LATER) is None
        slots.watch(tx, "sirene", "first wednesday", NOON)
        assert slots.watched_since(tx, "sirene", "first wednesday", LATER) == NOON
        assert slots.watched_since(tx, "sirene", "last friday", LATER) is None
        assert slots.watched_since(tx, "sirene", "first wednesday", NOON - timedelta(days=1)) is None
        slots.watch(tx, "sirene", "last friday", LATER)
        assert slots.watched_since(tx, "sirene", "last friday", LATER) == LATER


def test_what_left_before_a_restore_is_remembered_by_name(database: Database) -> None:
    with database.transaction() as tx:
        assert issues.left_before_restore(tx, "sirene/1") is None
        issues.mark_left_before_restore(tx, "sirene/1", NOON)
        issues.mark_left_before_restore(tx, "sirene/1", LATER)
        assert issues.left_before_restore(tx, "sirene/1") == LATER


def test_earlier_audiences_are_told_newest_first_and_drafts_left_out(database: Database) -> None:
    with database.transaction() as tx:
        crowd(tx, 3)
        release(tx, "sirene/1")
        crowd(tx, 5)
        release(tx, "sirene/2")
        freeze(tx, "sirene/3")
        assert issues.audience_sizes(tx, "sirene", 6) == [5, 3]
        assert issues.audience_sizes(tx, "sirene", 1) == [5]
        assert issues.audience_sizes(tx, "klaxon", 6) == []
        assert issues.names(tx, "sirene") == {"sirene/1", "sirene/2", "sirene/3"}
        assert issues.campaigns_waiting(tx) == {"sirene"}
