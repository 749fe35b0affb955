"""`mailer check`, `mailer demo`: the site as a whole."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from mailer.cli.issues import finding_json, show_findings
from mailer.cli.options import JsonOption
from mailer.cli.reports import issues_table
from mailer.cli.terminal import terminal
from mailer.demo import story
from mailer.domain.findings import Finding, Level
from mailer.language import N_, number
from mailer.services import checking, monitoring, proofing


def add_to(cli: typer.Typer) -> None:
    """Adds this module's commands to the command line."""
    cli.command()(check)
    cli.command()(demo)


def check(
    relay: Annotated[bool, typer.Option("--relay", help="Ask the relays too whether they let us in.")] = False,
    resolver: Annotated[
        str, typer.Option("--resolver", metavar="ADDRESS", help="Name server to ask, like 127.0.0.1:5353.")
    ] = "",
    json: JsonOption = False,
) -> None:
    """Say everything that is wrong or doubtful: the installation, its way out, the site's files, its issues."""
    terminal.json = json
    config = terminal.config()
    server = checking.read_server(resolver) if resolver else None
    found = monitoring.check_installation(terminal.folder(), config, terminal.now())
    is_fit = not _any_error(found)
    found += asyncio.run(checking.check_sending(terminal.folder(), config, server, ask_relays=relay))
    if is_fit:
        with terminal.open() as app:
            found += proofing.check_site(app, terminal.now())
    show_findings(found)
    terminal.result({"findings": [finding_json(one) for one in found]})
    if _any_error(found):
        raise typer.Exit(1)


def _any_error(found: list[Finding]) -> bool:
    return any(one.level is Level.ERROR for one in found)


def demo(
    out: Annotated[Path, typer.Option(help="Folder for the demo's own site, letters and database.")] = Path("var/demo"),
) -> None:
    """Play the whole line on invented people, on this machine only: import, release, send, read, report."""
    told = story.play(terminal.folder(), out, terminal.say)
    terminal.zone = ZoneInfo("Europe/Paris")
    terminal.show(issues_table(told.issues))
    for campaign in told.campaigns:
        terminal.show(f"{campaign.title} : {campaign.sentence}")
    seconds = number(terminal.language, round(told.seconds, 1))
    terminal.say(N_("Done in {seconds} s. Letters as readers got them:"), seconds=seconds)
    for path in told.letters:
        terminal.show(f"  {path}")
    terminal.say(N_("The year's report as a page: {path}"), path=told.page)
    terminal.say(
        N_("Pages: {command}, then open {url}"),
        command=f"{sys.argv[0]} --site {told.site} serve --no-sender --port {told.port}",
        url=f"http://127.0.0.1:{told.port}/archive/",
    )
