"""Figures of past years as another program counted them. Never mixes them with counts of our own."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from mailer.domain.years import PastYear
from mailer.store.sql import run
from mailer.store.tables import past_figures


def keep(tx: Connection, years: Sequence[PastYear], now: datetime) -> int:
    """Stores them, in place of what was brought in before for the same campaign and year; how many changed anything."""
    return sum(run(tx, _KEEP, **vars(one), now=now).rowcount for one in years)


def of_year(tx: Connection, year: int) -> dict[str, PastYear]:
    """What was brought in for a year, by campaign."""
    found = tx.execute(select(*_COLUMNS).where(past_figures.c.year == year).order_by(past_figures.c.campaign))
    return {row.campaign: PastYear(**row._asdict()) for row in found}


def years(tx: Connection) -> list[int]:
    """The years that were brought in."""
    return list(tx.execute(select(past_figures.c.year).distinct()).scalars())


_COLUMNS = tuple(past_figures.c[name] for name in PastYear.__dataclass_fields__)

_KEEP = """INSERT INTO past_figure (campaign, year, issues, sends, rate, imported_at)
VALUES (:campaign, :year, :issues, :sends, :rate, :now)
ON CONFLICT (campaign, year) DO UPDATE SET issues = excluded.issues, sends = excluded.sends, rate = excluded.rate,
  imported_at = excluded.imported_at
WHERE past_figure.issues <> excluded.issues OR past_figure.sends <> excluded.sends
  OR past_figure.rate <> excluded.rate"""
