"""`mailer templates …`: which templates there are, and copies of them to change."""

from typing import Annotated

import typer

from mailer.cli.options import JsonOption
from mailer.cli.terminal import terminal
from mailer.language import N_
from mailer.services import founding

commands = typer.Typer(help="The templates of letters, notices and pages.", no_args_is_help=True)


@commands.callback()
def group() -> None:
    """The templates of letters, notices and pages."""


@commands.command("list")
def list_(json: JsonOption = False) -> None:
    """Name every template that came with the program."""
    terminal.json = json
    names = founding.template_names()
    for name in names:
        terminal.show(name)
    terminal.result({"templates": names})


@commands.command()
def eject(
    name: Annotated[str, typer.Argument(help="A template's name, as templates list says it.")],
    json: JsonOption = False,
) -> None:
    """Copy a template to this site, where it is changed; the site's own wins over the program's."""
    terminal.json = json
    site = terminal.folder()
    terminal.config()
    files = founding.eject(site, name)
    terminal.say(
        N_("Copied to {folder}: change it there. Without this copy, the program's own is used again."),
        folder=f"templates/{name}",
    )
    terminal.result({"files": files})
