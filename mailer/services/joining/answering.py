"""Whoever asked is answered by mail: confirm, you get it already, the link to your choices, or not at all.

Of the clock too: one reminder, and what is not needed any more is erased. Sends nothing, it only queues.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from mailer.app import App
from mailer.app.readers import about_us
from mailer.app.relays import family_table
from mailer.content.lists import read_lists
from mailer.domain.addresses import Family
from mailer.domain.joining import (
    DOMAIN_WINDOW,
    FORGOTTEN_AFTER,
    PUT_OFF_BY,
    REMINDED_AFTER,
    VALID_FOR,
    Reply,
    RequestKind,
    Standing,
    mails_an_hour,
    reply_to,
)
from mailer.domain.letters import MailingList
from mailer.domain.notices import NoticeKind
from mailer.domain.people import SubscriptionState
from mailer.domain.tokens import Purpose
from mailer.errors import BadFiles
from mailer.language import day
from mailer.store import joining, notices
from mailer.store.database import Connection
from mailer.store.joining import Facts, RequestRow

log = logging.getLogger(__name__)

AT_ONCE = 200
"""Requests answered in one transaction: the next ones wait two seconds."""

LETTERS = {
    Reply.CONFIRM: NoticeKind.CONFIRM,
    Reply.KNOWN: NoticeKind.KNOWN,
    Reply.WAY_BACK: NoticeKind.LOST_LETTER,
}
OURS = (*LETTERS.values(), NoticeKind.CONFIRM_REMINDER)


@dataclass(frozen=True)
class Attended:
    """What the clock's minute did for those who asked."""

    answered: int
    reminded: int
    erased: int


def answer(app: App, now: datetime) -> int:
    """Queues what is written to those who asked since; how many letters. Costs one look where nobody did."""
    with app.database.reading() as tx:
        if not joining.any_waiting(tx, now):
            return 0
    if (public := _public(app)) is None:
        return 0
    with app.database.transaction() as tx:
        rows = joining.waiting(tx, now, AT_ONCE)
        return sum(_answer(app, tx, row, public, now) for row in rows)


def attend(app: App, now: datetime) -> Attended:
    """The clock's minute: answers, reminders, and what is not needed any more is erased. Twice is as good as once."""
    answered, public = answer(app, now), _public(app)
    with app.database.transaction() as tx:
        rows = joining.to_remind(tx, now - REMINDED_AFTER, now, AT_ONCE) if public is not None else []
        reminded = sum(_remind(app, tx, row, public or {}, now) for row in rows)
        erased = joining.erase(tx, now - FORGOTTEN_AFTER, OURS, now)
    return Attended(answered, reminded, erased)


def _public(app: App) -> dict[str, MailingList] | None:
    """The letters that may be asked for; None while a list cannot be read: whoever asked is answered once it can."""
    try:
        return {one.slug: one for one in read_lists(app.site).values() if one.public}
    except BadFiles as mistakes:
        log.warning("%s", mistakes, extra={"action": "nobody_answered"})
        return None


def _answer(app: App, tx: Connection, row: RequestRow, public: Mapping[str, MailingList], now: datetime) -> bool:
    facts = joining.facts_of(tx, row.fingerprint)
    chosen = _chosen(tx, row, public)
    family = family_table(app.config).get(row.domain, Family.OTHER)
    full = joining.mailed_since(tx, row.domain, now - DOMAIN_WINDOW) >= mails_an_hour(family)
    reply = reply_to(_standing(row, facts, chosen, domain_is_full=full), now)
    if reply is Reply.LATER:
        joining.put_off(tx, row.id, now + PUT_OFF_BY)
        return False
    if reply is not Reply.NOTHING:
        _write(app, tx, row, reply, facts, chosen, now)
    else:
        joining.put_off(tx, row.id, None)
    # The address is needed only for as long as it can be confirmed.
    if reply is not Reply.CONFIRM and not (row.valid_until and row.valid_until > now):
        joining.erase_address(tx, row.id)
    return reply is not Reply.NOTHING


def _standing(row: RequestRow, facts: Facts, chosen: list[MailingList], *, domain_is_full: bool) -> Standing:
    return Standing(
        kind=RequestKind(row.kind),
        known=facts.address_id is not None,
        refused=facts.suppressed,
        already_gets_all=all(facts.states.get(one.slug) is SubscriptionState.ACTIVE for one in chosen),
        any_list_left=bool(chosen),
        mails=row.mails,
        mailed_at=row.mailed_at,
        replied=row.replied,
        asked_at=row.asked_at,
        domain_is_full=domain_is_full,
    )


def _write(
    app: App,
    tx: Connection,
    row: RequestRow,
    reply: Reply,
    facts: Facts,
    chosen: list[MailingList],
    now: datetime,
) -> None:
    until = now + VALID_FOR if reply is Reply.CONFIRM else row.valid_until
    content = _content(app, row, chosen, until)
    if reply is not Reply.CONFIRM and facts.address_id is not None:
        content["link"] = f"{app.config.public_url}/p/{app.keyring.token(Purpose.READER, facts.address_id)}"
    kind = LETTERS[reply]
    notices.queue(tx, kind, f"{kind} {row.id} {row.mails + 1}", row.address, content, now)
    joining.replied(tx, row.id, reply, now, until)


def _remind(app: App, tx: Connection, row: RequestRow, public: Mapping[str, MailingList], now: datetime) -> bool:
    facts = joining.facts_of(tx, row.fingerprint)
    chosen = _chosen(tx, row, public)
    first = joining.reminded(tx, row.id, now)
    wanted = any(facts.states.get(one.slug) is not SubscriptionState.ACTIVE for one in chosen)
    if not first or facts.suppressed or not wanted:
        return False
    kind = NoticeKind.CONFIRM_REMINDER
    return notices.queue(tx, kind, f"{kind} {row.id}", row.address, _content(app, row, chosen, row.valid_until), now)


def _chosen(tx: Connection, row: RequestRow, public: Mapping[str, MailingList]) -> list[MailingList]:
    return [public[one.list_slug] for one in joining.lists_of(tx, row.id) if one.list_slug in public]


def _content(app: App, row: RequestRow, chosen: list[MailingList], until: datetime | None) -> dict[str, object]:
    """Nothing that a visitor wrote: titles are the site's own."""
    config = app.config
    return {
        "letters": [one.title for one in chosen],
        "link": f"{config.public_url}/confirm/{app.keyring.token(Purpose.CONFIRM, row.id)}",
        "until": day(config.language, until.astimezone(config.zone).date()) if until else "",
        "asked_on": day(config.language, row.asked_at.astimezone(config.zone).date()),
        "sender": chosen[0].sender_address if chosen else "",
        **about_us(app),
    }
