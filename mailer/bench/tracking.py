"""Tracking measured: pixels and clicks, each on disk before its answer, beside an empty application on the same
server."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing import get_context
from multiprocessing.connection import Connection
from operator import attrgetter
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory

from starlette.types import Message, Receive, Scope, Send

from mailer.app import App, open_app
from mailer.bench.load import load, pin
from mailer.bench.sites import NOW, bring_in, release, write_issue, write_readers, write_site
from mailer.domain.tokens import Tracks
from mailer.services.feedback import recover
from mailer.store import issues, reports
from mailer.web.door import create_web
from mailer.web.server import listen, serve_application

NAME = "lettre/essai"
HALF = 0.5
REQUEST = (
    "GET {path} HTTP/1.1\r\nHost: lettre.association.example\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.3\r\n"
    "Accept: image/avif,image/webp,*/*;q=0.8\r\nAccept-Language: fr,en;q=0.5\r\nAccept-Encoding: gzip\r\n"
    "X-Forwarded-For: {host}\r\nX-Forwarded-Proto: https\r\n\r\n"
)


@dataclass(frozen=True)
class TrackPlan:
    """What is to be measured."""

    hits: int = 30_000
    """Of each kind and round, each of another letter."""
    connections: int = 64
    rounds: int = 5
    database: str = ""
    """An empty PostgreSQL database; SQLite where none is named."""


@dataclass(frozen=True)
class TrackRound:
    """The figures of one round: answers a second, and milliseconds at half of them."""

    empty: float
    """The mean of a run before and a run after."""
    pixel: float
    click: float
    p50_ms: float
    p99_ms: float
    p99_ms_empty: float
    """Of the empty application at the same pace: what the load generator and the machine add."""
    cpu_us_empty: float
    """Of the server's processor time, an answer."""
    cpu_us_pixel: float
    cpu_us_click: float

    @property
    def ratio(self) -> float:
        """Of the slower of the two to the empty application."""
        return min(self.pixel, self.click) / self.empty


@dataclass
class TrackFigures:
    """What came out."""

    plan: TrackPlan
    rounds: list[TrackRound] = field(default_factory=list)

    def spread(self, of: Callable[[TrackRound], float]) -> tuple[float, float, float]:
        """Least, median, most over the rounds."""
        values = [of(one) for one in self.rounds]
        return min(values), median(values), max(values)

    def named(self) -> dict[str, tuple[float, float, float]]:
        """The figures by their names, as scripts read them."""
        found = {name: self.spread(attrgetter(name)) for name in TrackRound.__annotations__}
        return {
            "ratio_empty": self.spread(lambda one: one.ratio),
            "ratio_cpu": self.spread(lambda one: one.cpu_us_empty / max(one.cpu_us_pixel, one.cpu_us_click)),
            **found,
        }


def measure_tracking(plan: TrackPlan, heard: Callable[[TrackRound], None]) -> TrackFigures:
    """Every round new letters of one issue; all that was answered must be in the database. Raises MailerError."""
    figures = TrackFigures(plan)
    with TemporaryDirectory() as folder:
        settings = {"MAILER_DATABASE__URL": plan.database} if plan.database else {}
        site = write_site(Path(folder) / "site")
        write_issue(site, NAME)
        with open_app(site, settings) as app:
            bring_in(app, write_readers(Path(folder) / "readers.csv", 10))
            release(app, NAME)
            letters = _Letters(app)
            with _served(_serve_nothing, site, settings) as empty, _served(_serve_pages, site, settings) as ours:
                for _ in range(plan.rounds):
                    figures.rounds.append(_round(plan, letters, empty, ours))
                    heard(figures.rounds[-1])
            # It was killed: what it had answered and not yet written lies in its journal.
            recover(app)
            letters.check()
    return figures


@dataclass(frozen=True)
class _Server:
    port: int
    pid: int

    def cpu_s(self) -> float:
        """Processor time so far, of all its threads."""
        words = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


class _Letters:
    """Invented letters of one issue, each fetched once."""

    def __init__(self, app: App) -> None:
        self._app = app
        with app.database.reading() as tx:
            row = issues.find(tx, NAME)
            if row is None or row.issue_key is None:
                raise AssertionError("the issue was not released")
            self._issue_id, self._tracks = row.id, Tracks(row.issue_key, row.id)
        self._random = Random(2023)  # noqa: S311 - whose addresses these are does not matter
        self._fetched = self._clicked = 0

    def unread(self, count: int) -> list[bytes]:
        """For the empty application: the same requests, counted by nobody."""
        return [self._request(f"/o/{self._tracks.token(0, 0)}.gif") for _ in range(count)]

    def pixels(self, count: int) -> list[bytes]:
        self._fetched += count
        return [self._request(f"/o/{self._tracks.token(0, 0)}.gif") for _ in range(count)]

    def clicks(self, count: int) -> list[bytes]:
        self._fetched += count
        self._clicked += count
        return [self._request(f"/c/{self._tracks.token(0, 0)}/1") for _ in range(count)]

    def check(self) -> None:
        """A figure counts only where each answer is accounted for."""
        with self._app.database.reading() as tx:
            found = reports.count_hits(tx, self._issue_id)
        if (found.people, found.clicks) != (self._fetched, self._clicked):
            raise AssertionError(f"answered {self._fetched}, {self._clicked} of them clicks; stored {found}")

    def _request(self, path: str) -> bytes:
        # Addresses that nobody has (RFC 1112, class E), from many networks.
        host = ".".join(str(self._random.randrange(low, 256)) for low in (240, 0, 0, 1))
        return REQUEST.format(path=path, host=host).encode()


def _round(plan: TrackPlan, letters: _Letters, empty: _Server, ours: _Server) -> TrackRound:
    def run(server: _Server, requests: Sequence[bytes], status: bytes) -> tuple[float, float]:
        before = server.cpu_s()
        heard = load(server.port, requests, status, plan.connections)
        return heard.rate, 1e6 * (server.cpu_s() - before) / len(requests)

    blank = letters.unread(plan.hits)
    before, cpu_before = run(empty, blank, b"HTTP/1.1 200")
    pixel, cpu_pixel = run(ours, letters.pixels(plan.hits), b"HTTP/1.1 200")
    click, cpu_click = run(ours, letters.clicks(plan.hits), b"HTTP/1.1 302")
    after, cpu_after = run(empty, blank, b"HTTP/1.1 200")
    calm = load(ours.port, letters.pixels(plan.hits), b"HTTP/1.1 200", plan.connections, HALF * pixel)
    calm_empty = load(empty.port, blank, b"HTTP/1.1 200", plan.connections, HALF * pixel)
    return TrackRound(
        empty=(before + after) / 2,
        pixel=pixel,
        click=click,
        p50_ms=calm.quantile_ms(0.5),
        p99_ms=calm.quantile_ms(0.99),
        p99_ms_empty=calm_empty.quantile_ms(0.99),
        cpu_us_empty=(cpu_before + cpu_after) / 2,
        cpu_us_pixel=cpu_pixel,
        cpu_us_click=cpu_click,
    )


Serving = Callable[[Connection, Path, dict[str, str]], None]


@contextmanager
def _served(serving: Serving, site: Path, settings: dict[str, str]) -> Iterator[_Server]:
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serving, args=(theirs, site, settings), daemon=True)
    process.start()
    try:
        yield _Server(ours.recv(), process.pid or 0)
    finally:
        process.kill()
        process.join()


def _serve_pages(wire: Connection, site: Path, settings: dict[str, str]) -> None:
    """A process that serves as `mailer serve` does, an hour after the letters left."""
    pin(0)
    with open_app(site, settings) as app, listen() as listening:
        wire.send(listening.getsockname()[1])
        serve_application(create_web(app, lambda: NOW + timedelta(hours=1)), listening)


def _serve_nothing(wire: Connection, _site: Path, _settings: dict[str, str]) -> None:
    """The same server around an application that answers at once."""
    pin(0)
    with listen() as listening:
        wire.send(listening.getsockname()[1])
        serve_application(_answer_at_once, listening)


async def _answer_at_once(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send(_START)
    await send(_BODY)


_START: Message = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"image/gif"), (b"content-length", b"43")],
}
_BODY: Message = {"type": "http.response.body", "body": b"." * 43}
