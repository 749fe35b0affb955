"""Tells people what will not leave by itself: an alert as long as it is so, a notice a day before and at the hour."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailer.app import App
from mailer.domain.notices import NoticeKind
from mailer.language import N_, moment
from mailer.services.publishing.standing import OF_THE_CLOCK
from mailer.store import alerts, notices
from mailer.store.alerts import AlertRow
from mailer.store.database import Connection

SOON = N_("{title} will not leave by itself on {at}. {why}")
PAST = N_("{title} did not leave on {at}. {why}")
UNREADABLE = N_("Nothing of the campaign {title} leaves by itself. {why}")

BETWEEN_TWO_EDITS = timedelta(hours=1)
"""Files that cannot be read are often about to be saved again: nobody is written to before."""


@dataclass(frozen=True)
class Worry:
    """A letter that does not leave by itself as things stand, or a campaign whose files cannot be read."""

    key: str
    """What it is about, however often it is looked at: a slot, an issue outside the cadence, a campaign's files."""
    name: str
    """`campaign/issue`; `campaign/day` for a slot that nobody filled; the campaign where its files are at fault."""
    title: str
    """As people call it."""
    sender: str
    """From whom they are told."""
    at: datetime | None
    """The moment it is meant for; None for a campaign's files."""
    until: datetime | None
    """Until then it still leaves by itself."""
    why: str
    """A sentence in the site's language, with what to do."""

    def sentence(self, now: datetime) -> str:
        """What is told of it at this moment."""
        if self.at is None:
            return UNREADABLE
        return SOON if now < self.at else PAST


def tell(app: App, campaign: str, worries: Sequence[Worry], now: datetime) -> list[str]:
    """Raises and closes the campaign's alerts, queues notices; the names of what is told for the first time."""
    with app.database.reading() as tx:
        known = _open_alerts(tx, campaign)
    wanted = {_kind(campaign, one): one for one in worries}
    if not wanted and not known:
        return []
    with app.database.transaction() as tx:
        for kind in known.keys() - wanted.keys():
            alerts.close_alerts(tx, kind, now)
        return [
            worry.name
            for kind, worry in wanted.items()
            # Both are done for each: a notice can be due while its alert is open already.
            if any([_raise(app, tx, kind, worry, known.get(kind), now), _write(app, tx, worry, known.get(kind), now)])
        ]


def _raise(app: App, tx: Connection, kind: str, worry: Worry, known: AlertRow | None, now: datetime) -> bool:
    values = {"title": worry.title, "at": _said(app, worry.at), "why": worry.why}
    sentence = worry.sentence(now)
    if known is None or (known.sentence, dict(known.values)) != (sentence, values):
        alerts.raise_alert(tx, kind, sentence, values, now)
    return known is None or known.sentence != sentence


def _write(app: App, tx: Connection, worry: Worry, known: AlertRow | None, now: datetime) -> bool:
    if worry.at is None and (known is None or now - known.raised_at < BETWEEN_TWO_EDITS):
        return False
    key = _key(worry, known, now)
    content = _content(app, worry, now)
    told = [
        notices.queue(tx, NoticeKind.REMINDER, f"{key} {address}", address, content, now)
        for address in app.config.staff.tell
    ]
    return any(told)


def _key(worry: Worry, known: AlertRow | None, now: datetime) -> str:
    """The same for every clock and every tick; another one when a slot is moved, or files break again."""
    if worry.at is None:
        return f"files {worry.key} {known.raised_at.isoformat() if known else ''}"
    return f"{'day' if now < worry.at else 'hour'} {worry.key} {worry.at.isoformat()}"


def _content(app: App, worry: Worry, now: datetime) -> Mapping[str, object]:
    stage = "files" if worry.at is None else "day" if now < worry.at else "hour"
    still = worry.until is not None and now < worry.until
    return {
        "stage": stage,
        "title": worry.title,
        "name": worry.name,
        "sender": worry.sender,
        "at": _said(app, worry.at),
        "until": _said(app, worry.until) if still else "",
        "why": worry.why,
    }


def _said(app: App, at: datetime | None) -> str:
    return moment(app.config.language, at, app.config.zone) if at else ""


def _kind(campaign: str, worry: Worry) -> str:
    return f"{_prefix(campaign)}{worry.key}"


def _prefix(campaign: str) -> str:
    return f"{OF_THE_CLOCK}{campaign}:"


def _open_alerts(tx: Connection, campaign: str) -> dict[str, AlertRow]:
    return {one.kind: one for one in alerts.open_alerts(tx) if one.kind.startswith(_prefix(campaign))}
