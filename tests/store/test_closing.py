"""A count that is closed keeps its figures and nothing that they were counted from."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from mailer.domain.hits import HitClass
from mailer.store import closing, issues, reports
from mailer.store.database import Database
from mailer.store.tables import deliveries, seen
from tests.store.base import LATER, NOON, freeze, released_to


def test_closing_keeps_the_figures_and_erases_hits_and_key(database: Database) -> None:
    issue_id = released_to(database, 2)
    with database.transaction() as tx:
        tx.execute(update(deliveries).values(state="sent", first_attempt_at=NOON))
        tx.execute(insert(seen).values(issue_id=issue_id, hash=b"h" * 16, link=1, hit_class=HitClass.HUMAN))
        before = reports.issue_figures(tx, issue_id)
        assert closing.closed_at(tx, issue_id) is None
        assert closing.close_count(tx, issue_id, LATER)
        assert not closing.close_count(tx, issue_id, LATER + timedelta(days=1))
        after = reports.issue_figures(tx, issue_id)
        assert replace(after, closed_at=None, letters=replace(after.letters, audience=None)) == before
        assert (after.closed_at, after.letters.audience) == (LATER, 2)
        assert (before.people, before.clicks) == (1, 1)
        assert closing.closed_at(tx, issue_id) == LATER
        assert issues.key(tx, issue_id) is None
        assert tx.execute(select(seen)).all() == []


@pytest.mark.parametrize(
    ("states", "ripe"),
    [
        (["sent", "failed"], True),
        (["sent", "queued"], False),
        (["sent", "claimed"], False),
        (["sent", "sending"], False),
        (["sent", "unknown"], False),
    ],
)
def test_a_count_waits_until_nothing_is_left_to_send_or_to_decide(
    database: Database, states: list[str], ripe: bool
) -> None:
    issue_id = released_to(database, 2)
    with database.transaction() as tx:
        freeze(tx, "sirene/frozen")
        ids = tx.execute(select(deliveries.c.id).order_by(deliveries.c.id)).scalars().all()
        for delivery_id, state in zip(ids, states, strict=True):
            here = update(deliveries).where(deliveries.c.id == delivery_id)
            tx.execute(here.values(state=state, first_attempt_at=LATER))
        assert closing.issues_counted_since(tx, LATER) == ([issue_id] if ripe else [])
        assert closing.issues_counted_since(tx, LATER - timedelta(seconds=1)) == []


def test_an_issue_that_is_not_released_has_no_count_to_close(database: Database) -> None:
    with database.transaction() as tx:
        assert not closing.close_count(tx, freeze(tx), LATER)
