"""What staff may write of a contact by hand, and how each field is read. Knows no store."""

import re
import unicodedata
from collections.abc import Callable, Mapping

from mailer.domain.people import Level
from mailer.domain.regions import FRANCE, REGIONS, read_country, read_place
from mailer.domain.search import fold
from mailer.errors import Refused
from mailer.language import N_

NO_SUCH_FIELD = N_('There is no field "{field}". The fields are: {known}.')
ONE_LINE = N_('"{field}" is one line of {limit} characters at most.')
NO_NAME = N_("A contact needs a name.")
NOT_A_LANGUAGE = N_('"{written}" is no language: write its two letters, like fr.')
NOT_A_COUNTRY = N_('"{written}" is no country that we know: write its two letters, like BE.')
NOT_A_LEVEL = N_('"{written}" is no level. The levels are: {known}.')
NOT_A_REGION = N_('"{written}" is no region. The regions are: {known}.')
NOT_A_TAG = N_('"{written}" cannot be a tag: write a few letters, figures and dashes.')
NOT_A_YEAR = N_('"{written}" is no year of membership: write it like 2023.')

LONGEST_LINE, LONGEST_NOTES, LONGEST_TAG = 300, 10_000, 60
FIRST_YEAR, LAST_YEAR = 1901, 2099
_BROKEN = ("Cc", "Zl", "Zp", "Cs")

Values = dict[str, str | None]


def read_fields(written: Mapping[str, str], known: Mapping[str, str | None]) -> Values:
    """The columns that a person's words change, beside what is `known` of the contact. Raises Refused."""
    values: Values = {}
    for field, text in written.items():
        if field not in FIELDS:
            raise Refused(NO_SUCH_FIELD, field=field, known=", ".join(FIELDS))
        values[field] = FIELDS[field](field, text.strip())
    return values | _name(values, known) | _place(values, known)


def read_tag(written: str) -> str:
    """« Conseil d'administration » as `conseil-d-administration`. Raises Refused."""
    slug = "-".join(fold(written).split())
    if not slug or len(slug) > LONGEST_TAG:
        raise Refused(NOT_A_TAG, written=written)
    return slug


def read_year(written: str) -> int:
    """A year that one can be a member in. Raises Refused."""
    text = written.strip()
    if not re.fullmatch(r"\d{4}", text, re.ASCII) or not FIRST_YEAR <= int(text) <= LAST_YEAR:
        raise Refused(NOT_A_YEAR, written=written)
    return int(text)


def _name(values: Values, known: Mapping[str, str | None]) -> Values:
    """The name goes with its parts as long as it is nothing else."""
    if "name" in values or not {"first_name", "last_name"} & values.keys():
        return {}
    before = _in_one(known.get("first_name"), known.get("last_name"))
    if known.get("name") not in (None, "", before):
        return {}
    after = {**known, **values}
    return {"name": _in_one(after.get("first_name"), after.get("last_name"))}


def _in_one(first: str | None, last: str | None) -> str:
    return f"{first or ''} {last or ''}".strip()


def _place(values: Values, known: Mapping[str, str | None]) -> Values:
    if not {"postcode", "country"} & values.keys():
        return {}
    after = {**known, **values}
    # Whatever the country was only because of the postcode goes with it.
    country = after.get("country") if "country" in values or known.get("country") != FRANCE else ""
    place = read_place(after.get("postcode") or "", country or "")
    region = {} if "region" in values else {"region": place.region}
    return {"postcode": place.postcode, "country": place.country, **region}


def _line(field: str, text: str) -> str:
    if len(text) > LONGEST_LINE or any(unicodedata.category(one) in _BROKEN for one in text):
        raise Refused(ONE_LINE, field=field, limit=LONGEST_LINE)
    return text


def _named(field: str, text: str) -> str:
    if not text:
        raise Refused(NO_NAME)
    return _line(field, text)


def _notes(field: str, text: str) -> str:
    if len(text) > LONGEST_NOTES:
        raise Refused(ONE_LINE, field=field, limit=LONGEST_NOTES)
    return text


def _language(_field: str, text: str) -> str | None:
    if text and not re.fullmatch(r"[a-z]{2}", text.casefold()):
        raise Refused(NOT_A_LANGUAGE, written=text)
    return text.casefold() or None


def _country(_field: str, text: str) -> str:
    code = read_country(text)
    if text and not code:
        raise Refused(NOT_A_COUNTRY, written=text)
    return code


def _level(_field: str, text: str) -> str | None:
    if text and text not in set(Level):
        raise Refused(NOT_A_LEVEL, written=text, known=", ".join(Level))
    return text or None


def _region(_field: str, text: str) -> str:
    for code, name in REGIONS.items():
        if text.upper() == code or (text and fold(text) == fold(name)):
            return code
    if text:
        raise Refused(NOT_A_REGION, written=text, known=", ".join(REGIONS))
    return ""


FIELDS: Mapping[str, Callable[[str, str], str | None]] = {
    "name": _named,
    "first_name": _line,
    "last_name": _line,
    "language": _language,
    "postcode": _line,
    "city": _line,
    "region": _region,
    "country": _country,
    "level": _level,
    "theme": _line,
    "notes": _notes,
}
"""Every field that is written by hand, in the order of a card."""
