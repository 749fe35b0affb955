"""Whole files come in without bringing anyone back; leaving and opposing act at once, everywhere."""

import pytest
from sqlalchemy import select

from mailer.domain.deliveries import DeliveryState, SkipReason
from mailer.domain.people import Basis, ContactKind, SubscriptionState, SuppressionReason
from mailer.store import people
from mailer.store.database import Connection, Database
from mailer.store.people import ImportCounts
from mailer.store.tables import addresses, contacts, deliveries, subscriptions, suppressions
from tests.store.base import (
    BASE,
    LATER,
    NOON,
    SIRENE,
    claim,
    contact,
    counts,
    delivery_to,
    fingerprint,
    quickest,
    release,
    run_together,
    state_of,
    take_in,
)  # fmt: skip

ANNA, BORIS = "anna@mairie.example", "boris@mairie.example"


def names(tx: Connection) -> list[str]:
    return list(tx.execute(select(contacts.c.name).order_by(contacts.c.name)).scalars())


def skip_reason(tx: Connection, delivery_id: int) -> str | None:
    found = tx.execute(select(deliveries.c.skip_reason).where(deliveries.c.id == delivery_id)).scalar_one()
    return None if found is None else str(found)


def test_an_imported_contact_is_kept_with_its_address_as_written(database: Database) -> None:
    with database.transaction() as tx:
        take_in(tx, [contact("Anna.K@Mairie.example", "Anna Kern", ContactKind.STRUCTURE)])
        address = tx.execute(select(addresses)).one()
        assert (address.address, address.canonical) == ("Anna.K@Mairie.example", "anna.k@mairie.example")
        assert address.fingerprint == fingerprint("anna.k@mairie.example")
        found = tx.execute(select(contacts)).one()
        assert (found.kind, found.name, found.address_id) == ("structure", "Anna Kern", address.id)


def test_every_row_of_a_file_is_ready_merged_or_suppressed(database: Database) -> None:
    with database.transaction() as tx:
        take_in(tx, [contact(ANNA)], "sirene")
        people.import_oppositions(tx, [contact(BORIS)], fingerprint, file_name="refus.csv", now=NOON)
        rows = [contact(ANNA), contact(BORIS), contact("carl@mairie.example"), contact("Carl@mairie.example")]
        counted = take_in(tx, rows, "sirene")
    assert (counted.ready, counted.merged, counted.suppressed) == (1, 2, 1)


def test_importing_a_file_twice_changes_nothing(database: Database) -> None:
    rows = [contact(ANNA, "Anna"), contact(BORIS, "Boris")]
    with database.transaction() as tx:
        first, again = take_in(tx, rows), take_in(tx, rows)
        assert names(tx) == ["Anna", "Boris"]
    assert (first.ready, again.ready, again.merged) == (2, 0, 2)
    assert first.batch != again.batch


def test_known_contacts_can_be_put_on_another_list(database: Database) -> None:
    with database.transaction() as tx:
        base = take_in(tx, [contact(ANNA), contact(BORIS)], None)
        listed = take_in(tx, [contact(ANNA)], "sirene")
    assert (base.ready, listed.ready, listed.merged) == (2, 1, 0)


def test_a_name_that_comes_later_is_kept_and_one_that_is_known_stays(database: Database) -> None:
    with database.transaction() as tx:
        take_in(tx, [contact(ANNA, ""), contact(BORIS, "Boris")])
        take_in(tx, [contact(ANNA, "Anna"), contact(BORIS, "B."), contact("x@y.example"), contact("x@y.example", "X")])
        assert names(tx) == ["Anna", "Boris", "X"]


def test_an_empty_file_is_a_batch_of_nothing(database: Database) -> None:
    with database.transaction() as tx:
        counted = take_in(tx, [])
        assert counted == ImportCounts(counted.batch, 0, 0, 0)
        assert not people.any_address(tx)


def test_a_pending_subscription_is_active_once_a_file_names_a_basis(database: Database) -> None:
    with database.transaction() as tx:
        take_in(tx, [contact(ANNA)])
        tx.execute(subscriptions.update().values(state="pending"))
        assert take_in(tx, [contact(ANNA)]).ready == 1
        assert tx.execute(select(subscriptions.c.state)).scalars().all() == ["active"]


def test_who_left_a_list_is_not_brought_back_to_it_by_a_file(database: Database) -> None:
    with database.transaction() as tx:
        take_in(tx, [contact(ANNA), contact(BORIS)])
        letter = delivery_to(tx, ANNA, release(tx))
        people.leave(tx, letter, NOON)
        counted = take_in(tx, [contact(ANNA.upper()), contact(BORIS)])
        assert (counted.ready, counted.merged, counted.suppressed) == (0, 1, 1)
        assert standing(tx, letter) == {"sirene": SubscriptionState.LEFT}


def test_who_opposed_is_not_even_stored_again_by_a_file(database: Database) -> None:
    with database.transaction() as tx:
        people.import_oppositions(tx, [contact(ANNA)], fingerprint, file_name="refus.csv", now=NOON)
        assert take_in(tx, [contact(ANNA)], None).suppressed == 1
        assert not people.any_address(tx)


def test_an_opposition_file_silences_letters_that_wait(database: Database) -> None:
    with database.transaction() as tx:
        take_in(tx, [contact(ANNA), contact(BORIS)])
        issue_id = release(tx)
        letter = delivery_to(tx, ANNA, issue_id)
        people.import_oppositions(tx, [contact(ANNA)], fingerprint, file_name="refus.csv", now=NOON)
        assert skip_reason(tx, letter) == SkipReason.OPPOSED
    assert counts(database, issue_id) == {DeliveryState.SKIPPED: 1, DeliveryState.QUEUED: 1}


def test_an_opposition_replaces_a_lesser_reason_and_counts_once(database: Database) -> None:
    with database.transaction() as tx:
        take_in(tx, [contact(ANNA)])
        address_id = tx.execute(select(addresses.c.id)).scalar_one()
        assert people.suppress(tx, address_id, SuppressionReason.NO_MAILBOX, NOON)
        assert not people.suppress(tx, address_id, SuppressionReason.COMPLAINT, NOON)
        first = people.import_oppositions(tx, [contact(ANNA)], fingerprint, file_name="refus.csv", now=NOON)
        again = people.import_oppositions(tx, [contact(ANNA)], fingerprint, file_name="refus.csv", now=NOON)
        assert tx.execute(select(suppressions.c.reason)).scalars().all() == ["opposition"]
    assert (first.ready, again.ready, again.merged) == (1, 0, 1)


def standing(tx: Connection, letter: int) -> dict[str, SubscriptionState]:
    reader = people.reader_of(tx, letter)
    assert reader is not None
    return dict(reader.subscriptions)


def test_a_delivery_tells_its_reader_and_where_they_stand(database: Database) -> None:
    with database.transaction() as tx:
        take_in(tx, [contact("Anna@mairie.example", "Anna")])
        issue_id = release(tx)
        reader = people.reader_of(tx, delivery_to(tx, ANNA, issue_id))
        assert reader is not None
        assert (reader.address, reader.name) == ("Anna@mairie.example", "Anna")
        assert (reader.list_slug, reader.issue_id, reader.issue_name) == ("sirene", issue_id, "sirene/2023-09")
        assert (reader.left, reader.suppressed) == (False, False)
        assert reader.subscriptions == {"sirene": SubscriptionState.ACTIVE}
        assert people.reader_of(tx, 99_999) is None


def test_leaving_stops_queued_and_claimed_letters_of_every_issue_of_the_list(database: Database) -> None:
    with database.transaction() as tx:
        take_in(tx, [contact(ANNA)])
        september = delivery_to(tx, ANNA, release(tx, "sirene/2023-09"))
    claim(database, limit=1)
    with database.transaction() as tx:
        october = delivery_to(tx, ANNA, release(tx, "sirene/2023-10"))
        take_in(tx, [contact(ANNA)], "klaxon")
        klaxon = delivery_to(tx, ANNA, release(tx, "klaxon/7", list_slug="klaxon", audience=[BASE]))
        assert people.leave(tx, september, LATER)
        assert [skip_reason(tx, one) for one in (september, october, klaxon)] == ["left", "left", None]


def test_leaving_twice_is_as_good_as_once(database: Database) -> None:
    with database.transaction() as tx:
        take_in(tx, [contact(ANNA)])
        letter = delivery_to(tx, ANNA, release(tx))
        assert people.leave(tx, letter, NOON)
        assert not people.leave(tx, letter, LATER)
        assert tx.execute(select(deliveries.c.left_at)).scalar_one() == NOON
        assert tx.execute(select(subscriptions.c.left_at)).scalar_one() == NOON


def test_who_leaves_a_letter_that_came_by_rule_has_left_its_list_for_good(database: Database) -> None:
    with database.transaction() as tx:
        take_in(tx, [contact(ANNA)], None)
        letter = delivery_to(tx, ANNA, release(tx, audience=[SIRENE, BASE]))
        assert people.leave(tx, letter, NOON)
        assert standing(tx, letter) == {"sirene": SubscriptionState.LEFT}
        assert counts(database, release(tx, "sirene/2023-10", audience=[SIRENE, BASE])) == {}
        assert take_in(tx, [contact(ANNA)], "sirene").suppressed == 1


def test_two_clicks_on_leave_at_the_same_moment_are_one(database: Database) -> None:
    with database.transaction() as tx:
        take_in(tx, [contact(ANNA)], None)
        letter = delivery_to(tx, ANNA, release(tx, audience=[SIRENE, BASE]))
    done: list[bool] = []

    def leave() -> None:
        with database.transaction() as tx:
            done.append(people.leave(tx, letter, NOON))

    run_together(4, leave)
    assert sorted(done) == [False, False, False, True]


def test_leaving_a_list_of_ones_choice_is_not_counted_against_the_letter(database: Database) -> None:
    with database.transaction() as tx:
        take_in(tx, [contact(ANNA)], "klaxon")
        letter = delivery_to(tx, ANNA, release(tx, audience=[BASE]))
        assert people.unsubscribe(tx, letter, "klaxon", NOON)
        assert not people.unsubscribe(tx, letter, "klaxon", NOON)
        assert standing(tx, letter) == {"klaxon": SubscriptionState.LEFT}
        assert tx.execute(select(deliveries.c.left_at)).scalar_one() is None
        assert skip_reason(tx, letter) is None


def test_who_leaves_the_base_gets_no_letter_as_one_of_the_base(database: Database) -> None:
    with database.transaction() as tx:
        take_in(tx, [contact(ANNA)], None)
        letter = delivery_to(tx, ANNA, release(tx, audience=[SIRENE, BASE]))
        people.unsubscribe(tx, letter, "base", NOON)
        assert skip_reason(tx, letter) == SkipReason.LEFT


def test_who_opposes_gets_nothing_of_any_list_any_more(database: Database) -> None:
    with database.transaction() as tx:
        take_in(tx, [contact(ANNA), contact(BORIS)])
        issue_id = release(tx)
        letter = delivery_to(tx, ANNA, issue_id)
        klaxon = delivery_to(tx, ANNA, release(tx, "klaxon/7", list_slug="klaxon", audience=[BASE]))
        assert people.oppose(tx, letter, NOON)
        assert not people.oppose(tx, letter, NOON)
        assert [skip_reason(tx, one) for one in (letter, klaxon)] == ["opposed", "opposed"]
        assert skip_reason(tx, delivery_to(tx, BORIS, issue_id)) is None
        assert not people.subscribe(tx, letter, "sirene", Basis.CONSENT, LATER)


def test_a_letter_that_left_is_not_called_skipped_because_its_reader_leaves(database: Database) -> None:
    with database.transaction() as tx:
        take_in(tx, [contact(ANNA)])
        letter = delivery_to(tx, ANNA, release(tx))
        tx.execute(deliveries.update().values(state="sent"))
        people.leave(tx, letter, LATER)
    assert state_of(database, letter) is DeliveryState.SENT


def test_who_asks_for_a_list_they_left_gets_it_again(database: Database) -> None:
    with database.transaction() as tx:
        take_in(tx, [contact(ANNA)])
        letter = delivery_to(tx, ANNA, release(tx))
        people.leave(tx, letter, NOON)
        assert people.subscribe(tx, letter, "sirene", Basis.CONSENT, LATER)
        assert not people.subscribe(tx, letter, "sirene", Basis.CONSENT, LATER)
        row = tx.execute(select(subscriptions)).one()
        assert (row.state, row.basis, row.joined_at, row.left_at) == ("active", "consent", LATER, None)


def test_who_asks_for_a_list_they_never_had_gets_it(database: Database) -> None:
    with database.transaction() as tx:
        take_in(tx, [contact(ANNA)], None)
        letter = delivery_to(tx, ANNA, release(tx, audience=[BASE]))
        assert people.subscribe(tx, letter, "klaxon", Basis.CONSENT, LATER)
        assert standing(tx, letter) == {"klaxon": SubscriptionState.ACTIVE}


def test_no_link_of_an_unknown_delivery_changes_anything(database: Database) -> None:
    with database.transaction() as tx:
        assert not people.leave(tx, 7, NOON)
        assert not people.unsubscribe(tx, 7, "sirene", NOON)
        assert not people.oppose(tx, 7, NOON)
        assert not people.subscribe(tx, 7, "sirene", Basis.CONSENT, NOON)
        assert tx.execute(select(subscriptions)).all() == []


def test_twenty_one_thousand_rows_come_in_within_three_seconds(sqlite_database: Database) -> None:
    rows = [contact(f"Reader.{number}@mairie.example", f"Reader {number}") for number in range(21_000)]
    assert quickest(sqlite_database, lambda tx: take_in(tx, rows, "base")) < 3


@pytest.mark.parametrize("word", ["l'Œuvre d'Églantine", 'a"b\\c;--', "名前", "e\u0301 🎉"])
def test_a_name_comes_back_as_it_was_written(database: Database, word: str) -> None:
    with database.transaction() as tx:
        take_in(tx, [contact(ANNA, word)])
        assert names(tx) == [word]
