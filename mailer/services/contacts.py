"""Contacts and structures as staff find, read and correct them. Never brings back who left or opposed."""

from collections.abc import Mapping
from datetime import datetime

from mailer.app import App
from mailer.app.cards import NO_CONTACT as NO_CONTACT
from mailer.app.cards import ContactCard as ContactCard
from mailer.app.cards import card, contact_of, contacts_of, custom_field
from mailer.app.relays import family_table
from mailer.domain.addresses import Family, read_address
from mailer.domain.edits import LONGEST_LINE, NO_NAME, ONE_LINE, read_fields, read_tag, read_year
from mailer.domain.fields import FieldValue, read_value
from mailer.domain.people import OWN_WORD, ClosedReason, ContactKind
from mailer.errors import Refused, WrongState
from mailer.language import N_
from mailer.store import affiliations, cards, contacts, moves, people, search, solicitations
from mailer.store.contacts import Change, ContactRecord
from mailer.store.database import Connection
from mailer.store.search import FoundRow as FoundRow

OWN_FIELD = "field."
REFUSED_LETTERS = N_("{address} does not want our letters any more: only its owner can undo this.")
WISH_GOES_ALONG = N_(
    "{name} does not want our letters any more: another address would go against that wish. "
    "Only its owner can undo this."
)
NO_PERSON = N_(
    "{name} is a structure, and only persons belong to a structure with a role. A structure in a network: "
    "mailer structures under STRUCTURE NETWORK"
)
NO_STRUCTURE = N_("{name} is a person, and no structure.")
IN_A_RING = N_("{network} belongs to {structure} already: a network cannot be in its own.")
ONE_WITH_ANOTHER = N_("{name} became one with another contact. Take them apart with: mailer duplicates undo NUMBER")
NOT_CLOSED = N_("{name} is not closed.")


def find(app: App, query: str) -> list[FoundRow]:
    """The contacts in whose name, structure, city or address each word begins one; accents do not matter."""
    with app.database.reading() as tx:
        stale = search.stale(tx)
    if stale:
        with app.database.transaction() as tx:
            search.refresh(tx)
    with app.database.reading() as tx:
        return search.find(tx, query)


def show(app: App, who: str) -> list[ContactCard]:
    """The cards of whoever a number or an address names; empty where nobody is. Raises Refused."""
    with app.database.reading() as tx:
        found = [contacts.record(tx, one) for one in contacts_of(app, tx, who)]
        return [card(tx, one) for one in found if one is not None]


def add(
    app: App, kind: ContactKind, written: Mapping[str, str], now: datetime, *, address: str = "", by: str = ""
) -> int:
    """A new contact; its number. On no list: it subscribes itself, or is imported. Raises Refused."""
    values = read_fields(written, {})
    if not values.get("name"):
        raise Refused(NO_NAME)
    with app.database.transaction() as tx:
        address_id = _take_address(app, tx, address, now) if address else None
        number = contacts.add(tx, kind, "", address_id, now)
        contacts.write(tx, _record(tx, number), values, by, now)
        return number


def edit(app: App, who: str, written: Mapping[str, str], now: datetime, *, by: str = "") -> list[str]:
    """Fields as a person writes them, `address` and `field.NAME` among them; those that changed.

    Raises NotFound or Refused, and then nothing is changed.
    """
    own = {name.removeprefix(OWN_FIELD): text for name, text in written.items() if name.startswith(OWN_FIELD)}
    plain = {name: text for name, text in written.items() if name != "address" and not name.startswith(OWN_FIELD)}
    read = {name: _own_value(app, name, text) for name, text in own.items()}
    with app.database.transaction() as tx:
        contact = _open(contact_of(app, tx, who))
        changed = contacts.write(tx, contact, read_fields(plain, contact.known()), by, now)
        if "address" in written and _write_to(app, tx, _record(tx, contact.id), written["address"], by, now):
            changed.append("address")
        for name, value in read.items():
            if _set_value(tx, contact.id, name, value, by, now):
                changed.append(OWN_FIELD + name)
        return changed


def tag(app: App, who: str, written: str, now: datetime, *, by: str = "", off: bool = False) -> bool:
    """The contact bears a tag from now on, or no more; False where nothing changed. Raises NotFound or Refused."""
    slug = read_tag(written)
    with app.database.transaction() as tx:
        contact = _open(contact_of(app, tx, who))
        changed = contacts.untag(tx, contact.id, slug) if off else contacts.tag(tx, contact.id, slug)
        if changed:
            contacts.note(tx, contact.id, Change("tag", slug if off else "", "" if off else slug), by, now)
        return changed


def member(app: App, who: str, written: str, now: datetime, *, kind: str = "", by: str = "", off: bool = False) -> None:
    """The contact is a member in a year, or is not. Raises NotFound or Refused."""
    year = read_year(written)
    with app.database.transaction() as tx:
        contact = _open(contact_of(app, tx, who))
        kinds = {one.year: one.kind for one in cards.memberships_of(tx, contact.id)}
        before = f"{year} {kinds[year]}".strip() if year in kinds else ""
        if off:
            contacts.be_no_member(tx, contact.id, year)
        else:
            contacts.be_member(tx, contact.id, year, kind.strip(), now.astimezone(app.config.zone).date())
            solicitations.skip_joined(tx, now)
        after = "" if off else f"{year} {kind}".strip()
        if before != after:
            contacts.note(tx, contact.id, Change("membership", before, after), by, now)


def join(app: App, who: str, structure: str, now: datetime, *, role: str = "", address: str = "", by: str = "") -> bool:
    """A person is in a structure, with a role, and another address for it if need be. Raises NotFound or Refused."""
    role = role.strip()
    if len(role) > LONGEST_LINE:
        raise Refused(ONE_LINE, field="role", limit=LONGEST_LINE)
    with app.database.transaction() as tx:
        person, place = _person(contact_of(app, tx, who)), _structure(contact_of(app, tx, structure))
        address_id = _take_address(app, tx, address, now) if address else None
        new = affiliations.affiliate(tx, person.id, place.id, role, address_id)
        if new:
            contacts.note(tx, person.id, Change("structure", "", f"{place.name} {role}".strip()), by, now)
        return new


def part(app: App, who: str, structure: str, now: datetime, *, role: str | None = None, by: str = "") -> int:
    """A person is in a structure no more, with that role or any; how many roles ended. Raises NotFound or Refused."""
    with app.database.transaction() as tx:
        person, place = contact_of(app, tx, who), contact_of(app, tx, structure)
        ended = affiliations.part(tx, person.id, place.id, role)
        if ended:
            contacts.note(tx, person.id, Change("structure", f"{place.name} {role or ''}".strip(), ""), by, now)
        return ended


def put_under(app: App, structure: str, network: str, now: datetime, *, by: str = "") -> None:
    """A structure belongs to a network, or to none where that is empty. Raises NotFound or Refused."""
    with app.database.transaction() as tx:
        place = _structure(contact_of(app, tx, structure))
        above = _structure(contact_of(app, tx, network)) if network else None
        if above and place.id in (above.id, *(one.id for one in affiliations.networks_above(tx, above.id))):
            raise Refused(IN_A_RING, network=above.name, structure=place.name)
        before = next((one.name for one in affiliations.networks_above(tx, place.id)), "")
        affiliations.put_under(tx, place.id, above.id if above else None)
        contacts.note(tx, place.id, Change("network", before, above.name if above else ""), by, now)


def close(app: App, who: str, reason: ClosedReason, now: datetime, *, by: str = "") -> str:
    """Dead or dissolved: nobody is written to as this contact any more; its name. Raises NotFound or Refused."""
    with app.database.transaction() as tx:
        contact = _open(contact_of(app, tx, who))
        contacts.close(tx, contact.id, reason, now)
        contacts.note(tx, contact.id, Change("closed", contact.closed_reason or "", reason.value), by, now)
        return contact.name


def reopen(app: App, who: str, now: datetime, *, by: str = "") -> str:
    """Closed by mistake: the contact is as before; its name. Raises NotFound, Refused or WrongState."""
    with app.database.transaction() as tx:
        contact = _open(contact_of(app, tx, who))
        if contact.closed_reason is None:
            raise WrongState(NOT_CLOSED, name=contact.name)
        contacts.close(tx, contact.id, None, now)
        contacts.note(tx, contact.id, Change("closed", contact.closed_reason.value, ""), by, now)
        return contact.name


def _own_value(app: App, name: str, text: str) -> FieldValue:
    field = custom_field(app, name)
    return read_value(field, text) if text.strip() else FieldValue("")


def _set_value(tx: Connection, contact_id: int, name: str, value: FieldValue, by: str, now: datetime) -> bool:
    before = contacts.value_of(tx, contact_id, name)
    if before == value.text:
        return False
    contacts.set_value(tx, contact_id, name, value.text, value.number)
    contacts.note(tx, contact_id, Change(OWN_FIELD + name, before, value.text), by, now)
    return True


def _write_to(app: App, tx: Connection, contact: ContactRecord, written: str, by: str, now: datetime) -> bool:
    if any(one.suppressed in OWN_WORD for one in cards.addresses_of(tx, contact.id, contact.address_id)):
        raise Refused(WISH_GOES_ALONG, name=contact.name)
    return contacts.write_to(tx, contact, _take_address(app, tx, written, now), by, now)


def _take_address(app: App, tx: Connection, written: str, now: datetime) -> int:
    address = read_address(written)
    fingerprint = app.keyring.fingerprint(address.canonical)
    if people.suppression_of(tx, fingerprint) in OWN_WORD:
        raise Refused(REFUSED_LETTERS, address=address.written)
    family = family_table(app.config).get(address.domain, Family.OTHER)
    return moves.take_address(tx, address, family, fingerprint, now)


def _record(tx: Connection, number: int) -> ContactRecord:
    found = contacts.record(tx, number)
    assert found is not None  # noqa: S101 - it was written in this transaction
    return found


def _open(contact: ContactRecord) -> ContactRecord:
    if contact.closed_reason is ClosedReason.MERGED:
        raise Refused(ONE_WITH_ANOTHER, name=contact.name)
    return contact


def _person(contact: ContactRecord) -> ContactRecord:
    if contact.kind is not ContactKind.PERSON:
        raise Refused(NO_PERSON, name=contact.name)
    return _open(contact)


def _structure(contact: ContactRecord) -> ContactRecord:
    if contact.kind is not ContactKind.STRUCTURE:
        raise Refused(NO_STRUCTURE, name=contact.name)
    return _open(contact)
