"""Meetings in a letter: their date in words, and the calendar entry that the letter links to."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime

from mailer.domain.letters import Attachment, Event, Issue, Letterhead
from mailer.errors import Refused
from mailer.language import N_

NOT_A_MOMENT = N_('"{field}" cannot be "{value}". Write a date and an hour, such as 2023-09-20T09:30.')
ENDS_FIRST = N_("this meeting ends before it begins.")


@dataclass(frozen=True)
class Moment:
    """When a meeting is, in the words of a language."""

    weekday: str
    day: str
    month: str
    hours: str
    whole: str


def read_event(fields: dict[str, str], zone: ZoneInfo) -> Event:
    """The meeting that a block's fields describe; a time without offset is the site's. Raises Refused."""
    starts, ends = (_moment(fields.get(key, ""), key, zone) for key in ("start", "end"))
    if ends < starts:
        raise Refused(ENDS_FIRST)
    return Event(fields.get("title", ""), starts, ends, fields.get("place", ""), fields.get("link", ""))


def in_words(event: Event, language: str) -> Moment:
    """« mer. », « 20 », « sept. », « 9 h 30 – 17 h », « mercredi 20 septembre 2023 »."""
    begins, ends = _hour(event.starts, language), _hour(event.ends, language)
    day = format_date(event.starts, _WHOLE_DAY[language], locale=language)
    last_day = format_date(event.ends, _WHOLE_DAY[language], locale=language)
    return Moment(
        format_date(event.starts, "EEE", locale=language),
        format_date(event.starts, "d", locale=language),
        format_date(event.starts, "MMM", locale=language),
        begins if begins == ends else f"{begins} – {ends}",
        day if day == last_day else f"{day} – {last_day}",
    )


def calendar_entry(event: Event, issue: Issue, letterhead: Letterhead, anchor: str) -> Attachment:
    """The .ics file of a meeting (RFC 5545), the same bytes whenever it is made again."""
    # Imported by who compiles, not by who sends.
    from icalendar import Calendar
    from icalendar import Event as CalendarEvent

    calendar = Calendar()
    calendar.add("prodid", f"-//{letterhead.organisation}//{issue.list.title}//{issue.campaign.language.upper()}")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    entry = CalendarEvent()
    # Stable when the date is corrected, so that calendars move the meeting and do not double it.
    entry.add("uid", f"{issue.name}/{anchor}@{issue.list.list_id}")
    entry.add("dtstamp", issue.slot.astimezone(UTC))
    entry.add("dtstart", event.starts)
    entry.add("dtend", event.ends)
    entry.add("summary", event.title)
    if event.place:
        entry.add("location", event.place)
    if event.url:
        entry.add("url", event.url)
    calendar.add_component(entry)
    calendar.add_missing_timezones()
    content = calendar.to_ical()
    return Attachment(f"{hashlib.sha256(content).hexdigest()[:32]}.ics", "text/calendar; charset=utf-8", content)


def _moment(value: str, field: str, zone: ZoneInfo) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise Refused(NOT_A_MOMENT, field=field, value=value) from error
    return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)


def _hour(moment: datetime, language: str) -> str:
    whole, with_minutes = _HOURS[language]
    return format_datetime(moment, with_minutes if moment.minute else whole, locale=language)


_WHOLE_DAY = {"fr": "EEEE d MMMM y", "en": "EEEE d MMMM y"}
_HOURS = {
    "fr": ("H'\N{NO-BREAK SPACE}h'", "H'\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}'mm"),
    "en": ("h\N{NO-BREAK SPACE}a", "h:mm\N{NO-BREAK SPACE}a"),
}
