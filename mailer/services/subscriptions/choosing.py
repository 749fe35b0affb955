"""Which letters a reader gets, and how often: chosen on one page, without an account."""

from collections.abc import Callable
from datetime import datetime

from mailer.app import App
from mailer.app.oppositions import append_oppositions
from mailer.app.readers import reader_behind
from mailer.domain.oppositions import Opposition, Refusal
from mailer.domain.people import Basis
from mailer.domain.tokens import Purpose
from mailer.services.subscriptions.standing import Standing, stands
from mailer.store import choices, people
from mailer.store.database import Connection
from mailer.store.people import ReaderRow


def choose(
    app: App, token: str, chosen: frozenset[str], now: datetime, shown: frozenset[str] | None = None
) -> Standing:
    """The reader gets exactly the chosen letters, of those that the page showed; unknown names change nothing.

    `shown`: a letter that was on no page cannot be left by it; by default, the public ones. Raises BadToken.
    """
    with app.database.transaction() as tx:
        reader = reader_behind(app, tx, token, Purpose.PREFERENCES)
        refused, back = [], []
        for letter in () if reader.suppressed else stands(app, tx, reader, now).letters:
            on_page = letter.slug in shown if shown is not None else letter.public
            if letter.slug in chosen and letter.public and not letter.active:
                people.join_list(tx, reader, letter.slug, Basis.CONSENT, now)
                back.append(Opposition(reader.fingerprint, Refusal.BACK, letter.slug, now))
            elif letter.slug not in chosen and letter.active and on_page:
                people.leave_list(tx, reader.address_id, reader.contact_id, letter.slug, now)
                refused.append(Opposition(reader.fingerprint, Refusal.LEFT, letter.slug, now))
        append_oppositions(app.site, refused)
        standing = stands(app, tx, reader_behind(app, tx, token, Purpose.PREFERENCES), now)
    # After the commit: a crash between the two leaves somebody out, and never brings somebody back.
    append_oppositions(app.site, back)
    return standing


def pause(app: App, token: str, until: datetime, now: datetime) -> Standing:
    """No letter until then, what waits in the queue included; then they come again by themselves. Raises BadToken."""
    return _set(app, token, now, lambda tx, reader: choices.pause(tx, reader.address_id, until, now))


def resume(app: App, token: str, now: datetime) -> Standing:
    """A pause ends at once. Raises BadToken."""
    return _set(app, token, now, lambda tx, reader: choices.pause(tx, reader.address_id, None, now))


def one_a_month(app: App, token: str, wanted: bool, now: datetime) -> Standing:
    """At most one letter in a calendar month, whichever leaves first; or all of them again. Raises BadToken."""
    return _set(app, token, now, lambda tx, reader: choices.one_a_month(tx, reader.address_id, wanted, now))


def _set(app: App, token: str, now: datetime, write: Callable[[Connection, ReaderRow], None]) -> Standing:
    with app.database.transaction() as tx:
        reader = reader_behind(app, tx, token, Purpose.PREFERENCES)
        write(tx, reader)
        return stands(app, tx, reader, now)
