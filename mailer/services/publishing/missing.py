"""Slots that no approved issue fills, and drafts whose own moment comes: what the clock has people told of."""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, timedelta

from mailer.content.planned import Outline, read_outlines
from mailer.domain.cadence import Slot, slots
from mailer.domain.letters import Campaign
from mailer.language import N_
from mailer.services.publishing.releasing import NOT_APPROVED
from mailer.services.publishing.turns import Turn
from mailer.store import issues
from mailer.store import slots as used_slots

LOOK_BACK = timedelta(days=3)
"""What nobody prepared is spoken of for so long after its moment."""

NO_ISSUE = N_("No issue was written for this slot: mailer issue new {campaign} {planned}")
NO_READABLE_ISSUE = N_("No issue was approved for this slot; these have mistakes: {names}. See: mailer check")


def look_for_what_is_missing(turn: Turn, campaign: Campaign, filled: Collection[date | None], end: datetime) -> None:
    """Worries about each slot and each draft up to `end` that nobody approved anything for."""
    start = max(turn.now - LOOK_BACK, _watched_since(turn, campaign))
    # The last moment is in: a day before is exactly one day before.
    end += timedelta(microseconds=1)
    drafts, unreadable = _drafts(turn, campaign)
    for slot in slots(campaign.cadence, start, end) if campaign.cadence else ():
        if slot.planned not in turn.taken and slot.planned not in filled:
            _say_that_it_is_empty(turn, campaign, slot, drafts, unreadable)
    for draft in drafts:
        at = draft.slot.astimezone(UTC)
        if draft.planned is None and start <= at < end:
            turn.worry(draft.name, draft.name, draft.name, at, turn.said(NOT_APPROVED, issue=draft.name))


def _drafts(turn: Turn, campaign: Campaign) -> tuple[list[Outline], list[str]]:
    """Issues that nobody ever approved, and those among them whose moment cannot be read."""
    with turn.app.database.reading() as tx:
        known = issues.names(tx, turn.slug)
    outlines, unreadable = read_outlines(turn.app.site, turn.sources.lists, {turn.slug: campaign}, turn.app.config.zone)
    return [one for one in outlines if one.name not in known], [name for name in unreadable if name not in known]


def _say_that_it_is_empty(
    turn: Turn, campaign: Campaign, slot: Slot, drafts: Sequence[Outline], unreadable: Sequence[str]
) -> None:
    name = f"{campaign.slug}/{slot.planned}"
    meant = [draft.name for draft in drafts if draft.planned == slot.planned]
    if meant:
        why = turn.said(NOT_APPROVED, issue=meant[0])
    elif unreadable:
        why = turn.said(NO_READABLE_ISSUE, names=", ".join(unreadable))
    else:
        why = turn.said(NO_ISSUE, campaign=campaign.slug, planned=slot.planned.isoformat())
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
