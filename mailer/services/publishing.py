"""From an approved letter to the queue: approve, release, pause, resume, cancel, settle. Sends nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from mailer.app import App
from mailer.app.drafts import audience_of, compile_letter, load_issue
from mailer.content.findings import findings
from mailer.domain.deliveries import DeliveryState, SkipReason
from mailer.domain.findings import Level
from mailer.domain.issues import IssueState
from mailer.domain.letters import FrozenLetter, Issue
from mailer.domain.rates import MeasureMode
from mailer.domain.tokens import new_issue_key
from mailer.errors import BadFiles, NotFound, Problem, Refused, WrongState
from mailer.language import N_, moment
from mailer.store import alerts, audiences, deliveries, issues
from mailer.store.alerts import AlertRow
from mailer.store.database import Connection
from mailer.store.deliveries import UnknownRow
from mailer.store.issues import IssueRow

NOT_APPROVED = N_("{issue} is not approved yet. Approve it with: mailer issue approve {issue} --by NAME")
MORE_APPROVALS = N_("{issue} needs {needed} approvals and has {given}: someone else must approve it too.")
EDITED = N_("{issue} was changed after its approval ({paths}). Look at it again, then approve it again.")
ALREADY_RELEASED = N_("{issue} was already released on {at}. A letter never leaves twice.")
NO_READER = N_("Nobody would receive {issue}: its audience is empty. Import contacts or choose another audience.")
NOT_RELEASED = N_("{issue} has not been released.")
NOT_IN_STATE = N_("{issue} is {state}; this can only be done while it is {expected}.")
NOTHING_UNKNOWN = N_("No delivery of {issue} waits for a decision.")
ALREADY_APPROVED_BY = N_("{who} has already approved {issue} as it stands.")
WHO_IS_EMPTY = N_("Say who approves, by name: --by NAME")


@dataclass(frozen=True)
class AudienceCount:
    """Who would receive an issue: by list of the audience, and who is left out and why."""

    by_list: Mapping[str, int]
    excluded: Mapping[str, int]

    @property
    def total(self) -> int:
        """Letters that would leave."""
        return sum(self.by_list.values())


@dataclass(frozen=True)
class IssueStatus:
    """An issue on its way: where it stands, who gets it, what happened to each letter."""

    name: str
    state: str
    subject: str
    audience: int
    deliveries: Mapping[str, int]
    approvals: tuple[str, ...]
    released_at: datetime | None
    due_at: datetime | None
    pause_reason: str
    unsettled: tuple[UnknownRow, ...]
    alerts: tuple[AlertRow, ...]


def count_audience(app: App, name: str) -> AudienceCount:
    """Who would receive the issue if it were released now."""
    issue = load_issue(app, name)
    wanted = audience_of(app, issue)
    with app.database.reading() as tx:
        by_list = audiences.count_audience(tx, wanted, issue.list.slug)
        return AudienceCount(by_list, audiences.count_excluded(tx, wanted, issue.list.slug))


def slot(app: App, name: str) -> datetime:
    """The moment that the issue is meant for. Raises NotFound or BadFiles."""
    return load_issue(app, name).slot


def approve(app: App, name: str, who: str, now: datetime) -> IssueStatus:
    """The first approval freezes the letter; further ones are of exactly those bytes; an edit voids them all."""
    if not who.strip():
        raise Refused(WHO_IS_EMPTY)
    issue = load_issue(app, name)
    letter = compile_letter(app, issue)
    _refuse_errors(issue)
    with app.database.transaction() as tx:
        row = issues.find(tx, name)
        if row is not None and row.state is not IssueState.APPROVED:
            raise _already_out(app, row)
        if row is not None and row.sources == letter.sources:
            _add_approval(tx, row, who.strip(), now)
        else:
            issue_id = issues.freeze(tx, issue, letter, measure=issue.list.measure, now=now)
            issues.approve(tx, issue_id, who.strip(), now)
    return show(app, name)


def release(app: App, name: str, now: datetime, at: datetime | None = None) -> IssueStatus:
    """Queues exactly the approved bytes to everyone who may receive them, once. Raises WrongState or Refused."""
    issue = load_issue(app, name)
    letter = compile_letter(app, issue)
    with app.database.transaction() as tx:
        row = issues.find(tx, name)
        if row is None:
            raise WrongState(NOT_APPROVED, issue=name)
        _check_approved(app, tx, row, issue, letter)
        key = new_issue_key() if row.measure is not MeasureMode.OFF else b""
        due = max(at or now, now)
        if not issues.release(tx, row.id, key, due, now):
            raise _already_out(app, row)
        queued = audiences.queue_audience(tx, row.id, audience_of(app, issue), issue.list.slug, now, due)
        if queued == 0:
            raise Refused(NO_READER, issue=name)
    return show(app, name)


def pause(app: App, name: str, now: datetime, reason: str = "") -> IssueStatus:
    """No further letter of the issue leaves, within a second; nothing is lost."""
    return _move(app, name, (IssueState.RELEASED,), IssueState.PAUSED, now, reason)


def resume(app: App, name: str, now: datetime) -> IssueStatus:
    """A paused issue goes on where it stopped."""
    return _move(app, name, (IssueState.PAUSED,), IssueState.RELEASED, now, "")


def cancel(app: App, name: str, now: datetime) -> IssueStatus:
    """What has not left will not leave."""
    with app.database.transaction() as tx:
        row = _released(tx, name)
        _moved(tx, row, (IssueState.RELEASED, IssueState.PAUSED), IssueState.CANCELLED, now, "")
        deliveries.skip(tx, row.id, SkipReason.CANCELLED, now)
    return show(app, name)


def settle(app: App, name: str, to: DeliveryState, now: datetime) -> int:
    """A person's decision on the issue's unknown deliveries: they did leave, or they are queued again."""
    with app.database.transaction() as tx:
        row = _released(tx, name)
        settled = deliveries.settle_by_hand(tx, row.id, to, now)
    if settled == 0:
        raise Refused(NOTHING_UNKNOWN, issue=name)
    return settled


def show(app: App, name: str) -> IssueStatus:
    """Where an issue stands; before its release, with the audience it would have now.

    Raises NotFound when neither the database nor a file knows it.
    """
    with app.database.reading() as tx:
        row = issues.find(tx, name)
        status = _status(tx, row) if row is not None else None
    if status is not None and status.released_at is not None:
        return status
    audience = count_audience(app, name).total
    if status is not None:
        return replace(status, audience=audience)
    none = dict.fromkeys(map(str, DeliveryState), 0)
    return IssueStatus(name, N_("draft"), load_issue(app, name).subject, audience, none, (), None, None, "", (), ())


def _refuse_errors(issue: Issue) -> None:
    """What the check calls an error stops an approval: a letter that left cannot be mended."""
    errors = [one for one in findings(issue) if one.level is Level.ERROR]
    if errors:
        raise BadFiles([Problem(one.path, one.line, one.sentence, dict(one.values)) for one in errors])


def _add_approval(tx: Connection, row: IssueRow, who: str, now: datetime) -> None:
    if who in [name for name, _ in issues.approvals(tx, row.id)]:
        raise WrongState(ALREADY_APPROVED_BY, who=who, issue=row.name)
    issues.approve(tx, row.id, who, now)


def _check_approved(app: App, tx: Connection, row: IssueRow, issue: Issue, letter: FrozenLetter) -> None:
    if row.state is not IssueState.APPROVED:
        raise _already_out(app, row)
    if row.sources != letter.sources:
        changed = sorted(dict(row.sources.items() ^ letter.sources.items()))
        raise WrongState(EDITED, issue=row.name, paths=", ".join(changed))
    given = len(issues.approvals(tx, row.id))
    if given < issue.campaign.approvals:
        raise WrongState(MORE_APPROVALS, issue=row.name, needed=issue.campaign.approvals, given=given)


def _already_out(app: App, row: IssueRow) -> WrongState:
    if row.released_at is None:
        return WrongState(NOT_IN_STATE, issue=row.name, state=row.state, expected=IssueState.APPROVED)
    at = moment(app.config.language, row.released_at, app.config.zone)
    return WrongState(ALREADY_RELEASED, issue=row.name, at=at)


def _move(
    app: App, name: str, from_states: tuple[IssueState, ...], to: IssueState, now: datetime, reason: str
) -> IssueStatus:
    with app.database.transaction() as tx:
        _moved(tx, _released(tx, name), from_states, to, now, reason)
    return show(app, name)


def _moved(
    tx: Connection, row: IssueRow, from_states: tuple[IssueState, ...], to: IssueState, now: datetime, reason: str
) -> None:
    if not issues.move(tx, row.id, from_states, to, reason=reason, now=now):
        raise WrongState(NOT_IN_STATE, issue=row.name, state=row.state, expected=from_states[0])


def _released(tx: Connection, name: str) -> IssueRow:
    row = issues.find(tx, name)
    if row is None or row.released_at is None:
        raise NotFound(NOT_RELEASED, issue=name)
    return row


def _status(tx: Connection, row: IssueRow) -> IssueStatus:
    counts = deliveries.counts(tx, row.id)
    return IssueStatus(
        row.name,
        row.state,
        row.subject,
        sum(counts.values()),
        {state.value: counts.get(state, 0) for state in DeliveryState},
        tuple(name for name, _ in issues.approvals(tx, row.id)),
        row.released_at,
        row.due_at,
        row.pause_reason,
        tuple(deliveries.unsettled(tx, row.id)),
        tuple(alert for alert in alerts.open_alerts(tx) if alert.issue_id in (None, row.id)),
    )
