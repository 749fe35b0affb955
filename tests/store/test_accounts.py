"""Accounts, sessions, attempts and readings as rows, on both databases."""

from datetime import timedelta

from mailer.domain.accounts import Role
from mailer.store import accounts, audit, reviews, sessions
from mailer.store.database import Database
from tests.store.base import NOON

LATER = NOON + timedelta(minutes=5)


def test_a_name_is_one_person_however_it_is_written(database: Database) -> None:
    with database.transaction() as tx:
        first = accounts.add(tx, "Zoé Martin", "zoe@lavoir.example", Role.SENDER, None, NOON)
        assert first is not None
        assert accounts.add(tx, "ZOE  MARTIN", "", Role.ADMIN, None, NOON) is None
        for called in ("zoe martin", "ZOE@lavoir.example"):
            found = accounts.named(tx, called)
            assert found is not None
            assert (found.id, found.has_password) == (first, False)
        accounts.add(tx, "Léa", "zoe@lavoir.example", Role.EDITOR, None, NOON)
        assert accounts.named(tx, "zoe@lavoir.example") is None


def test_a_code_is_taken_once_and_never_an_earlier_one_after_it(database: Database) -> None:
    with database.transaction() as tx:
        mine = accounts.add(tx, "Zoé", "", Role.SENDER, None, NOON) or 0
        assert [accounts.take_step(tx, mine, step) for step in (7, 7, 6, 8)] == [True, False, False, True]
        accounts.set_recovery_codes(tx, mine, [b"a", b"b"], NOON)
        assert [accounts.spend_recovery_code(tx, mine, code, NOON) for code in (b"a", b"a", b"c")] == [
            True,
            False,
            False,
        ]
        assert accounts.recovery_codes_left(tx, mine) == 1
        accounts.set_recovery_codes(tx, mine, [b"d"], NOON)
        assert accounts.spend_recovery_code(tx, mine, b"b", NOON) is False


def test_a_new_link_ends_the_one_before(database: Database) -> None:
    with database.transaction() as tx:
        mine = accounts.add(tx, "Zoé", "", Role.SENDER, None, NOON) or 0
        for link in (b"one", b"two"):
            accounts.invite(tx, mine, link, NOON, LATER)
        one, two = accounts.invitation(tx, b"one"), accounts.invitation(tx, b"two")
        assert one is not None
        assert two is not None
        assert (one.used_at, two.used_at) == (NOON, None)


def test_sessions_end_alone_or_together_and_are_forgotten(database: Database) -> None:
    with database.transaction() as tx:
        mine = accounts.add(tx, "Zoé", "", Role.SENDER, None, NOON) or 0
        here, there, gone = (
            sessions.begin(tx, name, mine, "Firefox", NOON, second_step=False) for name in (b"1", b"2", b"3")
        )
        sessions.say_next(tx, here, [["Done.", {"count": 3}]])
        sessions.pass_second_step(tx, here, b"4")
        sessions.end(tx, gone, NOON)
        assert sessions.end_all(tx, mine, NOON, but=here) == 1
        assert [sessions.find(tx, name) for name in (b"1", b"2", b"3")] == [None, None, None]
        found = sessions.find(tx, b"4")
        assert found is not None
        assert (found.id, found.second_step, found.flash) == (here, True, [["Done.", {"count": 3}]])
        assert there != here
        sessions.forget_old(tx, LATER)
        assert sessions.of_account(tx, mine) == []


def test_wrong_attempts_are_counted_by_account_and_by_host(database: Database) -> None:
    with database.transaction() as tx:
        for account, host in ((b"zoe", b"h1"), (b"zoe", b"h2"), (b"lea", b"h1")):
            sessions.failed(tx, account, host, NOON)
        assert sessions.failures(tx, b"zoe", b"h1", NOON - timedelta(seconds=1)) == (2, 2)
        assert sessions.failures(tx, b"zoe", b"h1", NOON) == (0, 0)


def test_a_form_is_pressed_once(database: Database) -> None:
    with database.transaction() as tx:
        mine = accounts.add(tx, "Zoé", "", Role.SENDER, None, NOON) or 0
        assert [sessions.press(tx, key, mine, NOON) for key in ("a", "a", "b")] == [True, False, True]


def test_the_audit_reads_backwards_a_page_at_a_time(database: Database) -> None:
    with database.transaction() as tx:
        for at in range(5):
            audit.note(tx, None, "Zoé", "approved", f"lettre/{at}", NOON)
        first = audit.latest(tx, 2)
        assert [line.subject for line in first] == ["lettre/4", "lettre/3"]
        assert [line.subject for line in audit.latest(tx, 9, before=first[-1].id)] == [
            "lettre/2",
            "lettre/1",
            "lettre/0",
        ]
        assert len(audit.latest(tx, 9, subject="lettre/2")) == 1


def test_a_person_reads_once_and_comments_are_settled_once(database: Database) -> None:
    with database.transaction() as tx:
        for who, digest in (("Zoé", "v1"), ("zoe", "v2"), ("Léa", "v1")):
            reviews.read(tx, "lettre/1", who, digest, NOON)
        assert {(one.who, one.digest) for one in reviews.readings(tx, "lettre/1")} == {("zoe", "v2"), ("Léa", "v1")}
        for _ in range(2):
            reviews.say(tx, "lettre/1", 2, "La laverie", "Zoé", "Samedi ?", NOON)
        (comment,) = reviews.said(tx, "lettre/1")
        assert [reviews.settle(tx, "lettre/1", comment.id, who, LATER) for who in ("Léa", "Zoé")] == [True, False]
        reviews.add_link(tx, "lettre/1", b"h", "Zoé", NOON, LATER)
        assert [one.ended_at for one in reviews.links(tx, "lettre/1")] == [None]
        assert (reviews.end_links(tx, "lettre/1", NOON), reviews.end_links(tx, "lettre/1", NOON)) == (1, 0)
