"""What is planned: the slots of all campaigns, the issues that name them, and where these stand. Changes nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from mailer.app import App
from mailer.app.approvals import changed_files
from mailer.app.drafts import load_campaigns, load_lists, load_outlines
from mailer.content.planned import Outline
from mailer.domain.cadence import Slot, slots
from mailer.domain.holidays import holiday
from mailer.domain.issues import IssueState
from mailer.domain.letters import Campaign
from mailer.errors import Refused
from mailer.language import N_
from mailer.store import approvals, issues

LONGEST = timedelta(days=3_660)

BACKWARDS = N_("{last} comes before {first}: write the earlier day with --from, the later one with --to.")
TOO_LONG = N_("From {first} to {last} are more than ten years: choose days that are nearer to each other.")

NONE, DRAFT = "none", N_("draft")
"""No issue names the slot; one does, and nobody has approved it yet."""


@dataclass(frozen=True)
class Planned:
    """One line of the calendar: a slot, with its issue if there is one, or an issue outside any cadence."""

    at: datetime
    """In the zone of the cadence, or of the site."""
    campaign: str
    title: str
    planned: date | None
    """None for an issue outside the cadence."""
    issue: str
    """Empty where no issue names the slot."""
    state: str
    """NONE, DRAFT, or an IssueState."""
    approvals: int
    needed: int
    edited: bool
    """Its files changed since it was approved: it has to be approved again."""
    holiday: str
    """The public holiday on that day, an English message id; empty if there is none."""
    moved: bool


@dataclass(frozen=True)
class Calendar:
    """What is planned between two days, oldest first."""

    lines: tuple[Planned, ...]
    unreadable: tuple[str, ...]
    """Issues whose files do not say when they leave."""
    has_cadence: bool


@dataclass(frozen=True)
class _Standing:
    state: str
    approvals: int = 0
    edited: bool = False


def schedule(app: App, first: date, last: date) -> Calendar:
    """From the beginning of a day to the end of another, on the site's clocks. Raises Refused or BadFiles."""
    _check_span(first, last)
    start = datetime.combine(first, time.min, app.config.zone)
    end = datetime.combine(last + timedelta(days=1), time.min, app.config.zone)
    campaigns = load_campaigns(app, load_lists(app))
    outlines, unreadable = load_outlines(app)
    lines = [*_slots(app, campaigns, outlines, start, end), *_apart(app, campaigns, outlines, start, end)]
    lines.sort(key=lambda line: (line.at.astimezone(UTC), line.campaign, line.issue))
    return Calendar(tuple(lines), tuple(unreadable), any(one.cadence for one in campaigns.values()))


def _check_span(first: date, last: date) -> None:
    if last < first:
        raise Refused(BACKWARDS, first=first, last=last)
    if last - first > LONGEST:
        raise Refused(TOO_LONG, first=first, last=last)


def _slots(
    app: App, campaigns: Mapping[str, Campaign], outlines: list[Outline], start: datetime, end: datetime
) -> Iterator[Planned]:
    """The slots of every cadence; one that two issues name has two lines."""
    for campaign in campaigns.values():
        for slot in slots(campaign.cadence, start, end) if campaign.cadence else ():
            naming = [one for one in outlines if (one.campaign, one.planned) == (campaign.slug, slot.planned)]
            for name in [one.name for one in naming] or [""]:
                yield _line(app, campaign, slot, name)


def _apart(
    app: App, campaigns: Mapping[str, Campaign], outlines: list[Outline], start: datetime, end: datetime
) -> Iterator[Planned]:
    """The issues that name a moment of their own."""
    for one in outlines:
        if one.planned is None and start.astimezone(UTC) <= one.slot.astimezone(UTC) < end.astimezone(UTC):
            at = one.slot.astimezone(app.config.zone)
            slot = Slot(at.date(), at, holiday(at.date()) or "", moved=False)
            yield replace(_line(app, campaigns[one.campaign], slot, one.name), planned=None)


def _line(app: App, campaign: Campaign, slot: Slot, name: str) -> Planned:
    standing = _standing(app, name)
    return Planned(
        at=slot.at,
        campaign=campaign.slug,
        title=campaign.title,
        planned=slot.planned,
        issue=name,
        state=standing.state,
        approvals=standing.approvals,
        needed=campaign.approvals,
        edited=standing.edited,
        holiday=slot.holiday,
        moved=slot.moved,
    )


def _standing(app: App, name: str) -> _Standing:
    if not name:
        return _Standing(NONE)
    with app.database.reading() as tx:
        row = issues.find(tx, name)
        given = len(approvals.valid(tx, row.id)) if row else 0
    if row is None:
        return _Standing(DRAFT)
    edited = row.state is IssueState.APPROVED and bool(changed_files(app, row))
    return _Standing(row.state, given, edited)
