"""An approved letter goes into the queue, once: by hand, or by the clock at its moment. The same checks for both."""

from dataclasses import replace
from datetime import datetime

from mailer.app import App
from mailer.app.approvals import AudienceCount, changed_sources, count_readers
from mailer.app.drafts import audience_of, load_issue
from mailer.app.journal import append_release
from mailer.domain.approvals import digest, most_readers
from mailer.domain.issues import IssueState
from mailer.domain.letters import Issue
from mailer.domain.rates import MeasureMode
from mailer.domain.tokens import new_issue_key
from mailer.errors import Refused, WrongState
from mailer.language import N_, day, moment, number
from mailer.services.publishing.standing import IssueStatus, already_out, show
from mailer.store import approvals, audiences, issues, slots
from mailer.store.database import Connection
from mailer.store.issues import IssueRow

NOT_APPROVED = N_("{issue} is not approved yet. Approve it with: mailer issue approve {issue} --by NAME")
MORE_APPROVALS = N_("{issue} needs {needed} approvals and has {given}: someone else must approve it too.")
MORE_COUNTS = N_(
    "{issue} would go to {count} readers, which is unusual: {needed} different people must approve it, each typing the "
    "number; {given} did: mailer issue approve {issue} --by NAME --count N"
)
AUDIENCE_GREW = N_(
    "{issue} would go to {count} readers now, and was approved for {approved}. Look at its audience, "
    "then approve it again: mailer issue approve {issue} --by NAME --count N"
)
EDITED = N_("{issue} was changed after its approval ({paths}). Look at it again, then approve it again.")
NO_READER = N_("Nobody would receive {issue}: its audience is empty. Import contacts or choose another audience.")
SLOT_TAKEN = N_(
    "The slot of {planned} is used up: {taken} left for it. Give {issue} another slot, or send_at = a moment."
)
SLOT_NOTED = N_("The slot of {planned} is used up: {note}. Give {issue} another slot, or send_at = a moment.")
LEFT_BEFORE = N_(
    "An issue {issue} left on {at}, before the backup was restored. "
    "Copy it under another name if you are sure that nobody got it."
)


def release(app: App, name: str, now: datetime, at: datetime | None = None) -> IssueStatus:
    """Queues exactly the approved bytes to everyone who may receive them, once. Raises WrongState or Refused."""
    issue = load_issue(app, name)
    release_at(app, issue, max(at or now, now), now)
    return show(app, name)


def release_at(app: App, issue: Issue, due: datetime, now: datetime) -> None:
    """The release itself: all of it, or nothing. Raises WrongState or Refused."""
    with app.database.transaction() as tx:
        row = check_approved(app, tx, issue)
        audience = count_readers(app, tx, issue, due)
        key = new_issue_key() if row.measure is not MeasureMode.OFF else b""
        if not issues.release(tx, row.id, key, due, now, max(due, issue.embargo or due)):
            raise already_out(app, issues.find(tx, issue.name) or row)
        _take_slot(app, tx, row, issue, now)
        readers, zone = audience_of(app, issue), app.config.zone
        queued = audiences.queue_audience(tx, row.id, readers, issue.list.slug, now, due, zone)
        if queued == 0:
            raise Refused(NO_READER, issue=issue.name)
        # What was queued may be more than what was counted: readers come at any moment.
        check_audience(app, tx, row, issue, replace(audience, by_list={issue.list.slug: queued}))
        # Last, so that the journal knows of every release that was committed, and of at most one that was not.
        append_release(app.site, issue.name, now)


def check_ready(app: App, tx: Connection, issue: Issue) -> None:
    """What a release would refuse, without releasing. Raises WrongState or Refused."""
    row = check_approved(app, tx, issue)
    if issue.planned:
        _check_slot_free(app, tx, issue)
    audience = count_readers(app, tx, issue)
    if audience.total == 0:
        raise Refused(NO_READER, issue=issue.name)
    check_audience(app, tx, row, issue, audience)


def check_approved(app: App, tx: Connection, issue: Issue) -> IssueRow:
    """The frozen issue, approved as its files are now. Raises WrongState."""
    row = issues.find(tx, issue.name)
    if left := issues.left_before_restore(tx, issue.name):
        raise WrongState(LEFT_BEFORE, issue=issue.name, at=moment(app.config.language, left, app.config.zone))
    if row is None:
        raise WrongState(NOT_APPROVED, issue=issue.name)
    if row.state is not IssueState.APPROVED:
        raise already_out(app, row)
    if changed := changed_sources(app, row, issue):
        raise WrongState(EDITED, issue=row.name, paths=", ".join(changed))
    given = len(_valid(tx, row))
    if given < issue.campaign.approvals:
        raise WrongState(MORE_APPROVALS, issue=row.name, needed=issue.campaign.approvals, given=given)
    return row


def check_audience(app: App, tx: Connection, row: IssueRow, issue: Issue, audience: AudienceCount) -> None:
    """An unusual audience needs people who typed the number; none may have grown since they did. Raises WrongState."""
    counts = _valid(tx, row)
    said = {"issue": row.name, "count": number(app.config.language, audience.total)}
    typed = [count for count in counts if count is not None]
    needed = audience.approvals_needed(issue.campaign.approvals)
    if audience.unusual and len(typed) < needed:
        raise WrongState(MORE_COUNTS, **said, needed=needed, given=len(typed))
    most = most_readers(counts)
    if most is not None and audience.total > most:
        raise WrongState(AUDIENCE_GREW, **said, approved=number(app.config.language, max(typed)))


def _valid(tx: Connection, row: IssueRow) -> list[int | None]:
    """What each person who approved exactly this letter typed."""
    frozen = digest(row.sources)
    return [one.count for one in approvals.valid(tx, row.id) if one.digest == frozen]


def _take_slot(app: App, tx: Connection, row: IssueRow, issue: Issue, now: datetime) -> None:
    if issue.planned and not slots.take(tx, issue.campaign.slug, issue.planned, row.id, now):
        _check_slot_free(app, tx, issue)


def _check_slot_free(app: App, tx: Connection, issue: Issue) -> None:
    taken = slots.taken(tx, issue.campaign.slug).get(issue.planned) if issue.planned else None
    if taken is None:
        return
    planned = day(app.config.language, taken.planned)
    if taken.issue is None:
        raise WrongState(SLOT_NOTED, issue=issue.name, planned=planned, note=taken.note)
    raise WrongState(SLOT_TAKEN, issue=issue.name, planned=planned, taken=taken.issue)
