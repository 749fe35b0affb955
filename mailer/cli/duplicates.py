"""`mailer duplicates …`: contacts that are probably one, beside each other; made one, kept apart, taken apart."""

from typing import Annotated

import typer

from mailer.cli.cards import ByOption, WhoArgument, card_lines
from mailer.cli.options import JsonOption
from mailer.cli.terminal import terminal
from mailer.domain.likeness import Evidence
from mailer.language import N_, number
from mailer.services import merging
from mailer.store.contacts import ContactRecord

commands = typer.Typer(help="Find contacts that are probably one, and make them one.", no_args_is_help=True)

PROBABLE = N_("{first} = {second}: {why}")
HOW_TO_DECIDE = N_(
    "{total} in all. Look at two with: mailer duplicates show A B. One: mailer duplicates merge A B, which keeps A. "
    "Two: mailer duplicates separate A B."
)
NONE_PROBABLE = N_("No two contacts are probably one.")
NOTHING_SPEAKS = N_("Nothing speaks for their being one.")
SPEAKS = N_("What speaks for it: {why}.")
MERGED = N_("They are one now. To take them apart again: mailer duplicates undo {number}")
APART = N_("They are two, and are not proposed again.")
TAKEN_APART = N_("{first} and {second} are two again. Who left or refused since stays out.")

OtherArgument = Annotated[str, typer.Argument(metavar="CONTACT", help="The number of another contact, or its address.")]


@commands.callback()
def group() -> None:
    """Find contacts that are probably one, and make them one."""


@commands.command("list")
def list_(
    most: Annotated[int, typer.Option("--most", min=1, help="So many of them, the most probable first.")] = 50,
    json: JsonOption = False,
) -> None:
    """List contacts that are probably one, with what speaks for it."""
    terminal.json = json
    with terminal.open() as app:
        found = merging.probable(app, most)
    for one in found.shown:
        terminal.say(PROBABLE, first=_named(one.first), second=_named(one.second), why=_why(one.evidence))
    terminal.say(HOW_TO_DECIDE if found.total else NONE_PROBABLE, total=number(terminal.language, found.total))
    terminal.result({"total": found.total, "pairs": found.shown})


@commands.command()
def show(who: WhoArgument, other: OtherArgument, json: JsonOption = False) -> None:
    """Show two contacts side by side."""
    terminal.json = json
    with terminal.open() as app:
        found = merging.side_by_side(app, who, other)
    if not json:
        # Not before there is a table to show: every other command does without.
        from rich.table import Table

        table = Table(show_header=False, expand=True)
        table.add_row("\n".join(card_lines(found.first)), "\n".join(card_lines(found.second)))
        terminal.show(table)
    terminal.say(SPEAKS if found.evidence else NOTHING_SPEAKS, why=_why(found.evidence))
    terminal.result(found)


@commands.command()
def merge(who: WhoArgument, other: OtherArgument, by: ByOption = "", json: JsonOption = False) -> None:
    """Make two contacts one: the first is kept, and whatever either left or refused stays so."""
    terminal.json = json
    with terminal.open() as app:
        merged = merging.merge(app, who, other, terminal.now(), by=by)
    terminal.say(MERGED, number=str(merged))
    terminal.result({"merge": merged})


@commands.command()
def separate(who: WhoArgument, other: OtherArgument, by: ByOption = "") -> None:
    """Say that two contacts are two: they are not proposed again."""
    with terminal.open() as app:
        merging.separate(app, who, other, terminal.now(), by=by)
    terminal.say(APART)


@commands.command()
def undo(
    number_: Annotated[int, typer.Argument(metavar="NUMBER", help="That merge told.")],
    by: ByOption = "",
    json: JsonOption = False,
) -> None:
    """Take apart what became one; departures since stay, at the addresses of both."""
    terminal.json = json
    with terminal.open() as app:
        first, second = merging.undo(app, number_, terminal.now(), by=by)
    terminal.say(TAKEN_APART, first=first, second=second)
    terminal.result({"merge": number_, "contacts": [first, second]})


def _named(one: ContactRecord) -> str:
    return " · ".join(part for part in (f"{one.id} {one.name}".strip(), one.address or "", one.city) if part)


def _why(evidence: tuple[Evidence, ...]) -> str:
    return ", ".join(terminal.words(one) for one in evidence)
