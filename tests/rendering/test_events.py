"""Meetings: their date in words, their calendar entry."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from mailer.errors import Refused
from mailer.rendering.events import calendar_entry, in_words, read_event
from tests.rendering.writing import LETTERHEAD, PARIS, an_issue

FIELDS = {"title": "Café", "start": "2023-09-20T09:30", "end": "2023-09-20T17:00", "place": "Rennes"}


def test_the_date_is_in_french_words() -> None:
    when = in_words(read_event(FIELDS, PARIS), "fr")
    assert (when.weekday, when.day, when.month) == ("mer.", "20", "sept.")
    assert when.whole == "mercredi 20 septembre 2023"
    assert when.hours == "9\u00a0h\u00a030 – 17\u00a0h"


def test_a_meeting_of_two_days_says_both() -> None:
    when = in_words(read_event({**FIELDS, "end": "2023-09-21T12:00"}, PARIS), "fr")
    assert when.whole == "mercredi 20 septembre 2023 – jeudi 21 septembre 2023"


def test_a_time_with_an_offset_is_shown_in_the_sites_zone() -> None:
    event = read_event({**FIELDS, "start": "2023-09-20T07:30:00+00:00"}, PARIS)
    assert event.starts == datetime(2023, 9, 20, 9, 30, tzinfo=PARIS)
    assert in_words(event, "en").hours.startswith("9:30")


@pytest.mark.parametrize(("field", "value"), [("start", "demain"), ("end", ""), ("end", "2023-09-19T09:00")])
def test_a_date_that_cannot_be_is_refused(field: str, value: str) -> None:
    with pytest.raises(Refused):
        read_event({**FIELDS, field: value}, PARIS)


def test_the_calendar_entry_is_valid_and_stable() -> None:
    event = read_event({**FIELDS, "link": "https://a.example/visio"}, PARIS)
    entry = calendar_entry(event, an_issue(), LETTERHEAD, "cafe")
    assert entry == calendar_entry(event, an_issue(), LETTERHEAD, "cafe")
    assert entry.file_name.endswith(".ics")
    assert entry.media_type.startswith("text/calendar")
    calendar = Calendar.from_ical(entry.content)
    (meeting,) = calendar.walk("VEVENT")
    assert meeting.decoded("dtstart") == datetime(2023, 9, 20, 9, 30, tzinfo=ZoneInfo("Europe/Paris"))
    assert str(meeting["uid"]) == "sirene/2023-09/cafe@sirene.lavoir.example"
    assert [str(zone["tzid"]) for zone in calendar.walk("VTIMEZONE")] == ["Europe/Paris"]
    assert b"\r\n" in entry.content


def test_the_entry_keeps_its_name_when_the_meeting_moves() -> None:
    moved = read_event({**FIELDS, "start": "2023-09-20T10:00"}, PARIS)
    entries = [calendar_entry(one, an_issue(), LETTERHEAD, "cafe") for one in (read_event(FIELDS, PARIS), moved)]
    uids = [str(Calendar.from_ical(one.content).walk("VEVENT")[0]["uid"]) for one in entries]
    assert uids[0] == uids[1]
    assert entries[0].file_name != entries[1].file_name
