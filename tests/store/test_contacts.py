"""Contacts written by hand, on both databases: what is kept of a change, and whose wishes go along with an address."""

from sqlalchemy import select

from mailer.domain.people import ClosedReason, ContactKind, SubscriptionState
from mailer.store import affiliations, audiences, cards, contacts, people
from mailer.store.contacts import Change
from mailer.store.database import Connection, Database
from mailer.store.moves import take_address
from mailer.store.tables import addresses, deliveries
from tests.store.base import LATER, NOON, SIRENE, contact, fingerprint, release, take_in

OLD, NEW, ROLE = "anna@free.example", "anna@mairie.example", "presidence@ormes.example"


def mailbox(tx: Connection, written: str) -> int:
    row = contact(written)
    return take_address(tx, row.address, row.address.family, fingerprint(written), NOON)


def anna(tx: Connection) -> contacts.ContactRecord:
    found = contacts.record(tx, 1)
    assert found is not None
    return found


def test_another_address_takes_along_letters_that_wait_and_lists_that_were_left(database: Database) -> None:
    with database.transaction() as tx:
        take_in(tx, [contact(OLD, "Anna Kern")])
        take_in(tx, [contact(OLD)], "klaxon")
        people.leave_list(tx, mailbox(tx, OLD), 1, "klaxon", NOON)
        issue_id = release(tx)
        assert contacts.write_to(tx, anna(tx), mailbox(tx, NEW), "Léa", LATER)
        waiting = select(addresses.c.address).join(deliveries, deliveries.c.address_id == addresses.c.id)
        assert tx.execute(waiting.where(deliveries.c.issue_id == issue_id)).scalars().all() == [NEW]
        reader = people.reader_at(tx, mailbox(tx, NEW))
        assert reader is not None
        assert reader.subscriptions == {
            "klaxon": SubscriptionState.LEFT,
            "sirene": SubscriptionState.ACTIVE,
        }
        assert [one.address for one in cards.addresses_of(tx, 1, mailbox(tx, NEW))] == [NEW, OLD]
        assert take_in(tx, [contact(OLD, "Anna Kern")]).ready == 0
        assert not contacts.write_to(tx, anna(tx), mailbox(tx, NEW), "Léa", LATER)


def test_a_card_shows_what_hangs_on_a_contact_and_who_changed_what(database: Database) -> None:
    with database.transaction() as tx:
        take_in(tx, [contact(OLD, "Anna Kern")])
        network = contacts.add(tx, ContactKind.STRUCTURE, "Réseau", None, NOON)
        place = contacts.add(tx, ContactKind.STRUCTURE, "Les Ormes", None, NOON)
        affiliations.put_under(tx, place, network)
        affiliations.affiliate(tx, 1, place, "présidente", mailbox(tx, ROLE))
        assert contacts.write(tx, anna(tx), {"city": "Rennes", "name": "Anna Kern"}, "Léa", NOON) == ["city"]
        contacts.tag(tx, 1, "ca")
        contacts.be_member(tx, 1, 2023, "individuel", NOON.date())
        contacts.be_member(tx, 1, 2023, "soutien", None)
        contacts.set_value(tx, 1, "gift", "50", 50.0)
        contacts.note(tx, 1, Change("tag", "", "ca"), "Léa", LATER)
        release(tx)
        assert (anna(tx).city, anna(tx).edited) == ("Rennes", ("city",))
        assert affiliations.structures_of(tx, 1) == [affiliations.PlaceRow(place, "Les Ormes", "présidente", ROLE)]
        assert [one.name for one in affiliations.members_of(tx, network)] == ["Les Ormes"]
        assert cards.memberships_of(tx, 1) == [cards.MembershipRow(2023, "soutien", NOON.date())]
        assert (cards.tags_of(tx, 1), cards.values_of(tx, 1)) == (["ca"], {"gift": "50"})
        assert [one.list_slug for one in cards.subscriptions_of(tx, 1, anna(tx).address_id)] == ["sirene"]
        assert [one.issue for one in cards.last_letters(tx, 1, contacts.own_addresses(tx, 1))] == ["sirene/2023-09"]
        assert [(one.field, one.before, one.after) for one in cards.last_changes(tx, 1)] == [
            ("tag", "", "ca"),
            ("city", "", "Rennes"),
        ]


def test_whoever_is_closed_gets_nothing_not_even_a_letter_that_waits(database: Database) -> None:
    with database.transaction() as tx:
        take_in(tx, [contact(OLD, "Anna Kern")])
        issue_id = release(tx)
        contacts.close(tx, 1, ClosedReason.DECEASED, LATER)
        states = tx.execute(select(deliveries.c.state).where(deliveries.c.issue_id == issue_id)).scalars().all()
        assert states == ["skipped"]
        assert audiences.count_audience(tx, [SIRENE], "sirene") == {"sirene": 0}
        contacts.close(tx, 1, None, LATER)
        assert audiences.count_audience(tx, [SIRENE], "sirene") == {"sirene": 1}
