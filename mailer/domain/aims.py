"""Whom an issue is for beside the lists that it names, and what spares them. Values only."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from mailer.domain.rules import AllOf, Rule, Year, to_renew

EXCEPTIONAL_EVERY = timedelta(days=330)
"""Once a year to a person: eleven months, because the first Wednesday of September is not always 365 days away."""


@dataclass(frozen=True)
class Aim:
    """What an issue says of its readers in rules."""

    rules: tuple[Rule, ...] = ()
    """Their people too, as readers of the campaign's own list."""
    rules_alone: bool = False
    """The campaign's own list is not in the audience: only whom the rules hold."""
    only: Rule | None = None
    """Of the whole audience, these."""
    exclude: Rule | None = None
    """Of the whole audience, not these."""
    renewal: Year | None = None
    """The year of membership that it asks for: who joins for it before the letter leaves does not get it."""
    solicitation: bool = False
    """It counts for, and respects, the most that one person is asked within a time."""
    exceptional: bool = False
    """To whoever did not ask, once a year."""
    again: bool = False
    """Even to those who had such a letter less than a year ago."""
    spread: timedelta = timedelta(0)
    """Over how long the letters leave to those who did not subscribe."""

    @property
    def narrowed(self) -> Rule | None:
        """All that a reader must fulfil; None where nothing is asked."""
        asked = [one for one in (self.only, to_renew(self.renewal) if self.renewal else None) if one is not None]
        return AllOf(tuple(asked)) if asked else None


@dataclass(frozen=True)
class Caps:
    """What spares people who had letters of a kind before; a moment that is None spares nobody."""

    exceptional_since: datetime | None = None
    """Who had an exceptional letter since then gets none now, unless they subscribed."""
    solicited_since: datetime | None = None
    most_solicitations: int = 0
    """Who had so many since then gets no further one."""


def caps(aim: Aim, leaves: datetime, most: int, within: timedelta) -> Caps:
    """What spares the readers of an issue that leaves at that moment."""
    since = leaves - EXCEPTIONAL_EVERY if aim.exceptional and not aim.again else None
    return Caps(since, leaves - within if aim.solicitation else None, most)
