"""When sending will end: before a release, and while it goes on. Sends nothing, books nothing."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mailer.app import App
from mailer.app.drafts import audience_of, bounds_of, load_issue
from mailer.app.relays import connections_of, limits_of
from mailer.domain.addresses import Family
from mailer.domain.choices import when
from mailer.domain.foretelling import LETTERS_A_CONNECTION, Brake, Load, foretell
from mailer.domain.issues import IssueState
from mailer.store import audiences, deliveries, issues, quotas
from mailer.store.database import Connection
from mailer.store.issues import IssueRow

FAR_S = 10 * 365 * 86_400.0
"""No end is told later than this: a million letters at one a day end beyond every calendar."""


@dataclass(frozen=True)
class Foretelling:
    """When the last letter will have left, by the limits of the relay, and what it waits for most."""

    end: datetime
    relay: str
    brake: Brake | None

    def at_least(self, moment: datetime) -> "Foretelling":
        """The same, ending no earlier."""
        return self if moment <= self.end else replace(self, end=moment)


def foretell_issue(app: App, name: str, now: datetime, at: datetime | None = None) -> Foretelling | None:
    """The end of an issue's sending: as if it were released now, to leave from `at` on, or as it goes on.

    What waits for the same relay counts too. None where nothing will leave: nobody to write to, paused, cancelled,
    all sent. Raises NotFound or BadFiles where the issue is not released yet and its files cannot be read.
    """
    with app.database.reading() as tx:
        row = issues.find(tx, name)
    if row is not None and row.released_at is not None:
        return _rest_of(app, row, now)
    issue = load_issue(app, name)
    start = max(now, at or now)
    with app.database.reading() as tx:
        around, bounds = when(start, app.config.zone), bounds_of(app, issue, start)
        new = audiences.count_by_family(tx, audience_of(app, issue), issue.list.slug, around, bounds)
        others = deliveries.waiting_by_family(tx, issue.list.relay, start)
        if not new:
            return None
        return _foretold(app, tx, issue.list.relay, Counter(new) + Counter(others), now, start).at_least(
            start + issue.aim.spread
        )


def foretell_queue(app: App, now: datetime, letters_a_second: float | None = None) -> Foretelling | None:
    """The end of all that is due now, over all relays; None where nothing is.

    `letters_a_second`: what all connections together were measured to carry; by default, what is usual.
    """
    found = []
    with app.database.reading() as tx:
        for relay in app.config.relay_names:
            if waiting := deliveries.waiting_by_family(tx, relay, now):
                found.append(_foretold(app, tx, relay, waiting, now, now, letters_a_second))
    return max(found, key=lambda one: one.end, default=None)


def _rest_of(app: App, row: IssueRow, now: datetime) -> Foretelling | None:
    if row.state is not IssueState.RELEASED or row.relay not in app.config.relay_names:
        return None
    start = max(now, row.due_at or now)
    with app.database.reading() as tx:
        if not deliveries.left_to_send(tx, row.id):
            return None
        # Letters that were spread over hours, and those that are tried again later, end no earlier than they begin.
        last = max(start, deliveries.last_due(tx, row.id) or start)
        waiting = deliveries.waiting_by_family(tx, row.relay, last)
        return _foretold(app, tx, row.relay, waiting, now, start).at_least(last)


def _foretold(
    app: App,
    tx: Connection,
    relay: str,
    waiting: Mapping[Family, int],
    now: datetime,
    start: datetime,
    letters_a_second: float | None = None,
) -> Foretelling:
    settings = app.config.relay(relay)
    a_connection = letters_a_second / settings.connections if letters_a_second else LETTERS_A_CONNECTION
    connections = {family: connections_of(settings, family) for family in waiting}
    rates: dict[Family | None, float] = {None: a_connection * settings.connections}
    rates.update({family: a_connection * own for family, own in connections.items() if own < settings.connections})
    seen, later = quotas.outlook(tx, relay), (start - now).total_seconds()
    load = Load(waiting, limits_of(settings), rates, seen.at_s, seen.leaving, seen.blocked_s)
    found = foretell(load.after(later))
    return Foretelling(start + timedelta(seconds=min(found.seconds, FAR_S)), relay, found.brake)
