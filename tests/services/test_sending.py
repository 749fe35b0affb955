"""Letters to a real local relay, each with one recorded outcome."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from mailer.app import App
from mailer.demo.receiver import Receiver, Script, receiver_in_thread
from mailer.domain.deliveries import DeliveryState, Settlement
from mailer.domain.tokens import Purpose
from mailer.errors import RelayError
from mailer.services import publishing, sending, subscriptions
from mailer.services.publishing import IssueStatus
from mailer.services.sending import Drain, on_duty
from mailer.services.sending.locks import Duty
from mailer.store import alerts, deliveries, journal, outcomes, people
from tests.sites import NOON, open_site, release, subscribe, write_site

NAME = "lettre/2026-03"
READERS = [f"lectrice{number}@courriel.example" for number in range(10)]


class Post:
    """A site beside a relay that keeps what it takes."""

    def __init__(self, app: App, receiver: Receiver, taken: list[tuple[str, str, bytes]]) -> None:
        self.app = app
        self.receiver = receiver
        self.taken = taken
        self.now = NOON

    def send(self) -> Drain:
        drain = Drain()
        asyncio.run(sending.send_due(self.app, lambda: self.now, asyncio.Event(), drain))
        return drain

    def status(self) -> IssueStatus:
        return publishing.show(self.app, NAME)

    def recipients(self) -> list[str]:
        return sorted(recipient for _, recipient, _ in self.taken)

    def letter_to(self, reader: str) -> EmailMessage:
        content = next(content for _, recipient, content in self.taken if recipient == reader)
        return message_from_bytes(content, policy=policy.default)


@contextmanager
def post_office(
    folder: Path,
    refuse_recipient: Script | None = None,
    refuse_letter: Script | None = None,
    readers: Sequence[str] = READERS,
    **settings: str,
) -> Iterator[Post]:
    taken: list[tuple[str, str, bytes]] = []
    relay = Receiver(
        refuse_recipient=refuse_recipient,
        refuse_letter=refuse_letter,
        on_letter=lambda sender, recipient, content: taken.append((sender, recipient, content)),
    )
    with (
        receiver_in_thread(relay),
        open_site(write_site(folder / "site"), MAILER_SMTP__PORT=str(relay.port), **settings) as app,
    ):
        subscribe(app, readers)
        release(app, NAME)
        yield Post(app, relay, taken)


def refusing(*readers: str, reply: bytes, times: int = 1_000) -> Callable[[str], bytes | None]:
    left = dict.fromkeys(readers, times)

    def answer(recipient: str) -> bytes | None:
        if left.get(recipient, 0) == 0:
            return None
        left[recipient] -= 1
        return reply

    return answer


def test_every_reader_gets_one_letter_and_every_letter_one_outcome(tmp_path: Path) -> None:
    with post_office(tmp_path) as post:
        drain = post.send()
        assert post.recipients() == READERS
        assert (drain.sent, drain.deferred, drain.failed, drain.unknown) == (10, 0, 0, 0)
        assert post.status().deliveries["sent"] == 10
        assert post.send().sent == 0


def test_a_letter_is_its_readers_own(tmp_path: Path) -> None:
    with post_office(tmp_path) as post:
        post.send()
        letters = [post.letter_to(reader) for reader in READERS]
        for header in ("List-Unsubscribe", "Message-ID"):
            assert len({letter[header] for letter in letters}) == 10
        assert "lectrice3@courriel.example" in letters[3]["To"]
        senders = {sender for sender, _, _ in post.taken}
        assert len(senders) == 10
        token = letters[3]["List-Unsubscribe"].rpartition("/")[2].rstrip(">")
        standing = subscriptions.standing(post.app, token, Purpose.LEAVE, NOON)
        assert (standing.masked_address, standing.list_slug) == ("l•••@courriel.example", "lettre")


def test_nothing_leaves_before_it_is_due(tmp_path: Path) -> None:
    with post_office(tmp_path) as post:
        publishing.approve(post.app, "bureau/2026-03", "Odile", NOON)
        subscribe(post.app, READERS[:2], "bureau")
        publishing.release(post.app, "bureau/2026-03", NOON, NOON + timedelta(hours=1))
        assert post.send().sent == 10
        assert sending.next_due(post.app) == NOON + timedelta(hours=1)
        post.now = NOON + timedelta(hours=1)
        assert sending.waiting(post.app, post.now) == 2
        assert post.send().sent == 2


def test_a_mailbox_that_does_not_exist_is_failed_and_never_written_to_again(tmp_path: Path) -> None:
    with post_office(tmp_path, refusing(READERS[2], reply=b"550 5.1.1 no such user")) as post:
        drain = post.send()
        assert (drain.sent, drain.failed) == (9, 1)
        assert publishing.count_audience(post.app, "lettre/2026-03").total == 9


def test_a_policy_refusal_blames_no_reader(tmp_path: Path) -> None:
    with post_office(tmp_path, refusing(READERS[2], reply=b"550 5.7.1 refused OFR_506")) as post:
        assert post.send().failed == 1
        assert publishing.count_audience(post.app, "lettre/2026-03").total == 10


def test_a_greylisted_reader_gets_the_letter_later_and_once(tmp_path: Path) -> None:
    with post_office(tmp_path, refusing(READERS[5], reply=b"451 4.7.1 come back", times=1)) as post:
        drain = post.send()
        assert (drain.sent, drain.deferred) == (9, 1)
        assert post.send().sent == 0
        post.now += timedelta(minutes=6)
        assert post.send().sent == 1
        assert post.recipients() == READERS


def test_a_reader_refused_for_three_days_is_given_up(tmp_path: Path) -> None:
    with post_office(tmp_path, refusing(READERS[5], reply=b"451 4.7.1 come back")) as post:
        for _ in range(40):
            post.send()
            post.now += timedelta(hours=4)
        assert post.status().deliveries["failed"] == 1


def test_an_issue_that_the_relay_refuses_again_and_again_is_paused_and_says_why(tmp_path: Path) -> None:
    with post_office(
        tmp_path, refuse_letter=lambda _: b"554 5.6.0 content rejected", MAILER_SMTP__CONNECTIONS="1"
    ) as post:
        drain = post.send()
        status = post.status()
        assert (status.state, drain.failed) == ("paused", 5)
        assert "content rejected" in status.pause_reason
        assert status.deliveries["queued"] == 5
        assert [alert.issue_id for alert in status.alerts] != []


def test_421_gives_the_letters_back_uncounted_and_the_next_connection_goes_on(tmp_path: Path) -> None:
    answer = refusing(READERS[4], reply=b"421 4.7.0 too many letters", times=1)
    with post_office(tmp_path, answer, MAILER_SMTP__CONNECTIONS="1") as post:
        drain = post.send()
        assert (drain.sent, drain.deferred) == (10, 0)
        assert post.recipients() == READERS


def test_a_dead_relay_is_told_and_nothing_is_lost(tmp_path: Path) -> None:
    with post_office(tmp_path, MAILER_SMTP__HOST="127.0.0.1") as post:
        elsewhere = open_site(post.app.site, MAILER_SMTP__PORT="9")
        with elsewhere, pytest.raises(RelayError, match=r"127\.0\.0\.1"):
            asyncio.run(sending.send_due(elsewhere, lambda: NOON, asyncio.Event(), Drain()))
        status = post.status()
        assert status.deliveries["queued"] == 10
        assert len(status.alerts) == 1
        assert post.send().sent == 10
        assert post.status().alerts == ()


def test_who_leaves_before_their_letter_gets_none(tmp_path: Path) -> None:
    late = READERS[5]
    with post_office(tmp_path, refusing(late, reply=b"451 4.7.1 come back", times=1)) as post:
        post.send()
        leave(post, late)
        post.now += timedelta(hours=1)
        assert post.send().sent == 0
        assert late not in post.recipients()
        assert post.status().deliveries["skipped"] == 1


def leave(post: Post, reader: str) -> None:
    """As a letter's link would: the token names the delivery."""
    with post.app.database.reading() as tx:
        known = ((number, people.reader_of(tx, number)) for number in range(1, 11))
        delivery = next(number for number, found in known if found and found.address == reader)
    subscriptions.leave(post.app, post.app.keyring.token(Purpose.LEAVE, delivery), post.now)


def test_a_cancelled_issue_stops_leaving(tmp_path: Path) -> None:
    with post_office(tmp_path) as post:
        publishing.cancel(post.app, NAME, NOON)
        assert post.send().sent == 0
        assert post.recipients() == []


def test_what_a_dead_sender_had_claimed_is_taken_up_by_the_next(tmp_path: Path) -> None:
    with post_office(tmp_path) as post:
        with dying(post) as duty, post.app.database.transaction() as tx:
            assert len(deliveries.claim(tx, duty.claim_id, 4, 60, NOON)) == 4
        assert post.send().sent == 10


def test_of_a_dead_sender_only_what_was_at_the_relay_is_unknown(tmp_path: Path) -> None:
    with post_office(tmp_path) as post:
        with dying(post) as duty:
            with post.app.database.transaction() as tx:
                rows = deliveries.claim(tx, duty.claim_id, 4, 60, NOON)
            for row in rows[:3]:
                duty.journal.leaving(row.delivery_id)
            duty.journal.settled(rows[0].delivery_id, Settlement(DeliveryState.SENT, 250, "taken", counted=True))
            duty.journal.stayed(rows[1].delivery_id)
            duty.journal.flush()
        assert post.send().sent == 8
        status = post.status()
        assert (status.deliveries["sent"], status.deliveries["unknown"]) == (9, 1)
        assert [row.address for row in status.unsettled] == [rows[2].address]
        assert list((post.app.site / "var" / "senders").iterdir()) == []


def test_after_a_power_cut_no_journal_is_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with post_office(tmp_path) as post:
        with dying(post) as duty, post.app.database.transaction() as tx:
            deliveries.claim(tx, duty.claim_id, 4, 60, NOON)
        another_boot = tmp_path / "boot_id"
        another_boot.write_text("another")
        monkeypatch.setattr(journal, "BOOT", another_boot)
        assert post.send().sent == 6
        assert post.status().deliveries["unknown"] == 4


def test_a_sender_whose_lease_ran_out_is_given_up_and_its_letters_are_unknown_until_its_journal_is_found(
    tmp_path: Path,
) -> None:
    with post_office(tmp_path) as post:
        with dying(post) as duty:
            with post.app.database.transaction() as tx:
                deliveries.claim(tx, duty.claim_id, 4, 0, NOON)
            assert post.send().sent == 6
            assert post.status().deliveries["unknown"] == 4
        # It ended, and its journal says that nothing had left.
        assert post.send().sent == 4
        assert post.recipients() == READERS


def test_what_a_living_sender_has_claimed_is_left_alone(tmp_path: Path) -> None:
    with post_office(tmp_path) as post, on_duty(post.app.site) as duty:
        with post.app.database.transaction() as tx:
            deliveries.claim(tx, duty.claim_id, 4, 60, NOON)
        assert post.send().sent == 6


@contextmanager
def dying(post: Post) -> Iterator[Duty]:
    """A sender that is killed at the end of the block: its files stay, its lock does not."""
    with on_duty(post.app.site) as duty:
        yield duty
        duty.journal.keep()


def test_a_letter_whose_dot_may_have_gone_is_unknown_until_a_person_decides(tmp_path: Path) -> None:
    with post_office(tmp_path) as post:
        with post.app.database.transaction() as tx:
            row = deliveries.claim(tx, "gone", 1, 60, NOON)[0]
            outcomes.mark_leaving(tx, "gone", [row.delivery_id], NOON)
            deliveries.recover(tx, ["gone"])
        assert post.send().sent == 9
        status = post.status()
        assert (status.deliveries["unknown"], status.unsettled[0].address) == (1, row.address)
        publishing.settle(post.app, NAME, DeliveryState.QUEUED, NOON)
        assert post.send().sent == 1
        assert post.recipients() == READERS


def test_stopping_finishes_the_letters_in_hand_and_gives_the_rest_back(tmp_path: Path) -> None:
    async def stop_after_three(post: Post, drain: Drain) -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()

        def clock() -> datetime:
            # Asked for each letter: the relay need not be.
            if len(post.taken) >= 3:
                loop.call_soon_threadsafe(stop.set)
            return NOON

        await sending.send_due(post.app, clock, stop, drain)

    with post_office(tmp_path, MAILER_SMTP__CONNECTIONS="1") as post:
        drain = Drain()
        asyncio.run(stop_after_three(post, drain))
        status = post.status()
        assert (status.deliveries["sent"], status.deliveries["queued"]) == (drain.sent, 10 - drain.sent)
        assert len(post.taken) == drain.sent
        assert 3 <= drain.sent < 10


def test_the_relay_alert_is_one_however_often_it_fails(tmp_path: Path) -> None:
    with post_office(tmp_path) as post:
        with open_site(post.app.site, MAILER_SMTP__PORT="9") as elsewhere:
            for _ in range(3):
                with pytest.raises(RelayError):
                    asyncio.run(sending.send_due(elsewhere, lambda: NOON, asyncio.Event(), Drain()))
        with post.app.database.reading() as tx:
            assert len(alerts.open_alerts(tx)) == 1
