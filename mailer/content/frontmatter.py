"""The `+++` part of issue.md: what an issue says about itself before its text begins."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field

from mailer.config.toml import line_of, mistake, parse_toml
from mailer.content.campaigns import no_such_list
from mailer.content.fields import NOTHING_WRITTEN, Line, Strict
from mailer.domain.letters import MailingList
from mailer.errors import Problem
from mailer.language import N_

MARK = "+++"
LONGEST_SUBJECT = 150

NO_FRONT_MATTER = N_('issue.md begins with a line "+++", then subject = "…" and slot = …, then a second line "+++".')
NOT_CLOSED = N_('the part that opens here with "+++" is not closed: put a second line "+++" before the text.')
SUBJECT_TOO_LONG = N_("the subject is {count} characters long; at most {most} are allowed, and 65 are seen.")
NO_PLACEHOLDER = N_("{{{{ }}}} cannot stand here: it is the same for all readers.")
NO_HOUR = N_("a date needs an hour, like {date}T12:00:00.")
NOT_A_MOMENT = N_('"{value}" is not a moment; write it like 2023-09-06T12:00:00.')
NO_SUCH_HOUR = N_("there is no such hour in {zone}: the clocks go forward then. Choose another.")
NO_AUDIENCE = N_("the audience is empty: name a list, or remove the line to write to the campaign's own list.")


@dataclass(frozen=True)
class FrontMatter:
    """What stands between the `+++` lines."""

    subject: str
    preheader: str
    title: str
    number: str
    slot: datetime
    audience: tuple[str, ...]
    """Empty where the file leaves it to the campaign."""


def split(lines: list[str], path: str) -> tuple[list[str], int, list[Problem]]:
    """The lines between the marks, the line after the second mark (from 1), and what is wrong with the marks."""
    opening = next((at for at, line in enumerate(lines) if line.strip()), 0)
    if lines[opening].rstrip() != MARK:
        return [], opening + 1, [Problem(path, opening + 1, NO_FRONT_MATTER)]
    closing = next((at for at, line in enumerate(lines[opening + 1 :], opening + 1) if line.rstrip() == MARK), None)
    if closing is None:
        return [], len(lines) + 1, [Problem(path, opening + 1, NOT_CLOSED)]
    # Blank lines in place of those above, so that a TOML mistake carries the line of the file.
    return [""] * (opening + 1) + lines[opening + 1 : closing], closing + 2, []


def read_front_matter(
    lines: list[str], path: str, lists: Mapping[str, MailingList], zone: ZoneInfo
) -> tuple[FrontMatter | None, list[Problem]]:
    """`lines` as `split` gives them. A moment without a zone is one of the site's."""
    text = "\n".join(lines)
    file, problems = parse_toml(text, path, _IssueFile)
    if file is None:
        return None, problems
    for slug in file.audience or ():
        problems += no_such_list(slug, lists, path, line_of(text, ["audience"]))
    slot = in_zone(file.slot, zone)
    if slot is None:
        return None, [*problems, Problem(path, line_of(text, ["slot"]), NO_SUCH_HOUR, {"zone": str(zone)})]
    audience = tuple(dict.fromkeys(file.audience or ()))
    return FrontMatter(file.subject, file.preheader, file.title, file.number, slot, audience), problems


def in_zone(moment: datetime, zone: ZoneInfo) -> datetime | None:
    """A moment without a zone read on the site's clocks; None where they skip it."""
    if moment.tzinfo is not None:
        return moment
    local = moment.replace(tzinfo=zone)
    offset = local.utcoffset() or timedelta(0)
    exists = (moment - offset).replace(tzinfo=ZoneInfo("UTC")).astimezone(zone).replace(tzinfo=None) == moment
    return local if exists else None


def read_moment(value: object) -> datetime:
    """A TOML moment, or one written in quotation marks. Raises what a model's validator raises."""
    if isinstance(value, str):
        value = _parse(value)
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        raise mistake(NO_HOUR, date=value.isoformat())
    raise mistake(NOT_A_MOMENT, value=str(value))


def _parse(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise mistake(NOT_A_MOMENT, value=text) from error


def _subject(value: str) -> str:
    if not value:
        raise mistake(NOTHING_WRITTEN)
    if len(value) > LONGEST_SUBJECT:
        raise mistake(SUBJECT_TOO_LONG, count=len(value), most=LONGEST_SUBJECT)
    return value


def _same_for_all(value: str) -> str:
    if "{{" in value:
        raise mistake(NO_PLACEHOLDER)
    return value


def _some(value: list[str] | None) -> list[str] | None:
    if value == []:
        raise mistake(NO_AUDIENCE)
    return value


Plain = Annotated[Line, AfterValidator(_same_for_all)]


class _IssueFile(Strict):
    subject: Annotated[Plain, AfterValidator(_subject)]
    preheader: Plain = ""
    title: Plain = ""
    number: Plain = ""
    slot: Annotated[datetime, BeforeValidator(read_moment)]
    audience: Annotated[list[str] | None, AfterValidator(_some)] = Field(None)
