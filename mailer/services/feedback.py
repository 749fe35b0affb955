"""What comes back from readers: pixels and links fetched. Knows a letter's issue, never its reader."""

from collections.abc import Mapping
from concurrent.futures import Future
from datetime import datetime, timedelta

from mailer.app import App
from mailer.domain.hits import Fetch, judge
from mailer.domain.tokens import read_track, seen_hash, track_issue
from mailer.errors import NotFound
from mailer.language import N_
from mailer.store import issues

NO_LINK = N_("This link leads nowhere any more.")


def record_hit(
    app: App, token: str, link: int, method: str, headers: Mapping[str, str], now: datetime
) -> Future[None] | None:
    """Counts a fetch of the pixel (link 0) or of a link; the future resolves once that is safe on disk.

    None where it must not be counted, or the issue's count is closed. `headers` have lower-case names. Raises BadToken.
    """
    with app.database.reading() as tx:
        key = issues.key(tx, track_issue(token))
    if key is None:
        return None
    track = read_track(key.issue_key, token)
    left_at = key.released_at + timedelta(minutes=track.minute)
    minutes = int((now - left_at).total_seconds() // 60)
    hit_class = judge(Fetch(method, headers, link, minutes))
    if hit_class is None:
        return None
    return app.ledger.hit(track.issue_id, seen_hash(key.issue_key, track), link, hit_class)


def click_target(app: App, token: str, link: int) -> str:
    """Where a link of a letter leads: one frozen with its issue, never an address from outside.

    Once the count of the issue has closed its key is gone, and the frozen link alone decides: letters stay
    readable for years. Raises BadToken or NotFound.
    """
    issue_id = track_issue(token)
    with app.database.reading() as tx:
        key = issues.key(tx, issue_id)
        target = issues.link(tx, issue_id, link)
    if key is not None:
        read_track(key.issue_key, token)
    if target is None:
        raise NotFound(NO_LINK)
    return target
