"""Options that many commands share, and how they are read."""

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from mailer.content.moments import FIRST_YEAR, LAST_YEAR
from mailer.errors import Refused
from mailer.language import N_

if TYPE_CHECKING:
    from mailer.services.editing import Wanted

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout, all else on stderr.")]

MONTH = re.compile(r"\d{4}-\d{2}")

IssueName = Annotated[str, typer.Argument(metavar="ISSUE", help="campaign/slug, like sirene/2023-09")]

BAD_MOMENT = N_('"{moment}" is not a moment. Write it like 2023-09-06T12:00 (time of the site) or with +02:00.')
BAD_WISH = N_('"{day}" is not a month or a day. Write it like 2023-10, 2023-10-04 or 2023-10-04T12:00.')
BAD_DAY = N_('"{day}" is not a day. Write it like 2023-09-06.')


def read_day(text: str) -> date:
    """ISO 8601, of a year that a calendar of ours may show. Raises Refused."""
    try:
        read = date.fromisoformat(text)
    except ValueError as error:
        raise Refused(BAD_DAY, day=text) from error
    if not FIRST_YEAR <= read.year <= LAST_YEAR:
        raise Refused(BAD_DAY, day=text)
    return read


def read_wish(text: str) -> "Wanted":
    """When an issue should leave: 2023-10, 2023-10-04 or 2023-10-04T12:00. Raises Refused."""
    # Not before it is asked for: what reads and compiles issues takes 10 MB, and every command shares these options.
    from mailer.services.editing import Wanted

    try:
        if MONTH.fullmatch(text):
            return Wanted(read_day(f"{text}-01"), whole_month=True)
        if "T" in text:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is None:
                return Wanted(read_day(moment.date().isoformat()), moment.time())
        return Wanted(read_day(text))
    except (ValueError, Refused) as error:
        raise Refused(BAD_WISH, day=text) from error


def read_moment(text: str, zone: ZoneInfo) -> datetime:
    """ISO 8601; the zone of the site where none is written. Raises Refused."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        raise Refused(BAD_MOMENT, moment=text) from error
    return read if read.tzinfo else read.replace(tzinfo=zone)
