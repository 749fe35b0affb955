"""Words looked for in the issues of some archives."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mailer.app import App
from mailer.domain.search import Bit, excerpt, rank, wanted
from mailer.services.reading.archives import ArchivedIssue, Shelf, line
from mailer.store import archive
from mailer.store.archive import Readable

MOST_HITS = 50


@dataclass(frozen=True)
class Hit:
    """An issue in which the words are, and where."""

    shelf: Shelf
    issue: ArchivedIssue
    excerpt: tuple[Bit, ...]


def search(app: App, shelves: Sequence[Shelf], query: str, now: datetime) -> list[Hit]:
    """The issues that hold every word of the query: those named after them first, then the newest; at most fifty."""
    words = wanted(query)
    if not words or not shelves:
        return []
    by_list = {shelf.letter.slug: shelf for shelf in shelves}
    readable = Readable(tuple(by_list), now, all(shelf.secret for shelf in shelves))
    with app.database.reading() as tx:
        rows = archive.search(tx, readable, words, limit=300)
    best = sorted(rows, key=lambda row: -rank(words, row.folded_title))[:MOST_HITS]
    return [Hit(by_list[row.list_slug], line(by_list[row.list_slug], row), excerpt(row.words, words)) for row in best]
