"""The bounce desk: what came back lately, who waits for a person's word, and that word. Judges nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailer.app import App
from mailer.domain.addresses import Family, read_address
from mailer.domain.bounces.verdicts import Kind
from mailer.errors import NotFound, Refused
from mailer.language import N_
from mailer.services.returns.alarms import alert_of
from mailer.store import alerts, holds, returns
from mailer.store.returns import ReturnRow

LATELY_DAYS = 30
MOST_ROWS = 100
NOT_SUSPENDED = N_("{address} is not suspended: there is nothing to try again.")
UNKNOWN_ADDRESS = N_("Nobody here has the address {address}.")
NO_RETURN = N_("There is no returned message with the number {number}. They are listed by: mailer bounces list")
NO_FAMILY = N_('"{name}" is no provider that can wait. They are: {known}.')
NO_HOLD = N_("{name} is not waiting: there is nothing to resume.")


@dataclass(frozen=True)
class Desk:
    """What a person sees first."""

    since: datetime
    causes: Mapping[tuple[str, str | None, str], int]
    """Counts by kind, cause and action."""
    suspended: list[tuple[str, datetime]]
    """Whom to phone or to try again, the longest first."""
    rows: list[ReturnRow]


def desk(app: App, now: datetime, kind: Kind | None = None) -> Desk:
    """Figures of the last thirty days, suspended addresses, the latest returns."""
    since = now - timedelta(days=LATELY_DAYS)
    with app.database.reading() as tx:
        rows = returns.rows(tx, kind.value if kind else None, MOST_ROWS)
        return Desk(since, returns.count_causes(tx, since), returns.suspended(tx), rows)


def show(app: App, number: int) -> ReturnRow:
    """One returned message, as much as is kept of it. Raises NotFound."""
    with app.database.reading() as tx:
        found = returns.row(tx, number)
    if found is None:
        raise NotFound(NO_RETURN, number=number)
    return found


def retry(app: App, text: str, now: datetime) -> str:
    """A suspended address is written to again from the next issue on. Raises NotFound or Refused."""
    address = read_address(text)
    with app.database.transaction() as tx:
        fingerprint = returns.address_of(tx, address.canonical)
        if fingerprint is None:
            raise NotFound(UNKNOWN_ADDRESS, address=address.written)
        if not returns.forgive(tx, fingerprint, now):
            raise Refused(NOT_SUSPENDED, address=address.written)
    return address.written


def resume(app: App, name: str, now: datetime) -> Family:
    """A provider that waited gets letters again at once. Raises NotFound or Refused."""
    families = {family.name.lower(): family for family in Family if family is not Family.OTHER}
    family = families.get(name.lower())
    if family is None:
        raise NotFound(NO_FAMILY, name=name, known=", ".join(families))
    with app.database.transaction() as tx:
        released = [holds.release_hold(tx, relay, family) for relay in app.config.relay_names]
        alerts.close_alerts(tx, alert_of(family), now)
    if not any(released):
        raise Refused(NO_HOLD, name=family.name.capitalize())
    return family
