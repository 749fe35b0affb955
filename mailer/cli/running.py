"""`mailer tick` and `mailer worker`: the clock's duties, once or for as long as it runs."""

from datetime import datetime
from typing import Annotated

import typer

from mailer import clock
from mailer.app import App
from mailer.cli.keeping import RETAINED
from mailer.cli.options import JsonOption, read_moment
from mailer.cli.sending import stop_on_signals
from mailer.cli.terminal import terminal
from mailer.errors import MailboxError
from mailer.language import N_, moment, number
from mailer.services.returns import Collected
from mailer.transport.loops import run_fast


def add_to(cli: typer.Typer) -> None:
    """Adds this module's commands to the command line."""
    cli.command()(tick)
    cli.command()(worker)


def tick(
    now: Annotated[str, typer.Option(help="As if it were this moment (ISO 8601); by default, now.")] = "",
    json: JsonOption = False,
) -> None:
    """Do the clock's duties once: release what is due, tell what is not ready, close old counts. Sends nothing."""
    terminal.json = json
    with terminal.open() as app:
        at = read_moment(now, terminal.zone) if now else terminal.now()
        done = clock.tick(app, at)
        fetched = _fetch(app, at)
    for name in done.released:
        terminal.say(N_("{issue} is released."), issue=name)
    for held in done.held:
        planned = moment(terminal.language, held.at, terminal.zone)
        terminal.say(N_("{name} did not leave on {at}. {why}"), name=held.name, at=planned, why=held.why)
    if done.reminded:
        terminal.say(N_("Told: {names}"), names=", ".join(done.reminded))
    terminal.say_count("{count} count closed.", "{count} counts closed.", done.closed)
    if done.answered:
        terminal.say_count("{count} letter to who asked.", "{count} letters to those who asked.", done.answered)
    if done.kept:
        terminal.say(RETAINED, **{name: number(terminal.language, count) for name, count in vars(done.kept).items()})
    if fetched:
        terminal.say_count("{count} message fetched.", "{count} messages fetched.", fetched.messages)
    terminal.result(done)


def _fetch(app: App, now: datetime) -> Collected | None:
    """A mailbox that does not answer is told, and spoils none of the other duties."""
    try:
        return clock.collect_returns(app, now)
    except MailboxError as error:
        terminal.refuse(error)
        return None


def worker() -> None:
    """Send what is due, for as long as it runs. Ctrl-C or SIGTERM finishes the letters in hand."""
    with terminal.open() as app:
        run_fast(_until_stopped(app))


async def _until_stopped(app: App) -> None:
    await clock.run_sender(app, terminal.now, stop_on_signals())
