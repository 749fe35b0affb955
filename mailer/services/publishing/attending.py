"""What the clock does once a minute: releases what is due and ready, and has people told of what is not."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from mailer.app import App
from mailer.app.drafts import Sources, load_issue, readable_sources
from mailer.content.campaigns import campaign_names
from mailer.domain.issues import IssueState
from mailer.domain.letters import Issue
from mailer.errors import MailerError, Refused
from mailer.language import N_, number
from mailer.services.publishing.missing import look_for_what_is_missing
from mailer.services.publishing.releasing import check_ready, release_at
from mailer.services.publishing.telling import Worry, tell
from mailer.services.publishing.turns import Turn
from mailer.store import issues, slots
from mailer.store.issues import IssueRow

AHEAD = timedelta(days=1)
"""How long before its moment people are told that a letter is not ready."""

TOO_LATE = N_("That is more than {hours} h ago, so a person must say so: mailer issue release {issue}")
HELD = N_("It is held back ({reason}). Approve it again, or: mailer issue release {issue}")
CAMPAIGN_FILES = N_("Its files have mistakes ({first}): mailer check")


@dataclass(frozen=True)
class Held:
    """A letter whose moment has come and that did not leave, and why."""

    name: str
    at: datetime
    why: str
    """In the site's language."""


@dataclass(frozen=True)
class Attended:
    """What the clock did for the issues."""

    released: tuple[str, ...]
    reminded: tuple[str, ...]
    """Of what people were told for the first time, or anew at its hour."""
    held: tuple[Held, ...]


def attend(app: App, now: datetime) -> Attended:
    """Looks after every campaign, as of `now`. One whose files cannot be read does not stop the others."""
    now = now.astimezone(UTC)
    sources = readable_sources(app)
    with app.database.reading() as tx:
        # An approved issue is spoken of even when somebody took its whole folder away.
        slugs = sorted({*campaign_names(app.site), *issues.campaigns_waiting(tx)})
    turns = [_attend(app, slug, sources, now) for slug in slugs]
    reminded = [name for turn in turns for name in tell(app, turn.slug, turn.worries, now)]
    return Attended(
        tuple(name for turn in turns for name in turn.released),
        tuple(reminded),
        tuple(
            Held(worry.name, worry.at, worry.why)
            for turn in turns
            for worry in turn.worries
            if worry.at is not None and worry.at <= now
        ),
    )


def _attend(app: App, slug: str, sources: Sources, now: datetime) -> Turn:
    with app.database.reading() as tx:
        waiting, taken = issues.approved(tx, slug), slots.taken(tx, slug)
    turn = Turn(app, slug, sources.campaigns.get(slug), sources, now, set(taken))
    meant_for = {_look_after(turn, row) for row in waiting}
    if slug in sources.unreadable_campaigns:
        why = turn.said(CAMPAIGN_FILES, first=turn.first(sources.problems))
        turn.worries.append(Worry(f"files:{slug}", slug, slug, turn.sender, None, None, why))
    if turn.campaign is not None:
        look_for_what_is_missing(turn, turn.campaign, meant_for, now + AHEAD)
    return turn


def _look_after(turn: Turn, row: IssueRow) -> date | None:
    """Releases an approved issue whose moment has come, or says why not. The slot that it is meant for."""
    issue, why = _read(turn, row)
    planned = issue.planned if issue else row.planned
    at = (issue.slot if issue else row.slot).astimezone(UTC)
    if at - turn.now <= AHEAD:
        why = _act(turn, row, issue, at) if issue else why
        if why:
            turn.worry_about(row.name, planned, at, why)
    return planned


def _read(turn: Turn, row: IssueRow) -> tuple[Issue | None, str]:
    try:
        return load_issue(turn.app, row.name), ""
    except Refused as mistake:
        return None, turn.why(row.name, mistake)


def _act(turn: Turn, row: IssueRow, issue: Issue, at: datetime) -> str:
    """Why it does not leave by itself; empty where it did, or will."""
    if turn.now - at > issue.campaign.late_limit:
        hours = number(turn.app.config.language, issue.campaign.late_limit / timedelta(hours=1))
        return turn.said(TOO_LATE, hours=hours, issue=row.name)
    if row.held is not None:
        return turn.said(HELD, reason=row.held, issue=row.name)
    try:
        _release_or_check(turn, issue, at)
    except MailerError as mistake:
        # A full disk too: the others are looked after, and people are told if anybody can be.
        return "" if _left_meanwhile(turn.app, row.name) else turn.why(row.name, mistake)
    return ""


def _release_or_check(turn: Turn, issue: Issue, at: datetime) -> None:
    if turn.now < at:
        with turn.app.database.reading() as tx:
            check_ready(turn.app, tx, issue)
        return
    release_at(turn.app, issue, at, turn.now)
    turn.released.append(issue.name)
    if issue.planned:
        turn.taken.add(issue.planned)


def _left_meanwhile(app: App, name: str) -> bool:
    """Another clock, or a person, was quicker."""
    with app.database.reading() as tx:
        row = issues.find(tx, name)
    return row is None or row.state is not IssueState.APPROVED
