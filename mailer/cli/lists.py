"""`mailer lists …`: what a list has beside its file, and what it needs on other sites."""

from typing import Annotated

import typer

from mailer.cli.options import JsonOption
from mailer.cli.terminal import terminal
from mailer.language import N_
from mailer.services import archiving
from mailer.web.joining import form_to_paste
from mailer.web.pages import Pages

commands = typer.Typer(help="Look after the lists.", no_args_is_help=True)


@commands.callback()
def group() -> None:
    """Look after the lists."""


@commands.command("secret-link")
def secret_link(
    list_slug: Annotated[str, typer.Argument(metavar="LIST", help="A list whose issues are not for everyone.")],
    new: Annotated[bool, typer.Option("--new", help="Another one: that of before opens nothing any more.")] = False,
    json: JsonOption = False,
) -> None:
    """The address of a list's archive for those who may read it, to be put into a wiki that only they see."""
    terminal.json = json
    with terminal.open() as app:
        url = archiving.secret_link(app, list_slug, terminal.now(), new=new)
    terminal.say(N_("Whoever has this address reads the archive: {url}"), url=url)
    terminal.result({"list": list_slug, "url": url})


@commands.command()
def form(list_: Annotated[str, typer.Argument(metavar="LIST", help="A public list.")]) -> None:
    """Print the form to subscribe, to paste into a page of WordPress, YesWiki or any other site."""
    with terminal.open() as app:
        terminal.line(form_to_paste(app, Pages(app), list_, terminal.now()))
