"""Whatever comes back in whatever order, an address is written to exactly while it may be; on both databases."""

from contextlib import ExitStack
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from mailer.app import App
from mailer.demo.receiver import Receiver, receiver_in_thread
from mailer.domain.people import SuppressionReason
from mailer.errors import Refused
from mailer.services import returns
from mailer.store import people
from mailer.store.tables import addresses, deliveries, returned, suppressions
from tests.services.conftest import Installation
from tests.services.returning import FULL, POLICY, UNKNOWN, Letter, Post, complaint, report, send
from tests.sites import NOON, open_site, release, subscribe

ANA = "ana@mairie.example"
EVENTS = st.lists(st.sampled_from(["hard", "full", "policy", "again", "complaint", "retry", "relay"]), max_size=8)


@pytest.fixture
def sent(installation: Installation) -> "tuple[App, Letter, ExitStack]":
    """A site whose issue has left for one reader."""
    post, stack = Post(), ExitStack()
    receiver = stack.enter_context(receiver_in_thread(Receiver(on_letter=post.read)))
    settings_ = {"MAILER_SMTP__PORT": str(receiver.port), **installation.settings}
    app = stack.enter_context(open_site(installation.site, **settings_))
    subscribe(app, [ANA])
    release(app, "lettre/2026-03")
    send(app)
    return app, post.to(ANA), stack


def test_an_address_stands_where_its_reports_and_people_put_it(sent: "tuple[App, Letter, ExitStack]") -> None:
    app, letter, stack = sent

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(EVENTS)
    def tell(events: list[str]) -> None:
        forget(app)
        expected: str | None = None
        failed = False
        for at, event in enumerate(events):
            now = NOON + timedelta(hours=1 + at)
            expected, failed = expect(event, expected, failed)
            act(app, letter, event, now, at)
            assert standing(app) == expected, events
        with app.database.reading() as tx:
            counted = tx.execute(select(returned.c.id).where(returned.c.counted, returned.c.kind != "complaint")).all()
            assert len(counted) <= 1

    with stack:
        tell()


def expect(event: str, standing_: str | None, failed: bool) -> tuple[str | None, bool]:
    """The model: one letter fails once; only its first report acts, only a suspension can be taken back."""
    if event == "relay":
        return SuppressionReason.NO_MAILBOX, failed
    if event == "retry":
        return (None if standing_ == SuppressionReason.SUSPENDED else standing_), failed
    if event in ("hard", "full", "policy"):
        if event == "hard" and not failed and standing_ is None:
            return SuppressionReason.SUSPENDED, True
        return standing_, True
    return standing_, failed


def act(app: App, letter: Letter, event: str, now: datetime, at: int) -> None:
    said = {"hard": UNKNOWN, "full": FULL, "policy": POLICY}
    if event in said:
        returns.ingest(app, report(letter, said[event], salt=f"{at}"), now)
    elif event == "complaint":
        returns.ingest(app, complaint(letter), now)
    elif event == "retry":
        try:
            returns.retry(app, ANA, now)
        except Refused:
            assert standing(app) != SuppressionReason.SUSPENDED
    elif event == "relay":
        with app.database.transaction() as tx:
            address_id = tx.execute(select(addresses.c.id)).scalar_one()
            people.suppress(tx, address_id, SuppressionReason.NO_MAILBOX, now)


def forget(app: App) -> None:
    with app.database.transaction() as tx:
        tx.execute(returned.delete())
        tx.execute(suppressions.delete())
        tx.execute(update(deliveries).values(state="sent"))


def standing(app: App) -> str | None:
    with app.database.reading() as tx:
        return tx.execute(select(suppressions.c.reason)).scalar_one_or_none()
