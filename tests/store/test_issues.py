"""A frozen issue keeps its letter, is released once, and is shown on the web only when it is out."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select

from mailer.domain.approvals import Approval
from mailer.domain.issues import IssueState
from mailer.domain.letters import Attachment
from mailer.domain.rates import MeasureMode
from mailer.errors import NotFound, WrongState
from mailer.store import approvals, archive, issues
from mailer.store import attachments as files
from mailer.store.archive import ArchivedRow, Readable
from mailer.store.archive_tables import issue_texts
from mailer.store.database import Connection, Database
from mailer.store.issues import IssueKey, ReleasedRow
from mailer.store.tables import attachments, links, variants
from mailer.store.tables import issues as frozen
from tests.store.base import KEY, LATER, NOON, a_letter, an_issue, freeze, run_together

ANONYMOUS = MeasureMode.ANONYMOUS
NOW = LATER + timedelta(days=1)
SIRENE = Readable(("sirene",), NOW)
IMAGE = Attachment("0a1b.png", "image/png", b"\x89PNG\0\xff")


def out(tx: Connection, name: str, list_slug: str = "sirene", *, public: bool = True, due_at: datetime = NOON) -> int:
    """A released issue without readers."""
    made = an_issue(name, list_slug, public=public)
    issue_id = issues.freeze(tx, made, a_letter(f"<p>{name}</p>"), measure=ANONYMOUS, now=NOON)
    assert issues.release(tx, issue_id, KEY, due_at, due_at)
    return issue_id


def test_a_frozen_issue_is_found_by_its_name(database: Database) -> None:
    with database.transaction() as tx:
        issue_id = freeze(tx)
        row = issues.find(tx, "sirene/2023-09")
        assert row is not None
        assert (row.id, row.name, row.campaign, row.list_slug, row.slug) == (
            issue_id, "sirene/2023-09", "sirene", "sirene", "2023-09",
        )  # fmt: skip
        assert (row.subject, row.title, row.number) == ("Rentrée", "La Sirène", "septembre 2023")
        assert (row.state, row.measure, row.slot, row.frozen_at) == (IssueState.APPROVED, ANONYMOUS, NOON, NOON)
        assert (row.issue_key, row.released_at, row.due_at, row.pause_reason) == (None, None, None, "")
        assert row.sources == {"issue.md": "aa"}
        assert issues.find(tx, "sirene/2023-10") is None


def test_the_letter_is_kept_byte_for_byte(database: Database) -> None:
    with database.transaction() as tx:
        letter = a_letter(attachments=(IMAGE, IMAGE))
        issue_id = issues.freeze(tx, an_issue(), letter, measure=ANONYMOUS, now=NOON)
        assert issues.skeletons(tx, issue_id) == letter.variants
        assert issues.links(tx, issue_id) == list(letter.links)
        assert issues.link(tx, issue_id, 2) == "https://collectif.example/deux"
        assert issues.link(tx, issue_id, 3) is None
        assert files.find(tx, IMAGE.file_name) == (IMAGE.media_type, IMAGE.content)
        assert files.find(tx, "nothing.png") is None


def test_freezing_again_replaces_the_letter_and_voids_its_approvals(database: Database) -> None:
    with database.transaction() as tx:
        first = issues.freeze(tx, an_issue(), a_letter(attachments=(IMAGE,)), measure=ANONYMOUS, now=NOON)
        approvals.add(tx, first, Approval("Odile", NOON, "d", None))
        again = issues.freeze(tx, an_issue(), a_letter(sources={"issue.md": "bb"}), measure=MeasureMode.OFF, now=LATER)
        row = issues.find(tx, "sirene/2023-09")
        assert row is not None
        assert (again, row.sources, row.measure, row.frozen_at) == (first, {"issue.md": "bb"}, MeasureMode.OFF, LATER)
        assert approvals.valid(tx, first) == []
        assert approvals.every(tx, first) == [Approval("Odile", NOON, "d", None, voided_at=LATER)]
        assert tx.execute(select(attachments)).all() == []


def test_an_image_that_another_issue_shows_survives_a_new_freeze(database: Database) -> None:
    with database.transaction() as tx:
        issues.freeze(tx, an_issue(), a_letter(attachments=(IMAGE,)), measure=ANONYMOUS, now=NOON)
        other = an_issue("sirene/2023-10")
        issues.freeze(tx, other, a_letter(attachments=(IMAGE,)), measure=ANONYMOUS, now=NOON)
        issues.freeze(tx, other, a_letter(), measure=ANONYMOUS, now=NOON)
        assert files.find(tx, IMAGE.file_name) is not None


def test_a_released_letter_never_changes(database: Database) -> None:
    with database.transaction() as tx:
        issue_id = out(tx, "sirene/2023-09")
        with pytest.raises(WrongState) as told:
            issues.freeze(tx, an_issue(), a_letter("<p>other"), measure=ANONYMOUS, now=LATER)
        assert "sirene/2023-09" in str(told.value)
        issues.move(tx, issue_id, [IssueState.RELEASED], IssueState.CANCELLED, now=LATER)
        with pytest.raises(WrongState):
            issues.freeze(tx, an_issue(), a_letter("<p>other"), measure=ANONYMOUS, now=LATER)


def test_an_issue_is_released_once_even_by_two_at_the_same_moment(database: Database) -> None:
    with database.transaction() as tx:
        issue_id = freeze(tx)
    done: list[bool] = []

    def release() -> None:
        with database.transaction() as tx:
            done.append(issues.release(tx, issue_id, KEY, LATER, NOON))

    run_together(3, release)
    assert sorted(done) == [False, False, True]
    with database.reading() as tx:
        row = issues.find(tx, "sirene/2023-09")
        assert row is not None
        assert (row.state, row.released_at, row.due_at) == (IssueState.RELEASED, NOON, LATER)


def test_an_issue_moves_only_from_the_states_that_are_named(database: Database) -> None:
    with database.transaction() as tx:
        issue_id = out(tx, "sirene/2023-09")
        assert not issues.move(tx, issue_id, [IssueState.PAUSED], IssueState.RELEASED, now=LATER)
        assert issues.move(tx, issue_id, [IssueState.RELEASED], IssueState.PAUSED, reason="550 spam", now=LATER)
        row = issues.find(tx, "sirene/2023-09")
        assert row is not None
        assert (row.state, row.pause_reason) == (IssueState.PAUSED, "550 spam")
        assert issues.move(tx, issue_id, [IssueState.PAUSED], IssueState.RELEASED, now=LATER)
        row = issues.find(tx, "sirene/2023-09")
        assert row is not None
        assert row.pause_reason == ""


def test_sending_gets_what_it_needs_of_a_released_issue_only(database: Database) -> None:
    with database.transaction() as tx:
        draft = freeze(tx)
        with pytest.raises(NotFound):
            issues.get(tx, draft)
        issues.release(tx, draft, KEY, NOON, NOON)
        assert issues.get(tx, draft) == ReleasedRow(
            draft, "sirene/2023-09", "lettre@collectif.example", "sirene", ANONYMOUS, KEY, NOON, "main"
        )


def test_the_tracking_door_gets_the_key_of_a_measured_released_issue_only(database: Database) -> None:
    with database.transaction() as tx:
        measured, unmeasured = freeze(tx, "sirene/1"), freeze(tx, "sirene/2")
        assert issues.key(tx, measured) is None
        issues.release(tx, measured, KEY, NOON, NOON)
        issues.release(tx, unmeasured, b"", NOON, NOON)
        assert issues.key(tx, measured) == IssueKey(KEY, NOON, ANONYMOUS)
        assert issues.key(tx, unmeasured) is None
        assert issues.key(tx, 99_999) is None


def test_the_archive_shows_what_is_public_and_out(database: Database) -> None:
    with database.transaction() as tx:
        freeze(tx, "sirene/frozen")
        out(tx, "sirene/private", public=False)
        out(tx, "sirene/tomorrow", due_at=datetime(2999, 1, 1, tzinfo=UTC))
        cancelled = out(tx, "sirene/cancelled")
        issues.move(tx, cancelled, [IssueState.RELEASED], IssueState.CANCELLED, now=LATER)
        out(tx, "sirene/1", due_at=NOON)
        out(tx, "sirene/2", due_at=LATER)
        out(tx, "klaxon/1", "klaxon")
        assert [row.slug for row in archive.released(tx, SIRENE)] == ["2", "1"]
        newest = ArchivedRow("sirene", "2", "La Sirène", "septembre 2023", "Rentrée", LATER, "", "", None)
        assert archive.latest(tx, "sirene", NOW) == archive.released(tx, SIRENE)[0] == newest
        assert archive.latest(tx, "nothing", NOW) is None
        shown = {slug: archive.online(tx, SIRENE, slug) for slug in ("frozen", "private", "tomorrow", "cancelled", "1")}
        assert shown == {"frozen": None, "private": None, "tomorrow": None, "cancelled": None, "1": "<p>sirene/1</p>"}
        assert archive.online(tx, Readable(("klaxon",), NOW), "2") is None


def test_the_issues_of_a_year_are_those_released_in_it(database: Database) -> None:
    with database.transaction() as tx:
        start, end = datetime(2023, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC)
        for name, moment in {"last": end - timedelta(seconds=1), "next": end, "first": start}.items():
            out(tx, f"sirene/{name}", due_at=moment)
        freeze(tx, "sirene/frozen")
        assert [row.slug for row in issues.released_between(tx, start, end)] == ["first", "last"]


def test_an_id_is_never_given_a_second_time(database: Database) -> None:
    with database.transaction() as tx:
        first = freeze(tx)
        for table in (variants, links, issue_texts, frozen):
            tx.execute(delete(table))
        assert freeze(tx) > first
