"""A released issue on its course: paused, resumed, cancelled, its unknown letters settled."""

from datetime import datetime

from mailer.app import App
from mailer.domain.deliveries import DeliveryState, SkipReason
from mailer.domain.issues import IssueState
from mailer.errors import Refused, WrongState
from mailer.language import N_
from mailer.services.publishing.standing import DRAFT, NOT_IN_STATE, IssueStatus, released_row, show
from mailer.store import deliveries, issues
from mailer.store.database import Connection
from mailer.store.issues import IssueRow

NOTHING_UNKNOWN = N_("No delivery of {issue} waits for a decision.")


def pause(app: App, name: str, now: datetime, reason: str = "") -> IssueStatus:
    """No further letter of the issue leaves, within a second; nothing is lost."""
    return _move(app, name, (IssueState.RELEASED,), IssueState.PAUSED, now, reason)


def hold(app: App, name: str, reason: str) -> IssueStatus:
    """An approved issue does not leave by the clock until somebody approves it again, or releases it by hand."""
    with app.database.transaction() as tx:
        row = issues.find(tx, name)
        if row is None or not issues.hold(tx, row.id, reason):
            raise WrongState(NOT_IN_STATE, issue=name, state=row.state if row else DRAFT, expected=IssueState.APPROVED)
    return show(app, name)


def resume(app: App, name: str, now: datetime) -> IssueStatus:
    """A paused issue goes on where it stopped."""
    return _move(app, name, (IssueState.PAUSED,), IssueState.RELEASED, now, "")


def cancel(app: App, name: str, now: datetime) -> IssueStatus:
    """What has not left will not leave."""
    with app.database.transaction() as tx:
        row = released_row(tx, name)
        _moved(tx, row, (IssueState.RELEASED, IssueState.PAUSED), IssueState.CANCELLED, now, "")
        deliveries.skip(tx, row.id, SkipReason.CANCELLED, now)
    return show(app, name)


def settle(app: App, name: str, to: DeliveryState, now: datetime) -> int:
    """A person's decision on the issue's unknown deliveries: they did leave, or they are queued again."""
    with app.database.transaction() as tx:
        row = released_row(tx, name)
        settled = deliveries.settle_by_hand(tx, row.id, to, now)
    if settled == 0:
        raise Refused(NOTHING_UNKNOWN, issue=name)
    return settled


def _move(
    app: App, name: str, from_states: tuple[IssueState, ...], to: IssueState, now: datetime, reason: str
) -> IssueStatus:
    with app.database.transaction() as tx:
        _moved(tx, released_row(tx, name), from_states, to, now, reason)
    return show(app, name)


def _moved(
    tx: Connection, row: IssueRow, from_states: tuple[IssueState, ...], to: IssueState, now: datetime, reason: str
) -> None:
    if not issues.move(tx, row.id, from_states, to, reason=reason, now=now):
        raise WrongState(NOT_IN_STATE, issue=row.name, state=row.state, expected=from_states[0])
