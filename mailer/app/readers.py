"""Who stands behind a link: the reader of a letter, or of an address that a notice was written to. Acts for nobody."""

from mailer.app import App
from mailer.domain.tokens import NOT_OURS, Purpose
from mailer.errors import BadToken
from mailer.store import people
from mailer.store.database import Connection
from mailer.store.people import ReaderRow


def reader_behind(app: App, tx: Connection, token: str, purpose: Purpose) -> ReaderRow:
    """The reader that the token of a letter speaks for. A token of an address does as well as one of preferences.

    Raises BadToken, for a reader who was forgotten too.
    """
    return known(_reader(app, tx, token, purpose))


def known(reader: ReaderRow | None) -> ReaderRow:
    """Raises BadToken where there is nobody."""
    if reader is None:
        raise BadToken(NOT_OURS)
    return reader


def about_us(app: App) -> dict[str, object]:
    """Who writes, for the foot of a notice to a reader."""
    organisation = app.config.organisation
    return {
        "contact": organisation.contact,
        "home": app.config.public_url,
        "signature": organisation.signature,
    }


def _reader(app: App, tx: Connection, token: str, purpose: Purpose) -> ReaderRow | None:
    try:
        return people.reader_of(tx, app.keyring.read(purpose, token))
    except BadToken:
        if purpose is not Purpose.PREFERENCES:
            raise
        return people.reader_at(tx, app.keyring.read(Purpose.READER, token))
