"""What is asked twice before it is believed, what a person may take back, what our own relay said."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from mailer.app import App
from mailer.app.oppositions import read_oppositions
from mailer.demo.receiver import Receiver, receiver_in_thread
from mailer.domain.bounces.verdicts import Kind, Verdict
from mailer.domain.bounces.wording import Cause
from mailer.domain.oppositions import Refusal, still_refused
from mailer.domain.people import SuppressionReason
from mailer.errors import Refused
from mailer.services import returns, rights
from mailer.services.returns import Ingested
from mailer.services.returns.confirming import Names
from mailer.store import alerts
from mailer.store.tables import addresses, suppressions
from mailer.transport.dns import Resolver
from tests.nameserver import FAILS, LOOPBACK, Zone, name_server
from tests.services.returning import HOUR, POLICY, Post, report, reports, send
from tests.sites import NOON, open_site, release, subscribe, write_site

ANA, BOB = "ana@mairie.example", "bob@village.example"
VILLAGERS = [f"voisine{number}@village.example" for number in range(12)]
NO_DOMAIN = "550 5.1.2 no such domain"
ZONE: Zone = {
    "vivante.example": {"MX": ["10 mx.vivante.example."]},
    "machine.example": {"A": ["192.0.2.7"]},
    "fermee.example": {"MX": ["0 ."]},
    "malade.example": FAILS,
}


@dataclass
class Site:
    """A site whose letters left, and those letters."""

    app: App
    post: Post

    def take(self, *messages: bytes, now: datetime = NOON + 2 * HOUR) -> Ingested:
        done = Ingested()
        for message in messages:
            returns.ingest(self.app, message, now, done)
        return done

    def reason(self, address: str) -> str | None:
        with self.app.database.reading() as tx:
            found = select(suppressions.c.reason).join(addresses, addresses.c.fingerprint == suppressions.c.fingerprint)
            return tx.execute(found.where(addresses.c.address == address)).scalar_one_or_none()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Bob's mailbox is refused by our own relay; the others took their letter."""
    post = Post()
    with ExitStack() as stack:
        refuse = {BOB: b"550 5.1.1 no such user"}.get
        receiver = stack.enter_context(receiver_in_thread(Receiver(on_letter=post.read, refuse_recipient=refuse)))
        app = stack.enter_context(open_site(write_site(tmp_path / "site"), MAILER_SMTP__PORT=str(receiver.port)))
        subscribe(app, [ANA, BOB, *VILLAGERS])
        release(app, "lettre/2026-03")
        send(app)
        yield Site(app, post)


@pytest.mark.parametrize(
    ("domain", "kind", "confirmed"),
    [
        ("vivante.example", Kind.SOFT, False),
        ("machine.example", Kind.SOFT, False),
        ("fermee.example", Kind.HARD, True),
        ("nulle-part.example", Kind.HARD, True),
        ("malade.example", Kind.HARD, False),
    ],
)
def test_a_domain_that_is_said_not_to_exist_is_asked_for(site: Site, domain: str, kind: Kind, confirmed: bool) -> None:
    with name_server(ZONE) as server:
        names = Names(site.app, Resolver((LOOPBACK, server.port), timeout_s=1, lifetime_s=2))
        [told] = names.confirm([Verdict(Kind.HARD, f"eve@{domain}", "5.1.2", Cause.NO_DOMAIN)])
        assert (told.kind, told.confirmed) == (kind, confirmed)
        asked = len(server.asked)
        names.confirm([told])
        assert len(server.asked) == asked


def test_without_an_answer_no_such_domain_suspends_and_never_suppresses(site: Site) -> None:
    message = report(site.post.to(ANA), NO_DOMAIN)
    assert site.take(message).suspended == 1
    assert site.reason(ANA) == SuppressionReason.SUSPENDED


def test_what_our_own_relay_said_stands_in_the_journal_and_survives_a_restore(site: Site) -> None:
    assert site.reason(BOB) == SuppressionReason.NO_MAILBOX
    [noted] = read_oppositions(site.app.site)
    bob = site.app.keyring.fingerprint(BOB)
    assert (noted.fingerprint, noted.refusal, noted.detail) == (bob, Refusal.SUPPRESSED, "no_mailbox")


def test_a_person_who_knows_better_says_why_and_it_is_kept(site: Site) -> None:
    with pytest.raises(Refused, match="--because"):
        returns.retry(site.app, BOB, NOON + HOUR)
    returns.retry(site.app, BOB, NOON + HOUR, "a appelé le 5 mars")
    assert site.reason(BOB) is None
    assert still_refused(read_oppositions(site.app.site)) == []
    [kept] = rights.find(site.app, BOB, NOON).tables["retried"]
    assert (kept["reason"], kept["why"]) == ("no_mailbox", "a appelé le 5 mars")
    with pytest.raises(Refused, match="not suspended"):
        returns.retry(site.app, BOB, NOON + HOUR, "encore")


def test_nobody_takes_back_what_a_reader_refused(site: Site) -> None:
    with site.app.database.transaction() as tx:
        opposed = {"fingerprint": site.app.keyring.fingerprint(ANA), "reason": "opposition", "at": NOON}
        tx.execute(suppressions.insert().values(opposed))
    with pytest.raises(Refused, match="nobody but its owner"):
        returns.retry(site.app, ANA, NOON + HOUR, "elle a appelé")


def test_a_small_provider_that_refuses_us_is_told_and_pauses_nobody(site: Site) -> None:
    done = site.take(*reports(site.post, VILLAGERS, POLICY))
    assert (done.blocked, done.suspended) == (12, 0)
    with site.app.database.reading() as tx:
        [alert] = alerts.open_alerts(tx)
    assert alert.kind == "domain village.example"
    assert returns.resume(site.app, "Village.example", NOON + HOUR) == "village.example"
    with pytest.raises(Refused, match="not waiting"):
        returns.resume(site.app, "village.example", NOON + HOUR)
