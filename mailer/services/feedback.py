"""What comes back from readers: pixels and links fetched. Knows a letter's issue; its reader only where they agreed."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from time import monotonic
from typing import NamedTuple

from mailer.app import App
from mailer.content.agents import read_agents
from mailer.domain.bursts import Bursts, Letter
from mailer.domain.hits import Fetch, HitClass, judge
from mailer.domain.rates import MeasureMode
from mailer.domain.tokens import Track, TrackReader, seen_hash, track_issue
from mailer.errors import NotFound
from mailer.language import N_
from mailer.store import issues
from mailer.store.issues import IssueKey
from mailer.store.ledger import Failures, Hit, Ledger

NO_LINK = N_("This link leads nowhere any more.")
KNOWN_FOR_S = 30.0
"""How long an issue's key and links are taken as they were read: a closed count or a corrected link shows by then."""
MOST_ISSUES = 1000
LONGEST_WAIT_S = 10.0
"""A reader does not wait longer for our disk; the hit is still written when the disk comes back."""


@dataclass(frozen=True)
class _Known:
    key: IssueKey | None
    reader: TrackReader | None
    links: tuple[str, ...]
    until: float


class Place(NamedTuple):
    """What a tracking token names."""

    key: IssueKey | None
    """None once the count of its issue is closed: then nothing can tell whether the token is one of ours."""
    links: tuple[str, ...]
    track: Track | None

    def target(self, link: int) -> str:
        """Where a link of the letter leads: one frozen with its issue. Raises NotFound."""
        if not 1 <= link <= len(self.links):
            raise NotFound(NO_LINK)
        return self.links[link - 1]


class Tracker:
    """Counts fetches and knows where links lead. Asks the database once an issue and half minute, and never waits for
    a write: it may be called from an event loop."""

    def __init__(self, app: App, seconds: Callable[[], float] = monotonic) -> None:
        self._app = app
        self._seconds = seconds
        self._known: dict[int, _Known] = {}
        self._agents = read_agents(app.site)
        self._bursts = Bursts()

    def place(self, token: str) -> Place:
        """What a token names. Raises BadToken or StoreError.

        Once the count of the issue has closed its key is gone, and the frozen link alone decides: letters stay
        readable for years.
        """
        known = self._issue(track_issue(token))
        track = known.reader.read(token) if known.reader else None
        return Place(known.key, known.links, track)

    def hits(
        self, place: Place, link: int, method: str, headers: Mapping[str, str], host: str, now: datetime
    ) -> list[Hit]:
        """What is to be written of a fetch of the pixel (link 0) or of a link; nothing where it must not be counted.

        `headers` have lower-case names; `host` is the address that it came from, which is forgotten within a minute.
        """
        key, track = place.key, place.track
        if key is None or track is None:
            return []
        minutes = int((now - key.released_at).total_seconds() // 60) - track.minute
        hit_class = judge(Fetch(method, headers, link, minutes), self._agents)
        if hit_class is None:
            return []
        delivery_id = track.delivery_id if key.measure is MeasureMode.CONSENT else 0
        letter = (track.issue_id, seen_hash(key.issue_key, track))
        if hit_class not in (HitClass.HUMAN, HitClass.SCANNER):
            # Mailboxes' proxies and machines are known for what they are, however many of them come.
            return [Hit(*letter, link, hit_class, delivery_id)]
        return self._among_others(letter, link, host, hit_class, delivery_id)

    def _among_others(self, letter: Letter, link: int, host: str, hit_class: HitClass, delivery_id: int) -> list[Hit]:
        scans, earlier = self._bursts.see(letter, link, host, self._seconds())
        found = [Hit(*letter, link, HitClass.SCANNER if scans else hit_class, delivery_id)]
        return found + [Hit(*one, its, HitClass.SCANNER, 0, corrects=True) for one, its in earlier]

    def record_hit(
        self, token: str, link: int, method: str, headers: Mapping[str, str], now: datetime
    ) -> Future[None] | None:
        """Counts a fetch, for callers that can wait; None where it is not counted. Raises BadToken or StoreError."""
        hits = self.hits(self.place(token), link, method, headers, "", now)
        return self._app.ledger.record(hits) if hits else None

    def click_target(self, token: str, link: int) -> str:
        """Where a link of a letter leads. Raises BadToken, NotFound or StoreError."""
        return self.place(token).target(link)

    def _issue(self, issue_id: int) -> _Known:
        known = self._known.get(issue_id)
        if known is None or known.until < self._seconds():
            known = self._read(issue_id)
            if len(self._known) >= MOST_ISSUES:
                # Only forged tokens name so many.
                self._known.clear()
            self._known[issue_id] = known
        return known

    def _read(self, issue_id: int) -> _Known:
        with self._app.database.reading() as tx:
            key, links = issues.key(tx, issue_id), tuple(issues.links(tx, issue_id))
        return _Known(key, TrackReader(key.issue_key) if key else None, links, self._seconds() + KNOWN_FOR_S)


class Together:
    """Hands the hits of one turn of an event loop to the ledger at once, and wakes all that wait for it at once: a
    thread woken for each hit costs more than the hit."""

    def __init__(self, ledger: Callable[[], Ledger]) -> None:
        self._ledger = ledger
        self._loop: asyncio.AbstractEventLoop | None = None
        self._hits: list[Hit] = []
        self._waiting: list[asyncio.Future[None]] = []
        self._ends: list[int] = []

    def record(self, hits: Sequence[Hit]) -> "asyncio.Future[None]":
        """Done once they are on disk; StoreError or TimeoutError where that cannot be said."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop or not self._waiting:
            self._loop, self._hits, self._waiting, self._ends = loop, [], [], []
            loop.call_soon(self._hand_in)
        future = loop.create_future()
        self._hits += hits
        self._waiting.append(future)
        self._ends.append(len(self._hits))
        return future

    def _hand_in(self) -> None:
        loop = asyncio.get_running_loop()
        waiting, ends, hits = self._waiting, self._ends, self._hits
        self._hits, self._waiting, self._ends = [], [], []
        patience = loop.call_later(LONGEST_WAIT_S, _give_up, waiting)
        settle = partial(_settle, waiting, ends, patience)

        def told(failures: Failures) -> None:
            # A loop that ended meanwhile has nobody left to be told.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(settle, failures)

        self._ledger().hand_in(hits, told)


def _settle(
    waiting: "Sequence[asyncio.Future[None]]", ends: Sequence[int], patience: asyncio.TimerHandle, failures: Failures
) -> None:
    patience.cancel()
    start = 0
    for future, end in zip(waiting, ends, strict=True):
        if not future.done():
            error = next((failures[at] for at in range(start, end) if at in failures), None) if failures else None
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(error)
        start = end


def _give_up(waiting: "Sequence[asyncio.Future[None]]") -> None:
    for future in waiting:
        if not future.done():
            future.set_exception(TimeoutError())
