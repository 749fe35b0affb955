"""Sending measured: this sender, Postfix's smtp-source and a naive sender, round after round on one receiver."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from mailer.app import App, open_app
from mailer.bench.receivers import Kind, receiver
from mailer.bench.senders import send_together
from mailer.bench.sites import NOW, bring_in, release, write_issue, write_readers, write_site
from mailer.bench.yardsticks import LOOPBACK, Naive, smtp_source
from mailer.domain.deliveries import DeliveryState
from mailer.domain.letters import Copy
from mailer.rendering.skeleton import Skeleton
from mailer.store import deliveries, issues

NAIVE_LETTERS = 300
SYNCS = 50


@dataclass(frozen=True)
class Plan:
    """What is to be measured."""

    letters: int = 20_000
    connections: int = 8
    rounds: int = 5
    receiver: Kind = Kind.SMTP_SINK
    delay_ms: float = 0.0
    """Of each reply; for the light receiver only."""
    senders: int = 1
    database: str = ""
    """An empty PostgreSQL database; SQLite where none is named."""


@dataclass(frozen=True)
class Round:
    """The figures of one round."""

    rate: float
    cpu_s_per_1000: float
    peak_mb: float
    source: float
    """smtp-source, the mean of a run before and a run after; 0 where it is not installed."""
    naive: float
    release_s: float


@dataclass
class Figures:
    """What came out: each figure as least, median and most."""

    plan: Plan
    letter_kb: float = 0.0
    fsync_ms: float = 0.0
    rounds: list[Round] = field(default_factory=list)

    def spread(self, of: Callable[[Round], float]) -> tuple[float, float, float]:
        """Least, median, most over the rounds."""
        values = [of(one) for one in self.rounds]
        return min(values), median(values), max(values)

    def named(self) -> dict[str, tuple[float, float, float]]:
        """The figures by their names, as scripts read them; ratios only where there is a yardstick."""
        found = {
            "rate": self.spread(lambda one: one.rate),
            "cpu_s_per_1000": self.spread(lambda one: one.cpu_s_per_1000),
            "peak_mb": self.spread(lambda one: one.peak_mb),
            "ratio_naive": self.spread(lambda one: one.rate / one.naive),
            "release_s": self.spread(lambda one: one.release_s),
        }
        if all(one.source for one in self.rounds):
            found["ratio_smtp_source"] = self.spread(lambda one: one.rate / one.source)
            found["smtp_source"] = self.spread(lambda one: one.source)
        return found


def measure_sending(plan: Plan, heard: Callable[[Round], None]) -> Figures:
    """Every round another issue to the same readers; `heard` is told of each. Raises MailerError."""
    figures = Figures(plan)
    with TemporaryDirectory() as folder, receiver(plan.receiver, plan.delay_ms / 1000) as port:
        figures.fsync_ms = _fsync_ms(Path(folder))
        site, settings = write_site(Path(folder) / "site"), _settings(plan, port)
        with open_app(site, settings) as app:
            bring_in(app, write_readers(Path(folder) / "readers.csv", plan.letters))
        for number in range(plan.rounds):
            one, figures.letter_kb = _round(plan, site, settings, port, f"lettre/essai-{number}")
            figures.rounds.append(one)
            heard(one)
    return figures


def _round(plan: Plan, site: Path, settings: dict[str, str], port: int, name: str) -> tuple[Round, float]:
    write_issue(site, name)
    with open_app(site, settings) as app:
        release_s = release(app, name)
        html, text, size = _letter(app, name)
    before = smtp_source(port, size, plan.connections, plan.letters)
    work = send_together(plan.senders, site, settings, NOW)
    after = smtp_source(port, size, plan.connections, plan.letters)
    naive = Naive(html, text, port).rate(site, NAIVE_LETTERS, plan.connections)
    with open_app(site, settings) as app:
        _check(app, name, plan.letters)
    rate, cpu_s = work.letters / work.seconds, 1000 * work.cpu_s / work.letters
    return Round(rate, cpu_s, work.peak_mb, (before + after) / 2, naive, release_s), size / 1000


def _settings(plan: Plan, port: int) -> dict[str, str]:
    return {
        "MAILER_SMTP__HOST": LOOPBACK,
        "MAILER_SMTP__PORT": str(port),
        "MAILER_SMTP__SECURITY": "none",
        "MAILER_SMTP__CONNECTIONS": str(plan.connections),
        "MAILER_SMTP__LETTERS_PER_CONNECTION": "1000000",
    } | ({"MAILER_DATABASE__URL": plan.database} if plan.database else {})


def _letter(app: App, name: str) -> tuple[str, str, int]:
    """The letter as the naive sender's two templates, and its size on the wire."""
    with app.database.reading() as tx:
        row = issues.find(tx, name)
        skeleton = Skeleton.parse(issues.skeletons(tx, row.id)["lettre"]) if row else Skeleton([b""])
    token, date = "A" * 22, "Wed, 06 Sep 2023 12:00:00 +0200"
    copy = Copy("anne@ex.example", "Anne", f"{token}@ex.example", date, token, token, "A" * 32)
    filled = skeleton.fill(copy)
    page = "Bonjour {{ name }} " + "x" * (len(filled) * 3 // 4) + " {{ number }}"
    return page, "Bonjour {{ name }}\n" + "x" * 70 + "\n" * (len(filled) // 400), len(filled)


def _check(app: App, name: str, letters: int) -> None:
    """A figure counts only where each letter is accounted for."""
    with app.database.reading() as tx:
        row = issues.find(tx, name)
        counts = deliveries.counts(tx, row.id) if row else {}
    if counts != {DeliveryState.SENT: letters}:
        raise AssertionError(f"not all letters were sent: {counts}")


def _fsync_ms(folder: Path) -> float:
    def sync() -> Iterator[float]:
        with (folder / "sync").open("wb", buffering=0) as file:
            for _ in range(SYNCS):
                started = perf_counter()
                file.write(b"x" * 4096)
                os.fdatasync(file.fileno())
                yield (perf_counter() - started) * 1000

    return median(sync())
