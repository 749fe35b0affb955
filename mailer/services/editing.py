"""An issue begun from its campaign's model, in a folder of its own. Never touches a folder that is there."""

import os
import secrets
import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

from mailer.app import App
from mailer.app.drafts import load_campaigns, load_lists, load_outlines
from mailer.app.models import BegunIssue, begin_issue
from mailer.content.campaigns import FOLDER
from mailer.content.files import close_to
from mailer.content.issues import ISSUE_FILE
from mailer.content.models import highest_number, written_slot
from mailer.content.moments import NO_SUCH_HOUR, in_zone
from mailer.domain.cadence import Cadence, Slot, moment_on, nearest, next_slot, slot_in, slot_on
from mailer.domain.letters import Campaign
from mailer.errors import NotFound, Refused
from mailer.language import N_
from mailer.store import issues

NOON = time.fromisoformat("12:00")
"""Of an issue outside any cadence whose hour nobody says."""

EVER = (datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC))

NO_CAMPAIGN = N_('There is no campaign "{campaign}". The campaigns are: {known}.')
NO_CAMPAIGN_CLOSE = N_('There is no campaign "{campaign}". Did you mean "{close}"?')
SAY_THE_DAY = N_(
    "{campaign} has no cadence, so nobody knows when its next issue is due. Say the day: mailer issue new {campaign} "
    "2023-10-23, or with its hour, 2023-10-23T08:30."
)
NO_SLOT = N_("{campaign} has no slot there; the nearest one is: mailer issue new {campaign} {nearest}")
HAS_ISSUE = N_("The slot planned on {planned} has its issue already: {issue}.")
EXISTS = N_("{path} is there already, and stays as it is. To begin it anew, move it elsewhere first.")
LEFT_ALREADY = N_("{issue} has left already, and its letter never changes. Choose another day.")
CANNOT_WRITE = N_("{path} cannot be written: {reason}.")


@dataclass(frozen=True)
class NewIssue:
    """An issue that has just been begun."""

    name: str
    path: Path
    """Of its issue.md."""
    slot: str
    """As its front matter says it."""
    at: datetime


@dataclass(frozen=True)
class Wanted:
    """When a new issue should leave: on a day, at a moment of it, or at the slot of a month."""

    day: date
    hour: time | None = None
    whole_month: bool = False


def new_issue(app: App, campaign_slug: str, wanted: Wanted | None, now: datetime) -> NewIssue:
    """Makes the folder of an issue, whole or not at all; without a wish, for the next slot that no issue names.

    Raises NotFound, Refused or BadFiles.
    """
    campaign = _campaign(app, campaign_slug)
    slot = _slot(app, campaign, wanted, now)
    name = f"{campaign.slug}/{slot.planned:{'%Y-%m' if campaign.cadence else '%Y-%m-%d'}}"
    _check_free(app, name)
    begun = begin_issue(app, campaign, slot, _highest_number(app, campaign) + 1)
    folder = app.site / FOLDER / name
    try:
        _write(folder, begun)
    except FileExistsError as error:
        raise Refused(EXISTS, path=f"{FOLDER}/{name}") from error
    except OSError as error:
        raise Refused(CANNOT_WRITE, path=f"{FOLDER}/{name}", reason=error.strerror) from error
    return NewIssue(name, folder / ISSUE_FILE, written_slot(campaign, slot), slot.at)


def _campaign(app: App, slug: str) -> Campaign:
    campaigns = load_campaigns(app, load_lists(app))
    if slug in campaigns:
        return campaigns[slug]
    if close := close_to(slug, campaigns):
        raise NotFound(NO_CAMPAIGN_CLOSE, campaign=slug, close=close)
    raise NotFound(NO_CAMPAIGN, campaign=slug, known=", ".join(campaigns))


def _slot(app: App, campaign: Campaign, wanted: Wanted | None, now: datetime) -> Slot:
    if campaign.cadence is None:
        return _moment(app, campaign, wanted)
    named = {one.planned: one.name for one in load_outlines(app, campaign.slug)[0] if one.planned}
    if wanted is None:
        slot = next_slot(campaign.cadence, now)
        while slot.planned in named:
            slot = next_slot(campaign.cadence, slot.at)
        return slot
    slot = _wanted_slot(campaign, campaign.cadence, wanted)
    if slot.planned in named:
        raise Refused(HAS_ISSUE, planned=slot.planned, issue=named[slot.planned])
    return slot


def _moment(app: App, campaign: Campaign, wanted: Wanted | None) -> Slot:
    """A slot of its own, for a campaign without cadence."""
    if wanted is None or wanted.whole_month:
        raise Refused(SAY_THE_DAY, campaign=campaign.slug)
    at = in_zone(datetime.combine(wanted.day, wanted.hour or NOON), app.config.zone)
    if at is None:
        raise Refused(NO_SUCH_HOUR, zone=app.config.timezone)
    return Slot(wanted.day, at, "", moved=False)


def _wanted_slot(campaign: Campaign, cadence: Cadence, wanted: Wanted) -> Slot:
    day = wanted.day
    found = slot_in(cadence, day.year, day.month) if wanted.whole_month else slot_on(cadence, day)
    if found is None or wanted.hour not in (None, found.at.time()):
        close = nearest(cadence, moment_on(cadence, day))
        raise Refused(NO_SLOT, campaign=campaign.slug, nearest=close.planned.isoformat())
    return found


def _check_free(app: App, name: str) -> None:
    with app.database.reading() as tx:
        row = issues.find(tx, name)
    if row is not None and row.released_at is not None:
        raise Refused(LEFT_ALREADY, issue=name)
    if (app.site / FOLDER / name).exists():
        raise Refused(EXISTS, path=f"{FOLDER}/{name}")


def _highest_number(app: App, campaign: Campaign) -> int:
    """Of the issues that are files, and of those that left and whose files are gone."""
    with app.database.reading() as tx:
        left = issues.released_between(tx, *EVER)
    numbers = [row.number for row in left if row.campaign == campaign.slug]
    return highest_number([*numbers, *(one.number for one in load_outlines(app, campaign.slug)[0])])


def _write(folder: Path, begun: BegunIssue) -> None:
    """Beside, under a name that no reading of the site sees, then in one step to its place."""
    beside = folder.with_name(f".new-{secrets.token_hex(6)}")
    try:
        beside.mkdir()
        for image in begun.images:
            shutil.copyfile(folder.parent / image, beside / image)
        with (beside / ISSUE_FILE).open("x", encoding="utf-8", newline="\n") as file:
            file.write(begun.text)
            file.flush()
            os.fsync(file.fileno())
        _move(beside, folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _move(beside: Path, folder: Path) -> None:
    try:
        beside.rename(folder)
    except OSError as error:
        # Somebody else's issue took the place a moment ago.
        if folder.exists():
            raise FileExistsError(folder) from error
        raise
