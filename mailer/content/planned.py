"""Which issue is meant for which moment, read from the tops of the files alone; and what clashes there."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from mailer.config.toml import line_of
from mailer.content.campaigns import FOLDER, campaign_path, issue_names
from mailer.content.files import read_text
from mailer.content.frontmatter import read_front_matter, split
from mailer.content.issues import ISSUE_FILE
from mailer.domain.cadence import Slot, slots
from mailer.domain.findings import Finding, Level
from mailer.domain.letters import Campaign, MailingList
from mailer.language import N_

LOOK_AHEAD = timedelta(days=60)
"""How long before a public holiday somebody is told."""

SLOT_TAKEN = N_(
    "the slot planned on {planned} is already that of {other}: choose another slot, or write send_at for a letter "
    "outside the cadence."
)
ON_A_HOLIDAY = N_(
    "the slot of {day} is a public holiday ({holiday}). To move it, write {planned} = another day in "
    "[cadence.moved_to]; otherwise it stays as it is."
)


@dataclass(frozen=True)
class Outline:
    """What an issue says of itself before its text, as far as the calendar goes."""

    name: str
    campaign: str
    path: str
    number: str
    slot: datetime
    planned: date | None
    line: int | None
    """Of the key that says when it leaves."""


def read_outlines(
    site: Path, lists: Mapping[str, MailingList], campaigns: Mapping[str, Campaign], zone: ZoneInfo
) -> tuple[list[Outline], list[str]]:
    """The issues of these campaigns in the order of their names, and the names of those whose moment cannot be read."""
    outlines, unreadable = list[Outline](), list[str]()
    for name in issue_names(site):
        campaign = campaigns.get(name.partition("/")[0])
        if campaign is None:
            continue
        if outline := _outline(site, name, campaign, lists, zone):
            outlines.append(outline)
        else:
            unreadable.append(name)
    return outlines, unreadable


def taken_twice(outlines: Collection[Outline]) -> list[Finding]:
    """An error for each issue whose slot another one, earlier by name, has named already."""
    first: dict[tuple[str, date], str] = {}
    found = []
    for one in outlines:
        if one.planned is None:
            continue
        other = first.setdefault((one.campaign, one.planned), one.name)
        if other != one.name:
            values: dict[str, object] = {"planned": one.planned, "other": other}
            found.append(Finding(Level.ERROR, one.path, one.line, SLOT_TAKEN, values))
    return found


def holidays_ahead(site: Path, campaigns: Mapping[str, Campaign], now: datetime) -> list[Finding]:
    """A warning for each slot of the next sixty days that falls on a public holiday."""
    found = list[Finding]()
    for campaign in campaigns.values():
        if campaign.cadence is not None:
            ahead = slots(campaign.cadence, now, now + LOOK_AHEAD)
            found += _holidays(site, campaign_path(campaign.slug), [slot for slot in ahead if slot.holiday])
    return found


def _outline(
    site: Path, name: str, campaign: Campaign, lists: Mapping[str, MailingList], zone: ZoneInfo
) -> Outline | None:
    path = f"{FOLDER}/{name}/{ISSUE_FILE}"
    text, _ = read_text(site, path)
    top, _, _ = split(text.split("\n"), path)
    front, _ = read_front_matter(top, path, lists, zone, campaign) if top else (None, [])
    if front is None:
        return None
    written = "\n".join(top)
    line = line_of(written, ["slot"]) or line_of(written, ["send_at"])
    return Outline(name, campaign.slug, path, front.number, front.slot, front.planned, line)


def _holidays(site: Path, path: str, ahead: list[Slot]) -> Iterator[Finding]:
    text = read_text(site, path)[0] if ahead else ""
    for slot in ahead:
        keys = ["cadence", "moved_to", slot.planned.isoformat()] if slot.moved else ["cadence", "day"]
        values = {"day": slot.at.date(), "holiday": slot.holiday, "planned": slot.planned.isoformat()}
        yield Finding(Level.WARNING, path, line_of(text, keys), ON_A_HOLIDAY, values)
