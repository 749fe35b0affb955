"""Letters through a real Postfix that learns later who does not exist; its reports, fetched from a real Dovecot."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from mailer import clock
from mailer.app import App
from mailer.config import Mailbox
from mailer.demo.receiver import Receiver, receiver_in_thread
from mailer.errors import MailboxError, Refused
from mailer.services import returns
from mailer.store import alerts
from mailer.store.tables import addresses, deliveries, suppressions
from tests.journeys.post import NOBODY, PASSWORD, dovecot, post_office, postfix
from tests.services.returning import send
from tests.sites import open_site, release, subscribe, write_site

NOW = datetime.now(UTC)
SOON = NOW + timedelta(minutes=5)
GONE, FULL, REFUSED = "gone@mairie.example", "plein@village.example", "filtre@ferme.example"
SAID = {
    GONE: b"550 5.1.1 User unknown",
    FULL: b"552 5.2.2 Mailbox full",
    REFUSED: b"554 5.7.1 Blocked by our reputation filter",
}
READERS = [GONE, FULL, REFUSED, *(f"lectrice{number}@courriel.example" for number in range(5))]
DEADLINE_S = 30.0

pytestmark = [pytest.mark.dovecot, pytest.mark.postfix]


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where Postfix and Dovecot work; both need to be started by root."""
    if os.geteuid() != 0:
        pytest.skip("Postfix and Dovecot are started by root")
    with post_office() as made:
        yield made


@pytest.fixture
def app(folder: Path, tmp_path: Path) -> Iterator[App]:
    """A site whose relay is Postfix, and whose mailbox of returns is Dovecot's."""
    with ExitStack() as stack:
        mailboxes = stack.enter_context(receiver_in_thread(Receiver(refuse_recipient=SAID.get)))
        settings = {
            "MAILER_SMTP__PORT": str(stack.enter_context(postfix(folder, mailboxes.port))),
            "MAILER_BOUNCES__MAILBOX__HOST": "127.0.0.1",
            "MAILER_BOUNCES__MAILBOX__PORT": str(stack.enter_context(dovecot(folder)).port),
            "MAILER_BOUNCES__MAILBOX__SECURITY": "none",
            "MAILER_BOUNCES__MAILBOX__USERNAME": "retours",
            "MAILER_BOUNCES__MAILBOX__PASSWORD": PASSWORD,
        }
        opened = stack.enter_context(open_site(write_site(tmp_path / "site"), **settings))
        subscribe(opened, READERS, now=NOW)
        release(opened, "lettre/2026-03", NOW)
        yield opened


def wait_for_messages(folder: Path, number: int) -> list[Path]:
    """The new messages of the maildir, once there are so many."""
    until = time.monotonic() + DEADLINE_S
    while time.monotonic() < until:
        found = list((folder / "mail" / "new").glob("*"))
        if len(found) >= number:
            return found
        time.sleep(0.1)
    raise AssertionError((folder / "mail.log").read_text())


def in_folder(folder: Path, name: str) -> int:
    return sum(len(list((folder / "mail" / name / place).glob("*"))) for place in ("cur", "new"))


def test_reports_of_a_real_relay_are_collected_and_suspend_the_right_reader_only(app: App, folder: Path) -> None:
    assert send(app, SOON).sent == len(READERS)
    wait_for_messages(folder, 3)
    (folder / "mail" / "new" / "1.odd.example").write_bytes(b"From: postmaster@x.example\nSubject: ?\n\nBonjour.\n")
    done = returns.collect(app, SOON)
    assert (done.messages, done.hard, done.soft, done.blocked, done.suspended) == (4, 1, 1, 1, 1)
    with app.database.reading() as tx:
        gone = select(addresses.c.address).join(suppressions, suppressions.c.fingerprint == addresses.c.fingerprint)
        assert tx.execute(gone).scalars().all() == [GONE]
        bounced = select(addresses.c.address).join(deliveries, deliveries.c.address_id == addresses.c.id)
        found = tx.execute(bounced.where(deliveries.c.state == "bounced")).scalars()
        assert sorted(found) == sorted([GONE, FULL, REFUSED])
    # What was understood was moved, the rest stays and is marked; nothing is gone, nothing is read twice.
    assert (in_folder(folder, ".Returns"), in_folder(folder, ""), done.left_there) == (3, 1, 1)
    assert returns.collect(app, SOON).messages == 0


def test_the_clock_opens_the_mailbox_every_ten_minutes(app: App, folder: Path) -> None:
    send(app, SOON)
    wait_for_messages(folder, 3)
    collected = clock.collect_returns(app, datetime.now(UTC))
    assert collected is not None
    assert collected.messages == 3
    assert clock.collect_returns(app, datetime.now(UTC) + timedelta(minutes=9)) is None
    again = clock.collect_returns(app, datetime.now(UTC) + timedelta(minutes=11))
    assert again is not None
    assert again.messages == 0


def test_a_wrong_password_is_told_with_what_to_do_and_closes_when_it_is_over(app: App) -> None:
    right = app.config
    wrong = right.bounces.mailbox.model_copy(update={"password": type(right.bounces.mailbox.password)("faux")})
    app.config = right.model_copy(update={"bounces": right.bounces.model_copy(update={"mailbox": wrong})})
    with pytest.raises(MailboxError, match="MAILER_BOUNCES__MAILBOX__PASSWORD") as told:
        returns.collect(app, SOON)
    assert "faux" not in str(told.value)
    with app.database.reading() as tx:
        assert [alert.kind for alert in alerts.open_alerts(tx)] == ["mailbox of returns"]
    app.config = right
    returns.collect(app, SOON)
    with app.database.reading() as tx:
        assert alerts.open_alerts(tx) == []


def test_the_mailbox_is_read_over_tls_and_only_by_who_is_trusted(folder: Path, tmp_path: Path) -> None:
    (folder / "mail" / "new").mkdir(parents=True)
    (folder / "mail" / "new" / "1.odd.example").write_bytes(b"From: anne@courriel.example\nSubject: x\n\nBonjour.\n")
    for place in (folder / "mail" / "new", folder / "mail" / "new" / "1.odd.example"):
        shutil.chown(place, NOBODY, NOBODY)
    with dovecot(folder) as imap, open_site(write_site(tmp_path / "site")) as opened:
        for security, port in (("tls", imap.tls_port), ("starttls", imap.port)):
            settings = {"host": "127.0.0.1", "port": port, "security": security, "username": "retours", "done": ""}
            box = Mailbox(**settings, password=PASSWORD)
            bounces = opened.config.bounces.model_copy(update={"mailbox": box})
            opened.config = opened.config.model_copy(update={"bounces": bounces})
            with pytest.raises(MailboxError, match="certificate"):
                returns.collect(opened, NOW)
            assert returns.collect(opened, NOW, imap.context).messages == (1 if security == "tls" else 0)


def test_a_site_without_a_mailbox_says_what_to_do(tmp_path: Path) -> None:
    with open_site(write_site(tmp_path / "site")) as opened:
        with pytest.raises(Refused, match="mailer bounces ingest"):
            returns.collect(opened, NOW)
        assert clock.collect_returns(opened, NOW) is None
