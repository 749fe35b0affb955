"""What comes back from mailboxes: who it is about, what follows, what never follows."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from mailer.app import App
from mailer.app.oppositions import read_oppositions
from mailer.demo.receiver import Receiver, receiver_in_thread
from mailer.domain.bounces.verdicts import Kind
from mailer.domain.deliveries import DeliveryState
from mailer.domain.oppositions import Refusal
from mailer.domain.people import SuppressionReason
from mailer.domain.tokens import Purpose
from mailer.errors import NotFound, Refused
from mailer.services import returns
from mailer.services.returns import Ingested
from mailer.store import alerts, holds, people
from mailer.store.tables import addresses, deliveries, issues, returned, subscriptions, suppressions
from tests.services.conftest import Installation
from tests.services.returning import FULL, HOUR, POLICY, UNKNOWN, Post, complaint, report, reports, send
from tests.sites import ISSUE, NOON, open_site, release, subscribe, write_issue, write_site

ANA, BOB = "ana@mairie.example", "bob@village.example"
READERS = [ANA, BOB, *(f"lectrice{number}@courriel.example" for number in range(4))]
MONTH = timedelta(days=30)


@pytest.fixture
def post() -> Post:
    """The letters that the relay took."""
    return Post()


@pytest.fixture
def app(tmp_path: Path, post: Post) -> Iterator[App]:
    """A site whose first issue has left for six readers."""
    with ExitStack() as stack:
        receiver = stack.enter_context(receiver_in_thread(Receiver(on_letter=post.read)))
        site = write_site(tmp_path / "site")
        opened = stack.enter_context(open_site(site, MAILER_SMTP__PORT=str(receiver.port)))
        subscribe(opened, READERS)
        release(opened, "lettre/2026-03")
        send(opened)
        yield opened


def next_issue(app: App, month: int, now: datetime) -> None:
    """One more issue leaves, for whoever may be written to."""
    text = ISSUE.replace("2026-03-04", f"2026-{month:02}-04")
    write_issue(app.site, f"lettre/2026-{month:02}", text)
    release(app, f"lettre/2026-{month:02}", now)
    send(app, now + HOUR)


def take(app: App, *messages: bytes, now: datetime = NOON + 2 * HOUR) -> Ingested:
    done = Ingested()
    for message in messages:
        returns.ingest(app, message, now, done)
    return done


def reason(app: App, address: str) -> str | None:
    """Why nothing is written to an address any more."""
    with app.database.reading() as tx:
        found = select(suppressions.c.reason).join(addresses, addresses.c.fingerprint == suppressions.c.fingerprint)
        return tx.execute(found.where(addresses.c.address == address)).scalar_one_or_none()


def suppressed(app: App) -> int:
    with app.database.reading() as tx:
        return len(tx.execute(select(suppressions.c.reason)).all())


def state(app: App, address: str, issue: str = "lettre/2026-03") -> str:
    with app.database.reading() as tx:
        found = (
            select(deliveries.c.state)
            .join(addresses, addresses.c.id == deliveries.c.address_id)
            .join(issues, issues.c.id == deliveries.c.issue_id)
            .where(addresses.c.address == address, issues.c.name == issue)
        )
        return str(tx.execute(found).scalar_one())


def test_a_report_by_mail_suspends_the_right_reader_and_nobody_else(app: App, post: Post) -> None:
    done = take(app, report(post.to(ANA)))
    assert (done.hard, done.suspended, done.suppressed) == (1, 1, 0)
    assert reason(app, ANA) == SuppressionReason.SUSPENDED
    assert state(app, ANA) == DeliveryState.BOUNCED
    assert suppressed(app) == 1
    assert read_oppositions(app.site) == []
    next_issue(app, 4, NOON + MONTH)
    assert [one.recipient for one in post[len(READERS) :]].count(ANA) == 0
    assert len(post) == 2 * len(READERS) - 1


def test_what_waits_in_the_queue_does_not_leave_any_more(app: App, post: Post) -> None:
    write_issue(app.site, "lettre/2026-04", ISSUE.replace("2026-03-04", "2026-04-04"))
    release(app, "lettre/2026-04", NOON + MONTH)
    take(app, report(post.to(ANA)), now=NOON + MONTH)
    assert state(app, ANA, "lettre/2026-04") == DeliveryState.SKIPPED


def test_the_same_failure_told_twice_counts_once(app: App, post: Post) -> None:
    first, again = report(post.to(ANA), FULL), report(post.to(ANA), FULL, salt="Told again.")
    assert take(app, first, first, first.replace(b"\n", b"\r\n"), again).soft == 1
    with app.database.reading() as tx:
        assert sorted(tx.execute(select(returned.c.counted)).scalars()) == [False, True]


def test_a_refusal_in_the_session_and_its_later_report_count_once(app: App, post: Post) -> None:
    with app.database.transaction() as tx:
        of_ana = select(addresses.c.id).where(addresses.c.address == ANA).scalar_subquery()
        tx.execute(
            deliveries.update()
            .where(deliveries.c.address_id == of_ana)
            .values(state="failed", code=550, words="5.1.1 User unknown")
        )
    assert take(app, report(post.to(ANA))).known == 1
    assert (reason(app, ANA), state(app, ANA)) == (None, DeliveryState.FAILED)


def test_a_second_report_about_another_issue_suppresses_and_stands_in_the_journal(app: App, post: Post) -> None:
    take(app, report(post.to(ANA)))
    assert returns.retry(app, ANA, NOON + 3 * HOUR) == ANA
    assert reason(app, ANA) is None
    next_issue(app, 4, NOON + MONTH)
    assert take(app, report(post.to(ANA)), now=NOON + MONTH + 2 * HOUR).suppressed == 1
    assert reason(app, ANA) == SuppressionReason.NO_MAILBOX
    assert [one.refusal for one in read_oppositions(app.site)] == [Refusal.SUPPRESSED]
    with pytest.raises(Refused, match="--because"):
        returns.retry(app, ANA, NOON + MONTH)


def test_reports_that_come_in_the_wrong_order_do_the_same(app: App, post: Post) -> None:
    next_issue(app, 4, NOON + MONTH)
    take(app, report(post.to(ANA, 1)), report(post.to(ANA, 0)), now=NOON + MONTH + 2 * HOUR)
    assert reason(app, ANA) == SuppressionReason.NO_MAILBOX


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: token[:-1] + ("a" if token[-1] != "a" else "b"),
        lambda token: ("a" if token[0] != "a" else "b") + token[1:],
        lambda _: "quelquechose",
    ],
    ids=["last", "first", "invented"],
)
def test_a_forged_token_is_ignored_whatever_else_the_report_says(
    app: App, post: Post, spoil: Callable[[str], str]
) -> None:
    letter = post.to(ANA)
    token, _, domain = letter.sender.removeprefix("b+").partition("@")
    done = take(app, report(letter, to=f"b+{spoil(token)}@{domain}"))
    assert (done.ignored, suppressed(app), state(app, ANA)) == (1, 0, DeliveryState.SENT)


def test_a_token_of_another_purpose_is_ignored(app: App, post: Post) -> None:
    token = app.keyring.token(Purpose.LEAVE, 1).lower()
    assert take(app, report(post.to(ANA), to=f"b+{token}@lavoir.example")).ignored == 1


def test_a_token_is_read_whatever_its_case(app: App, post: Post) -> None:
    assert take(app, report(post.to(ANA), to=post.to(ANA).sender.upper())).suspended == 1


@pytest.mark.parametrize(("days", "ignored"), [(59, 0), (61, 1)])
def test_a_token_is_believed_for_sixty_days(app: App, post: Post, days: int, ignored: int) -> None:
    done = take(app, report(post.to(ANA)), now=NOON + timedelta(days=days))
    assert (done.ignored, suppressed(app)) == (ignored, 1 - ignored)


def test_a_report_without_token_is_known_by_the_letter_that_it_returns(app: App, post: Post) -> None:
    assert take(app, report(post.to(BOB), to="lettre@lavoir.example")).suspended == 1
    assert reason(app, BOB) == SuppressionReason.SUSPENDED


def test_a_letter_that_somebody_sent_in_our_name_says_nothing_of_our_readers(app: App, post: Post) -> None:
    foreign = report(post.to(BOB), to="lettre@lavoir.example")
    foreign = foreign.replace(b"Message-ID: <", b"Message-ID: <x")
    assert take(app, foreign).ignored == 1
    assert suppressed(app) == 0


def test_a_report_that_only_names_the_address_suspends_and_never_suppresses(app: App, post: Post) -> None:
    bare = report(post.to(ANA), to="lettre@lavoir.example", bare=True)
    assert take(app, bare).suspended == 1
    returns.retry(app, ANA, NOON + 3 * HOUR)
    next_issue(app, 4, NOON + MONTH)
    bare = report(post.to(ANA), to="lettre@lavoir.example", bare=True, salt="April")
    assert take(app, bare, now=NOON + MONTH + 2 * HOUR).suspended == 1


def test_nobody_whom_we_did_not_write_to_is_suspended(app: App, post: Post) -> None:
    stranger = report(post.to(ANA), to="lettre@lavoir.example", bare=True).replace(
        ANA.encode(), b"eve@ailleurs.example"
    )
    assert take(app, stranger).hard == 1
    assert suppressed(app) == 0


def test_a_complaint_leaves_the_list_and_does_no_more(app: App, post: Post) -> None:
    done = take(app, complaint(post.to(ANA)), complaint(post.to(BOB), "auth-failure"))
    assert (done.complaints, done.left, done.suppressed) == (1, 1, 0)
    assert suppressed(app) == 0
    with app.database.reading() as tx:
        left = select(addresses.c.address).join(subscriptions, subscriptions.c.address_id == addresses.c.id)
        assert tx.execute(left.where(subscriptions.c.state == "left")).scalars().all() == [ANA]
    assert [(one.refusal, one.detail) for one in read_oppositions(app.site)] == [(Refusal.LEFT, "lettre")]


def test_complaints_are_held_against_a_tenth_and_three_tenths_of_a_percent(app: App, post: Post) -> None:
    take(app, complaint(post.to(ANA)))
    with app.database.reading() as tx:
        assert alerts.open_alerts(tx) == []
    take(app, complaint(post.to(BOB)))
    with app.database.reading() as tx:
        [alert] = alerts.open_alerts(tx)
    assert alert.values["rate"] == 33.33
    assert "0.3 %" in alert.sentence


def test_a_full_mailbox_is_suspended_at_the_fifth_issue_in_a_row(app: App, post: Post) -> None:
    now = NOON
    for month in range(4, 8):
        assert take(app, report(post.to(ANA), FULL), now=now + 2 * HOUR).suspended == 0
        now += MONTH
        next_issue(app, month, now)
    assert take(app, report(post.to(ANA), FULL), now=now + 2 * HOUR).suspended == 1


def test_a_letter_that_arrives_begins_a_new_row(app: App, post: Post) -> None:
    now = NOON
    for month in range(4, 9):
        if month != 6:
            take(app, report(post.to(ANA), FULL), now=now + 2 * HOUR)
        now += MONTH
        next_issue(app, month, now)
    take(app, report(post.to(ANA), FULL), now=now + 2 * HOUR)
    assert suppressed(app) == 0


def test_a_letter_refused_for_its_weight_rings_and_blames_nobody(app: App, post: Post) -> None:
    assert take(app, report(post.to(ANA), "552 5.3.4 Message size exceeds fixed maximum message size")).content == 1
    with app.database.reading() as tx:
        [alert] = alerts.open_alerts(tx)
    assert (alert.kind, suppressed(app)) == ("content refused", 0)


def test_a_delayed_letter_is_still_sent(app: App, post: Post) -> None:
    assert take(app, report(post.to(ANA), "451 4.4.1 timed out", action="delayed")).deferred == 1
    assert state(app, ANA) == DeliveryState.SENT


def test_an_unknown_letter_is_settled_by_its_report(app: App, post: Post) -> None:
    with app.database.transaction() as tx:
        tx.execute(deliveries.update().values(state="unknown"))
    take(app, report(post.to(ANA)))
    assert state(app, ANA) == DeliveryState.BOUNCED


def test_a_storm_of_policy_refusals_pauses_the_provider_and_suspends_nobody(
    installation: Installation,
) -> None:
    readers = [f"lecteur{number}@outlook.fr" for number in range(200)]
    post = Post()
    with ExitStack() as stack:
        receiver = stack.enter_context(receiver_in_thread(Receiver(on_letter=post.read)))
        settings = {"MAILER_SMTP__PORT": str(receiver.port), **installation.settings}
        app = stack.enter_context(open_site(installation.site, **settings))
        subscribe(app, [*readers, ANA])
        release(app, "lettre/2026-03")
        send(app)
        done = take(app, *reports(post, readers, POLICY))
        assert (done.blocked, done.suspended, done.suppressed, suppressed(app)) == (200, 0, 0, 0)
        with app.database.reading() as tx:
            [alert] = alerts.open_alerts(tx)
            [held] = [family for family, hold in holds.holds(tx, "main").items() if hold.wait_s > 0]
        assert (alert.kind, held.name if held else "") == ("family microsoft", "MICROSOFT")
        next_issue(app, 4, NOON + MONTH)
        assert [one.recipient for one in post[201:]] == [ANA]
        returns.resume(app, "microsoft", NOON + MONTH)
        with app.database.reading() as tx:
            assert alerts.open_alerts(tx) == []
        send(app, NOON + MONTH + 2 * HOUR)
        assert len(post) == 402
        with pytest.raises(Refused, match="not waiting"):
            returns.resume(app, "microsoft", NOON + MONTH)
        with pytest.raises(NotFound, match="orange"):
            returns.resume(app, "chezmoi", NOON)


AWAY = "From: {who}\nTo: lettre@lavoir.example\nSubject: Réponse automatique : absente\n\nDe retour lundi.\n"


def test_an_automatic_reply_is_counted_and_not_kept(app: App) -> None:
    assert take(app, AWAY.format(who=ANA).encode()).auto_replies == 1
    with app.database.reading() as tx:
        assert tx.execute(select(returned.c.id)).all() == []


def test_a_person_who_writes_stop_is_proposed_to_a_person(app: App) -> None:
    done = Ingested()
    stop = f"From: Ana <{ANA}>\nTo: lettre@lavoir.example\nSubject: Re: La lettre\n\nSTOP, merci.\n".encode()
    assert not returns.ingest(app, stop, NOON, done)
    assert (done.humans, suppressed(app)) == (1, 0)
    [row] = returns.desk(app, NOON, Kind.HUMAN).rows
    assert row.words == "stop?"


def test_nothing_of_a_letter_is_kept_with_its_report(app: App, post: Post) -> None:
    letter = post.to(ANA)
    take(app, report(letter, salt="https://lettre.lavoir.example/u/abc"), complaint(post.to(BOB)))
    with app.database.reading() as tx:
        kept = " ".join(tx.execute(select(returned.c.copy_text)).scalars())
    assert "Final-Recipient" in kept or "final" in kept
    assert letter.sender not in kept
    assert [word for word in ("https://", "must not be kept", "printemps") if word in kept] == []


def test_what_is_not_understood_is_kept_and_shown(app: App) -> None:
    odd = b"Return-Path: <>\nFrom: postmaster@mx.example\nTo: lettre@lavoir.example\nSubject: Information\n\nBonjour.\n"
    done = Ingested()
    assert not returns.ingest(app, odd, NOON, done)
    [row] = returns.desk(app, NOON, Kind.UNRECOGNISED).rows
    assert done.unrecognised == 1
    assert "postmaster@mx.example" in returns.show(app, row.id).copy_text
    with pytest.raises(NotFound):
        returns.show(app, row.id + 1)


def test_files_are_taken_in_from_every_kind_of_place(app: App, post: Post, tmp_path: Path) -> None:
    maildir = tmp_path / "maildir"
    for folder in ("cur", "new", "tmp"):
        (maildir / folder).mkdir(parents=True)
    (maildir / "new" / "1").write_bytes(report(post.to(ANA)))
    (maildir / "tmp" / "2").write_bytes(report(post.to(BOB)))
    mbox = b"".join(b"From x Wed Sep  6 12:00:00 2023\n" + report(post.to(one)) + b"\n" for one in READERS[2:4])
    (tmp_path / "mbox").write_bytes(mbox)
    assert returns.ingest_files(app, [maildir, tmp_path / "mbox"], NOON + HOUR).hard == 3
    with pytest.raises(NotFound):
        returns.ingest_files(app, [tmp_path / "nowhere"], NOON)


def test_a_refusal_of_our_own_relay_ends_a_suspension_for_good(app: App, post: Post) -> None:
    take(app, report(post.to(ANA)))
    with app.database.transaction() as tx:
        address_id = tx.execute(select(addresses.c.id).where(addresses.c.address == ANA)).scalar_one()
        assert people.suppress(tx, address_id, SuppressionReason.NO_MAILBOX, NOON)
        assert not people.suppress(tx, address_id, SuppressionReason.SUSPENDED, NOON)
    assert reason(app, ANA) == SuppressionReason.NO_MAILBOX


def test_a_suspended_address_that_nobody_here_has_cannot_be_tried_again(app: App) -> None:
    with pytest.raises(NotFound):
        returns.retry(app, "eve@ailleurs.example", NOON)
    assert UNKNOWN.startswith("550")
