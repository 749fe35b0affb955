"""`mailer structures …`: who belongs to a structure, and structures to networks."""

from typing import Annotated

import typer

from mailer.cli.cards import ByOption, WhoArgument, tell_card
from mailer.cli.options import JsonOption
from mailer.cli.terminal import terminal
from mailer.language import N_
from mailer.services import contacts

commands = typer.Typer(help="Look after structures: their people, their networks.", no_args_is_help=True)

JOINED = N_("Done: the structure's card shows it, and the person's.")
PUT = N_("Done: the structure's card shows its network.")

StructureArgument = Annotated[str, typer.Argument(metavar="STRUCTURE", help="Its number, or its address.")]


@commands.callback()
def group() -> None:
    """Look after structures: their people, their networks."""


@commands.command()
def show(structure: StructureArgument, json: JsonOption = False) -> None:
    """Show a structure: its people with their roles, its networks, its own structures."""
    terminal.json = json
    with terminal.open() as app:
        found = contacts.show(app, structure)
    for card in found:
        tell_card(card)
    if not found:
        terminal.say(N_("There is no such structure. Look for it with: mailer contacts find NAME"))
    terminal.result({"contacts": found})


@commands.command()
def join(
    who: WhoArgument,
    structure: StructureArgument,
    role: Annotated[str, typer.Option(help="What they do there, like présidente.")] = "",
    address: Annotated[str, typer.Option(help="Another address that they use in that role.")] = "",
    by: ByOption = "",
) -> None:
    """Say that a person is in a structure, with a role."""
    with terminal.open() as app:
        contacts.join(app, who, structure, terminal.now(), role=role, address=address, by=by)
    terminal.say(JOINED)


@commands.command()
def part(
    who: WhoArgument,
    structure: StructureArgument,
    role: Annotated[str | None, typer.Option(help="Only that role; else all of them.")] = None,
    by: ByOption = "",
) -> None:
    """Say that a person is in a structure no more."""
    with terminal.open() as app:
        ended = contacts.part(app, who, structure, terminal.now(), role=role, by=by)
    terminal.say_count("{count} role ended.", "{count} roles ended.", ended)


@commands.command()
def under(
    structure: StructureArgument,
    network: Annotated[
        str, typer.Argument(metavar="[NETWORK]", help="Its number or address; none: in no network.")
    ] = "",
    by: ByOption = "",
) -> None:
    """Say which network a structure belongs to."""
    with terminal.open() as app:
        contacts.put_under(app, structure, network, terminal.now(), by=by)
    terminal.say(PUT)
