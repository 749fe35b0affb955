"""Options that many commands share, and how they are read."""

from datetime import date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from mailer.errors import Refused
from mailer.language import N_

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout, all else on stderr.")]

BAD_MOMENT = N_('"{moment}" is not a moment. Write it like 2023-09-06T12:00 (time of the site) or with +02:00.')
BAD_DAY = N_('"{day}" is not a day. Write it like 2023-09-06.')


def read_day(text: str) -> date:
    """ISO 8601, of a year that a calendar of ours may show. Raises Refused."""
    try:
        read = date.fromisoformat(text)
    except ValueError as error:
        raise Refused(BAD_DAY, day=text) from error
    if not 1970 <= read.year <= 2200:
        raise Refused(BAD_DAY, day=text)
    return read


def read_moment(text: str, zone: ZoneInfo) -> datetime:
    """ISO 8601; the zone of the site where none is written. Raises Refused."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        raise Refused(BAD_MOMENT, moment=text) from error
    return read if read.tzinfo else read.replace(tzinfo=zone)
