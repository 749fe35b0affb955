"""Returns fetched from their mailbox, taken in one by one. What is not understood stays there, marked for a person."""

import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailer.app import App
from mailer.errors import MailboxError, Refused
from mailer.language import N_
from mailer.services.returns.confirming import Names
from mailer.services.returns.ingesting import Ingested, ingest
from mailer.store import alerts, returns
from mailer.transport.mailbox import ReturnsBox, open_mailbox

ALERT_MAILBOX = "mailbox of returns"
NO_MAILBOX = N_("No mailbox of returns is named. Fill in [bounces.mailbox] in config.toml, or give files to: {command}")


@dataclass
class Collected(Ingested):
    """What a mailbox held."""

    messages: int = 0
    left_there: int = 0
    """Not understood: flagged, for a person."""


def collect(app: App, now: datetime, context: ssl.SSLContext | None = None) -> Collected:
    """Every message that nobody has looked at. Raises MailboxError, Refused or StoreError."""
    settings = app.config.bounces.mailbox
    if not settings.host:
        raise Refused(NO_MAILBOX, command="mailer bounces ingest")
    done, names = Collected(), Names(app)
    try:
        with open_mailbox(settings, context) as box:
            for uid in box.waiting():
                _take(app, box, uid, now, done, names)
    except MailboxError as error:
        with app.database.transaction() as tx:
            alerts.raise_alert(tx, ALERT_MAILBOX, error.sentence, error.values, now)
        raise
    with app.database.transaction() as tx:
        alerts.close_alerts(tx, ALERT_MAILBOX, now)
        returns.erase_before(tx, now - timedelta(days=app.config.bounces.keep_days))
    return done


def _take(app: App, box: ReturnsBox, uid: str, now: datetime, done: Collected, names: Names) -> None:
    content = box.read(uid)
    if content is None:
        return
    done.messages += 1
    # Stored before it is moved: what stops in between is read again, and known.
    if ingest(app, content, now, done, names):
        box.done(uid)
    else:
        box.mark(uid)
        done.left_there += 1
