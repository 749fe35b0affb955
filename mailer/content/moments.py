"""Days and moments as people write them in files. Knows no clock; a moment without a zone stays without one."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from mailer.config.toml import mistake
from mailer.language import N_

FIRST_YEAR, LAST_YEAR = 1970, 2200
"""Any other year is a slip of the finger, and arithmetic on the year 1 overflows."""

NO_HOUR = N_("a date needs an hour, like {date}T12:00:00.")
NOT_A_MOMENT = N_('"{value}" is not a moment; write it like 2023-09-06T12:00:00.')
NO_SUCH_HOUR = N_("there is no such hour in {zone}: the clocks go forward then. Choose another.")


def read_moment(value: object) -> datetime:
    """A TOML moment, or one written in quotation marks. Raises what a model's validator raises."""
    read = read_day_or_moment(value)
    if not isinstance(read, datetime):
        raise mistake(NO_HOUR, date=read.isoformat())
    return read


def read_day_or_moment(value: object) -> date:
    """The same, where a day alone will do; only a moment is a `datetime`."""
    if (read := parse_moment(value)) is None:
        raise mistake(NOT_A_MOMENT, value=str(value))
    return read


def parse_moment(value: object) -> date | None:
    """A day or a moment, from TOML's own kinds or from a text; None where it is neither."""
    read = _parse(value.strip()) if isinstance(value, str) else value
    return read if isinstance(read, date) and FIRST_YEAR <= read.year <= LAST_YEAR else None


def in_zone(moment: datetime, zone: ZoneInfo) -> datetime | None:
    """A moment without a zone read on the clocks of one; None where they skip it."""
    if moment.tzinfo is not None:
        return moment
    local = moment.replace(tzinfo=zone)
    offset = local.utcoffset() or timedelta(0)
    exists = (moment - offset).replace(tzinfo=ZoneInfo("UTC")).astimezone(zone).replace(tzinfo=None) == moment
    return local if exists else None


def _parse(text: str) -> date | None:
    for read in (date.fromisoformat, datetime.fromisoformat):
        try:
            return read(text)
        except ValueError:
            continue
    return None
