"""Whatever table holds a person is in their export, and is emptied when they ask to be forgotten."""

from sqlalchemy import insert, select

from mailer.domain.accounts import Role
from mailer.domain.choices import LeaveWay
from mailer.domain.people import SuppressionReason
from mailer.domain.retention import HeardWay
from mailer.store import (
    accounts,
    choices,
    data_requests,
    leavings,
    moves,
    notices,
    people,
    persons,
    reports,
    retention,
    returns,
)
from mailer.store.database import Connection, Database
from mailer.store.joining_tables import proofs, requested, requests
from mailer.store.tables import (
    addresses,
    affiliations,
    batches,
    contact_addresses,
    contact_changes,
    contacts,
    custom_values,
    deliveries,
    doubts,
    measure_choices,
    memberships,
    merges,
    metadata,
    not_duplicates,
    returned,
    suppressions,
    tags,
)
from tests.store.base import KEY, NOON, contact, delivery_to, fingerprint, release, take_in

ANNA, BORIS = "anna@mairie.example", "boris@mairie.example"
NAMES_A_PERSON = {
    "address",
    "canonical",
    "email",
    "fingerprint",
    "wanted",
    "wanted_fingerprint",
    "address_id",
    "recipient",
    "proposal",
}
"""Names of columns in which a person stands."""
OF_THE_ORGANISATION = {"issue": "sender_address is the association's own"}
assert KEY


def tables_with_people() -> set[str]:
    """Tables that lead to an address, by a reference or by themselves."""
    leads = {"address", "contact"}
    found = set(leads)
    for table in metadata.tables.values():
        targets = {key.column.table.name for key in table.foreign_keys}
        if targets & leads or NAMES_A_PERSON & set(table.columns.keys()):
            found.add(table.name)
    return found


def test_every_table_that_holds_a_person_is_exported_and_erased() -> None:
    """A new table of this kind goes into `persons.HELD` and `persons._ERASE`."""
    assert tables_with_people() - set(persons.HELD) == set()


def everything_about(tx: Connection, address: str, issue_id: int) -> int:
    """One row in each table that can hold somebody; the id of the address."""
    delivery_id = delivery_to(tx, address, issue_id)
    reader = people.reader_of(tx, delivery_id)
    assert reader is not None
    mine = reader.address_id
    before = leavings.standing(tx, [mine])
    people.leave(tx, delivery_id, NOON)
    leavings.record(tx, [mine], delivery_id, "sirene", before, opposed=False, way=LeaveWay.PAGE, now=NOON)
    choices.one_a_month(tx, mine, True, NOON)
    data_requests.add(tx, mine, NOON)
    retention.hear(tx, mine, HeardWay.REPLY, NOON)
    retention.ask(tx, mine, NOON)
    returns.note_retry(tx, mine, "suspended", f"{address} phoned", NOON)
    moves.ask(tx, mine, None, BORIS, fingerprint(BORIS), NOON)
    notices.queue(tx, "own_data", f"data:{mine}", address.upper(), {"link": "x"}, NOON)
    words = f"550 5.1.1 <{address}> unknown"
    tx.execute(deliveries.update().where(deliveries.c.id == delivery_id).values(words=words))
    people.suppress(tx, mine, SuppressionReason.NO_MAILBOX, NOON)
    by_hand(tx, address, mine, delivery_id)
    return mine


def by_hand(tx: Connection, address: str, mine: int, delivery_id: int) -> None:
    """What takes a whole journey to come about."""
    asked = {"list_slug": "sirene", "title": "La Sirène", "version": "v1", "way": "page", "origin": ""}
    request = {"kind": "join", "fingerprint": fingerprint(address), "address": address, "domain": "mairie.example"}
    tx.execute(insert(requests).values(id=mine, asked_at=NOON, mails=1, replied="confirm", **request))
    tx.execute(insert(requested).values(request_id=mine, asked_at=NOON, measure_wanted=False, **asked))
    tx.execute(insert(proofs).values(address_id=mine, asked_at=NOON, confirmed_at=NOON, measure_wanted=False, **asked))
    word = {"allowed": True, "wording": "Oui", "version": "v1", "way": "by hand", "at": NOON}
    tx.execute(insert(measure_choices).values(address_id=mine, list_slug="sirene", **word))
    news = {"digest": str(mine), "arrived_at": NOON, "kind": "hard", "status": "5.1.1", "recipient": address}
    news |= {"words": f"<{address}> unknown", "known_by": "token", "family": 0, "counted": True, "action": "suspended"}
    back = {"delivery_id": delivery_id, "address_id": mine, "copy_text": f"To: {address}"}
    tx.execute(insert(returned).values(**news, **back))
    accounts.add(tx, "Odile", address.upper(), Role.EDITOR, None, NOON)
    batch = tx.execute(select(batches.c.id).limit(1)).scalar_one()
    row = {"written": address.upper(), "proposal": address, "name": "Anna Kern", "kind": "person", "sentence": "why"}
    tx.execute(insert(doubts).values(batch_id=batch, line=1, details={}, **row))
    in_the_base(tx, address, mine)


def in_the_base(tx: Connection, address: str, mine: int) -> None:
    """Everything that staff know of a contact; one with another of that name since."""
    who = tx.execute(select(contacts.c.id).where(contacts.c.address_id == mine)).scalar_one()
    others = [{"kind": "structure", "name": "L'Atelier"}, {"kind": "person", "name": "Anna Kern (2)"}]
    rows = [tx.execute(insert(contacts).values(one).returning(contacts.c.id)).scalar_one() for one in others]
    tx.execute(insert(affiliations).values(person_id=who, structure_id=rows[0], role="présidente", address_id=mine))
    tx.execute(insert(contact_addresses).values(contact_id=rows[0], address_id=mine))
    tx.execute(insert(tags).values(contact_id=who, slug="anna"))
    tx.execute(insert(memberships).values(contact_id=who, year=2023, kind="anna"))
    tx.execute(insert(custom_values).values(contact_id=who, field="note", value="Anna"))
    tx.execute(insert(merges).values(kept_id=who, gone_id=rows[1], at=NOON, by="Léa", moved={"name": address}))
    change = {"contact_id": who, "at": NOON, "by": "Léa", "field": "name", "before": "", "after": "Anna Kern"}
    tx.execute(insert(contact_changes).values(change))
    tx.execute(insert(not_duplicates).values(first_id=who, second_id=rows[0], at=NOON, by="Léa"))


def written(tx: Connection) -> str:
    """Every row of every table, as text."""
    return repr([tuple(row) for table in metadata.sorted_tables for row in tx.execute(select(table))])


def test_an_export_has_a_row_of_every_table(database: Database) -> None:
    with database.transaction() as tx:
        take_in(tx, [contact(ANNA, "Anna Kern")])
        mine = everything_about(tx, ANNA, release(tx))
        held = persons.held(tx, mine)
    assert {name for name, rows in held.items() if not rows} == set()
    assert "Anna Kern" in repr(held)


def test_nothing_is_left_of_who_was_forgotten_but_a_hash_and_figures(database: Database) -> None:
    with database.transaction() as tx:
        take_in(tx, [contact(ANNA, "Anna Kern"), contact(BORIS, "Boris Lang")])
        issue_id = release(tx)
        mine = everything_about(tx, ANNA, issue_id)
        figures = reports.issue_figures(tx, issue_id)
        persons.erase(tx, mine, NOON)
        persons.erase(tx, mine, NOON)
        said = written(tx)
        assert "anna" not in said.casefold()
        assert "Kern" not in said
        assert "Boris Lang" in said
        assert reports.issue_figures(tx, issue_id) == figures
        assert tx.execute(select(suppressions.c.fingerprint)).scalars().all() == [fingerprint(ANNA)]
        assert people.reader_at(tx, mine) is None
        again = take_in(tx, [contact(ANNA, "Anna Kern")])
        assert (again.ready, again.suppressed) == (0, 1)
        assert tx.execute(select(addresses.c.id).where(addresses.c.canonical == ANNA)).first() is None


def test_who_shares_an_address_is_forgotten_with_it_and_others_keep_their_refusals(database: Database) -> None:
    with database.transaction() as tx:
        take_in(tx, [contact(ANNA, "Anna Kern")])
        reader = people.reader_of(tx, delivery_to(tx, ANNA, release(tx)))
        assert reader is not None
        row = {"kind": "structure", "name": "L'Atelier Kern", "address_id": reader.address_id}
        tx.execute(insert(contacts).values(row))
        people.oppose(tx, delivery_to(tx, ANNA, reader.issue_id), NOON)
        persons.erase(tx, reader.address_id, NOON)
        assert "Kern" not in written(tx)
        assert people.suppression_of(tx, fingerprint(ANNA)) is SuppressionReason.OPPOSITION
