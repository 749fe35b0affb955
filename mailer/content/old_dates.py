"""When an old issue came out: as its page says it, its file's name, or its title. Guesses no day that nobody wrote."""

import re
from collections.abc import Iterator
from datetime import date
from functools import cache

from babel import Locale
from lxml.html import HtmlElement

from mailer.domain.search import fold

FIRST, LAST = 1990, 2100
META = ("article:published_time", "date", "dc.date", "dcterms.created", "dcterms.date", "pubdate", "publish-date")
ISO = re.compile(r"(?<!\d)(?P<year>(?:19|20)\d\d)[-_.]?(?P<month>0[1-9]|1[0-2])(?:[-_.]?(?P<day>[0-3]\d))?(?!\d)")
TURNED = re.compile(r"(?<!\d)(?P<day>[0-3]?\d)[-_./](?P<month>0?[1-9]|1[0-2])[-_./](?P<year>(?:19|20)\d\d)(?!\d)")


def find_day(root: HtmlElement, stem: str, subject: str) -> date | None:
    """The file's name first: it is what a person writes who knows better. A month without a day is its first."""
    texts = [stem, *_said_by(root), subject]
    return next((found for text in texts for found in _days(text)), None)


def _said_by(root: HtmlElement) -> Iterator[str]:
    for meta in root.iter("meta"):
        if (meta.get("property") or meta.get("name") or "").lower() in META:
            yield (meta.get("content") or "")[:10]
    for time in root.iter("time"):
        yield (time.get("datetime") or "")[:10]


def _days(text: str) -> Iterator[date]:
    for pattern in (ISO, TURNED, _in_words()):
        for found in pattern.finditer(fold(text) if pattern is _in_words() else text):
            parts = found.groupdict()
            month = _months().get(parts["month"]) or int(parts["month"])
            if day := _day(int(parts["year"]), month, int(parts["day"] or 1)):
                yield day


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if FIRST <= year <= LAST else None
    except ValueError:
        return None


@cache
def _months() -> dict[str, int]:
    """French and English names, long and short, as they look folded."""
    return {
        fold(name).strip(): number
        for language in ("en", "fr")
        for names in Locale.parse(language).months["format"].values()
        for number, name in names.items()
        if not name.isdigit() and len(name) > 1
    }


@cache
def _in_words() -> re.Pattern[str]:
    names = "|".join(sorted(map(re.escape, _months()), key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:(?P<day>[0-3]?\d)(?:er)? )?(?P<month>{names}) (?P<year>(?:19|20)\d\d)(?!\w)")
