"""A released issue's letters, filled as the sender fills them, and what the database holds about their readers."""

import re
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.parser import BytesParser
from html import unescape
from urllib.parse import urlsplit

from sqlalchemy import select

from mailer.app import App
from mailer.domain.letters import Copy
from mailer.domain.tokens import Purpose, track_token
from mailer.rendering.skeleton import Skeleton
from mailer.store import issues, tables

URL = re.compile(r"https?://[^\s\"'<>)\]]+")


@dataclass(frozen=True)
class Letter:
    """One reader's copy."""

    delivery_id: int
    leave: str
    preferences: str
    track: str
    raw: bytes

    @property
    def urls(self) -> set[str]:
        """Every address in the headers, the text and the HTML."""
        message = BytesParser(policy=policy.default).parsebytes(self.raw)
        texts = [str(value) for value in message.values()]
        texts += [part.get_content() for part in message.walk() if not part.is_multipart()]
        return {unescape(url) for text in texts for url in URL.findall(text)}

    def paths(self, host: str) -> set[str]:
        """The paths of the addresses that lead to us."""
        return {urlsplit(url).path for url in self.urls if urlsplit(url).hostname == host}


def letters(app: App, issue_name: str, now: datetime) -> dict[str, Letter]:
    """By address."""
    delivery, address = tables.deliveries.c, tables.addresses.c
    with app.database.reading() as tx:
        row = issues.find(tx, issue_name)
        assert row is not None
        key = issues.key(tx, row.id)
        skeletons = {segment: Skeleton.parse(blob) for segment, blob in issues.skeletons(tx, row.id).items()}
        rows = tx.execute(
            select(delivery.id, delivery.segment, address.address, address.family)
            .join(tables.addresses, address.id == delivery.address_id)
            .where(delivery.issue_id == row.id)
        ).all()
    return {
        one.address: _letter(app, one.id, skeletons[one.segment], one.address, _track(key, row.id, one.family), now)
        for one in rows
    }


def held(app: App, *names: str) -> dict[str, list[tuple[object, ...]]]:
    """Every row of the named tables, or of all but the counted hits."""
    if "seen" in names and "ledger" in vars(app):
        app.ledger.flush()
    wanted = names or tuple(name for name in tables.metadata.tables if name != "seen")
    with app.database.reading() as tx:
        found = {name: tx.execute(select(tables.metadata.tables[name])).all() for name in wanted}
    return {name: sorted((tuple(row) for row in rows), key=repr) for name, rows in found.items()}


def state_of(app: App, address: str, list_slug: str) -> str | None:
    """The subscription's state."""
    subscription = tables.subscriptions.c
    with app.database.reading() as tx:
        return tx.execute(
            select(subscription.state)
            .join(tables.addresses, tables.addresses.c.id == subscription.address_id)
            .where(tables.addresses.c.canonical == address, subscription.list_slug == list_slug)
        ).scalar()


def _track(key: issues.IssueKey | None, issue_id: int, family: int) -> str:
    return track_token(key.issue_key, issue_id, 0, family) if key else ""


def _letter(app: App, delivery_id: int, skeleton: Skeleton, address: str, track: str, now: datetime) -> Letter:
    leave = app.keyring.token(Purpose.LEAVE, delivery_id)
    preferences = app.keyring.token(Purpose.PREFERENCES, delivery_id)
    copy = Copy(
        address, "", "m@collectif.example", now.strftime("%a, %d %b %Y %H:%M:%S +0000"), leave, preferences, track
    )
    return Letter(delivery_id, leave, preferences, track, skeleton.fill(copy))
