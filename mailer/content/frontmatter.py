"""The `+++` part of issue.md: what an issue says about itself before its text begins."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, PlainValidator

from mailer.config.toml import line_of, mistake, parse_toml
from mailer.content.aims import AimKeys, read_aim
from mailer.content.fields import NOTHING_WRITTEN, Line
from mailer.content.moments import NO_HOUR, NO_SUCH_HOUR, in_zone, read_day_or_moment, read_moment
from mailer.domain.aims import Aim
from mailer.domain.cadence import Cadence, Slot, moment_on, nearest, slot_at, slot_of
from mailer.domain.letters import Campaign, MailingList
from mailer.errors import Problem
from mailer.language import N_

MARK = "+++"
LONGEST_SUBJECT = 150

NO_FRONT_MATTER = N_('issue.md begins with a line "+++", then subject = "…" and slot = …, then a second line "+++".')
NOT_CLOSED = N_('the part that opens here with "+++" is not closed: put a second line "+++" before the text.')
SUBJECT_TOO_LONG = N_("the subject is {count} characters long; at most {most} are allowed, and 65 are seen.")
NO_PLACEHOLDER = N_("{{{{ }}}} cannot stand here: it is the same for all readers.")
NO_MOMENT = N_(
    "this issue does not say when it leaves: write slot = … (a slot of its campaign), or send_at = … (another moment)."
)
TWO_MOMENTS = N_(
    "slot and send_at are both written: keep slot for an issue of the campaign's cadence, or send_at for one outside "
    "of it."
)
NOT_A_SLOT = N_(
    "{value} is no slot of this campaign; the nearest is slot = {nearest} ({at}). For a moment outside the cadence, "
    "write send_at instead."
)
EMBARGO_BEFORE = N_("the embargo ends before the letter leaves: write a later moment, or remove the line.")


@dataclass(frozen=True)
class FrontMatter:
    """What stands between the `+++` lines."""

    subject: str
    preheader: str
    title: str
    number: str
    slot: datetime
    """The moment that the issue is meant for, whichever key says it."""
    planned: date | None
    """Which slot of the cadence it names."""
    embargo: datetime | None
    audience: tuple[str, ...]
    """Empty where the file leaves it to the campaign."""
    aim: Aim


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
    lines: list[str], path: str, lists: Mapping[str, MailingList], zone: ZoneInfo, campaign: Campaign | None = None
) -> tuple[FrontMatter | None, list[Problem]]:
    """`lines` as `split` gives them. A moment without a zone is one of the site's, a slot's one of the cadence's."""
    text = "\n".join(lines)
    file, problems = parse_toml(text, path, _IssueFile)
    if file is None:
        return None, problems
    read, wrong = read_aim(file, campaign, lists, text, path)
    problems += wrong
    when = _When(text, path, zone, campaign.cadence if campaign else None)
    slot, planned = when.leaves(file)
    embargo = when.embargo(file, slot)
    problems += when.problems
    if slot is None:
        return None, problems
    words = (file.subject, file.preheader, file.title, file.number)
    return FrontMatter(*words, slot, planned, embargo, read.lists, read.aim), problems


class _When:
    """Reads the moments of one issue and keeps count of every mistake in them."""

    def __init__(self, text: str, path: str, zone: ZoneInfo, cadence: Cadence | None) -> None:
        self.text, self.path, self.zone, self.cadence = text, path, zone, cadence
        self.problems: list[Problem] = []

    def leaves(self, file: "_IssueFile") -> tuple[datetime | None, date | None]:
        """The moment that the issue is meant for, and the day of its slot in the cadence."""
        if file.slot is None and file.send_at is None:
            self._add("subject", NO_MOMENT)
        elif file.slot is not None and file.send_at is not None:
            self._add("send_at", TWO_MOMENTS)
        elif file.send_at is not None:
            return self._moment("send_at", file.send_at, self.zone), None
        elif file.slot is not None and self.cadence is not None:
            slot = self._slot(file.slot, self.cadence)
            return (slot.at, slot.planned) if slot else (None, None)
        elif isinstance(file.slot, datetime):
            return self._moment("slot", file.slot, self.zone), None
        elif file.slot is not None:
            self._add("slot", NO_HOUR, date=file.slot.isoformat())
        return None, None

    def embargo(self, file: "_IssueFile", slot: datetime | None) -> datetime | None:
        """The moment before which nothing of the issue is public."""
        moment = self._moment("embargo", file.embargo, self.zone) if file.embargo else None
        if moment and slot and moment.astimezone(UTC) < slot.astimezone(UTC):
            self._add("embargo", EMBARGO_BEFORE)
        return moment

    def _slot(self, written: date, cadence: Cadence) -> Slot | None:
        if not isinstance(written, datetime):
            found, moment = slot_of(cadence, written), moment_on(cadence, written)
        elif local := self._moment("slot", written, cadence.zone):
            found, moment = _named_by(local, cadence), local
        else:
            return None
        if found is None:
            self._not_a_slot(written, nearest(cadence, moment))
        return found

    def _not_a_slot(self, written: date, close: Slot) -> None:
        at = close.at.replace(tzinfo=None).isoformat(timespec="minutes")
        self._add("slot", NOT_A_SLOT, value=written.isoformat(), nearest=close.planned.isoformat(), at=at)

    def _moment(self, key: str, written: datetime, zone: ZoneInfo) -> datetime | None:
        moment = in_zone(written, zone)
        if moment is None:
            self._add(key, NO_SUCH_HOUR, zone=str(zone))
        return moment

    def _add(self, key: str, sentence: str, **values: object) -> None:
        self.problems.append(Problem(self.path, line_of(self.text, [key]), sentence, values))


def _named_by(moment: datetime, cadence: Cadence) -> Slot | None:
    """The slot of this moment, or the one that was planned for it and then moved."""
    if slot := slot_at(cadence, moment):
        return slot
    slot = slot_of(cadence, moment.astimezone(cadence.zone).date())
    meant = moment_on(cadence, slot.planned) if slot else None
    return slot if meant and meant.astimezone(UTC) == moment.astimezone(UTC) else None


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


Plain = Annotated[Line, AfterValidator(_same_for_all)]


class _IssueFile(AimKeys):
    subject: Annotated[Plain, AfterValidator(_subject)]
    preheader: Plain = ""
    title: Plain = ""
    number: Plain = ""
    slot: Annotated[date | None, PlainValidator(read_day_or_moment)] = None
    send_at: Annotated[datetime | None, PlainValidator(read_moment)] = None
    embargo: Annotated[datetime | None, PlainValidator(read_moment)] = None
