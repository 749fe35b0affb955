"""How long we keep who says nothing: three years, a question, a delay, erasure (CNIL, commercial prospecting). Pure."""

from datetime import datetime
from enum import StrEnum

from mailer.language import N_


class HeardWay(StrEnum):
    """How a person was heard where no other row tells it."""

    REPLY = N_("reply")
    """They wrote to us."""
    STAY = N_("stay")
    """They answered the question whether we may keep their address."""
    ACTED = N_("acted")
    """They left a letter or asked for their data; what else was kept of it is erased."""


def silent_before(now: datetime, years: int) -> datetime:
    """Whoever was last heard before this moment is asked; 29 February counts as the 28th."""
    try:
        return now.replace(year=now.year - years)
    except ValueError:
        return now.replace(year=now.year - years, day=28)
