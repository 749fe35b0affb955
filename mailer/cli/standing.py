"""Where an issue stands, as the terminal says it. Asks nothing of a person."""

from dataclasses import asdict

from rich.table import Table

from mailer.app import App
from mailer.cli.foretold import foretold_end
from mailer.cli.terminal import terminal
from mailer.domain.approvals import Approval
from mailer.domain.issues import IssueState
from mailer.language import N_, moment, number, say_plural
from mailer.services import foretelling
from mailer.services.foretelling import Foretelling
from mailer.services.publishing import IssueStatus

VOID = N_(
    "Its approval is void, because these files changed since: {paths}. Look at it again, then: "
    "mailer issue approve {issue} --by NAME"
)


def show_status(app: App, status: IssueStatus) -> None:
    """Everything worth knowing of an issue, for a person and, when asked, for a script."""
    end = end_of(app, status)
    terminal.show(_status_table(status))
    if status.changed:
        terminal.say(VOID, issue=status.name, paths=", ".join(status.changed))
    if status.held:
        terminal.say(N_("The clock holds it back: {reason}"), reason=status.held)
    for row in status.unsettled:
        terminal.say(N_("To decide: {address} ({words})"), address=row.address, words=terminal.words(row.words))
    for alert in status.alerts:
        terminal.say(alert.sentence, **alert.values)
    say_end(end)
    terminal.result(status_json(status, end))


def status_json(status: IssueStatus, end: Foretelling | None = None) -> dict[str, object]:
    """The same as scripts read it."""
    return {
        "issue": status.name,
        "state": status.state,
        "audience": status.audience,
        "deliveries": status.deliveries,
        "approvals": status.approved_by,
        "approved_by": [{**asdict(one), "void": one.voided_at is not None} for one in status.approvals],
        "changed": status.changed,
        "slot": status.slot,
        "held": status.held,
        "released_at": status.released_at,
        "published_at": status.published_at,
        "pause_reason": status.pause_reason,
        "unsettled": [row.delivery_id for row in status.unsettled],
        "foretold_end": end and end.end,
        "alerts": [terminal.text(alert.sentence, **alert.values) for alert in status.alerts],
    }


def end_of(app: App, status: IssueStatus) -> Foretelling | None:
    """When its letters will have left; None where none is leaving."""
    released = status.state == IssueState.RELEASED
    return foretelling.foretell_issue(app, status.name, terminal.now()) if released else None


def say_end(end: Foretelling | None) -> None:
    """The end foretold, where it is worth a sentence."""
    if said := foretold_end(end, terminal.now()):
        terminal.line(said)


def _status_table(status: IssueStatus) -> Table:
    table = Table(show_header=False, box=None, pad_edge=False)
    rows: list[tuple[str, object]] = [
        (N_("issue"), status.name),
        (N_("subject"), status.subject),
        (N_("state"), terminal.text(status.state)),
        *((N_("approved by"), _approval(one)) for one in status.approvals),
        (N_("audience"), number(terminal.language, status.audience)),
    ]
    moments = (
        (N_("leaves on"), status.slot),
        (N_("released on"), status.released_at),
        (N_("on the web from"), status.published_at),
    )
    rows += [(label, moment(terminal.language, at, terminal.zone)) for label, at in moments if at]
    if status.pause_reason:
        rows.append((N_("why paused"), status.pause_reason))
    rows += [(state, number(terminal.language, count)) for state, count in status.deliveries.items() if count]
    for label, value in rows:
        table.add_row(terminal.text(label), str(value))
    return table


def _approval(one: Approval) -> str:
    """« Odile, mercredi 6 septembre 2023 à 12:00, 2 500 lecteurs »."""
    parts = [one.who, moment(terminal.language, one.at, terminal.zone)]
    if one.count is not None:
        parts.append(say_plural(terminal.language, "{count} reader", "{count} readers", one.count))
    if one.voided_at is not None:
        parts.append(terminal.text(N_("void: the letter was changed or approved anew after it")))
    return ", ".join(parts)
