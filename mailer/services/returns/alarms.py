"""Returns that speak of us and not of a reader: a provider that refuses everything, complaints. Suspends nobody."""

from datetime import datetime, timedelta

from mailer.app import App
from mailer.domain.addresses import Family
from mailer.domain.bounces.verdicts import Kind, Verdict
from mailer.language import N_
from mailer.store import alerts, holds, returns
from mailer.store.database import Connection
from mailer.store.returns import SentLetter

ALERT_COMPLAINTS = "complaints"
ALERT_CONTENT = "content refused"
FEWEST_COMPLAINTS = 2
"""One reader of a small list is no rate."""

STORM = N_(
    "{family} refused {count} letters in {hours} hours because of who sends, not of who reads: {words}. "
    "Its readers are not blamed; their letters wait until it is over or until you say: mailer bounces resume {name}. "
    "First look at SPF, DKIM and DMARC of the sender's domain, and ask your relay's operator."
)
STORM_OF_DOMAIN = N_(
    "{domain} refused {count} letters in {hours} hours because of who sends, not of who reads: {words}. "
    "Its readers are not blamed, and are written to as before. Ask its postmaster what they need; when it is settled: "
    "mailer bounces resume {domain}"
)
COMPLAINTS_MANY = N_(
    "{count} readers of {issue} pressed « spam »: {rate} % of its letters. From 0.1 % providers become wary: "
    "ask yourself who received it without wishing to."
)
COMPLAINTS_TOO_MANY = N_(
    "{count} readers of {issue} pressed « spam »: {rate} % of its letters. From 0.3 % providers refuse everybody's "
    "letters: send nothing more to this list before you know who received it without wishing to."
)
LETTER_REFUSED = N_(
    "A receiver refused {issue} for its form or its weight: {words}. No reader is at fault. "
    "Make it lighter, or correct it."
)


def look(app: App, tx: Connection, verdict: Verdict, letter: SentLetter, now: datetime) -> None:
    """Rings where the last return was one too many."""
    if verdict.kind is Kind.BLOCKED and letter.family is not Family.OTHER:
        _storm(app, tx, verdict, letter, now)
    elif verdict.kind is Kind.BLOCKED:
        _storm_of_domain(app, tx, verdict, letter, now)
    elif verdict.kind is Kind.COMPLAINT:
        _complaints(app, tx, letter, now)
    elif verdict.kind is Kind.CONTENT:
        values = {"issue": letter.issue_name, "words": verdict.words}
        alerts.raise_alert(tx, ALERT_CONTENT, LETTER_REFUSED, values, now, letter.issue_id)


def alert_of(family: Family) -> str:
    """The kind of a family's alert: a letter that it takes closes it, as any hold's."""
    return f"family {family.name.lower()}"


def _storm(app: App, tx: Connection, verdict: Verdict, letter: SentLetter, now: datetime) -> None:
    wanted = app.config.bounces
    since = now - timedelta(hours=wanted.storm_hours)
    count = returns.count_of_family(tx, Kind.BLOCKED.value, letter.family, since)
    if count < wanted.storm_refusals:
        return
    holds.hold_again(tx, letter.relay, letter.family, wanted.pause_hours * 3600, verdict.words)
    values = {
        "family": letter.family.name.capitalize(),
        "name": letter.family.name.lower(),
        "count": count,
        "hours": round(wanted.storm_hours, 1),
        "words": verdict.words,
    }
    alerts.raise_alert(tx, alert_of(letter.family), STORM, values, now)


def alert_of_domain(domain: str) -> str:
    """The kind of the alert of a provider outside the known families."""
    return f"domain {domain}"


def _storm_of_domain(app: App, tx: Connection, verdict: Verdict, letter: SentLetter, now: datetime) -> None:
    """Nobody is paused for a small provider: what waits is told apart by family only."""
    wanted, domain = app.config.bounces, letter.address.rpartition("@")[2].lower()
    since = now - timedelta(hours=wanted.storm_hours)
    count = returns.count_of_domain(tx, Kind.BLOCKED.value, domain, since)
    if count >= wanted.storm_refusals:
        values = {"domain": domain, "count": count, "hours": round(wanted.storm_hours, 1), "words": verdict.words}
        alerts.raise_alert(tx, alert_of_domain(domain), STORM_OF_DOMAIN, values, now)


def _complaints(app: App, tx: Connection, letter: SentLetter, now: datetime) -> None:
    count, sent = returns.complaints_of(tx, letter.issue_id)
    rate = 100 * count / sent if sent else 0.0
    if count < FEWEST_COMPLAINTS or rate < app.config.bounces.complaints_warning:
        return
    sentence = COMPLAINTS_TOO_MANY if rate >= app.config.bounces.complaints_limit else COMPLAINTS_MANY
    values = {"count": count, "issue": letter.issue_name, "rate": round(rate, 2)}
    alerts.raise_alert(tx, ALERT_COMPLAINTS, sentence, values, now, letter.issue_id)
