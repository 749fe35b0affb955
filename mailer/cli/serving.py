"""`mailer serve`: the pages, and one sender process beside."""

import signal
import subprocess
import sys
import threading
from typing import Annotated

import typer

from mailer.cli.terminal import terminal
from mailer.language import N_
from mailer.web.server import serve_web

RESTART_AFTER_S = 5.0


def add_to(cli: typer.Typer) -> None:
    """Adds this module's command to the command line."""
    cli.command()(serve)


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
