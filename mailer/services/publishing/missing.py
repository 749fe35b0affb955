"""Slots that no approved issue fills, and drafts whose own moment comes: what the clock has people told of."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from mailer.app.drafts import load_issue
from mailer.content.campaigns import issue_names
from mailer.domain.cadence import Slot, slots
from mailer.domain.letters import Campaign, Issue
from mailer.errors import Refused
from mailer.language import N_
from mailer.services.publishing.releasing import NOT_APPROVED
from mailer.services.publishing.turns import Turn
from mailer.store import issues
from mailer.store import slots as used_slots

LOOK_BACK = timedelta(days=3)
"""What nobody prepared is spoken of for so long after its moment."""

NO_ISSUE = N_("No issue was written for this slot: mailer issue new {campaign} {planned}")
NO_READABLE_ISSUE = N_("No issue was approved for this slot; these have mistakes: {names}. See: mailer check")


def look_for_what_is_missing(turn: Turn, campaign: Campaign, filled: Collection[date], end: datetime) -> None:
    """Worries about each slot and each draft up to `end` that nobody approved anything for."""
    start = max(turn.now - LOOK_BACK, _watched_since(turn, campaign))
    # The last moment is in: a day before is exactly one day before.
    end += timedelta(microseconds=1)
    drafts = _drafts(turn)
    for slot in slots(campaign.cadence, start, end) if campaign.cadence else ():
        if slot.planned not in turn.taken and slot.planned not in filled:
            _say_that_it_is_empty(turn, campaign, slot, drafts)
    for draft in drafts:
        if draft.issue and draft.issue.planned is None and start <= draft.issue.slot.astimezone(UTC) < end:
            why = turn.say(NOT_APPROVED, issue=draft.name)
            turn.worry_about(draft.name, draft.issue, draft.issue.slot.astimezone(UTC), why)


@dataclass(frozen=True)
class _Draft:
    """An issue that nobody has approved yet; `issue` is None where its files have mistakes."""

    name: str
    issue: Issue | None


def _drafts(turn: Turn) -> list[_Draft]:
    with turn.app.database.reading() as tx:
        known = issues.names(tx, turn.slug)
    mine = [name for name in issue_names(turn.app.site) if name.startswith(f"{turn.slug}/")]
    return [_draft(turn, name) for name in mine if name not in known]


def _draft(turn: Turn, name: str) -> _Draft:
    try:
        return _Draft(name, load_issue(turn.app, name))
    except Refused:
        return _Draft(name, None)


def _say_that_it_is_empty(turn: Turn, campaign: Campaign, slot: Slot, drafts: Sequence[_Draft]) -> None:
    name = f"{campaign.slug}/{slot.planned}"
    meant = [draft.name for draft in drafts if draft.issue and draft.issue.planned == slot.planned]
    unreadable = [draft.name for draft in drafts if draft.issue is None]
    if meant:
        why = turn.say(NOT_APPROVED, issue=meant[0])
    elif unreadable:
        why = turn.say(NO_READABLE_ISSUE, names=", ".join(unreadable))
    else:
        why = turn.say(NO_ISSUE, campaign=campaign.slug, planned=slot.planned)
    turn.worry(name, name, meant[0] if meant else campaign.title, slot.at.astimezone(UTC), why)


def _watched_since(turn: Turn, campaign: Campaign) -> datetime:
    """What was due before the clock first saw this cadence is nobody's fault."""
    cadence = campaign.cadence
    rule = f"{cadence.day} {cadence.time} {cadence.zone}" if cadence else ""
    with turn.app.database.reading() as tx:
        since = used_slots.watched_since(tx, campaign.slug, rule, turn.now)
    if since is None:
        with turn.app.database.transaction() as tx:
            used_slots.watch(tx, campaign.slug, rule, turn.now)
    return since or turn.now
