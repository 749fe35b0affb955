"""The terminal: parses, calls one service, prints. Stable, since scripts rely on it."""

import logging
from pathlib import Path
from typing import Annotated

import typer

from mailer.cli import contacts, issues, reports, running, safekeeping, sites
from mailer.cli.terminal import terminal

cli = typer.Typer(
    name="mailer",
    help="Newsletters for associations: from a Markdown issue to a reading rate.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
cli.add_typer(issues.commands, name="issue")
cli.add_typer(contacts.commands, name="contacts")
cli.add_typer(reports.commands, name="report")
sites.add_to(cli)
running.add_to(cli)
safekeeping.add_to(cli)


@cli.callback()
def start(
    site: Annotated[
        Path | None, typer.Option(help="The site's folder; by default the nearest one above with a config.toml.")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say more on stderr, causes of errors too.")] = False,
) -> None:
    """Newsletters for associations: from a Markdown issue to a reading rate."""
    terminal.site = site.resolve() if site else None
    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.WARNING, format="%(levelname)s %(name)s: %(message)s"
    )
