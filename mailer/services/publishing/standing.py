"""Where an issue stands: its audience, who approved it, what happened to each letter. Changes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from mailer.app import App
from mailer.app.approvals import AudienceCount, changed_files, count_readers
from mailer.app.drafts import load_issue
from mailer.domain.approvals import Approval
from mailer.domain.deliveries import DeliveryState
from mailer.domain.issues import IssueState
from mailer.errors import NotFound, WrongState
from mailer.language import N_, moment
from mailer.store import alerts, approvals, deliveries, issues
from mailer.store.alerts import AlertRow
from mailer.store.database import Connection
from mailer.store.deliveries import UnknownRow
from mailer.store.issues import IssueRow

ALREADY_RELEASED = N_("{issue} was already released on {at}. A letter never leaves twice.")
NOT_IN_STATE = N_("{issue} is {state}; this can only be done while it is {expected}.")
NOT_RELEASED = N_("{issue} has not been released.")
OF_THE_CLOCK = "clock:"
"""How the kinds of alerts about slots begin."""
DRAFT = N_("draft")


@dataclass(frozen=True)
class IssueStatus:
    """An issue on its way: where it stands, who gets it, what happened to each letter."""

    name: str
    state: str
    subject: str
    audience: int
    deliveries: Mapping[str, int]
    approvals: tuple[Approval, ...]
    """All that were ever given, in order, void ones too."""
    changed: tuple[str, ...]
    """Files that changed since the approval, which makes it void."""
    slot: datetime | None
    """The moment that the clock releases it; None once it is released."""
    held: str
    """Why the clock does not release it."""
    released_at: datetime | None
    due_at: datetime | None
    published_at: datetime | None
    pause_reason: str
    unsettled: tuple[UnknownRow, ...]
    alerts: tuple[AlertRow, ...]

    @property
    def approved_by(self) -> tuple[str, ...]:
        """Whose approval counts for what is frozen."""
        return tuple(one.who for one in self.approvals if one.voided_at is None)


def count_audience(app: App, name: str) -> AudienceCount:
    """Who would receive the issue if it were released now."""
    issue = load_issue(app, name)
    with app.database.reading() as tx:
        return count_readers(app, tx, issue)


def slot(app: App, name: str) -> datetime:
    """The moment that the issue is meant for. Raises NotFound or BadFiles."""
    return load_issue(app, name).slot


def show(app: App, name: str) -> IssueStatus:
    """Where an issue stands; before its release, with the audience it would have now.

    Raises NotFound when neither the database nor a file knows it.
    """
    with app.database.reading() as tx:
        row = issues.find(tx, name)
        status = _status(tx, row) if row is not None else _draft(name)
    if row is not None and row.state is not IssueState.APPROVED:
        return status
    if row is not None and (changed := changed_files(app, row)):
        status = replace(status, changed=tuple(changed))
    return _with_audience(app, status)


def under_way(app: App) -> list[str]:
    """Issues of which letters still wait: they are leaving, or paused."""
    with app.database.reading() as tx:
        return deliveries.under_way(tx)


def to_decide(app: App) -> Mapping[str, int]:
    """Issues with letters of which nobody knows whether they left: how many."""
    with app.database.reading() as tx:
        return deliveries.unknown_by_issue(tx)


def open_alerts(app: App, *, of_clock: bool = False) -> list[AlertRow]:
    """What a person must look at; with `of_clock` also what the calendar says of slots anyway."""
    with app.database.reading() as tx:
        return [one for one in alerts.open_alerts(tx) if of_clock or not one.kind.startswith(OF_THE_CLOCK)]


def already_out(app: App, row: IssueRow) -> WrongState:
    """What to tell whoever wants to approve or release an issue that left."""
    if row.released_at is None:
        return WrongState(NOT_IN_STATE, issue=row.name, state=row.state, expected=IssueState.APPROVED)
    at = moment(app.config.language, row.released_at, app.config.zone)
    return WrongState(ALREADY_RELEASED, issue=row.name, at=at)


def released_row(tx: Connection, name: str) -> IssueRow:
    """A released issue's row. Raises NotFound."""
    row = issues.find(tx, name)
    if row is None or row.released_at is None:
        raise NotFound(NOT_RELEASED, issue=name)
    return row


def _with_audience(app: App, status: IssueStatus) -> IssueStatus:
    if status.state != DRAFT and status.changed:
        return status
    issue = load_issue(app, status.name)
    with app.database.reading() as tx:
        audience = count_readers(app, tx, issue).total
    return replace(status, audience=audience, subject=status.subject or issue.subject, slot=issue.slot)


def _draft(name: str) -> IssueStatus:
    none = dict.fromkeys(map(str, DeliveryState), 0)
    return IssueStatus(name, DRAFT, "", 0, none, (), (), None, "", None, None, None, "", (), ())


def _status(tx: Connection, row: IssueRow) -> IssueStatus:
    counts = deliveries.counts(tx, row.id)
    return IssueStatus(
        row.name,
        row.state,
        row.subject,
        sum(counts.values()),
        {state.value: counts.get(state, 0) for state in DeliveryState},
        tuple(approvals.every(tx, row.id)),
        (),
        row.slot if row.state is IssueState.APPROVED else None,
        row.held or "",
        row.released_at,
        row.due_at,
        row.published_at,
        row.pause_reason,
        tuple(deliveries.unsettled(tx, row.id)),
        tuple(alert for alert in alerts.open_alerts(tx) if alert.issue_id in (None, row.id)),
    )
