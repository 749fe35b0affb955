"""`mailer send`, `worker`, `serve`: what runs for a while. Letters in hand are finished before a stop."""

import asyncio
import signal
import subprocess
import sys
import threading
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from mailer import clock
from mailer.app import App
from mailer.cli.options import JsonOption, read_moment
from mailer.cli.terminal import terminal
from mailer.language import N_, moment, number
from mailer.services import notices, sending
from mailer.services.sending import Drain
from mailer.transport.loops import run_fast
from mailer.web.server import serve_web

RESTART_AFTER_S = 5.0


def add_to(cli: typer.Typer) -> None:
    """Adds this module's commands to the command line."""
    cli.command()(tick)
    cli.command()(send)
    cli.command()(worker)
    cli.command()(serve)


def tick(
    now: Annotated[str, typer.Option(help="As if it were this moment (ISO 8601); by default, now.")] = "",
    json: JsonOption = False,
) -> None:
    """Do the clock's duties once: release what is due, tell what is not ready, close old counts. Sends nothing."""
    terminal.json = json
    with terminal.open() as app:
        done = clock.tick(app, read_moment(now, terminal.zone) if now else terminal.now())
    for name in done.released:
        terminal.say(N_("{issue} is released."), issue=name)
    for held in done.held:
        at = moment(terminal.language, held.at, terminal.zone)
        terminal.say(N_("{name} did not leave on {at}. {why}"), name=held.name, at=at, why=held.why)
    if done.reminded:
        terminal.say(N_("Told: {names}"), names=", ".join(done.reminded))
    terminal.say_count("{count} count closed.", "{count} counts closed.", done.closed)
    terminal.result(done)


def send(json: JsonOption = False) -> None:
    """Send what is due, then exit. What the relay refuses for now waits for the next call."""
    terminal.json = json
    drain = Drain()
    with terminal.open() as app:
        try:
            run_fast(_send(app, drain))
        finally:
            _tell(drain)


def worker() -> None:
    """Send what is due, for as long as it runs. Ctrl-C or SIGTERM finishes the letters in hand."""
    with terminal.open() as app:
        run_fast(_until_stopped(app))


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on, behind a reverse proxy.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8080,
    sender: Annotated[bool, typer.Option(help="Run a sender beside the web pages.")] = True,
) -> None:
    """Serve the public pages, and run one sender process beside."""
    with terminal.open() as app:
        terminal.say(N_("Pages on http://{host}:{port}/ – stop with Ctrl-C."), host=host, port=port)
        ended = threading.Event()
        keeper = threading.Thread(target=_keep_sender, args=(ended,), daemon=True)
        if sender:
            keeper.start()
        try:
            serve_web(app, host, port, terminal.now)
        finally:
            ended.set()
            if sender:
                keeper.join()


async def _send(app: App, drain: Drain) -> None:
    stop = _stop_on_signals()
    await notices.send_notices(app, terminal.now)
    task = asyncio.create_task(sending.send_due(app, terminal.now, stop, drain))
    if terminal.err.is_terminal and not terminal.json:
        await _show_progress(task, drain, sending.waiting(app, terminal.now()))
    await task


async def _until_stopped(app: App) -> None:
    await clock.run_sender(app, terminal.now, _stop_on_signals())


def _stop_on_signals() -> asyncio.Event:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    return stop


async def _show_progress(task: "asyncio.Task[None]", drain: Drain, total: int) -> None:
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


def _keep_sender(ended: threading.Event) -> None:
    """Starts the sender process, and again whenever it ends before we do."""
    command = [sys.executable, "-m", "mailer", *terminal.passed_on, "--site", str(terminal.folder()), "worker"]
    while not ended.is_set():
        process = subprocess.Popen(command)  # noqa: S603 - our own interpreter and module, no shell
        while process.poll() is None and not ended.wait(0.2):
            pass
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait()
        ended.wait(RESTART_AFTER_S)
