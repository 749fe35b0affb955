"""Senders to be measured, each in a process that has loaded no more than a sender needs."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from time import monotonic, process_time

from mailer.app import open_app
from mailer.services import sending
from mailer.services.sending import Drain
from mailer.transport.loops import run_fast


@dataclass(frozen=True)
class Work:
    """What senders did together."""

    letters: int
    seconds: float
    """From the first one's start to the last one's end."""
    cpu_s: float
    peak_mb: float
    """The most memory of one of them."""


def send_together(senders: int, site: Path, settings: dict[str, str], now: datetime) -> Work:
    """All that is due leaves, by so many processes at once."""
    context = get_context("spawn")
    pipes = [context.Pipe() for _ in range(senders)]
    processes = [
        context.Process(target=_sender, args=(theirs, site, settings, now), daemon=True) for _, theirs in pipes
    ]
    for process in processes:
        process.start()
    for ours, _ in pipes:
        ours.recv()
    for ours, _ in pipes:
        ours.send("go")
    ended = [ours.recv() for ours, _ in pipes]
    for process in processes:
        process.join()
    sent, starts, ends, cpu, peaks = zip(*ended, strict=True)
    return Work(sum(sent), max(ends) - min(starts), sum(cpu), max(peaks))


def peak_mb() -> float:
    """The most memory that this process ever held; not `ru_maxrss`, which a child inherits."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def _sender(wire: Connection, site: Path, settings: dict[str, str], now: datetime) -> None:
    """A process that does nothing but send, as `mailer worker` does."""
    with open_app(site, settings) as app:
        wire.send("ready")
        wire.recv()
        drain, started, spent = Drain(), monotonic(), process_time()
        run_fast(sending.send_due(app, lambda: now, asyncio.Event(), drain))
        wire.send((drain.sent, started, monotonic(), process_time() - spent, peak_mb()))
