"""What comes back from readers: pixels and links fetched. Knows a letter's issue; its reader only where they agreed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import NamedTuple

from mailer.app import HITS, App
from mailer.app.heartbeats import Heartbeat, beat, last
from mailer.content.agents import read_agents
from mailer.domain.bursts import Bursts, Letter
from mailer.domain.hits import Fetch, HitClass, judge
from mailer.domain.rates import MeasureMode
from mailer.domain.tokens import Track, TrackReader, decode_track, issue_of, seen_hash
from mailer.errors import NotFound
from mailer.language import N_
from mailer.store import issues
from mailer.store.hit_journal import left_behind
from mailer.store.hits import Hit, write_hits
from mailer.store.hits import forget_order as forget_order_of_hits
from mailer.store.issues import IssueKey

NO_LINK = N_("This link leads nowhere any more.")
KNOWN_FOR_S = 30.0
"""How long an issue's key and links are taken as they were read: a closed count or a corrected link shows by then."""
MOST_ISSUES = 1000
GROUP = 1000
ORDER_KEPT = timedelta(hours=1)


@dataclass(frozen=True)
class _Known:
    key: IssueKey | None
    reader: TrackReader | None
    links: tuple[str, ...]
    until: float


class Place(NamedTuple):
    """What a tracking token names."""

    known: _Known
    track: Track | None
    """None once the count of its issue is closed: then nothing can tell whether the token is one of ours."""

    def target(self, link: int) -> str:
        """Where a link of the letter leads: one frozen with its issue. Raises NotFound."""
        links = self.known.links
        if not 1 <= link <= len(links):
            raise NotFound(NO_LINK)
        return links[link - 1]


def recover(app: App) -> int:
    """Hits that a program of this machine answered before it was killed are counted; how many. Raises StoreError."""
    with left_behind(app.site / HITS) as hits, app.database.transaction() as tx:
        for start in range(0, len(hits), GROUP):
            write_hits(tx, hits[start : start + GROUP])
        return len(hits)


def forget_order(app: App, now: datetime) -> bool:
    """Once an hour the order in which hits came is made away with; False before its time. Raises StoreError."""
    before = last(app.site, Heartbeat.HITS)
    if before and timedelta(0) <= now - before < ORDER_KEPT:
        return False
    beat(app.site, Heartbeat.HITS)
    with app.database.transaction() as tx:
        forget_order_of_hits(tx)
    app.database.leave_no_trace()
    return True


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
        raw = decode_track(token)
        known = self._issue(issue_of(raw))
        return Place(known, known.reader.read(raw) if known.reader else None)

    def hits(
        self, place: Place, link: int, method: str, headers: Mapping[str, str], host: str, now: datetime
    ) -> list[Hit]:
        """What is to be written of a fetch of the pixel (link 0) or of a link; nothing where it must not be counted.

        `headers` have lower-case names; `host` is the address that it came from, which is forgotten within a minute.
        """
        key, track = place.known.key, place.track
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

    def record_hit(self, token: str, link: int, method: str, headers: Mapping[str, str], now: datetime) -> bool:
        """Counts a fetch; False where it is not counted. Raises BadToken or StoreError."""
        hits = self.hits(self.place(token), link, method, headers, "", now)
        if hits:
            self._app.ledger.record(hits)
        return bool(hits)

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
