"""`mailer issue …`: an issue from its file to its readers."""

import asyncio
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mailer.app import App
from mailer.cli.foretold import foretold_end
from mailer.cli.links import add_to as add_links_to
from mailer.cli.options import IssueName, JsonOption, read_moment, read_wish
from mailer.cli.standing import end_of, say_end, show_status, status_json
from mailer.cli.terminal import terminal
from mailer.domain.deliveries import DeliveryState
from mailer.domain.findings import Finding, Level
from mailer.errors import Problem, Refused
from mailer.language import N_, moment, number, say_problem
from mailer.services import archiving, editing, foretelling, proofing, publishing
from mailer.services.publishing import AudienceCount

commands = typer.Typer(
    help="Begin, check, preview, test, approve, release an issue, and look after it.", no_args_is_help=True
)

OUT_OR_KEEP = N_("Say where the PDF goes: --out FILE, or --keep to offer it in the archive, or both.")
SAY_YES = N_("Nothing was released. Say --yes to release without the question.")


class Settled(StrEnum):
    """What a person may decide about an unknown delivery."""

    SENT = "sent"
    QUEUED = "queued"


@commands.command()
def new(
    campaign: Annotated[str, typer.Argument(metavar="CAMPAIGN", help="The campaign's folder, like sirene.")],
    day: Annotated[
        str, typer.Argument(metavar="DATE", help="A month or a day; by default, the next slot without an issue.")
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
def check(
    issue: IssueName,
    links: Annotated[bool, typer.Option("--links", help="Follow every link too and see what answers.")] = False,
    json: JsonOption = False,
) -> None:
    """Say everything that is wrong or doubtful in an issue and its letter. Exit 1 when it cannot be sent as it is."""
    terminal.json = json
    with terminal.open() as app:
        found = proofing.check_issue(app, issue, terminal.now())
        found += asyncio.run(proofing.look_further(app, issue, terminal.now(), proofing.WALKER if links else None))
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
    terminal.result(status_json(status))


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
            _ask(app, issue, due)
        status = publishing.release(app, issue, terminal.now(), due)
        end = end_of(app, status)
    terminal.say_count(
        "{issue} is released: {count} letter queued.",
        "{issue} is released: {count} letters queued.",
        status.audience,
        issue=issue,
    )
    say_end(end)
    terminal.result(status_json(status, end))


@commands.command()
def pause(issue: IssueName, json: JsonOption = False) -> None:
    """No further letter leaves until `resume`."""
    terminal.json = json
    with terminal.open() as app:
        show_status(app, publishing.pause(app, issue, terminal.now()))


@commands.command()
def resume(issue: IssueName, json: JsonOption = False) -> None:
    """Go on with a paused issue where it stopped."""
    terminal.json = json
    with terminal.open() as app:
        show_status(app, publishing.resume(app, issue, terminal.now()))


@commands.command()
def cancel(issue: IssueName, json: JsonOption = False) -> None:
    """What has not left will not leave."""
    terminal.json = json
    with terminal.open() as app:
        show_status(app, publishing.cancel(app, issue, terminal.now()))


@commands.command()
def show(issue: IssueName, json: JsonOption = False) -> None:
    """Where the issue stands: its audience, a count for each state, what waits for a decision."""
    terminal.json = json
    with terminal.open() as app:
        show_status(app, publishing.show(app, issue))


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
        show_status(app, publishing.show(app, issue))


@commands.command()
def pdf(
    issue: IssueName,
    out: Annotated[Path | None, typer.Option(help="The file to write.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Offer it on the issue's page of the archive.")] = False,
    json: JsonOption = False,
) -> None:
    """Print an approved issue, as the archive shows it, to a PDF (needs Chromium)."""
    terminal.json = json
    if out is None and not keep:
        raise Refused(OUT_OR_KEEP)
    with terminal.open() as app:
        printed = archiving.print_issue(app, issue, keep=keep)
        if out is not None:
            out.write_bytes(printed)
            terminal.say(N_("{path}: {size} bytes"), path=out, size=len(printed))
        if keep:
            terminal.say(N_("{issue} is offered as PDF on its page of the archive."), issue=issue)
    terminal.result({"issue": issue, "file": out, "bytes": len(printed), "kept": keep})


add_links_to(commands)


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


def _ask(app: App, issue: str, due: datetime | None) -> None:
    total = publishing.count_audience(app, issue).total
    if not terminal.err.is_terminal:
        raise Refused(SAY_YES)
    if end := foretold_end(foretelling.foretell_issue(app, issue, terminal.now(), due), terminal.now()):
        terminal.err.print(end)
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
