"""`mailer bounces …`: what comes back from mailboxes."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from mailer.cli.options import JsonOption
from mailer.cli.terminal import terminal
from mailer.domain.bounces.verdicts import KIND_NAMES
from mailer.domain.bounces.wording import CAUSE_NAMES
from mailer.services import returns
from mailer.services.returns import Judged

commands = typer.Typer(help="What comes back: failures, complaints, automatic replies.", no_args_is_help=True)

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
