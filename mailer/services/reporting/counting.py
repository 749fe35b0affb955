"""The end of counting: thirty days after an issue's last letter its figures are kept and its hits erased."""

from datetime import datetime, timedelta

from mailer.app import App
from mailer.store import closing

COUNTED_FOR = timedelta(days=30)
"""After the last first attempt; the privacy page says so."""


def close_counts(app: App, now: datetime) -> int:
    """Ends the counting of issues whose last letter left 30 days ago: figures stay, hits and keys are erased.

    How many were closed. Twice, or from two clocks, closes each once.
    """
    with app.database.transaction() as tx:
        ripe = closing.issues_counted_since(tx, now - COUNTED_FOR)
        return sum(closing.close_count(tx, issue_id, now) for issue_id in ripe)
