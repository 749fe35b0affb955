"""Two contacts become one and two again: nothing is lost, nobody who left comes back, on both databases."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from mailer.domain.people import ContactKind, SuppressionReason
from mailer.store import affiliations, contacts, merging, people
from mailer.store.database import Connection, Database
from mailer.store.tables import addresses, metadata, subscriptions
from mailer.store.tables import contacts as rows
from mailer.store.tables import deliveries as letters
from tests.store.base import BASE, NOON, SIRENE, contact, delivery_to, fingerprint, release, take_in

HOME, WORK = "lea@free.example", "lea.roux@mairie.example"
LATER = NOON + timedelta(hours=1)
SINCE = NOON + timedelta(hours=2)
WRITTEN_BY_A_MERGE = {"merge", "contact_change", "delivery"}


def two(
    tx: Connection, lists: Sequence[Sequence[str]] = (("sirene", "klaxon"), ("sirene", "bureau"))
) -> tuple[int, int]:
    """Léa at home and at work, with all that can hang on a contact; and a structure that holds another."""
    for address, some in zip((HOME, WORK), lists, strict=True):
        for list_slug in some:
            take_in(tx, [contact(address, "Léa Roux")], list_slug)
    home, work = tx.execute(select(rows.c.id).order_by(rows.c.id)).scalars()
    mjc = contacts.add(tx, ContactKind.STRUCTURE, "MJC des Hauts", None, NOON)
    tx.execute(update(rows).where(rows.c.id == work).values(city="Rennes", notes="rappeler"))
    affiliations.affiliate(tx, work, mjc, "trésorière", None)
    affiliations.affiliate(tx, home, mjc, "présidente", None)
    for one, slug, year in ((home, "ca", 2022), (work, "ca", 2023), (work, "presse", 2022)):
        contacts.tag(tx, one, slug)
        contacts.be_member(tx, one, year, "individuel", None)
    contacts.set_value(tx, work, "gift", "50", 50.0)
    return home, work


def mailbox(tx: Connection, address: str) -> int:
    found = people.address_of(tx, fingerprint(address))
    assert found is not None
    return found


def become_one(tx: Connection, kept_id: int, gone_id: int) -> merging.MergeRow:
    kept, gone = contacts.record(tx, kept_id), contacts.record(tx, gone_id)
    assert kept is not None
    assert gone is not None
    found = merging.find(tx, merging.merge(tx, kept, gone, "Zoé", LATER))
    assert found is not None
    return found


def everything(tx: Connection) -> dict[str, list[tuple[object, ...]]]:
    """Every row but what tells of merges themselves; subscriptions without their own numbers."""
    found = {}
    for table in metadata.sorted_tables:
        if table.name not in WRITTEN_BY_A_MERGE:
            hidden = {"search"} | ({"id"} if table.name == "subscription" else set())
            shown = [column for column in table.columns if column.name not in hidden]
            found[table.name] = sorted((tuple(row) for row in tx.execute(select(*shown))), key=repr)
    return found


def standing(tx: Connection, address: str) -> dict[str, str]:
    """Where a mailbox stands on each list."""
    shown = select(subscriptions.c.list_slug, subscriptions.c.state).join(
        addresses, addresses.c.id == subscriptions.c.address_id
    )
    return {row.list_slug: row.state for row in tx.execute(shown.where(addresses.c.address == address))}


def mailed(tx: Connection, name: str) -> list[str]:
    """Whom an issue to the Sirène and the whole base goes to."""
    issue_id = release(tx, name, (SIRENE, BASE))
    shown = select(addresses.c.address).join(letters, letters.c.address_id == addresses.c.id)
    return list(tx.execute(shown.where(letters.c.issue_id == issue_id).order_by(addresses.c.address)).scalars())


def test_who_is_one_has_what_both_had_and_gets_one_letter(database: Database) -> None:
    with database.transaction() as tx:
        home, work = two(tx)
        become_one(tx, home, work)
        kept = contacts.record(tx, home)
        assert kept is not None
        assert (kept.city, kept.notes, kept.address) == ("Rennes", "rappeler", HOME)
        assert standing(tx, HOME) == {"sirene": "active", "klaxon": "active", "bureau": "active"}
        assert [one.role for one in affiliations.structures_of(tx, home)] == ["présidente", "trésorière"]
        assert contacts.value_of(tx, home, "gift") == "50"
        assert mailed(tx, "sirene/1") == [HOME]
        assert take_in(tx, [contact(WORK, "Léa Roux")]).ready == 0
        assert mailed(tx, "sirene/2") == [HOME]


def test_taken_apart_they_are_exactly_as_they_were(database: Database) -> None:
    with database.transaction() as tx:
        home, work = two(tx)
        people.leave_list(tx, mailbox(tx, HOME), home, "klaxon", NOON)
        before = everything(tx)
        merging.undo(tx, become_one(tx, home, work), "Zoé", SINCE)
        assert everything(tx) == before
        merging.undo(tx, become_one(tx, work, home), "Zoé", SINCE)
        assert everything(tx) == before


def test_what_either_left_both_left_and_only_that_comes_back(database: Database) -> None:
    with database.transaction() as tx:
        home, work = two(tx)
        people.leave_list(tx, mailbox(tx, WORK), work, "sirene", NOON)
        row = become_one(tx, home, work)
        assert standing(tx, HOME)["sirene"] == "left"
        assert mailed(tx, "sirene/1") == []
        merging.undo(tx, row, "Zoé", SINCE)
        assert (standing(tx, HOME)["sirene"], standing(tx, WORK)["sirene"]) == ("active", "left")


@pytest.mark.parametrize("where", [HOME, WORK])
def test_a_departure_while_they_were_one_stays_for_both(database: Database, where: str) -> None:
    with database.transaction() as tx:
        home, work = two(tx)
        people.leave_list(tx, mailbox(tx, WORK), work, "sirene", NOON)
        row = become_one(tx, home, work)
        for list_slug in ("sirene", "bureau"):
            people.leave_list(tx, mailbox(tx, where), home, list_slug, SINCE)
        refused = merging.undo(tx, row, "Zoé", SINCE + timedelta(hours=1))
        for address in (HOME, WORK):
            assert {standing(tx, address)[one] for one in ("sirene", "bureau")} == {"left"}
        assert {one.list_slug for one in refused} <= {"sirene", "bureau"}


def test_who_refused_at_one_address_is_written_to_at_neither(database: Database) -> None:
    with database.transaction() as tx:
        home, work = two(tx)
        people.suppress(tx, mailbox(tx, WORK), SuppressionReason.OPPOSITION, NOON)
        row = become_one(tx, home, work)
        assert mailed(tx, "sirene/1") == []
        people.suppress(tx, mailbox(tx, HOME), SuppressionReason.OPPOSITION, SINCE)
        merging.undo(tx, row, "Zoé", SINCE)
        assert mailed(tx, "sirene/2") == []


def test_letters_that_wait_are_one_and_a_dead_mailbox_gives_way(database: Database) -> None:
    with database.transaction() as tx:
        home, work = two(tx)
        issue_id = release(tx)
        people.suppress(tx, mailbox(tx, HOME), SuppressionReason.NO_MAILBOX, NOON)
        become_one(tx, home, work)
        states = {address: delivery_to(tx, address, issue_id) for address in (HOME, WORK)}
        found = {row.id: (row.state, row.contact_id) for row in tx.execute(select(letters))}
        assert found[states[HOME]] == ("skipped", home)
        assert found[states[WORK]] == ("queued", home)
        assert mailed(tx, "sirene/1") == [WORK]


def test_structures_keep_their_people_and_a_network_is_never_in_itself(database: Database) -> None:
    with database.transaction() as tx:
        home, _ = two(tx)
        first, second = (contacts.add(tx, ContactKind.STRUCTURE, name, None, NOON) for name in ("Ormes", "Les Ormes"))
        affiliations.affiliate(tx, home, second, "membre", None)
        affiliations.put_under(tx, first, second)
        row = become_one(tx, first, second)
        assert [one.id for one in affiliations.people_of(tx, first)] == [home]
        assert affiliations.networks_above(tx, first) == []
        assert [one.name for one in affiliations.structures_of(tx, home)] == ["MJC des Hauts", "Ormes"]
        merging.undo(tx, row, "Zoé", SINCE)
        assert [one.name for one in affiliations.networks_above(tx, first)] == ["Les Ormes"]


def test_the_last_merge_is_undone_first(database: Database) -> None:
    with database.transaction() as tx:
        home, work = two(tx)
        third = contacts.add(tx, ContactKind.PERSON, "Léa Roux", None, NOON)
        first = become_one(tx, home, work)
        second = become_one(tx, third, home)
        assert merging.later(tx, first) == second.id
        assert merging.later(tx, second) is None
        merging.undo(tx, second, "Zoé", SINCE)
        assert merging.later(tx, first) is None
