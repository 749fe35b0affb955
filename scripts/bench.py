"""Measures this checkout on this machine: import, queueing, filling, sending. `make bench` runs it; nothing is a test.

Figures are medians of the rounds; compare ratios of one run, never letters a second of two machines.
"""

import argparse
import asyncio
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

from mailer.app import App, open_app
from mailer.demo.crowd import Crowd, invent_crowd
from mailer.demo.receiver import LOOPBACK, Receiver
from mailer.domain.letters import Copy
from mailer.rendering.skeleton import Skeleton
from mailer.services import people, publishing, sending
from mailer.services.sending import Drain
from mailer.store import issues

NOW = datetime(2023, 9, 6, 10, tzinfo=UTC)
ISSUE = "sirene/2023-09"
SMTP_SOURCE = "/usr/sbin/smtp-source"


def main() -> None:
    """Prints one line a figure."""
    options = _options()
    with tempfile.TemporaryDirectory() as folder, _receiver() as port:
        for line in measure(Path(folder), port, options.rounds, options.connections):
            print(line)  # noqa: T201 - a script speaks to its terminal


def measure(folder: Path, port: int, rounds: int, connections: int) -> Iterator[str]:
    """Each round on a new database; smtp-source, when installed, just before each send on the same receiver."""
    invented = invent_crowd(folder / "csv")
    imports, queued, rates, yardsticks, cpu = [], [], [], [], []
    for number in range(rounds):
        with _site(folder / f"site{number}", port, connections) as app:
            imports.append(_seconds(lambda app=app: people.import_contacts(app, invented.contacts, NOW, dry_run=False)))
            _bring_in(app, invented)
            queued.append(_seconds(lambda app=app: publishing.release(app, ISSUE, NOW)))
            size = _letter_size(app)
            yardsticks.append(_smtp_source(port, size, connections))
            drain, spent = _send(app)
            rates.append(drain.rate)
            cpu.append(1000 * spent / drain.sent)
            filled = _fill(app)
    yield f"import of 21,000 rows          {median(imports):8.2f} s"
    yield f"release of 20,000 letters      {median(queued):8.2f} s"
    yield f"filling one letter             {filled * 1e6:8.1f} µs ({size / 1000:.0f} kB)"
    yield f"sending, {connections} connections        {median(rates):8.0f} letters/s, {median(cpu):.2f} CPU s per 1,000"
    yield from _against(rates, [one for one in yardsticks if one])


def _against(rates: list[float], yardsticks: list[float]) -> Iterator[str]:
    if not yardsticks:
        yield "smtp-source is not installed: no yardstick"
        return
    ratios = sorted(rate / yardstick for rate, yardstick in zip(rates, yardsticks, strict=True))
    yield f"smtp-source, same receiver     {median(yardsticks):8.0f} letters/s"
    low, high = ratios[0], ratios[-1]
    yield f"ratio to smtp-source           {low:.2f} / {median(ratios):.2f} / {high:.2f} (min / median / max)"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=8)
    return parser.parse_args()


@contextmanager
def _receiver() -> Iterator[int]:
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_receive, args=(theirs,), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        process.terminate()
        process.join()


def _receive(wire: Connection) -> None:
    async def take_letters() -> None:
        async with Receiver() as receiver:
            wire.send(receiver.port)
            await asyncio.Event().wait()

    asyncio.run(take_letters())


def _site(folder: Path, port: int, connections: int) -> App:
    source = Path(__file__).parent.parent
    folder.mkdir()
    shutil.copy(source / "config.toml", folder)
    for part in ("lists", "campaigns"):
        shutil.copytree(source / part, folder / part)
    return open_app(
        folder,
        {
            "MAILER_SMTP__HOST": LOOPBACK,
            "MAILER_SMTP__PORT": str(port),
            "MAILER_SMTP__SECURITY": "none",
            "MAILER_SMTP__CONNECTIONS": str(connections),
            "MAILER_SMTP__LETTERS_PER_CONNECTION": "100000",
        },
    )


def _bring_in(app: App, invented: Crowd) -> None:
    people.import_oppositions(app, invented.oppositions, NOW, dry_run=False)
    people.import_contacts(app, invented.sirene, NOW, list_slug="sirene", dry_run=False)
    for who in ("Odile", "Karim"):
        publishing.approve(app, ISSUE, who, NOW, publishing.count_audience(app, ISSUE).total)


def _seconds(work: object) -> float:
    assert callable(work)  # noqa: S101 - for the type checker
    started = perf_counter()
    work()
    return perf_counter() - started


def _send(app: App) -> tuple[Drain, float]:
    drain, before = Drain(), process_time()
    asyncio.run(sending.send_due(app, lambda: NOW, asyncio.Event(), drain))
    return drain, process_time() - before


def _skeleton(app: App) -> Skeleton:
    with app.database.reading() as tx:
        row = issues.find(tx, ISSUE)
        assert row is not None  # noqa: S101 - for the type checker
        return Skeleton.parse(issues.skeletons(tx, row.id)["sirene"])


def _copy() -> Copy:
    token = "A" * 22
    date = "Wed, 06 Sep 2023 12:00:00 +0200"
    return Copy("anne@courriel.example", "Anne Riou", f"{token}@lettre.example", date, token, token, "A" * 32)


def _letter_size(app: App) -> int:
    return len(_skeleton(app).fill(_copy()))


def _fill(app: App, times: int = 5000) -> float:
    skeleton, copy = _skeleton(app), _copy()

    def fill() -> None:
        # One at a time, as a sender does: keeping them would measure memory.
        for _ in range(times):
            skeleton.fill(copy)

    return _seconds(fill) / times


def _smtp_source(port: int, size: int, connections: int, letters: int = 20_000) -> float:
    """Letters a second of Postfix's own load generator; 0 where it is not installed."""
    if not Path(SMTP_SOURCE).exists():
        return 0.0
    command = [SMTP_SOURCE, "-d", "-s", str(connections), "-m", str(letters), "-l", str(size), f"{LOOPBACK}:{port}"]
    seconds = _seconds(lambda: subprocess.run(command, check=True))  # noqa: S603 - fixed words, loopback
    return letters / seconds


if __name__ == "__main__":
    main()
