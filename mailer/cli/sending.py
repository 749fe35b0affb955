"""`mailer send`: what is due leaves, then it ends. Letters in hand are finished before a stop."""

import asyncio
import signal

import typer

from mailer.app import App
from mailer.cli.options import JsonOption
from mailer.cli.terminal import terminal
from mailer.language import N_, number
from mailer.services import joining, notices, sending
from mailer.services.sending import Drain
from mailer.transport.loops import run_fast


def add_to(cli: typer.Typer) -> None:
    """Adds this module's command to the command line."""
    cli.command()(send)


def send(json: JsonOption = False) -> None:
    """Send what is due, then exit. What the relay refuses for now waits for the next call."""
    terminal.json = json
    drain = Drain()
    try:
        with terminal.open() as app:
            run_fast(_send(app, drain))
    finally:
        _tell(drain)


def stop_on_signals() -> asyncio.Event:
    """An event that SIGINT and SIGTERM set."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    return stop


async def _send(app: App, drain: Drain) -> None:
    stop = stop_on_signals()
    joining.answer(app, terminal.now())
    await notices.send_notices(app, terminal.now)
    task = asyncio.create_task(sending.send_due(app, terminal.now, stop, drain))
    if terminal.err.is_terminal and not terminal.json:
        await _show_progress(task, drain, sending.waiting(app, terminal.now()))
    await task


async def _show_progress(task: "asyncio.Task[None]", drain: Drain, total: int) -> None:
    # Loaded only for those who look on: a sender stays small.
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=terminal.err, transient=True) as progress:
        line = progress.add_task("", total=total)
        while not task.done():
            progress.update(line, completed=drain.sent + drain.failed + drain.unknown + drain.deferred)
            await asyncio.wait([task], timeout=0.2)


def _tell(drain: Drain) -> None:
    terminal.say(
        N_("{sent} sent, {deferred} put off, {failed} refused, {unknown} unknown, in {seconds} s."),
        sent=number(terminal.language, drain.sent),
        deferred=number(terminal.language, drain.deferred),
        failed=number(terminal.language, drain.failed),
        unknown=number(terminal.language, drain.unknown),
        seconds=number(terminal.language, round(drain.seconds, 1)),
    )
    terminal.result({**vars(drain), "rate": drain.rate})
