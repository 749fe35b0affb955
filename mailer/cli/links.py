"""`mailer issue links`, `mailer issue correct-link`: where the links of a released letter lead."""

from typing import Annotated

import typer

from mailer.cli.options import IssueName, JsonOption
from mailer.cli.terminal import terminal
from mailer.language import N_, moment
from mailer.services import publishing


def add_to(commands: typer.Typer) -> None:
    """Adds this module's commands to those of an issue."""
    commands.command()(links)
    commands.command()(correct_link)


def links(issue: IssueName, json: JsonOption = False) -> None:
    """Show where each counted link of a released issue leads, and who corrected it."""
    terminal.json = json
    with terminal.open() as app:
        found = publishing.numbered_links(app, issue)
    for link in found:
        terminal.show(f"{link.number:>3}  {link.url}")
        for one in link.corrections:
            at = moment(terminal.language, one.at, terminal.zone)
            terminal.say(
                N_("     until {at}: {before} ({by}: {reason})"), at=at, before=one.before, by=one.by, reason=one.reason
            )
    terminal.result({"issue": issue, "links": found})


def correct_link(
    issue: IssueName,
    number: Annotated[int, typer.Argument(help="The link's number, as issue links shows it.")],
    url: Annotated[str, typer.Argument(help="Where it is to lead.")],
    by: Annotated[str, typer.Option(metavar="NAME", help="Who corrects it.")] = "",
    reason: Annotated[str, typer.Option(help="Why.")] = "",
    json: JsonOption = False,
) -> None:
    """Lead a link of a letter that has left elsewhere; the letter itself never changes."""
    terminal.json = json
    with terminal.open() as app:
        publishing.correct_link(app, issue, number, url, by, reason, terminal.now())
    terminal.say(
        N_("Link {number} of {issue} leads to {url} within a minute, in letters already sent and on the web page."),
        number=number,
        issue=issue,
        url=url,
    )
    terminal.result({"issue": issue, "number": number, "url": url})
