"""A year's report measured: as many hits as wanted counted from their rows, then again once their counts are closed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import text

from mailer.app import App, open_app
from mailer.bench.sites import NOW, bring_in, release, write_issue, write_readers, write_site
from mailer.services import reporting

ISSUES = 11
HITS_OF_TEN_LETTERS = 9
"""Seven images and two links."""


@dataclass
class Figures:
    """Seconds on the given stopwatch, one value a round."""

    letters: int = 0
    hits: int = 0
    open_s: list[float] = field(default_factory=list)
    """The year's report while readings are still counted."""
    closed_s: list[float] = field(default_factory=list)
    """From the totals that are kept."""
    close_s: float = 0.0
    """Closing every count of the year."""


def measure_reporting(hits: int, database: str, rounds: int, watch: Callable[[], float]) -> Figures:
    """`watch` is a stopwatch, in seconds; `database` is an empty PostgreSQL one, or empty for SQLite."""
    settings = {"MAILER_DATABASE__URL": database} if database else {}
    figures = Figures()
    with TemporaryDirectory() as folder:
        site = write_site(Path(folder) / "site")
        with open_app(site, settings) as app:
            live_through(app, site, hits)
            with app.database.reading() as tx:
                figures.hits = tx.exec_driver_sql("SELECT count(*) FROM seen").scalar_one()
                figures.letters = tx.exec_driver_sql("SELECT count(*) FROM delivery").scalar_one()
            figures.open_s = [_report(app, watch) for _ in range(rounds)]
            started = watch()
            reporting.close_counts(app, NOW + timedelta(days=40))
            figures.close_s = watch() - started
            figures.closed_s = [_report(app, watch) for _ in range(rounds)]
    return figures


def live_through(app: App, site: Path, hits: int) -> None:
    """Eleven issues, sent and read as far as the database knows, which gives so many hits."""
    readers = max(1, round(10 * hits / HITS_OF_TEN_LETTERS / ISSUES))
    bring_in(app, write_readers(site.parent / "readers.csv", readers))
    for number in range(1, ISSUES + 1):
        write_issue(site, f"lettre/essai-{number}")
        release(app, f"lettre/essai-{number}")
    with app.database.transaction() as tx:
        tx.exec_driver_sql(_SENT)
        for statement in (_IMAGES, _LINKS):
            tx.execute(text(statement.replace("{hash}", _HASH[tx.dialect.name])))
        if tx.dialect.name == "postgresql":
            tx.exec_driver_sql("ANALYZE")


def _report(app: App, watch: Callable[[], float]) -> float:
    started = watch()
    reporting.year_report(app, NOW.astimezone(app.config.zone).year)
    return watch() - started


_HASH = {
    "sqlite": "CAST(printf('%08x', delivery.id * 2654435761 % 4294967296) || printf('%08x', delivery.id) AS BLOB)",
    "postgresql": "decode(md5(CAST(delivery.id AS text)), 'hex')",
}
"""Sixteen bytes that differ from letter to letter and are in no order."""

_SENT = """UPDATE delivery SET state = 'sent', settled_at = next_try_at, first_attempt_at = next_try_at, attempts = 1,
  code = 250, words = '2.0.0 queued as ' || id"""
_IMAGES = """INSERT INTO seen (issue_id, hash, link, hit_class)
SELECT issue_id, {hash}, 0, 2 + id % 4 FROM delivery WHERE id % 10 < 7"""
_LINKS = """INSERT INTO seen (issue_id, hash, link, hit_class)
SELECT issue_id, {hash}, 1 + id % 30, 5 FROM delivery WHERE id % 10 < 2"""
