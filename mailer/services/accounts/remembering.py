"""What the desk remembers of a browser between two pages: words for the next one, buttons that were pressed."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from mailer.app import App
from mailer.services.accounts.entering import Visitor
from mailer.store import audit, sessions

Words = tuple[str, Mapping[str, object]]
"""A message id, and what fills its holes."""


def say_next(app: App, visitor: Visitor, sentence: str, values: Mapping[str, object]) -> None:
    """The next page says it first."""
    said = [sentence, {name: value if isinstance(value, int) else str(value) for name, value in values.items()}]
    with app.database.transaction() as tx:
        sessions.say_next(tx, visitor.session.id, [said])


def take_words(app: App, visitor: Visitor) -> Sequence[Words]:
    """What this page says first; the next one does not any more."""
    if not visitor.session.flash:
        return ()
    with app.database.transaction() as tx:
        sessions.say_next(tx, visitor.session.id, [])
    return tuple((str(sentence), dict(values)) for sentence, values in visitor.session.flash)


def note(app: App, visitor: Visitor, action: str, subject: str, now: datetime) -> None:
    """The audit holds who did it."""
    with app.database.transaction() as tx:
        audit.note(tx, visitor.account.id, visitor.account.name, action, subject, now)


def press(app: App, visitor: Visitor, key: str, now: datetime) -> bool:
    """Whether the form of that key is sent for the first time."""
    with app.database.transaction() as tx:
        return sessions.press(tx, f"{visitor.account.id} {key}", visitor.account.id, now)
