"""`mailer register`: the register of processing, as a page."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from mailer.cli.terminal import terminal
from mailer.errors import Refused
from mailer.language import N_
from mailer.services import rights

CANNOT_WRITE = N_("{path} cannot be written: {reason}.")


def add_to(cli: typer.Typer) -> None:
    """Adds this module's command to the command line."""
    cli.command()(register)


def register(
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write it there instead of stdout.")] = None,
) -> None:
    """Write the register of processing (GDPR art. 30) from the real configuration and base, as an HTML page."""
    with terminal.open() as app:
        page = rights.register_page(app, terminal.now())
    if out is None:
        sys.stdout.write(page)
        return
    try:
        out.write_text(page, encoding="utf-8")
    except OSError as error:
        raise Refused(CANNOT_WRITE, path=out, reason=error.strerror or str(error)) from error
    terminal.say(N_("The page is in {path}."), path=out)
