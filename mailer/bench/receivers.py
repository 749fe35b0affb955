"""Receivers to measure against, each in a process of its own: the project's light one, or Postfix's smtp-sink."""

import asyncio
import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from time import monotonic, sleep

from mailer.bench.yardsticks import LOOPBACK
from mailer.demo.receiver import Receiver
from mailer.errors import NotFound
from mailer.language import N_
from mailer.transport.loops import run_fast

SMTP_SINK = Path("/usr/sbin/smtp-sink")
NO_SINK = N_("smtp-sink is not installed. On Debian: apt-get install postfix. Or measure with --receiver own.")
LONGEST_START_S = 10.0


class Kind(StrEnum):
    """Who takes the letters."""

    OWN = "own"
    SMTP_SINK = "smtp-sink"


@contextmanager
def receiver(kind: Kind, delay_s: float = 0.0) -> Iterator[int]:
    """A receiver at work, on the port that is given; `delay_s` before each of its replies. Raises NotFound."""
    with _own(delay_s) if kind is Kind.OWN else _smtp_sink() as port:
        yield port


@contextmanager
def _own(delay_s: float) -> Iterator[int]:
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_receive, args=(theirs, delay_s), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        process.terminate()
        process.join()


def _receive(wire: Connection, delay_s: float) -> None:
    async def take_letters() -> None:
        async with Receiver(delay_s=delay_s, keeps_letters=False) as found:
            wire.send(found.port)
            await asyncio.Event().wait()

    run_fast(take_letters())


@contextmanager
def _smtp_sink() -> Iterator[int]:
    if not SMTP_SINK.exists():
        raise NotFound(NO_SINK)
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = int(taken.getsockname()[1])
    user = ["-u", "nobody"] if os.getuid() == 0 else []
    process = subprocess.Popen([str(SMTP_SINK), *user, f"{LOOPBACK}:{port}", "1000"])  # noqa: S603 - fixed words
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int) -> None:
    deadline = monotonic() + LONGEST_START_S
    while True:
        try:
            socket.create_connection((LOOPBACK, port), timeout=1).close()
        except OSError:
            if monotonic() > deadline:
                raise
            sleep(0.02)
        else:
            return
