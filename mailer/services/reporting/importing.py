"""Figures of past years brought in from a file, and kept apart from those that are counted here."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mailer.app import App
from mailer.content.past_figures import read_past_figures
from mailer.domain.years import PastYear
from mailer.store import past


@dataclass(frozen=True)
class Imported:
    """What a file held, and how much of it was new."""

    years: tuple[PastYear, ...]
    changed: int


def import_past(app: App, path: Path, now: datetime) -> Imported:
    """Brings in a CSV file of past years; a year that was brought in before is replaced. Raises Refused or BadFiles."""
    years = read_past_figures(path)
    with app.database.transaction() as tx:
        return Imported(years, past.keep(tx, years, now))
