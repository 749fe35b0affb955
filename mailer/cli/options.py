"""Options that many commands share, and how they are read."""

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from mailer.errors import Refused
from mailer.language import N_

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout, all else on stderr.")]

BAD_MOMENT = N_('"{moment}" is not a moment. Write it like 2023-09-06T12:00 (time of the site) or with +02:00.')


def read_moment(text: str, zone: ZoneInfo) -> datetime:
    """ISO 8601; the zone of the site where none is written. Raises Refused."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        raise Refused(BAD_MOMENT, moment=text) from error
    return read if read.tzinfo else read.replace(tzinfo=zone)
