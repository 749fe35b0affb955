"""`mailer lists …`: what a list needs outside the mailer."""

from typing import Annotated

import typer

from mailer.cli.terminal import terminal
from mailer.services import joining
from mailer.web.pages import Pages

commands = typer.Typer(help="What a list needs on other sites.", no_args_is_help=True)


@commands.callback()
def group() -> None:
    """What a list needs on other sites."""


@commands.command()
def form(list_: Annotated[str, typer.Argument(metavar="LIST", help="A public list.")]) -> None:
    """Print the form to subscribe, to paste into a page of WordPress, YesWiki or any other site."""
    with terminal.open() as app:
        shown = joining.form_to_paste(app, list_, terminal.now())
        page = Pages(app).page(
            "form_to_paste",
            letter=shown.letter,
            letters=shown.letters,
            wording=shown.wording,
            public_url=app.config.public_url,
        )
    terminal.line(bytes(page.body).decode())
