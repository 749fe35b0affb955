"""`mailer agents update`: a newer list of the programs that fetch images and links, given by hand."""

from pathlib import Path
from typing import Annotated

import typer

from mailer.cli.options import JsonOption
from mailer.cli.terminal import terminal
from mailer.content.agents import update_agents
from mailer.language import N_

commands = typer.Typer(help="The list of programs by which fetches are judged.", no_args_is_help=True)


@commands.callback()
def group() -> None:
    """The list of programs by which fetches are judged."""


@commands.command()
def update(
    file: Annotated[Path, typer.Argument(help="A newer list, in the form of the one that came with the program.")],
    json: JsonOption = False,
) -> None:
    """Take a newer list into use; the web server reads it at its next start. Nothing is ever fetched."""
    terminal.json = json
    with terminal.open() as app:
        used = update_agents(app.site, file)
    terminal.say(
        N_("list of {dated} in use: {robots} words for machines, {proxies} for proxies of mailboxes"),
        dated=used.dated.isoformat(),
        robots=len(used.robots),
        proxies=len(used.proxies),
    )
    terminal.result({"dated": used.dated.isoformat(), "robots": len(used.robots), "proxies": len(used.proxies)})
