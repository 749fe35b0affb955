"""`mailer contacts show|proof|forget`: one person, what is held of them, what proves that they asked, their erasure."""

from typing import Annotated

import typer

from mailer.cli.cards import tell_card
from mailer.cli.options import JsonOption
from mailer.cli.terminal import terminal
from mailer.errors import NotFound, Refused
from mailer.language import N_, moment
from mailer.services import contacts, joining, rights
from mailer.services.contacts import NO_CONTACT, ContactCard

PROOF = N_("{title} ({list}): asked for on {asked_at}, confirmed from the mailbox on {confirmed_at}.")
WAYS = {
    "page": N_("Asked on our own page."),
    "form": N_("Asked by a form on another site: {origin}"),
    "letter": N_("Asked by the button behind a letter of ours: {origin}"),
}
UNTOLD = "?"
ERASE = N_("Erase everything about this address? It cannot be undone.")
NOT_ERASED = N_("Nothing was erased. Say --yes to erase without the question.")


def show(
    who: Annotated[str, typer.Argument(metavar="CONTACT", help="An e-mail address, or the number of a contact.")],
    csv: Annotated[bool, typer.Option("--csv", help="A table, one value a line.")] = False,
    json: JsonOption = False,
) -> None:
    """The card of a contact, then everything that is held: what a person may ask for (GDPR art. 15 and 20)."""
    terminal.json = json
    with terminal.open() as app:
        shown = contacts.show(app, who)
        address = _address(who, shown)
        found = rights.find(app, address, terminal.now()) if address else None
    if not (csv or json):
        for card in shown:
            tell_card(card)
    if found is None:
        terminal.result({"contacts": shown})
        return
    if csv:
        terminal.out.print(found.as_csv(), end="")
    elif not json:
        for table, rows in found.tables.items():
            for row in rows:
                said = "; ".join(f"{name}: {value}" for name, value in row.items() if value not in (None, ""))
                terminal.out.print(f"{table}: {said}")
    terminal.result(found.as_json() | {"contacts": shown})


def _address(who: str, shown: list[ContactCard]) -> str:
    """The address that is asked about: by number, the one that the contact is written to."""
    if "@" in who:
        return who
    if not shown:
        raise NotFound(NO_CONTACT, who=who)
    return shown[0].contact.address or ""


def forget(
    address: Annotated[str, typer.Argument(help="An e-mail address.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: JsonOption = False,
) -> None:
    """Erase everything about an address but a keyed hash, so that no file brings it back (GDPR art. 17)."""
    terminal.json = json
    with terminal.open() as app:
        rights.find(app, address, terminal.now())
        if not yes and not (terminal.err.is_terminal and typer.confirm(terminal.text(ERASE), err=True)):
            raise Refused(NOT_ERASED)
        erased = rights.forget(app, address, terminal.now())
    terminal.say_count(
        "{count} address is forgotten: only a coded print of it is left. Older backups still hold it.",
        "{count} addresses of one person are forgotten: only coded prints are left. Older backups still hold them.",
        erased,
    )
    terminal.result({"addresses": erased})


def proof(address: Annotated[str, typer.Argument(help="An e-mail address.")], json: JsonOption = False) -> None:
    """Show what proves that somebody asked for our letters: in which words, when, where, and when they confirmed."""
    terminal.json = json
    with terminal.open() as app:
        found = joining.proofs(app, address)
    if not found:
        terminal.say(N_("No proof is kept for that address: whoever uses it did not subscribe on our pages."))
    for one in found:
        asked_at = moment(terminal.language, one.asked_at, terminal.zone)
        confirmed_at = moment(terminal.language, one.confirmed_at, terminal.zone)
        terminal.say(PROOF, title=one.title, list=one.list_slug, asked_at=asked_at, confirmed_at=confirmed_at)
        terminal.say(WAYS[one.way], origin=one.origin or UNTOLD)
        terminal.say(N_("Words shown ({version}): {text}"), version=one.version or UNTOLD, text=one.text or UNTOLD)
    terminal.result({"address": address, "proofs": found})
