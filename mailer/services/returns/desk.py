"""The bounce desk: what came back lately, who waits for a person's word, and that word. Judges nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailer.app import App
from mailer.app.oppositions import append_oppositions
from mailer.domain.addresses import Family, read_address
from mailer.domain.bounces.verdicts import Kind
from mailer.domain.oppositions import Opposition, Refusal
from mailer.domain.people import SuppressionReason
from mailer.errors import NotFound, Refused
from mailer.language import N_
from mailer.services.returns.alarms import alert_of, alert_of_domain
from mailer.store import alerts, holds, people, returns
from mailer.store.returns import ReturnRow

LATELY_DAYS = 30
MOST_ROWS = 100
NOT_SUSPENDED = N_("{address} is not suspended: there is nothing to try again.")
SAY_WHY = N_(
    "Our relay was told that {address} does not exist. If you know better, say how: "
    'mailer bounces retry {address} --because "she phoned"'
)
OWN_WORD = N_("{address} does not want to be written to: nobody but its owner can undo that.")
LONGEST_REASON = 300
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


def retry(app: App, text: str, now: datetime, why: str = "") -> str:
    """An address is written to again from the next issue on: a suspended one, or with a reason one that our relay
    was told not to exist. Raises NotFound or Refused."""
    address = read_address(text)
    fingerprint = app.keyring.fingerprint(address.canonical)
    with app.database.transaction() as tx:
        address_id = people.address_of(tx, fingerprint)
        if address_id is None:
            raise NotFound(UNKNOWN_ADDRESS, address=address.written)
        reason = people.suppression_of(tx, fingerprint)
        _refuse_retry(reason, address.written, why)
        if reason is None or not returns.forgive(tx, fingerprint, reason, now):
            raise Refused(NOT_SUSPENDED, address=address.written)
        returns.note_retry(tx, address_id, reason.value, " ".join(why.split())[:LONGEST_REASON], now)
    if reason is SuppressionReason.NO_MAILBOX:
        # Only now: a line too few leaves the address unwritten to after a restore, a line too many would not.
        append_oppositions(app.site, [Opposition(fingerprint, Refusal.RETRIED, reason.value, now)])
    return address.written


def _refuse_retry(reason: SuppressionReason | None, address: str, why: str) -> None:
    if reason is SuppressionReason.NO_MAILBOX and not why.strip():
        raise Refused(SAY_WHY, address=address)
    if reason not in (None, SuppressionReason.SUSPENDED, SuppressionReason.NO_MAILBOX):
        raise Refused(OWN_WORD, address=address)


def resume(app: App, name: str, now: datetime) -> str:
    """A provider that waited gets letters again at once; of one outside the families, its alarm is over.

    Raises NotFound or Refused.
    """
    if "." in name:
        return _resume_domain(app, name.lower(), now)
    families = {family.name.lower(): family for family in Family if family is not Family.OTHER}
    family = families.get(name.lower())
    if family is None:
        raise NotFound(NO_FAMILY, name=name, known=", ".join(families))
    with app.database.transaction() as tx:
        released = [holds.release_hold(tx, relay, family) for relay in app.config.relay_names]
        alerts.close_alerts(tx, alert_of(family), now)
    if not any(released):
        raise Refused(NO_HOLD, name=family.name.capitalize())
    return family.name.capitalize()


def _resume_domain(app: App, domain: str, now: datetime) -> str:
    with app.database.transaction() as tx:
        if not alerts.close_alerts(tx, alert_of_domain(domain), now):
            raise Refused(NO_HOLD, name=domain)
    return domain
