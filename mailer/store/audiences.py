"""Who receives an issue: counted before, queued at release, by one and the same rule. Knows no file and no letter.

Whom an audience holds, `addressed` says. Left out are: whoever is suppressed, whoever left the issue's own list, for
each list of the audience, whoever left that list, whoever asked for a pause that has not ended when the letter would
leave, whoever asked for one letter a month and has this month's, and whoever the issue itself spares.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, func, insert, literal, select

from mailer.domain.addresses import Family
from mailer.domain.choices import When
from mailer.domain.choices import when as month_around
from mailer.domain.deliveries import DeliveryState
from mailer.store.addressed import UNBOUND, Bounds, Place, chosen, places
from mailer.store.addressed import Audience as Audience
from mailer.store.moments import Moment
from mailer.store.sql import give_room, keep_writers_out
from mailer.store.tables import addresses, deliveries

STEPS = 96
"""Of a spread: letters of one step are due at the same moment."""


def count_audience(
    tx: Connection,
    audience: Sequence[Audience],
    list_slug: str,
    when: When | None = None,
    bounds: Bounds = UNBOUND,
) -> dict[str, int]:
    """How many would receive the issue, by the list that holds them; without `when`, the resting ones too."""
    found = count_by_place(tx, audience, list_slug, when, bounds)
    counts = dict.fromkeys((one.slug for one in audience), 0)
    for place, count in zip(places(audience), found, strict=True):
        counts[place.audience.slug] += count
    return counts


def count_by_place(
    tx: Connection, audience: Sequence[Audience], list_slug: str, when: When | None, bounds: Bounds = UNBOUND
) -> list[int]:
    """How many would receive the issue for each reason to be in it, in the order of `places`."""
    give_room(tx)
    readers = chosen(audience, list_slug, when, bounds).subquery()
    counted = select(readers.c.place, func.count()).group_by(readers.c.place)
    found = {row[0]: row[1] for row in tx.execute(counted)}
    return [found.get(number, 0) for number in range(len(places(audience)))]


def count_by_family(
    tx: Connection,
    audience: Sequence[Audience],
    list_slug: str,
    when: When | None = None,
    bounds: Bounds = UNBOUND,
) -> dict[Family, int]:
    """How many would receive the issue, by receiver family."""
    give_room(tx)
    readers = chosen(audience, list_slug, when, bounds).subquery()
    counted = (
        select(addresses.c.family, func.count())
        .join(readers, readers.c.address_id == addresses.c.id)
        .group_by(addresses.c.family)
    )
    return {Family(row[0]): row[1] for row in tx.execute(counted)}


def queue_audience(
    tx: Connection,
    issue_id: int,
    audience: Sequence[Audience],
    list_slug: str,
    now: datetime,
    due_at: datetime,
    zone: tzinfo = UTC,
    *,
    bounds: Bounds = UNBOUND,
    spread: timedelta = timedelta(0),
) -> int:
    """One delivery for each address of the audience, due at `due_at`; the number of letters queued.

    `zone`: in which a month is a month, for those who asked for one letter in each. Who asked for the letter gets it
    before those who did not, whose letters are due over the whole of `spread`.
    """
    # Without this a reader could leave between our look at the lists and our commit, and be written to.
    keep_writers_out(tx, "subscription", "suppression", "choice")
    give_room(tx)
    due = max(due_at, now)
    every = places(audience)
    readers = chosen(audience, list_slug, month_around(due, zone), bounds).subquery()
    late = _late(readers.c.place, every, list_slug)
    rows = select(
        literal(issue_id),
        readers.c.address_id,
        readers.c.contact_id,
        case({number: place.audience.slug for number, place in enumerate(every)}, value=readers.c.place),
        literal(DeliveryState.QUEUED.value),
        _due(due, spread, late, readers.c.address_id),
        literal(0),
        literal(""),
        addresses.c.family,
    )
    # Letters are claimed by family: those of one lie side by side, so that a claim touches few pages of the file.
    rows = rows.join(addresses, addresses.c.id == readers.c.address_id)
    rows = rows.order_by(addresses.c.family, late, readers.c.address_id)
    names = ["issue_id", "address_id", "contact_id", "segment", "state", "next_try_at", "attempts", "words", "family"]
    # Asked for by name: PostgreSQL's driver forgets how many there were where nobody was.
    queued = tx.execute(insert(deliveries).from_select(names, rows), execution_options={"preserve_rowcount": True})
    return max(queued.rowcount, 0)


def next_readers(audience: Sequence[Audience], list_slug: str, when: When) -> Select[Any]:
    """The address, contact and place of each reader that an issue would be queued for at that moment."""
    return chosen(audience, list_slug, when)


def _late(number: ColumnElement[Any], every: Sequence[Place], list_slug: str) -> ColumnElement[Any]:
    """1 for whoever did not ask for the letter, else 0."""
    asked = [at for at, place in enumerate(every) if not place.uninvited(list_slug)]
    return case((number.in_(asked), 0), else_=1)


def _due(
    due: datetime, spread: timedelta, late: ColumnElement[Any], address_id: ColumnElement[Any]
) -> ColumnElement[Any]:
    if not spread:
        return literal(due, Moment())
    # By address, which mixes the families: each receiver gets its part all along.
    step = func.ntile(STEPS).over(partition_by=late, order_by=address_id) * late
    moments = {number: literal(due + spread * number / STEPS, Moment()) for number in range(STEPS + 1)}
    return case(moments, value=step)
