"""What people read, in their language: catalogues, dates, numbers. Never decides what is said.

The source language is English; `fr.po` beside this file holds the French. Catalogues are read from the
.po files themselves, so nothing has to be compiled and nothing can be stale.
"""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from importlib.resources import files
from io import BytesIO
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from babel.support import NullTranslations, Translations

from mailer.errors import BadFiles, MailerError, Problem

LANGUAGES = ("fr", "en")


def N_(sentence: str) -> str:
    """Mark a sentence for the catalogues; it is translated later, at a door."""
    return sentence


@cache
def translations(language: str) -> NullTranslations:
    """The catalogue of a language; English, and anything without a catalogue, reads the source sentences."""
    source = files(__name__) / f"{language}.po"
    if not source.is_file():
        return NullTranslations()
    compiled = BytesIO()
    with source.open("rb") as handle:
        write_mo(compiled, read_po(handle, locale=language))
    compiled.seek(0)
    return Translations(compiled)


def say(language: str, sentence: str, values: Mapping[str, object] | None = None) -> str:
    """A sentence in a language, its named holes filled; states, days and fractions in that language too."""
    filled = {name: _worded(language, value) for name, value in (values or {}).items()}
    return say_words(language, sentence).format(**filled)


def say_words(language: str, words: str) -> str:
    """Our own words in a language; anyone else's, such as a relay's, as they are. Fills no hole."""
    # The empty sentence is the catalogue's own heading.
    return str(translations(language).ugettext(words)) if words else ""


def say_plural(language: str, one: str, many: str, count: int, **values: object) -> str:
    """A counted sentence; `{count}` reads as a number of that language. French: 0 and 1 are singular."""
    translated = str(translations(language).ungettext(one, many, count))
    return translated.format(count=number(language, count), **values)


def say_error(language: str, error: MailerError) -> str:
    """An error's sentence, one line a problem where it holds several."""
    if isinstance(error, BadFiles):
        return "\n".join(say_problem(language, problem) for problem in error.problems)
    return say(language, error.sentence, error.values)


def say_problem(language: str, problem: Problem) -> str:
    """``path:line: sentence``."""
    place = problem.path if problem.line is None else f"{problem.path}:{problem.line}"
    return f"{place}: {say(language, problem.sentence, problem.values)}"


def number(language: str, value: float) -> str:
    """20 000 in French (narrow no-break space), 20,000 in English."""
    return format_decimal(value, locale=language)


def percent(language: str, share: float, digits: int = 2) -> str:
    """0.3424 as « 34,24 % »."""
    return format_percent(share, format=_PERCENT[language].format("0" * digits), locale=language)


def day(language: str, when: date, pattern: str = "EEEE d MMMM y") -> str:
    """« mercredi 1er novembre 2023 »; `pattern` says in CLDR's letters what of it is wanted."""
    if language == "fr" and when.day == 1:
        pattern = pattern.replace("d ", "d'er' ")
    return format_date(when, pattern, locale=language)


def moment(language: str, when: datetime, zone: ZoneInfo) -> str:
    """« mercredi 6 septembre 2023 à 12:00 », in the zone of the site."""
    local = when.astimezone(zone)
    return _MOMENT[language].format(day=day(language, local.date()), hour=f"{local:%H:%M}")


def by_when(language: str, when: datetime, now: datetime, zone: ZoneInfo) -> str:
    """« vers 16 h 40 »; on another day than `now`, « le jeudi 7 septembre vers 16 h 40 »."""
    here = when.astimezone(zone)
    same_day = here.date() == now.astimezone(zone).date()
    return str(format_datetime(here, (_HOUR if same_day else _DAY_AND_HOUR)[language], locale=language))


def _worded(language: str, value: object) -> object:
    if isinstance(value, StrEnum):
        return say_words(language, value)
    if isinstance(value, float):
        return number(language, value)
    return day(language, value) if type(value) is date else value


_PERCENT = {"fr": "0.{}\N{NO-BREAK SPACE}%", "en": "0.{}%"}
_MOMENT = {"fr": "{day} à {hour}", "en": "{day} at {hour}"}
_HOUR = {"fr": "'vers' H\N{NO-BREAK SPACE}'h'\N{NO-BREAK SPACE}mm", "en": "'about' HH:mm"}
_DAY_AND_HOUR = {"fr": f"'le' EEEE d MMMM {_HOUR['fr']}", "en": f"'on' EEEE d MMMM {_HOUR['en']}"}
