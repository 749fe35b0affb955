"""The card of a contact: all that is known of it, read for whoever shows one or two of them. Changes nothing."""

from dataclasses import dataclass

from mailer.app import App
from mailer.domain.addresses import read_address
from mailer.domain.fields import CustomField, FieldKind
from mailer.errors import NotFound, Refused
from mailer.language import N_
from mailer.store import affiliations, cards, contacts, people
from mailer.store.affiliations import MemberRow, PlaceRow
from mailer.store.cards import AddressRow, ChangeRow, LetterRow, MembershipRow, SubscriptionRow
from mailer.store.contacts import ContactRecord
from mailer.store.database import Connection

NO_CONTACT = N_("There is no contact {who}. Look for it with: mailer contacts find NAME")
WHICH_OF_THEM = N_("{who} is the address of several contacts: {numbers}. Say which, by its number.")
NO_SUCH_FIELD = N_('There is no field "{field}" under [contacts.fields] in config.toml. Those that there are: {known}.')


@dataclass(frozen=True)
class ContactCard:
    """All that is known of one contact."""

    contact: ContactRecord
    addresses: tuple[AddressRow, ...]
    """The first is the one that is written to, if any is."""
    structures: tuple[PlaceRow, ...]
    people: tuple[PlaceRow, ...]
    networks: tuple[MemberRow, ...]
    members: tuple[MemberRow, ...]
    tags: tuple[str, ...]
    memberships: tuple[MembershipRow, ...]
    fields: dict[str, str]
    subscriptions: tuple[SubscriptionRow, ...]
    letters: tuple[LetterRow, ...]
    changes: tuple[ChangeRow, ...]


def card(tx: Connection, contact: ContactRecord) -> ContactCard:
    """The card of a contact."""
    one, address_id = contact.id, contact.address_id
    return ContactCard(
        contact=contact,
        addresses=tuple(cards.addresses_of(tx, one, address_id)),
        structures=tuple(affiliations.structures_of(tx, one)),
        people=tuple(affiliations.people_of(tx, one)),
        networks=tuple(affiliations.networks_above(tx, one)),
        members=tuple(affiliations.members_of(tx, one)),
        tags=tuple(cards.tags_of(tx, one)),
        memberships=tuple(cards.memberships_of(tx, one)),
        fields=cards.values_of(tx, one),
        subscriptions=tuple(cards.subscriptions_of(tx, one, address_id)),
        letters=tuple(cards.last_letters(tx, one, contacts.own_addresses(tx, one))),
        changes=tuple(cards.last_changes(tx, one)),
    )


def contact_of(app: App, tx: Connection, who: str) -> ContactRecord:
    """The contact that a number or an address names. Raises NotFound, or Refused where an address is several's."""
    numbers = contacts_of(app, tx, who)
    if len(numbers) > 1:
        raise Refused(WHICH_OF_THEM, who=who, numbers=", ".join(str(one) for one in numbers))
    found = contacts.record(tx, numbers[0]) if numbers else None
    if found is None:
        raise NotFound(NO_CONTACT, who=who)
    return found


def contacts_of(app: App, tx: Connection, who: str) -> list[int]:
    """The numbers of the contacts that a number or an address names. Raises Refused for what is neither."""
    number = who.strip().removeprefix("#")
    if number.isascii() and number.isdigit():
        return [int(number)] if len(number) < len("2147483647") else []
    address_id = people.address_of(tx, app.keyring.fingerprint(read_address(who).canonical))
    return [] if address_id is None else contacts.at_address(tx, address_id)


def custom_fields(app: App) -> dict[str, CustomField]:
    """The fields that this site declares, by name."""
    declared = app.config.contacts.fields
    return {name: CustomField(name, one.label, FieldKind(one.type), one.choices) for name, one in declared.items()}


def custom_field(app: App, name: str) -> CustomField:
    """One of them. Raises NotFound."""
    declared = custom_fields(app)
    if name not in declared:
        raise NotFound(NO_SUCH_FIELD, field=name, known=", ".join(declared) or "–")
    return declared[name]
