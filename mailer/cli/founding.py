"""`mailer init`: a site for another association, from a few questions."""

import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from mailer.cli.options import JsonOption, read_day
from mailer.cli.terminal import terminal
from mailer.domain.rates import MeasureMode
from mailer.errors import Refused
from mailer.language import LANGUAGES, N_
from mailer.services import founding
from mailer.services.founding import Beginning

NOT_SAID = N_("Nobody is here to be asked. Say it with: {options}")
NO_LANGUAGE = N_('There is no language "{language}". There are: {known}.')
MEASURES = N_(
    "How are readings counted? anonymous: how many read, never who (somebody must have decided it); consent: only "
    "readers who agree; off: not at all."
)
BEGUN = N_("Your site is in {folder}. Next:")
QUESTIONS = {
    "name": N_("Name of the association"),
    "contact": N_("Its mail address, where replies arrive"),
    "postal_address": N_("Its postal address, on one line"),
    "public_url": N_("Where readers will reach its pages (https://…)"),
    "decided_by": N_("Who decided to count anonymously"),
    "decided_on": N_("On which day (2026-01-15)"),
    "reference": N_("Where it is written (minutes, item)"),
    "measure": N_("anonymous, consent or off"),
}
NEXT = (
    ("{mailer} check", N_("what is still wrong or doubtful")),
    ("{mailer} issue new {letter}", N_("begins the next issue from its model")),
    ("{mailer} contacts import {file} --list {letter}", N_("brings readers in, and says what it made of each row")),
    ("{mailer} serve", N_("the pages and the sender, on this machine")),
)


def add_to(cli: typer.Typer) -> None:
    """Adds this module's command to the command line."""
    cli.command()(init)


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is not there yet, or empty.")],
    name: Annotated[str, typer.Option(help="Name of the association.")] = "",
    contact: Annotated[str, typer.Option(help="Its mail address.")] = "",
    postal_address: Annotated[str, typer.Option(help="Its postal address, printed in each letter.")] = "",
    public_url: Annotated[str, typer.Option(help="Where readers will reach its pages.")] = "",
    measure: Annotated[str, typer.Option(help="How readings are counted: anonymous, consent or off.")] = "",
    decided_by: Annotated[str, typer.Option(help="Who decided to count anonymously.")] = "",
    decided_on: Annotated[str, typer.Option(metavar="DAY", help="When.")] = "",
    reference: Annotated[str, typer.Option(help="Where it is written.")] = "",
    sender: Annotated[str, typer.Option(help="Address that letters come from, if not the contact's.")] = "",
    relay: Annotated[str, typer.Option(help="Host of the relay; this machine's own when left out.")] = "",
    username: Annotated[str, typer.Option(help="Its login; the password comes from MAILER_SMTP__PASSWORD.")] = "",
    language: Annotated[str, typer.Option(help="Language of pages and commands: fr or en.")] = "",
    json: JsonOption = False,
) -> None:
    """Begin a site for an association: config, lists and a campaign as commented examples."""
    terminal.json = json
    terminal.language = _language(language)
    said = {"name": name, "contact": contact, "postal_address": postal_address, "public_url": public_url}
    said |= _ask(said)
    if not measure and sys.stdin.isatty():
        terminal.say(MEASURES)
    how = _mode(measure or _ask({"measure": ""})["measure"])
    decision = {"decided_by": decided_by, "decided_on": decided_on, "reference": reference}
    if how is MeasureMode.ANONYMOUS:
        decision |= _ask(decision)
    beginning = Beginning(
        name=said["name"],
        contact=said["contact"],
        postal_address=said["postal_address"],
        public_url=said["public_url"],
        measure=how,
        decided_by=decision["decided_by"],
        decided_on=_day(decision["decided_on"]),
        reference=decision["reference"],
        sender=sender,
        username=username,
    )
    if relay:
        # A provider's takes letters on port 587 after STARTTLS; one's own, on this machine, on port 25.
        beginning = replace(beginning, relay=relay, port=587, security="starttls")
    files = founding.begin_site(folder, beginning, terminal.language)
    _say_what_next(folder)
    terminal.result({"site": folder, "files": files})


def _language(wanted: str) -> str:
    if wanted and wanted not in LANGUAGES:
        raise Refused(NO_LANGUAGE, language=wanted, known=", ".join(LANGUAGES))
    return wanted or terminal.language


def _ask(answers: dict[str, str]) -> dict[str, str]:
    """What the options left open, asked for; a script is told all that it must say at once."""
    open_ = [key for key, answer in answers.items() if not answer]
    if open_ and not sys.stdin.isatty():
        raise Refused(NOT_SAID, options=" ".join(f"--{key.replace('_', '-')}" for key in open_))
    return {key: typer.prompt(terminal.text(QUESTIONS[key]), err=True).strip() for key in open_}


def _mode(answer: str) -> MeasureMode:
    try:
        return MeasureMode(answer.strip().lower())
    except ValueError as error:
        raise Refused(MEASURES) from error


def _day(answer: str) -> date | None:
    return read_day(answer) if answer else None


def _say_what_next(folder: Path) -> None:
    terminal.say(BEGUN, folder=folder)
    letter = "lettre" if terminal.language == "fr" else "letter"
    mailer = f"mailer --site {folder}"
    for command, why in NEXT:
        line = command.format(mailer=mailer, letter=letter, file="contacts.csv")
        terminal.show(f"  {line}  # {terminal.text(why)}")
