"""« mardi 11 octobre »: days of the week that do not go with their dates, in the language of the letter."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from babel import Locale
from babel.dates import format_date

from mailer.content import markdown
from mailer.content.blocks import text_line
from mailer.domain.findings import Finding, Level
from mailer.domain.letters import Block, Issue
from mailer.language import N_

WRONG_DAY = N_('"{written}": in {year}, that day is a {weekday}.')
NO_SUCH_DAY = N_('"{written}": there is no such day.')


def check_dates(issue: Issue, block: Block) -> Iterator[Finding]:
    """Each date of a block that names its day of the week wrongly; without a year, the nearest to the slot."""
    calendar = _calendar(issue.campaign.language)
    for line, text in _lines(block):
        for found in calendar.pattern.finditer(text):
            yield from _check(issue, calendar, found, line)


def check_top(issue: Issue) -> Iterator[Finding]:
    """The same for what stands beside the letter in a mailbox: subject, preheader, number."""
    calendar = _calendar(issue.campaign.language)
    for text in (issue.subject, issue.preheader, issue.number):
        for found in calendar.pattern.finditer(text):
            yield from _check(issue, calendar, found, None)


@dataclass(frozen=True)
class _Calendar:
    """The names of days and months of one language, long and short, lower-case."""

    language: str
    weekdays: Mapping[str, int]
    """0 is Monday."""
    months: Mapping[str, int]
    pattern: re.Pattern[str]


@cache
def _calendar(language: str) -> _Calendar:
    locale = Locale.parse(language)
    weekdays = _names(locale.days["format"])
    months = _names(locale.months["format"])
    day = rf"(?P<weekday>{_any(weekdays)}),?\s+"
    number = r"(?P<number>\d{1,2})(?:er|ᵉʳ|st|nd|rd|th)?"
    month, year = rf"(?P<month>{_any(months)})", r"(?:,?\s+(?P<year>[12]\d{3}))?"
    turned = rf"(?P<turned>{_any(months)})\s+(?P<turned_number>\d{{1,2}})(?:st|nd|rd|th)?"
    pattern = rf"(?<!\w){day}(?:{number}\s+{month}|{turned})(?!\w){year}"
    return _Calendar(language, weekdays, months, re.compile(pattern, re.IGNORECASE))


def _names(widths: Mapping[str, Mapping[int, str]]) -> dict[str, int]:
    named = {name.casefold(): number for width in ("wide", "abbreviated") for number, name in widths[width].items()}
    # « Mer » for « mer. », and the other way round.
    return named | {name.rstrip("."): number for name, number in named.items()}


def _any(names: Mapping[str, int]) -> str:
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))


def _lines(block: Block) -> Iterator[tuple[int, str]]:
    for field in ("title", "place"):
        if value := block.fields.get(field):
            yield block.line, value
    yield from enumerate(markdown.without_targets(block.text).replace("*", "").split("\n"), text_line(block))


def _check(issue: Issue, calendar: _Calendar, found: re.Match[str], line: int | None) -> Iterator[Finding]:
    written = " ".join(found[0].split())
    month = calendar.months[_bare(found["month"] or found["turned"])]
    number = int(found["number"] or found["turned_number"])
    day = _nearest(number, month, int(found["year"]) if found["year"] else None, issue.slot.date())
    if day is None:
        yield Finding(Level.WARNING, issue.path, line, NO_SUCH_DAY, {"written": written})
    elif day.weekday() != calendar.weekdays[_bare(found["weekday"])]:
        values = {"written": written, "year": day.year, "weekday": format_date(day, "EEEE", calendar.language)}
        yield Finding(Level.WARNING, issue.path, line, WRONG_DAY, values)


def _bare(name: str) -> str:
    return name.casefold().rstrip(".")


def _nearest(number: int, month: int, year: int | None, slot: date) -> date | None:
    years = (year,) if year else (slot.year - 1, slot.year, slot.year + 1)
    days = [day for one in years if (day := _day(one, month, number))]
    return min(days, key=lambda day: abs((day - slot).days), default=None)


def _day(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None
