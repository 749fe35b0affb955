"""Approvals are kept for ever: void ones too, one valid one a person."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from mailer.domain.approvals import Approval
from mailer.store import approvals, issues
from mailer.store.database import Database
from tests.store.base import LATER, NOON, freeze

ODILE = Approval("Odile", LATER, "d", None)
BAKARY = Approval("Bakary", NOON, "d", 2500)


def test_approvals_are_kept_in_order_with_what_was_typed(database: Database) -> None:
    with database.transaction() as tx:
        issue_id = freeze(tx)
        for one in (ODILE, BAKARY):
            approvals.add(tx, issue_id, one)
        assert approvals.valid(tx, issue_id) == approvals.every(tx, issue_id) == [BAKARY, ODILE]


def test_the_same_person_again_voids_the_earlier_word(database: Database) -> None:
    again = Approval("ODILÉ", LATER + timedelta(hours=1), "d", 20_000)
    with database.transaction() as tx:
        issue_id = freeze(tx)
        approvals.add(tx, issue_id, ODILE)
        approvals.add(tx, issue_id, again)
        assert approvals.valid(tx, issue_id) == [again]
        assert [one.voided_at for one in approvals.every(tx, issue_id)] == [again.at, None]


def test_the_database_itself_holds_one_valid_word_a_person(database: Database) -> None:
    row = "INSERT INTO approval (issue_id, who, person, digest, at) VALUES (1, 'Odile', 'odile', 'd', '2023-09-06')"
    with database.transaction() as tx:
        freeze(tx)
        tx.execute(text(row))
    with pytest.raises(IntegrityError), database.transaction() as tx:
        tx.execute(text(row))


def test_voiding_keeps_the_row_and_touches_no_other_issue(database: Database) -> None:
    with database.transaction() as tx:
        one, other = freeze(tx, "sirene/1"), freeze(tx, "sirene/2")
        for issue_id in (one, other):
            approvals.add(tx, issue_id, ODILE)
        approvals.void(tx, one, LATER)
        assert approvals.valid(tx, one) == []
        assert [(kept.who, kept.voided_at) for kept in approvals.every(tx, one)] == [("Odile", LATER)]
        assert approvals.valid(tx, other) == [ODILE]


def test_what_is_held_is_let_go_and_only_what_waits_can_be_held(database: Database) -> None:
    with database.transaction() as tx:
        issue_id = freeze(tx)
        assert issues.hold(tx, issue_id, "restored")
        assert [row.held for row in issues.approved(tx, "sirene")] == ["restored"]
        issues.let_go(tx, issue_id)
        assert [row.held for row in issues.approved(tx, "sirene")] == [None]
        issues.hold(tx, issue_id, "restored")
        assert issues.release(tx, issue_id, b"", NOON, NOON)
        assert not issues.hold(tx, issue_id, "too late")
        row = issues.find(tx, "sirene/2023-09")
        assert row is not None
        assert (row.held, row.published_at) == (None, NOON)
