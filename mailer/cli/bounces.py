"""`mailer bounces …`: what comes back from mailboxes."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from mailer.cli.options import JsonOption
from mailer.cli.terminal import terminal
from mailer.domain.bounces.verdicts import KIND_NAMES, Kind
from mailer.domain.bounces.wording import CAUSE_NAMES, Cause
from mailer.language import N_, moment, number
from mailer.services import returns
from mailer.services.returns import Ingested, Judged
from mailer.services.returns.ingesting import ASKS_TO_STOP
from mailer.store.returns import ReturnRow

commands = typer.Typer(help="What comes back: failures, complaints, automatic replies.", no_args_is_help=True)

ASKS_TO_LEAVE = N_("asks to receive nothing more: answer, and take them off the list if that is what is meant")
SUMMARY = N_(
    "{hard} mailboxes that do not exist, {soft} not now, {blocked} refused by providers, {complaints} complaints, "
    "{auto_replies} automatic replies, {unrecognised} not understood, {known} known already. "
    "{suspended} addresses suspended, {suppressed} never written to again, {left} left a list."
)

ProviderArgument = Annotated[str, typer.Argument(help="A family such as orange, laposte, free, sfr; or a domain.")]
PathsArgument = Annotated[list[Path], typer.Argument(help="Messages, mboxes, maildirs, or folders of these.")]


@commands.callback()
def group() -> None:
    """What comes back: failures, complaints, automatic replies."""


@commands.command()
def classify(paths: PathsArgument, json: JsonOption = False) -> None:
    """Say what messages are, one verdict a recipient. Writes nothing and needs no site."""
    terminal.json = json
    judged = list(returns.classify(paths))
    table = Table(box=None, pad_edge=False, show_header=False)
    for one in judged:
        verdict = one.verdict
        kind = terminal.text(KIND_NAMES[verdict.kind])
        cause = terminal.text(CAUSE_NAMES[verdict.cause]) if verdict.cause else ""
        table.add_row(one.path.name, kind, verdict.recipient, verdict.status, cause)
    terminal.show(table)
    terminal.result({"verdicts": [_plain(one) for one in judged]})


def _plain(one: Judged) -> dict[str, object]:
    verdict = one.verdict
    return {
        "path": one.path,
        "kind": verdict.kind,
        "recipient": verdict.recipient,
        "status": verdict.status,
        "receiver": verdict.receiver,
        "cause": verdict.cause,
    }


@commands.command()
def ingest(
    paths: Annotated[list[str], typer.Argument(help="Messages, mboxes, maildirs, folders; - reads one message.")],
    json: JsonOption = False,
) -> None:
    """Take in messages that came back, from files or, with -, from a pipe."""
    terminal.json = json
    with terminal.open() as app:
        done = Ingested()
        if paths == ["-"]:
            returns.ingest(app, sys.stdin.buffer.read(), terminal.now(), done)
        else:
            done = returns.ingest_files(app, [Path(one) for one in paths], terminal.now())
    _tell(done)


@commands.command()
def collect(json: JsonOption = False) -> None:
    """Fetch what came back from the mailbox of returns; messages are moved or marked, never deleted."""
    terminal.json = json
    with terminal.open() as app:
        done = returns.collect(app, terminal.now())
    if done.left_there:
        terminal.say_count(
            "{count} message stays in the mailbox, flagged.",
            "{count} messages stay in the mailbox, flagged.",
            done.left_there,
        )
    _tell(done)


@commands.command("list")
def list_(
    kind: Annotated[Kind | None, typer.Option(help="Only messages of this kind.")] = None, json: JsonOption = False
) -> None:
    """Say what came back lately, who is suspended, and the latest messages."""
    terminal.json = json
    with terminal.open() as app:
        desk = returns.desk(app, terminal.now(), kind)
    for (name, cause, _), count in desk.causes.items():
        what = terminal.text(CAUSE_NAMES[Cause(cause)] if cause else KIND_NAMES[Kind(name)])
        terminal.line(f"{number(terminal.language, count)} × {what}")
    for address, since in desk.suspended:
        at = moment(terminal.language, since, terminal.zone)
        terminal.say(N_("Suspended since {at}: {address}"), at=at, address=address)
    terminal.show(_rows_table(desk.rows))
    causes = [dict(zip(("kind", "cause", "action"), key, strict=True), count=n) for key, n in desk.causes.items()]
    suspended = [{"address": address, "since": since} for address, since in desk.suspended]
    terminal.result({"causes": causes, "suspended": suspended, "returned": desk.rows})


@commands.command()
def show(
    number_: Annotated[int, typer.Argument(metavar="NUMBER", help="As `list` says it.")], json: JsonOption = False
) -> None:
    """Say what is kept of one returned message: headers and the fields of its report."""
    terminal.json = json
    with terminal.open() as app:
        found = returns.show(app, number_)
    terminal.line(f"{found.id}  {terminal.text(KIND_NAMES[Kind(found.kind)])}  {found.recipient}")
    terminal.line(found.words)
    terminal.line(found.copy_text)
    terminal.result(found)


@commands.command()
def retry(
    address: Annotated[str, typer.Argument(help="An address that is not written to.")],
    because: Annotated[str, typer.Option(help="How you know that it exists; kept.")] = "",
) -> None:
    """Write again, from the next issue on, to an address that is suspended or said not to exist."""
    with terminal.open() as app:
        written = returns.retry(app, address, terminal.now(), because)
    terminal.say(N_("{address} gets the next issue again."), address=written)


@commands.command()
def resume(provider: ProviderArgument) -> None:
    """Send again to a provider that was paused because it refused us."""
    with terminal.open() as app:
        name = returns.resume(app, provider, terminal.now())
    terminal.say(N_("{name} gets letters again."), name=name)


def _rows_table(rows: list[ReturnRow]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    for row in rows:
        what = terminal.text(CAUSE_NAMES[Cause(row.cause)] if row.cause else KIND_NAMES[Kind(row.kind)])
        words = terminal.text(ASKS_TO_LEAVE) if row.words == ASKS_TO_STOP else row.words
        table.add_row(str(row.id), what, row.recipient, words)
    return table


def _tell(done: Ingested) -> None:
    counts = {name: number(terminal.language, count) for name, count in vars(done).items()}
    terminal.say(SUMMARY, **counts)
    terminal.result(done)
