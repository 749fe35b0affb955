"""Who says nothing for years is asked, and erased if nothing is heard. Nobody is erased who was not asked."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from mailer.app import App
from mailer.app.readers import about_us, known
from mailer.domain.addresses import mask
from mailer.domain.notices import NoticeKind
from mailer.domain.retention import HeardWay, silent_before
from mailer.domain.tokens import Purpose
from mailer.errors import ReaderRefused
from mailer.language import N_
from mailer.services.rights.holdings import erase_reader
from mailer.store import notices, people, retention
from mailer.store.database import Connection
from mailer.store.retention import KEY

GONE = N_(
    "We asked, heard nothing, and have erased your address. If you want our letters again, subscribe on our page."
)
A_DAY = timedelta(hours=24)
MOST_ERASED = 1000
"""In one run: each is a transaction of its own, and the next run takes the rest."""


@dataclass(frozen=True)
class Retained:
    """What a run did, or would do."""

    asked: int
    erased: int
    waiting: int
    """Asked, and still within their time to answer."""
    out_of_reach: int
    """Silent as long, but no question can reach them: they are a person's to decide."""


@dataclass(frozen=True)
class Question:
    """What the page behind the link shows."""

    masked_address: str
    answered: bool
    until: datetime
    """Until when at least an answer counts."""


def retain(app: App, now: datetime) -> Retained:
    """Asks who is due, erases who was asked and not heard. Raises StoreError."""
    before = silent_before(now, app.config.retention.years)
    with app.database.transaction() as tx:
        retention.close_answered(tx, before, now)
        ripe = _ripe(app, tx, now)
    for address_id in ripe:
        with app.database.transaction() as tx:
            # Somebody may have answered since.
            if _ripe(app, tx, now, address_id) and (reader := people.reader_at(tx, address_id)):
                erase_reader(app, tx, reader, now)
    if ripe:
        app.database.leave_no_trace()
    with app.database.transaction() as tx:
        asked = _due(app, tx, now)
        for address_id, address in asked:
            _ask(app, tx, address_id, address, now)
        return _counted(tx, before, len(asked), len(ripe))


def foresee(app: App, now: datetime) -> Retained:
    """What `retain` would do; changes nothing."""
    before = silent_before(now, app.config.retention.years)
    with app.database.rehearsal() as tx:
        retention.close_answered(tx, before, now)
        return _counted(tx, before, len(_due(app, tx, now)), len(_ripe(app, tx, now)))


@dataclass(frozen=True)
class AskedDay:
    """The questions of one day that have no answer yet."""

    day: date
    open: int
    until: date
    """Until then at least an answer counts; then they are erased."""


def asked_days(app: App) -> list[AskedDay]:
    """Open questions by the day that they were put, in the zone of the site."""
    with app.database.reading() as tx:
        moments = retention.open_since(tx)
    counted = Counter(at.astimezone(app.config.zone).date() for at in moments)
    wait = timedelta(days=app.config.retention.answer_days)
    return [AskedDay(day, count, day + wait) for day, count in sorted(counted.items())]


def question(app: App, token: str) -> Question:
    """What a link asks. Raises BadToken, or ReaderRefused once the address was erased."""
    with app.database.reading() as tx:
        return _shown(app, tx, token)


def stay(app: App, token: str, now: datetime) -> Question:
    """The address stays, and counts as heard of now. Twice is as good as once. Raises as `question`."""
    with app.database.transaction() as tx:
        number = app.keyring.read(Purpose.STAY, token)
        found = retention.find(tx, number)
        if found is not None:
            retention.hear(tx, found.address_id, HeardWay.STAY, now)
            retention.close_answered(tx, silent_before(now, app.config.retention.years), now)
        return _shown(app, tx, token)


def _shown(app: App, tx: Connection, token: str) -> Question:
    found = retention.find(tx, app.keyring.read(Purpose.STAY, token))
    if found is None:
        raise ReaderRefused(GONE)
    reader = known(people.reader_at(tx, found.address_id))
    until = found.asked_at + timedelta(days=app.config.retention.answer_days)
    return Question(mask(reader.address), found.answered_at is not None, until)


def _due(app: App, tx: Connection, now: datetime) -> list[tuple[int, str]]:
    wanted = app.config.retention
    room = wanted.questions_a_day - retention.asked_since(tx, now - A_DAY)
    return retention.silent(tx, silent_before(now, wanted.years), room) if room > 0 else []


def _ripe(app: App, tx: Connection, now: datetime, address_id: int | None = None) -> list[int]:
    wanted = app.config.retention
    asked_before = now - timedelta(days=wanted.answer_days)
    return retention.ripe(tx, silent_before(now, wanted.years), asked_before, MOST_ERASED, address_id)


def _ask(app: App, tx: Connection, address_id: int, address: str, now: datetime) -> None:
    number = retention.ask(tx, address_id, now)
    wanted = app.config.retention
    content = {
        **about_us(app),
        "link": f"{app.config.public_url}/stay/{app.keyring.token(Purpose.STAY, number)}",
        "years": wanted.years,
        "days": wanted.answer_days,
    }
    notices.queue(tx, NoticeKind.STAY, f"{KEY}{number}", address, content, now)


def _counted(tx: Connection, before: datetime, asked: int, erased: int) -> Retained:
    return Retained(asked, erased, retention.waiting(tx), retention.out_of_reach(tx, before))
