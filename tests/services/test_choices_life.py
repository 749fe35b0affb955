"""Whatever readers do, in whatever order: who refused is not written to, unless by their own later act."""

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import delete, select

from mailer.app import App
from mailer.app.oppositions import JOURNAL, read_oppositions
from mailer.domain.addresses import read_address
from mailer.domain.choices import MoveState
from mailer.domain.incoming import ContactRow
from mailer.domain.people import Basis, ContactKind
from mailer.domain.rates import MeasureMode
from mailer.domain.tokens import Purpose
from mailer.errors import MailerError, NotFound
from mailer.services import moving, rights, subscriptions
from mailer.store import audiences, issues, moves, people, restoring
from mailer.store.addressed import Audience
from mailer.store.database import Connection
from mailer.store.tables import addresses, deliveries, metadata
from tests.services.conftest import Installation
from tests.sites import NOON
from tests.store.base import KEY, a_letter, an_issue

PEOPLE = ("anna@mairie.example", "boris@mairie.example", "carla@mairie.example")
WHO, OTHER = st.integers(0, len(PEOPLE) - 1), st.integers(1, len(PEOPLE) - 1)
Done = TypeVar("Done")
LISTS = [Audience("lettre", everyone=False), Audience("tous", everyone=True)]


class Choices(RuleBasedStateMachine):
    """Three mailboxes, and all that their owners, a file and a release may do."""

    def __init__(self, app: App) -> None:
        super().__init__()
        self.app = app
        self.now: datetime = NOON
        self.numbers = itertools.count(1)
        self.refuses: dict[str, bool] = dict.fromkeys(PEOPLE, False)
        """By address: whether its owner left the letter or opposed, and has not asked for it since."""
        self.undo: dict[str, tuple[str, str]] = {}
        (app.site / JOURNAL).unlink(missing_ok=True)
        with app.database.transaction() as tx:
            for table in reversed(metadata.sorted_tables):
                tx.execute(delete(table))
        self.take_in()
        self.release()

    def letter(self, address: str) -> int | None:
        """The latest delivery to an address."""
        with self.app.database.reading() as tx:
            found = select(deliveries.c.id).join(addresses, addresses.c.id == deliveries.c.address_id)
            found = found.where(addresses.c.canonical == address).order_by(deliveries.c.id.desc())
            return tx.execute(found).scalars().first()

    def token(self, who: int, purpose: Purpose) -> str | None:
        number = self.letter(PEOPLE[who])
        return None if number is None else self.app.keyring.token(purpose, number)

    def welcome(self) -> set[str]:
        """Whom an issue would go to now."""
        with self.app.database.rehearsal() as tx:
            queued = self._queue(tx, "lettre/rehearsed")
            return set(queued)

    def _queue(self, tx: Connection, name: str) -> list[str]:
        issue_id = issues.freeze(tx, an_issue(name, "lettre"), a_letter(), measure=MeasureMode.ANONYMOUS, now=self.now)
        assert issues.release(tx, issue_id, KEY, self.now, self.now)
        audiences.queue_audience(tx, issue_id, LISTS, "lettre", self.now, self.now)
        found = select(addresses.c.canonical).join(deliveries, deliveries.c.address_id == addresses.c.id)
        return list(tx.execute(found.where(deliveries.c.issue_id == issue_id)).scalars())

    @rule()
    def release(self) -> None:
        self.now += timedelta(days=1)
        with self.app.database.transaction() as tx:
            self._queue(tx, f"lettre/{next(self.numbers)}")

    @rule()
    def take_in(self) -> None:
        """The same old file, again and again."""
        rows = [ContactRow(1, one, read_address(one).canonical, one[:4], ContactKind.PERSON) for one in PEOPLE]
        with self.app.database.transaction() as tx:
            people.import_contacts(
                tx,
                rows,
                self.app.keyring.fingerprint,
                list_slug="lettre",
                basis=Basis.INFORMED,
                file_name="x.csv",
                now=self.now,
            )

    @rule(who=WHO, never=st.booleans())
    def leave(self, who: int, never: bool) -> None:
        token = self.token(who, Purpose.LEAVE)
        if token is None:
            return
        standing = self.known(
            lambda: (subscriptions.oppose if never else subscriptions.leave)(self.app, token, self.now)
        )
        if standing is None:
            return
        for address in {PEOPLE[who], *self.followed(PEOPLE[who])}:
            self.refuses[address] = True
        if standing.undo:
            self.undo[PEOPLE[who]] = (token, standing.undo)

    @rule(who=WHO)
    def take_back(self, who: int) -> None:
        if PEOPLE[who] not in self.undo:
            return
        token, undo = self.undo.pop(PEOPLE[who])
        self.by_themselves(lambda: subscriptions.undo(self.app, token, undo, self.now))

    @rule(who=WHO, letter=st.booleans())
    def choose(self, who: int, letter: bool) -> None:
        token = self.token(who, Purpose.PREFERENCES)
        if token is None:
            return
        chosen = frozenset({"lettre"} if letter else ())
        if letter:
            self.by_themselves(lambda: subscriptions.choose(self.app, token, chosen, self.now))
        elif self.known(lambda: subscriptions.choose(self.app, token, chosen, self.now)) is not None:
            self.refuses[PEOPLE[who]] = PEOPLE[who] not in self.welcome()

    @rule(who=WHO, days=st.integers(1, 60))
    def rest(self, who: int, days: int) -> None:
        token = self.token(who, Purpose.PREFERENCES)
        if token is not None:
            self.known(lambda: subscriptions.pause(self.app, token, self.now + timedelta(days=days), self.now))
            assert PEOPLE[who] not in self.welcome()

    @rule(who=WHO, on=OTHER)
    def move(self, who: int, on: int) -> None:
        """What both addresses refuse counts for the new one; nobody asks the other."""
        token, new = self.token(who, Purpose.PREFERENCES), PEOPLE[(who + on) % len(PEOPLE)]
        if token is None:
            return
        self.now += timedelta(days=1, minutes=1)
        self.known(lambda: moving.ask(self.app, token, new, self.now))
        open_ones = self.moves(MoveState.ASKED)
        if open_ones:
            self.known(lambda: moving.confirm(self.app, self.app.keyring.token(Purpose.MOVE, open_ones[-1]), self.now))

    @rule()
    def move_back(self) -> None:
        done = self.moves(MoveState.DONE)
        if done:
            self.by_themselves(lambda: moving.undo(self.app, self.app.keyring.token(Purpose.BACK, done[-1]), self.now))

    @rule(who=WHO)
    def forget(self, who: int) -> None:
        try:
            rights.forget(self.app, PEOPLE[who], self.now)
        except NotFound:
            return
        self.refuses[PEOPLE[who]] = True

    @rule()
    def restore_refusals(self) -> None:
        """The journal replayed on the present database changes nothing for anybody."""
        before = self.welcome()
        with self.app.database.transaction() as tx:
            restoring.replay(tx, read_oppositions(self.app.site), self.now)
        assert self.welcome() == before

    @invariant()
    def who_refused_is_not_written_to(self) -> None:
        refusing = {address for address, refuses in self.refuses.items() if refuses}
        assert refusing & self.welcome() == set()

    def by_themselves(self, act: Callable[[], object]) -> None:
        """An act after which its reader may be written to again: whoever is welcome now and was not before."""
        before = self.welcome()
        self.known(act)
        for address in self.welcome() - before:
            if address in self.refuses:
                self.refuses[address] = False

    def known(self, act: Callable[[], Done]) -> Done | None:
        try:
            return act()
        except MailerError:
            return None

    def moves(self, state: MoveState) -> list[int]:
        moved = metadata.tables["move"]
        with self.app.database.reading() as tx:
            found = select(moved.c.id).where(moved.c.state == state.value).order_by(moved.c.id)
            return list(tx.execute(found).scalars())

    def followed(self, address: str) -> set[str]:
        with self.app.database.reading() as tx:
            address_id = people.address_of(tx, self.app.keyring.fingerprint(address))
            on = moves.followed(tx, address_id) if address_id is not None else []
            return set(tx.execute(select(addresses.c.canonical).where(addresses.c.id.in_(on))).scalars())


def test_who_refused_is_written_to_only_after_an_act_of_their_own(installation: Installation) -> None:
    with installation.open() as app:

        class ChoicesHere(Choices):
            def __init__(self) -> None:
                super().__init__(app)

        examples = 6 if app.database.engine.dialect.name == "sqlite" else 2
        sizes = settings(
            max_examples=examples, stateful_step_count=18, deadline=None, suppress_health_check=list(HealthCheck)
        )
        run_state_machine_as_test(ChoicesHere, settings=sizes)
