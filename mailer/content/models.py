"""A campaign's model.md: the next issue as it begins, with its number, month and dates filled in. Writes nothing."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from mailer.content.campaigns import FOLDER
from mailer.content.files import close_to, read_text
from mailer.domain.cadence import Slot, next_slot
from mailer.domain.letters import Campaign
from mailer.errors import BadFiles, Problem
from mailer.language import N_, day

MODEL_FILE = "model.md"

FILL_INS = ("number", "month", "month_short", "year", "date", "slot", "next_date")
FILL_IN = re.compile(r"\[\[(?P<name>[^\[\]\n]*)\]\]")
NUMBERED = re.compile(r"(?:#|\bn[°ºo]\.?)\s?(\d{1,6})\b|^\s*(\d{1,6})\s*$", re.IGNORECASE)
"""« #18 – octobre 2023 », « n° 18 », « 18 »; not the year of « septembre 2023 »."""

NO_MODEL = N_("there is no model yet: write it like an issue.md, with [[month]] or [[number]] where they change.")
UNKNOWN = N_('nothing is called "{name}". Between [[ and ]] can stand: {known}.')
UNKNOWN_CLOSE = N_('nothing is called "{name}". Did you mean "{close}"?')
NO_NEXT = N_("[[next_date]] cannot stand here: this campaign has no cadence, so nobody knows its next slot.")


def model_path(campaign: str) -> str:
    """The model of a campaign, from the site's folder."""
    return f"{FOLDER}/{campaign}/{MODEL_FILE}"


def fill_model(site: Path, campaign: Campaign, slot: Slot, number: int) -> str:
    """The text of an issue for a slot, line for line that of the model. Raises BadFiles."""
    path = model_path(campaign.slug)
    if not (site / path).is_file():
        raise BadFiles([Problem(path, None, NO_MODEL)])
    text, problems = read_text(site, path)
    filled, wrong = _fill(text, path, _values(campaign, slot, number))
    if problems or wrong:
        raise BadFiles(problems + wrong)
    return filled


def written_slot(campaign: Campaign, slot: Slot) -> str:
    """A slot as an issue's front matter names it: by its planned day, or by its moment outside any cadence."""
    return slot.planned.isoformat() if campaign.cadence else slot.at.replace(tzinfo=None).isoformat()


def highest_number(numbers: Iterable[str]) -> int:
    """The highest among the numbers of issues; 0 where none has one."""
    found = [match for number in numbers for match in NUMBERED.finditer(number)]
    return max((int(match[1] or match[2]) for match in found), default=0)


def _values(campaign: Campaign, slot: Slot, number: int) -> dict[str, str | None]:
    def said(when: date, pattern: str) -> str:
        return day(campaign.language, when, pattern)

    return {
        "number": str(number),
        "month": said(slot.planned, "MMMM"),
        "month_short": said(slot.planned, "MMM"),
        "year": str(slot.planned.year),
        "date": day(campaign.language, slot.at.date()),
        "slot": written_slot(campaign, slot),
        "next_date": _next_date(campaign, slot),
    }


def _next_date(campaign: Campaign, slot: Slot) -> str | None:
    """« mercredi 8 novembre », with the year where it is another one."""
    if campaign.cadence is None:
        return None
    then = next_slot(campaign.cadence, slot.at).at.date()
    pattern = "EEEE d MMMM" if then.year == slot.at.year else "EEEE d MMMM y"
    return day(campaign.language, then, pattern)


def _fill(text: str, path: str, values: Mapping[str, str | None]) -> tuple[str, list[Problem]]:
    problems: list[Problem] = []

    def value(found: re.Match[str]) -> str:
        name = found["name"].strip()
        written = values.get(name)
        if written is None:
            problems.append(_wrong(name, path, text.count("\n", 0, found.start()) + 1))
        return written or ""

    return FILL_IN.sub(value, text), problems


def _wrong(name: str, path: str, line: int) -> Problem:
    if name in FILL_INS:
        return Problem(path, line, NO_NEXT)
    if close := close_to(name.lower(), FILL_INS):
        return Problem(path, line, UNKNOWN_CLOSE, {"name": name, "close": close})
    return Problem(path, line, UNKNOWN, {"name": name, "known": ", ".join(FILL_INS)})
