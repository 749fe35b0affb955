"""The terminal: parses, calls one service, prints. Stable, since scripts rely on it."""

import logging
from pathlib import Path
from typing import Annotated

import typer

from mailer.cli import logs
from mailer.cli.rooms import Rooms
from mailer.cli.terminal import terminal

cli = typer.Typer(
    name="mailer",
    cls=Rooms,
    help="Newsletters for associations: from a Markdown issue to a reading rate.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@cli.callback()
def start(
    site: Annotated[
        Path | None, typer.Option(help="The site's folder; by default the nearest one above with a config.toml.")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say more on stderr, causes of errors too.")] = False,
    log_json: Annotated[bool, typer.Option("--log-json", help="Log one JSON object a line.")] = False,
) -> None:
    """Newsletters for associations: from a Markdown issue to a reading rate."""
    terminal.site = site.resolve() if site else None
    terminal.passed_on = [word for word, said in (("--verbose", verbose), ("--log-json", log_json)) if said]
    logs.set_up("json" if log_json else "text", logging.DEBUG if verbose else logging.WARNING)
    terminal.on_config = lambda config: logs.follow(config.log, as_json=log_json, verbose=verbose)
