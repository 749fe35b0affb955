"""An issue's figures are counted from its rows, and no letter counts for more than one."""

import pytest
from sqlalchemy import insert, select, update

from mailer.domain.hits import HitClass
from mailer.store import people, reports
from mailer.store.database import Connection, Database
from mailer.store.tables import deliveries, issues, seen
from tests.store.base import LATER, NOON, crowd, release

_, SCANNER, MACHINE, UNKNOWN, PROXY, HUMAN = HitClass


def settle(tx: Connection, states: list[str]) -> list[int]:
    """The states of the letters, in order."""
    ids = list(tx.execute(select(deliveries.c.id).order_by(deliveries.c.id)).scalars())
    for delivery_id, state in zip(ids, states, strict=True):
        attempted = NOON if state == "bounced" else LATER if state == "sent" else None
        where = deliveries.c.id == delivery_id
        tx.execute(update(deliveries).where(where).values(state=state, first_attempt_at=attempted))
    return ids


def hit(tx: Connection, issue_id: int, letter: int, **classes: HitClass) -> None:
    """Hits of one letter, by link: `pixel`, `link1`…"""
    for name, hit_class in classes.items():
        link = 0 if name == "pixel" else int(name.removeprefix("link"))
        tx.execute(insert(seen).values(issue_id=issue_id, hash=bytes([letter]) * 16, link=link, hit_class=hit_class))


def test_letters_are_counted_by_what_became_of_them(database: Database) -> None:
    with database.transaction() as tx:
        crowd(tx, 6)
        issue_id = release(tx)
        ids = settle(tx, ["sent", "sent", "bounced", "failed", "unknown", "queued"])
        people.leave(tx, ids[0], LATER)
        figures = reports.issue_figures(tx, issue_id)
    assert (figures.audience, figures.delivered, figures.bounced, figures.measured) == (6, 2, 1, 2)
    assert figures.by_state == {
        "queued": 1, "claimed": 0, "sending": 0, "sent": 2, "failed": 1, "unknown": 1, "bounced": 1, "skipped": 0,
    }  # fmt: skip
    assert (figures.unsubscribed, figures.first_attempt_at, figures.last_attempt_at) == (1, NOON, LATER)


@pytest.mark.parametrize(
    ("classes", "counted"),
    [
        ({"pixel": HUMAN}, (1, 0, 0)),
        ({"pixel": PROXY}, (1, 0, 0)),
        ({"pixel": MACHINE}, (0, 1, 0)),
        ({"pixel": SCANNER}, (0, 0, 0)),
        ({"pixel": UNKNOWN}, (0, 0, 0)),
        ({"pixel": MACHINE, "link1": HUMAN}, (1, 0, 1)),
        ({"pixel": MACHINE, "link1": SCANNER}, (0, 1, 0)),
        ({"pixel": HUMAN, "link1": MACHINE}, (1, 0, 0)),
        ({"link1": HUMAN, "link2": HUMAN}, (1, 0, 1)),
        ({"link1": MACHINE, "link2": UNKNOWN}, (0, 0, 0)),
    ],
)
def test_a_letter_counts_once_by_the_best_that_was_seen_of_it(
    database: Database, classes: dict[str, HitClass], counted: tuple[int, int, int]
) -> None:
    with database.transaction() as tx:
        crowd(tx, 3)
        issue_id = release(tx)
        settle(tx, ["sent", "sent", "sent"])
        hit(tx, issue_id, 1, **classes)
        hit(tx, release(tx, "sirene/other"), 2, pixel=HUMAN)
        figures = reports.issue_figures(tx, issue_id)
    assert (figures.people, figures.machines, figures.clicks) == counted


def test_no_more_letters_are_read_than_were_delivered(database: Database) -> None:
    with database.transaction() as tx:
        crowd(tx, 3)
        issue_id = release(tx)
        settle(tx, ["sent", "sent", "bounced"])
        for letter, hit_class in enumerate([HUMAN, MACHINE, MACHINE, HUMAN, HUMAN]):
            hit(tx, issue_id, letter, link1=hit_class)
        figures = reports.issue_figures(tx, issue_id)
    assert (figures.measured, figures.people, figures.machines, figures.clicks) == (2, 2, 0, 2)


def test_an_issue_that_is_not_measured_has_no_readers(database: Database) -> None:
    with database.transaction() as tx:
        crowd(tx, 1)
        issue_id = release(tx)
        settle(tx, ["sent"])
        tx.execute(update(issues).values(measure="off"))
        figures = reports.issue_figures(tx, issue_id)
    assert (figures.delivered, figures.measured, figures.people) == (1, 0, 0)
