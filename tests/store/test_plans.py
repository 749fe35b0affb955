"""However many letters wait, taking and settling a few looks only at those few: the plans say so."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, insert, text

from mailer.domain.addresses import Family
from mailer.domain.issues import IssueState
from mailer.store import deliveries, issues, outcomes, people
from mailer.store.database import Connection, Database, open_database
from mailer.store.outcomes import Settled
from mailer.store.tables import addresses
from tests.store.base import (
    BROKEN,
    KEY,
    LATER,
    NO_MAILBOX,
    NOON,
    claim,
    crowd,
    fingerprint,
    freeze,
    release,
    released_to,
)

MANY = 50_000


@contextmanager
def spoken(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """What is said to the database inside the block."""
    said: list[tuple[str, Any]] = []

    def listen(_c: object, _cursor: object, statement: str, values: Any, _context: object, _many: bool) -> None:
        said.append((statement, values))

    event.listen(database.engine, "before_cursor_execute", listen)
    yield said
    event.remove(database.engine, "before_cursor_execute", listen)


def plans(database: Database, story: Callable[[Connection], object]) -> list[str]:
    """The plan of each statement about deliveries in the story."""
    with spoken(database) as said, database.transaction() as tx:
        story(tx)
    found = []
    with database.reading() as tx:
        for statement, values in said:
            if "delivery" in statement:
                steps = tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
                found.append("; ".join(step.detail for step in steps))
    return found


STORIES: dict[str, Callable[[Connection], object]] = {
    "claim": lambda tx: deliveries.claim(tx, "b", 10, 60, LATER),
    "renew": lambda tx: deliveries.renew(tx, "a", 60),
    "give back": lambda tx: deliveries.give_back(tx, "a", None),
    "recover": lambda tx: deliveries.recover(tx, ["a"]),
    "open claims": deliveries.open_claims,
    "next due": deliveries.next_due,
    "waiting": lambda tx: deliveries.waiting(tx, LATER),
    "waiting by family": lambda tx: deliveries.waiting_by_family(tx, "main", LATER),
    "leave": lambda tx: people.leave(tx, 3, LATER),
    "oppose": lambda tx: people.oppose(tx, 4, LATER),
    "take back": lambda tx: deliveries.take_back(tx, "a", [1]),
    "still held": lambda tx: deliveries.still_held(tx, "a"),
    "leaving": lambda tx: outcomes.mark_leaving(tx, "a", [1], LATER),
    "settled": lambda tx: outcomes.settle(tx, "a", [Settled(1, BROKEN, LATER), Settled(2, NO_MAILBOX, LATER)], LATER),
}


@pytest.mark.parametrize("story", STORIES)
def test_no_step_of_sending_reads_all_deliveries(sqlite_database: Database, story: str) -> None:
    released_to(sqlite_database, 20)
    claim(sqlite_database, "a", 5)
    found = plans(sqlite_database, STORIES[story])
    assert found
    # The index of held letters is as long as what senders have in hand, so reading all of it is no scan.
    scans = [step for plan in found for step in plan.split("; ") if step.startswith("SCAN delivery")]
    assert [step for step in scans if "ix_delivery_held" not in step] == []


def test_a_claim_finds_the_oldest_letter_in_the_index_of_queued_ones(sqlite_database: Database) -> None:
    released_to(sqlite_database, 20)
    due, taken, _ = plans(sqlite_database, STORIES["claim"])
    assert "SEARCH delivery USING INDEX ix_delivery_queued (issue_id=? AND family=?)" in due
    assert "SEARCH delivery USING INDEX ix_delivery_queued (issue_id=? AND family=? AND next_try_at<?)" in taken
    assert "TEMP B-TREE" not in taken


@pytest.mark.postgres
def test_postgresql_too_finds_the_oldest_letter_in_the_index_of_queued_ones(postgresql_database: Database) -> None:
    with postgresql_database.transaction() as tx:
        many_letters(tx, MANY)
        tx.execute(text("ANALYZE"))
        plan = text(
            "EXPLAIN SELECT id FROM delivery WHERE issue_id = 1 AND family = 0 AND state = 'queued' "
            "AND next_try_at <= now() ORDER BY next_try_at, id LIMIT 10 FOR UPDATE SKIP LOCKED"
        )
        steps = "\n".join(tx.execute(plan).scalars())
    assert "ix_delivery_queued" in steps
    assert "Sort" not in steps


@pytest.mark.postgres
def test_postgresql_finds_the_families_with_due_letters_in_the_same_index(postgresql_database: Database) -> None:
    with postgresql_database.transaction() as tx:
        many_letters(tx, MANY)
        tx.execute(text("ANALYZE"))
        with spoken(postgresql_database) as said:
            deliveries.claim(tx, "a", 1, 60, LATER)
        statement, values = said[0]
        due = "\n".join(step[0] for step in tx.exec_driver_sql(f"EXPLAIN {statement}", values))
    assert "ix_delivery_queued" in due
    assert "Seq Scan on delivery" not in due


@pytest.mark.parametrize("state", [IssueState.RELEASED, IssueState.PAUSED])
def test_a_claim_costs_the_same_however_many_letters_of_another_issue_wait(
    sqlite_database: Database, state: IssueState
) -> None:
    with sqlite_database.transaction() as tx:
        crowd(tx, 100)
        release(tx)
    few = work(sqlite_database, STORIES["claim"])
    with sqlite_database.transaction() as tx:
        issues.move(tx, many_letters(tx, MANY), [IssueState.RELEASED], state, now=NOON)
    # One issue more to look into, but not one letter more.
    assert work(sqlite_database, STORIES["claim"]) < 1.5 * few


def test_a_claim_does_not_walk_past_the_letters_of_a_family_that_must_wait(sqlite_database: Database) -> None:
    others = [family for family in Family if family is not Family.ORANGE]

    def story(tx: Connection) -> object:
        return deliveries.claim(tx, "b", 10, 60, LATER, families=others)

    with sqlite_database.transaction() as tx:
        crowd(tx, 100)
        release(tx)
    few = work(sqlite_database, story)
    with sqlite_database.transaction() as tx:
        great = many_letters(tx, MANY)
        blocked = text("UPDATE delivery SET family = 1, next_try_at = :early WHERE issue_id = :great AND id % 20 <> 0")
        tx.execute(blocked.bindparams(great=great, early="2020-01-01 00:00:00.000000"))
    assert work(sqlite_database, story) < 1.7 * few
    with sqlite_database.rehearsal() as tx:
        assert [row.family for row in deliveries.claim(tx, "b", 10, 60, LATER, families=others)] == [Family.OTHER] * 10


@pytest.fixture(scope="module")
def small_and_great(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, Database]]:
    """Two databases that differ in the number of letters of their one issue; a sender holds five of them."""
    opened = [open_database("sqlite:///mailer.db", tmp_path_factory.mktemp("plans")) for _ in range(2)]
    for database, size in zip(opened, (100, 10_000), strict=True):
        released_to(database, size)
        claim(database, "a", 5)
    yield opened[0], opened[1]
    for database in opened:
        database.close()


@pytest.mark.parametrize("story", sorted(STORIES.keys() - {"waiting", "waiting by family"}))
def test_a_step_of_sending_costs_the_same_in_a_small_and_in_a_great_issue(
    small_and_great: tuple[Database, Database], story: str
) -> None:
    small, great = (work(database, STORIES[story]) for database in small_and_great)
    assert small > 0
    # A deeper tree takes a little longer to walk down; a walk along it would take a hundred times as long.
    assert great < 1.5 * small


def work(database: Database, story: Callable[[Connection], object]) -> int:
    """The steps that SQLite's own machine makes for the story, of which nothing is kept."""
    steps: list[None] = []
    with database.rehearsal() as tx:
        driver = tx.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.set_progress_handler(lambda: steps.append(None), 1)
        story(tx)
        driver.set_progress_handler(None, 0)
    return len(steps)


def many_letters(tx: Connection, size: int) -> int:
    """Letters of one released issue, to readers nobody needs to know."""
    row = {"domain": "mairie.example", "family": 0, "created_at": NOON}
    many = [
        row | {"address": f"{number}@mairie.example", "canonical": f"{number}@mairie.example"} for number in range(size)
    ]
    tx.execute(insert(addresses), [one | {"fingerprint": fingerprint(str(one["canonical"]))} for one in many])
    issue_id = freeze(tx, "sirene/great")
    issues.release(tx, issue_id, KEY, NOON, NOON)
    tx.execute(
        text("""INSERT INTO delivery (issue_id, address_id, segment, state, next_try_at, attempts, words)
SELECT issue.id, address.id, 'sirene', 'queued', issue.due_at, 0, '' FROM issue CROSS JOIN address
WHERE issue.name = 'sirene/great'""")
    )
    return issue_id
