"""The life of a request, whatever happens in whatever order, on both databases: asked, reminded, confirmed, expired."""

from collections.abc import Iterator
from datetime import timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import select

from mailer.app import App
from mailer.domain.joining import MAILS_UNANSWERED, VALID_FOR, Reply, RequestState, Way, state_of
from mailer.domain.notices import NoticeKind
from mailer.domain.tokens import Purpose
from mailer.services import joining
from mailer.services.joining import Ask, Stage
from mailer.store import tables
from mailer.store.joining_tables import proofs, requests
from tests.services.conftest import Installation
from tests.sites import NOON

WHO = "Camille@Courriel.example"
ASK = Ask(WHO, frozenset(["lettre"]), Way.PAGE)

STEPS = st.one_of(
    st.tuples(
        st.just("pass"), st.sampled_from([1, 60, 3600, 86_401, 3 * 86_400, 7 * 86_400, 31 * 86_400, -3600, -86_400])
    ),
    st.tuples(st.sampled_from(["ask", "ask", "answer", "tick", "tick", "look", "confirm", "leave"]), st.just(0)),
)


class Life:
    """One address that asks, and what a model of it expects."""

    def __init__(self, app: App) -> None:
        self.app, self.now = app, NOON
        self.request_id = 0
        self.confirmed = 0

    def step(self, verb: str, seconds: int) -> None:
        if verb == "pass":
            self.now += timedelta(seconds=seconds)
            return
        getattr(self, verb)()
        self.look_at_everything()

    def ask(self) -> None:
        joining.ask(self.app, ASK, self.now)
        with self.app.database.reading() as tx:
            of_open_ones = select(requests.c.id).where(requests.c.confirmed_at.is_(None))
            [self.request_id] = tx.execute(of_open_ones).scalars().all()

    def answer(self) -> None:
        joining.answer(self.app, self.now)

    def tick(self) -> None:
        joining.attend(self.app, self.now)

    def look(self) -> None:
        before = self.rows()
        self.read("look")
        assert self.rows() == before

    def confirm(self) -> None:
        before = self.read("look")
        done = self.read("confirm")
        assert (done is Stage.DONE) == (before is Stage.OPEN)
        self.confirmed += done is Stage.DONE
        after = self.rows()
        assert self.read("confirm") in (Stage.ALREADY_DONE, Stage.EXPIRED)
        assert self.rows() == after

    def leave(self) -> None:
        with self.app.database.transaction() as tx:
            tx.execute(tables.subscriptions.update().values(state="left", left_at=self.now))

    def read(self, verb: str) -> Stage:
        if not self.request_id:
            return Stage.EXPIRED
        token = self.app.keyring.token(Purpose.CONFIRM, self.request_id)
        act = joining.look if verb == "look" else joining.confirm
        return act(self.app, token, self.now).stage

    def rows(self) -> list[tuple[object, ...]]:
        every = [tables.metadata.tables[name] for name in sorted(tables.metadata.tables)]
        with self.app.database.reading() as tx:
            return [tuple(row) for table in every for row in tx.execute(table.select())]

    def look_at_everything(self) -> None:
        with self.app.database.reading() as tx:
            kept = tx.execute(requests.select()).all()
            told = tx.execute(tables.notices.select()).all()
            proven = len(tx.execute(proofs.select()).all())
            subscribed = len(tx.execute(tables.subscriptions.select()).all())
        assert proven == self.confirmed, "a proof of each press of the button, and of nothing else"
        assert subscribed == min(self.confirmed, 1), "nobody is subscribed but by the button"
        for row in kept:
            reminders = [one.key for one in told if one.key == f"{NoticeKind.CONFIRM_REMINDER} {row.id}"]
            assert len(reminders) <= 1
            assert row.mails <= MAILS_UNANSWERED
            state = state_of(row.confirmed_at, row.valid_until, row.reminded_at, self.now)
            if row.replied == Reply.CONFIRM and state is not RequestState.CONFIRMED and row.valid_until is not None:
                assert row.valid_until == row.mailed_at + VALID_FOR
            if row.address == "":
                assert row.confirmed_at is None, "only what nobody confirmed is erased early"
        assert len([row for row in kept if row.confirmed_at is None]) <= 1


@pytest.fixture
def app(installation: Installation) -> Iterator[App]:
    with installation.open() as opened:
        yield opened


def clear(app: App) -> None:
    with app.database.transaction() as tx:
        for table in reversed(tables.metadata.sorted_tables):
            tx.execute(table.delete())


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEPS, max_size=25))
def test_whatever_happens_only_the_button_subscribes_and_nobody_is_written_to_too_often(
    app: App, steps: list[tuple[str, int]]
) -> None:
    clear(app)
    life = Life(app)
    for verb, seconds in steps:
        life.step(verb, seconds)
