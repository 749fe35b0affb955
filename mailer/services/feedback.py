"""What comes back from readers: pixels and links fetched. Knows a letter's issue, never its reader."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from mailer.app import App
from mailer.domain.hits import Fetch, judge
from mailer.domain.tokens import read_track, seen_hash, track_issue
from mailer.errors import NotFound
from mailer.language import N_
from mailer.store import issues
from mailer.store.issues import IssueKey

NO_LINK = N_("This link leads nowhere any more.")
KNOWN_FOR_S = 30.0
"""How long an issue's key and links are taken as they were read: a closed count or a corrected link shows by then."""
MOST_ISSUES = 1000


@dataclass(frozen=True)
class _Known:
    key: IssueKey | None
    links: tuple[str, ...]
    until: float


class Tracker:
    """Counts fetches and knows where links lead. Asks the database once an issue and half minute, and never waits for
    a write: it may be called from an event loop."""

    def __init__(self, app: App, seconds: Callable[[], float] = monotonic) -> None:
        self._app = app
        self._seconds = seconds
        self._known: dict[int, _Known] = {}

    def record_hit(
        self, token: str, link: int, method: str, headers: Mapping[str, str], now: datetime
    ) -> Future[None] | None:
        """Counts a fetch of the pixel (link 0) or of a link; the future resolves once that is safe on disk.

        None where it must not be counted, or the issue's count is closed. `headers` have lower-case names.
        Raises BadToken or StoreError.
        """
        key = self._issue(track_issue(token)).key
        if key is None:
            return None
        track = read_track(key.issue_key, token)
        left_at = key.released_at + timedelta(minutes=track.minute)
        minutes = int((now - left_at).total_seconds() // 60)
        hit_class = judge(Fetch(method, headers, link, minutes))
        if hit_class is None:
            return None
        return self._app.ledger.hit(track.issue_id, seen_hash(key.issue_key, track), link, hit_class)

    def click_target(self, token: str, link: int) -> str:
        """Where a link of a letter leads: one frozen with its issue, never an address from outside.

        Once the count of the issue has closed its key is gone, and the frozen link alone decides: letters stay
        readable for years. Raises BadToken, NotFound or StoreError.
        """
        issue = self._issue(track_issue(token))
        if issue.key is not None:
            read_track(issue.key.issue_key, token)
        if not 1 <= link <= len(issue.links):
            raise NotFound(NO_LINK)
        return issue.links[link - 1]

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
        return _Known(key, links, self._seconds() + KNOWN_FOR_S)
