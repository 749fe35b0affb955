"""`mailer issue …`: an issue from its file to its readers."""

import asyncio
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from mailer.cli.options import JsonOption, read_moment, read_wish
from mailer.cli.terminal import terminal
from mailer.domain.approvals import Approval
from mailer.domain.deliveries import DeliveryState
from mailer.domain.findings import Finding, Level
from mailer.errors import Problem, Refused
from mailer.language import N_, moment, number, say_plural, say_problem
from mailer.services import editing, proofing, publishing
from mailer.services.publishing import AudienceCount, IssueStatus

commands = typer.Typer(
    help="Begin, check, preview, test, approve, release an issue, and look after it.", no_args_is_help=True
)

IssueName = Annotated[str, typer.Argument(metavar="ISSUE", help="campaign/slug, like sirene/2023-09")]

VOID = N_(
    "Its approval is void, because these files changed since: {paths}. Look at it again, then: "
    "mailer issue approve {issue} --by NAME"
)
SAY_YES = N_("Nothing was released. Say --yes to release without the question.")


class Settled(StrEnum):
    """What a person may decide about an unknown delivery."""

    SENT = "sent"
    QUEUED = "queued"


@commands.command()
def new(
    campaign: Annotated[str, typer.Argument(help="The campaign's folder, like sirene.")],
    day: Annotated[
        str, typer.Argument(metavar="[DATE]", help="A month or a day; by default, the next slot without an issue.")
    ] = "",
    json: JsonOption = False,
) -> None:
    """Begin an issue from the campaign's model: number, month and dates filled in, all else to be written."""
    terminal.json = json
    with terminal.open() as app:
        begun = editing.new_issue(app, campaign, read_wish(day) if day else None, terminal.now())
    at = moment(terminal.language, begun.at, terminal.zone)
    terminal.say(N_("{issue} is begun, for {at}: write it in {path}"), issue=begun.name, at=at, path=begun.path)
    terminal.result({"issue": begun.name, "path": begun.path, "slot": begun.slot})


@commands.command()
def check(issue: IssueName, json: JsonOption = False) -> None:
    """Say everything that is wrong or doubtful in an issue. Exit 1 when it cannot be sent as it is."""
    terminal.json = json
    with terminal.open() as app:
        found = proofing.check_issue(app, issue, terminal.now())
    show_findings(found)
    terminal.result({"findings": [finding_json(one) for one in found]})
    if any(one.level is Level.ERROR for one in found):
        raise typer.Exit(1)


@commands.command()
def preview(
    issue: IssueName, out: Annotated[Path, typer.Option(help="Folder to write to.")], json: JsonOption = False
) -> None:
    """Write letter.html, letter.txt and letter.eml, with links that do nothing."""
    terminal.json = json
    with terminal.open() as app:
        written = proofing.preview_issue(app, issue, out, terminal.now())
    for path in written:
        terminal.say(N_("{path}: {size} bytes"), path=path, size=path.stat().st_size)
    terminal.result({"files": written})


@commands.command("test")
def send_test(
    issue: IssueName, to: Annotated[str, typer.Option(help="Who gets the test letter.")], json: JsonOption = False
) -> None:
    """Send one letter marked [TEST], with links that do nothing."""
    terminal.json = json
    with terminal.open() as app:
        asyncio.run(proofing.send_test(app, issue, to, terminal.now()))
    terminal.say(N_("The test letter of {issue} left for {address}."), issue=issue, address=to)
    terminal.result({"sent": 1})


@commands.command()
def approve(
    issue: IssueName,
    by: Annotated[str, typer.Option(help="Who approves.")],
    count: Annotated[
        int | None, typer.Option(help="How many readers it goes to; needed where that is unusual.", min=0)
    ] = None,
    json: JsonOption = False,
) -> None:
    """Freeze the letter as it is now: exactly those bytes will leave. A later edit voids the approval."""
    terminal.json = json
    with terminal.open() as app:
        if count is None and terminal.err.is_terminal:
            count = _ask_count(issue, publishing.count_audience(app, issue))
        status = publishing.approve(app, issue, by, terminal.now(), count)
    terminal.say(N_("{issue} is approved by {who}."), issue=issue, who=", ".join(status.approved_by))
    terminal.result(_status_json(status))


@commands.command()
def release(
    issue: IssueName,
    at: Annotated[str, typer.Option(help="Not before this moment (ISO 8601).")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: JsonOption = False,
) -> None:
    """Queue the approved letter to its whole audience, once. `mailer send` or the sender of `mailer serve` sends it."""
    terminal.json = json
    with terminal.open() as app:
        due = read_moment(at, terminal.zone) if at else None
        if not yes:
            _ask(issue, publishing.count_audience(app, issue).total)
        status = publishing.release(app, issue, terminal.now(), due)
    terminal.say_count(
        "{issue} is released: {count} letter queued.",
        "{issue} is released: {count} letters queued.",
        status.audience,
        issue=issue,
    )
    terminal.result(_status_json(status))


@commands.command()
def pause(issue: IssueName, json: JsonOption = False) -> None:
    """No further letter leaves until `resume`."""
    terminal.json = json
    with terminal.open() as app:
        _show(publishing.pause(app, issue, terminal.now()))


@commands.command()
def resume(issue: IssueName, json: JsonOption = False) -> None:
    """Go on with a paused issue where it stopped."""
    terminal.json = json
    with terminal.open() as app:
        _show(publishing.resume(app, issue, terminal.now()))


@commands.command()
def cancel(issue: IssueName, json: JsonOption = False) -> None:
    """What has not left will not leave."""
    terminal.json = json
    with terminal.open() as app:
        _show(publishing.cancel(app, issue, terminal.now()))


@commands.command()
def show(issue: IssueName, json: JsonOption = False) -> None:
    """Where the issue stands: its audience, a count for each state, what waits for a decision."""
    terminal.json = json
    with terminal.open() as app:
        _show(publishing.show(app, issue))


@commands.command()
def settle(
    issue: IssueName,
    as_: Annotated[Settled, typer.Option("--as", help="sent: they left; queued: send them again.")],
    json: JsonOption = False,
) -> None:
    """Decide on the issue's unknown deliveries, after looking at the relay's log."""
    terminal.json = json
    with terminal.open() as app:
        publishing.settle(app, issue, DeliveryState(as_.value), terminal.now())
        _show(publishing.show(app, issue))


def show_findings(found: list[Finding]) -> None:
    """One line a finding, or a sentence that all is well."""
    for one in found:
        terminal.line(f"{terminal.text(_LEVELS[one.level])}  {_finding_text(one)}")
    if not found:
        terminal.say(N_("Nothing to correct."))


def finding_json(one: Finding) -> dict[str, object]:
    """A finding as scripts read it."""
    return {
        "level": one.level,
        "path": one.path,
        "line": one.line,
        "sentence": terminal.text(one.sentence, **one.values),
    }


_LEVELS = {Level.ERROR: N_("error"), Level.WARNING: N_("warning"), Level.ADVICE: N_("advice")}


def _finding_text(one: Finding) -> str:
    return say_problem(terminal.language, Problem(one.path, one.line, one.sentence, dict(one.values)))


def _ask(issue: str, total: int) -> None:
    if not terminal.err.is_terminal:
        raise Refused(SAY_YES)
    question = terminal.text(
        N_("Release {issue} to {count} readers? Type the number to confirm"), issue=issue, count=total
    )
    if typer.prompt(question, err=True).strip() != str(total):
        raise Refused(SAY_YES)


def _ask_count(issue: str, audience: AudienceCount) -> int | None:
    """The number, typed, where two people must have it before their eyes."""
    if not audience.unusual:
        return None
    total = number(terminal.language, audience.total)
    question = terminal.text(
        N_("{issue} would go to {count} readers, which is unusual. Type the number to approve it"),
        issue=issue,
        count=total,
    )
    typed = "".join(typer.prompt(question, err=True).split())
    return int(typed) if typed.isdecimal() else -1


def _show(status: IssueStatus) -> None:
    terminal.show(_status_table(status))
    if status.changed:
        terminal.say(VOID, issue=status.name, paths=", ".join(status.changed))
    if status.held:
        terminal.say(N_("The clock holds it back: {reason}"), reason=status.held)
    for row in status.unsettled:
        terminal.say(N_("To decide: {address} ({words})"), address=row.address, words=terminal.words(row.words))
    for alert in status.alerts:
        terminal.say(alert.sentence, **alert.values)
    terminal.result(_status_json(status))


def _status_table(status: IssueStatus) -> Table:
    table = Table(show_header=False, box=None, pad_edge=False)
    rows: list[tuple[str, object]] = [
        (N_("issue"), status.name),
        (N_("subject"), status.subject),
        (N_("state"), terminal.text(status.state)),
        *((N_("approved by"), _approval(one)) for one in status.approvals),
        (N_("audience"), number(terminal.language, status.audience)),
    ]
    moments = (
        (N_("leaves on"), status.slot),
        (N_("released on"), status.released_at),
        (N_("on the web from"), status.published_at),
    )
    rows += [(label, moment(terminal.language, at, terminal.zone)) for label, at in moments if at]
    if status.pause_reason:
        rows.append((N_("why paused"), status.pause_reason))
    rows += [(state, number(terminal.language, count)) for state, count in status.deliveries.items() if count]
    for label, value in rows:
        table.add_row(terminal.text(label), str(value))
    return table


def _approval(one: Approval) -> str:
    """« Odile, mercredi 6 septembre 2023 à 12:00, 2 500 lecteurs »."""
    parts = [one.who, moment(terminal.language, one.at, terminal.zone)]
    if one.count is not None:
        parts.append(say_plural(terminal.language, "{count} reader", "{count} readers", one.count))
    if one.voided_at is not None:
        parts.append(terminal.text(N_("void: the letter was changed or approved anew after it")))
    return ", ".join(parts)


def _status_json(status: IssueStatus) -> dict[str, object]:
    return {
        "issue": status.name,
        "state": status.state,
        "audience": status.audience,
        "deliveries": status.deliveries,
        "approvals": status.approved_by,
        "approved_by": [{**asdict(one), "void": one.voided_at is not None} for one in status.approvals],
        "changed": status.changed,
        "slot": status.slot,
        "held": status.held,
        "released_at": status.released_at,
        "published_at": status.published_at,
        "pause_reason": status.pause_reason,
        "unsettled": [row.delivery_id for row in status.unsettled],
        "alerts": [terminal.text(alert.sentence, **alert.values) for alert in status.alerts],
    }
