"""`mailer audience`: who gets an issue or a list's next letter, and why."""

from typing import Annotated

import typer
from rich.table import Table

from mailer.cli.options import JsonOption
from mailer.cli.terminal import terminal
from mailer.domain.people import SubscriptionState, SuppressionReason
from mailer.domain.rule_words import in_words
from mailer.domain.standing import ONE, WORDS, Out
from mailer.language import N_, number
from mailer.services import audiences
from mailer.services.audiences import AudienceReport, ReasonIn, Story

SUBSCRIBED = N_("{list}: subscribed")
BY_RULE = N_("{list}: {rule}")
TOTAL = N_("letters that would leave")
BASE = N_("contacts in the base")
GETS_IT = N_("{name}: gets it ({reason}).")
DOES_NOT = N_("{name}: does not get it. {why}")
NOBODY = N_("No contact of the base has this address.")
STANDS = {
    SubscriptionState.ACTIVE: N_("On {list}: subscribed."),
    SubscriptionState.PENDING: N_("On {list}: asked for it, not confirmed yet."),
    SubscriptionState.LEFT: N_("On {list}: left."),
}
HELD = N_("In {list} by its rule: {rule}.")
OPPOSED = (SuppressionReason.OPPOSITION, SuppressionReason.ERASED)
NAMELESS = N_("a contact without a name")


def add_to(commands: typer.Typer) -> None:
    """Adds the command."""
    commands.command("audience")(audience)


def audience(
    name: Annotated[str, typer.Argument(metavar="LIST|ISSUE", help="A list, or campaign/issue.")],
    reasons: Annotated[bool, typer.Option("--reasons", help="Also who does not get it, and why.")] = False,
    why: Annotated[str, typer.Option(metavar="ADDRESS", help="The whole story of one address.")] = "",
    json: JsonOption = False,
) -> None:
    """Count who gets an issue or a list's next letter, with the reason of each. Changes nothing."""
    terminal.json = json
    with terminal.open() as app:
        if why:
            stories = audiences.why(app, name, why, terminal.now())
            gone = audiences.suppression_of(app, why)
            if not stories:
                terminal.say(NOBODY)
                _tell_print(gone)
            for story in stories:
                _tell(story)
            terminal.result({"address": why, "contacts": [_story_json(story) for story in stories], "suppressed": gone})
            return
        report = audiences.count(app, name, terminal.now(), with_reasons=reasons)
    terminal.show(_table(report))
    terminal.result(_report_json(report))


def _table(report: AudienceReport) -> Table:
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column()
    table.add_column(justify="right")
    rows = [(_reason(one), one.count) for one in report.into]
    rows.append((terminal.text(TOTAL), report.readers))
    if report.base is not None:
        rows += [(terminal.text(WORDS[reason]), count) for reason, count in report.out.items()]
        rows.append((terminal.text(BASE), report.base))
    for label, count in rows:
        table.add_row(label, number(terminal.language, count))
    return table


def _reason(one: ReasonIn) -> str:
    if one.rule is None:
        return terminal.text(SUBSCRIBED, list=one.list_slug)
    return terminal.text(BY_RULE, list=one.list_slug, rule=in_words(one.rule, terminal.words))


def _tell(story: Story) -> None:
    name = story.name or terminal.text(NAMELESS)
    if story.into is not None:
        terminal.say(GETS_IT, name=name, reason=_reason(story.into))
    elif story.out is not None:
        terminal.say(DOES_NOT, name=name, why=terminal.text(ONE[story.out]))
    for slug, state in story.lists.items():
        terminal.say(STANDS[state], list=slug)
    for one in story.rules:
        if one.rule is not None:
            terminal.say(HELD, list=one.list_slug, rule=in_words(one.rule, terminal.words))


def _report_json(report: AudienceReport) -> dict[str, object]:
    shown: dict[str, object] = {
        "name": report.name,
        "readers": report.readers,
        "in": [{"list": one.list_slug, "reason": _reason(one), "count": one.count} for one in report.into],
    }
    return shown | {"out": report.out, "base": report.base} if report.base is not None else shown


def _tell_print(gone: SuppressionReason | None) -> None:
    """What is known of an address of which nothing but a print is left."""
    if gone is not None:
        terminal.say(ONE[Out.OPPOSED if gone in OPPOSED else Out.SUSPENDED])


def _story_json(story: Story) -> dict[str, object]:
    return {
        "name": story.name,
        "gets_it": story.into is not None,
        "reason": _reason(story.into) if story.into else story.out,
        "lists": story.lists,
        "rules": [_reason(one) for one in story.rules],
        "suppressed": story.suppression,
    }
