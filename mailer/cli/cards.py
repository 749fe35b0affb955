"""`mailer contacts find|add|edit|close|reopen`: one contact found, read on a card, corrected by hand."""

from collections.abc import Callable, Iterator, Sequence
from typing import Annotated

import typer

from mailer.cli.options import JsonOption
from mailer.cli.terminal import terminal
from mailer.domain.people import ClosedReason, ContactKind
from mailer.errors import Refused
from mailer.language import N_, moment
from mailer.services import contacts
from mailer.services.contacts import ContactCard, FoundRow

NOBODY_FOUND = N_("Nobody is found by that. The beginning of a name, a structure, a city or an address is enough.")
ADDED = N_("{name} is contact {number}.")
CHANGED = N_("Changed: {fields}.")
NOTHING_CHANGED = N_("Nothing changed: it was so already.")
CLOSED_NOW = N_("{name} is closed: nobody is written to as this contact any more.")
OPEN_AGAIN = N_("{name} is open again.")
NOT_FIELD_AND_VALUE = N_('"{written}" is no field with its value. Write it like city=Rennes.')

WhoArgument = Annotated[str, typer.Argument(metavar="CONTACT", help="The number of a contact, or its address.")]
ByOption = Annotated[str, typer.Option("--by", help="Who says so, for the history.")]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", help="A field and its value, like city=Rennes or field.first_met=2021; once for each."),
]

LINES: dict[str, Callable[[ContactCard], Sequence[str]]] = {
    N_("addresses"): lambda one: [_said(row.address, row.label, row.suppressed) for row in one.addresses],
    N_("structures"): lambda one: [_said(row.name, row.role, row.address, of=row.id) for row in one.structures],
    N_("people"): lambda one: [_said(row.name, row.role, row.address, of=row.id) for row in one.people],
    N_("networks"): lambda one: [_said(row.name, of=row.id) for row in one.networks],
    N_("structures of it"): lambda one: [_said(row.name, of=row.id) for row in one.members],
    N_("tags"): lambda one: one.tags,
    N_("memberships"): lambda one: [_said(str(row.year), row.kind) for row in one.memberships],
    N_("fields"): lambda one: [f"{name}: {value}" for name, value in one.fields.items()],
    N_("lists"): lambda one: [_said(row.list_slug, row.state) for row in one.subscriptions],
    N_("last letters"): lambda one: [_said(row.issue, row.state) for row in one.letters],
    N_("history"): lambda one: [
        _said(moment(terminal.language, row.at, terminal.zone), row.by, f"{row.field}: {row.before} → {row.after}")
        for row in one.changes
    ],
}
"""The parts of a card, and what each says of a contact."""

FIELDS = ("first_name", "last_name", "postcode", "city", "region", "country", "language", "level", "theme", "notes")


def add_to(commands: typer.Typer) -> None:
    """Puts these among the commands about contacts."""
    for name, command in (("find", find), ("add", add), ("edit", edit), ("close", close), ("reopen", reopen)):
        commands.command(name)(command)


def find(
    words: Annotated[list[str], typer.Argument(help="Beginnings of names, structures, cities, addresses.")],
    json: JsonOption = False,
) -> None:
    """Find contacts by the beginning of a name, a structure, a city or an address; accents do not matter."""
    terminal.json = json
    with terminal.open() as app:
        found = contacts.find(app, " ".join(words))
    for row in found:
        terminal.line(_line(row))
    if not found:
        terminal.say(NOBODY_FOUND)
    terminal.result({"contacts": found})


def add(
    name: Annotated[str, typer.Argument(help="The name of a person or a structure.")],
    structure: Annotated[bool, typer.Option("--structure", help="It is a structure, and no person.")] = False,
    address: Annotated[str, typer.Option(help="The address that is written to.")] = "",
    set_: SetOption = None,
    by: ByOption = "",
    json: JsonOption = False,
) -> None:
    """Add a contact by hand; it is on no list yet."""
    terminal.json = json
    kind = ContactKind.STRUCTURE if structure else ContactKind.PERSON
    with terminal.open() as app:
        written = {"name": name, **_pairs(set_)}
        number = contacts.add(app, kind, written, terminal.now(), address=address, by=by)
    terminal.say(ADDED, name=name, number=str(number))
    terminal.result({"number": number})


def edit(
    who: WhoArgument,
    set_: SetOption = None,
    tag: Annotated[list[str] | None, typer.Option(help="A tag to bear.")] = None,
    untag: Annotated[list[str] | None, typer.Option(help="A tag to lose.")] = None,
    member: Annotated[list[str] | None, typer.Option(help="A year of membership, or 2023:kind.")] = None,
    not_member: Annotated[list[str] | None, typer.Option("--not-member", help="A year of none.")] = None,
    by: ByOption = "",
    json: JsonOption = False,
) -> None:
    """Correct a contact by hand: fields, address, tags, memberships. No imported file changes it back."""
    terminal.json = json
    now = terminal.now()
    with terminal.open() as app:
        changed = contacts.edit(app, who, _pairs(set_), now, by=by)
        for slugs, off in ((tag, False), (untag, True)):
            changed += [slug for slug in slugs or () if contacts.tag(app, who, slug, now, by=by, off=off)]
        for year in member or ():
            number, _, kind = year.partition(":")
            contacts.member(app, who, number, now, kind=kind, by=by)
            changed.append(number)
        for year in not_member or ():
            contacts.member(app, who, year, now, by=by, off=True)
            changed.append(year)
    if changed:
        fields = ", ".join(changed)
        terminal.say(CHANGED, fields=fields)
    else:
        terminal.say(NOTHING_CHANGED)
    terminal.result({"changed": changed})


def close(
    who: WhoArgument,
    dissolved: Annotated[bool, typer.Option("--dissolved", help="A structure that exists no more.")] = False,
    by: ByOption = "",
) -> None:
    """Somebody died: nobody is written to as this contact any more, letters that wait included."""
    reason = ClosedReason.DISSOLVED if dissolved else ClosedReason.DECEASED
    with terminal.open() as app:
        name = contacts.close(app, who, reason, terminal.now(), by=by)
    terminal.say(CLOSED_NOW, name=name)


def reopen(who: WhoArgument, by: ByOption = "") -> None:
    """A contact was closed by mistake."""
    with terminal.open() as app:
        name = contacts.reopen(app, who, terminal.now(), by=by)
    terminal.say(OPEN_AGAIN, name=name)


def tell_card(one: ContactCard) -> None:
    """A card as lines."""
    for line in card_lines(one):
        terminal.line(line)


def card_lines(one: ContactCard) -> Iterator[str]:
    """What a card says, part by part; parts of which nothing is known are left out."""
    contact = one.contact
    yield _said(contact.name or "–", contact.kind, contact.closed_reason, of=contact.id)
    for name in FIELDS:
        if value := vars(contact)[name]:
            yield f"  {name}: {value}"
    for part, said in LINES.items():
        rows = said(one)
        yield from ([f"  {terminal.text(part)}:", *(f"    {row}" for row in rows)] if rows else [])


def _line(row: FoundRow) -> str:
    return _said(row.name or "–", row.address, row.city, ", ".join(row.structures), row.closed, of=row.id)


def _said(first: str, *rest: str | None, of: int | None = None) -> str:
    words = [terminal.words(one) for one in rest if one]
    number = "" if of is None else f"{of}  "
    return number + " · ".join((first, *words))


def _pairs(written: Sequence[str] | None) -> dict[str, str]:
    pairs = {}
    for one in written or ():
        field, equals, value = one.partition("=")
        if not equals:
            raise Refused(NOT_FIELD_AND_VALUE, written=one)
        pairs[field.strip()] = value
    return pairs
