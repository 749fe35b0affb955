"""Whatever is done to the base, in whatever order: who opposed or left is written to by nothing that staff do."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import delete, func, select

from mailer.app import App
from mailer.app.oppositions import JOURNAL, read_oppositions
from mailer.domain.people import Basis
from mailer.domain.tokens import Purpose
from mailer.errors import MailerError
from mailer.services import contacts, merging, people, rights, subscriptions
from mailer.store import audiences, restoring, undoing
from mailer.store import people as store
from mailer.store.addressed import Audience
from mailer.store.database import Connection
from mailer.store.tables import addresses, deliveries, merges, metadata
from mailer.store.tables import contacts as contact_rows
from tests.sites import NOON, open_site, write_site
from tests.store.base import contact, freeze, release

PHASES = [Phase.generate]
"""To make a failing story shorter takes minutes: for whoever looks into it, not for every run."""
MAILBOXES = [f"{name}@mairie.example" for name in ("anna", "boris", "clara", "denis")]
BYSTANDER = "zita@mairie.example"
"""Nothing is ever done to her: she gets every letter, to the end."""
LISTS = {"sirene": Audience("sirene", everyone=False), "base": Audience("base", everyone=True)}
PLACES = st.integers(0, len(MAILBOXES) - 1)
NUMBERS = st.integers(0, 5)


@dataclass
class Snapshot:
    """A backup, and what is known to be undoable in it."""

    file: Path
    batches: list[int]


class BaseLife(RuleBasedStateMachine):
    """Four people and a bystander, and all that staff and they themselves may do."""

    def __init__(self, app: App, folder: Path) -> None:
        super().__init__()
        self.app, self.folder = app, folder
        self.now: datetime = NOON
        self.refused: set[str] = set()
        self.left: set[tuple[str, str]] = set()
        self.batches: list[int] = []
        self.releases = 0
        self.backup: Snapshot | None = None
        (app.site / JOURNAL).unlink(missing_ok=True)
        with app.database.transaction() as tx:
            for table in reversed(metadata.sorted_tables):
                tx.execute(delete(table))
            self.probe = freeze(tx, "sirene/probe")
            self.take_in(tx, MAILBOXES, None)
            self.take_in(tx, [BYSTANDER], "sirene")
            self.bystander = tx.execute(select(func.max(contact_rows.c.id))).scalar_one()

    def take_in(self, tx: Connection, written: list[str], list_slug: str | None) -> int:
        rows = [contact(one, "Anna Kern") for one in written]
        who = self.app.keyring.fingerprint
        return store.import_contacts(
            tx, rows, who, list_slug=list_slug, basis=Basis.INFORMED, file_name="base.csv", now=self.now
        ).batch

    def later(self) -> datetime:
        self.now += timedelta(hours=1)
        return self.now

    def person(self, place: int) -> str:
        """A contact, by its number; whoever it is."""
        with self.app.database.reading() as tx:
            others = select(contact_rows.c.id).where(contact_rows.c.id != self.bystander).order_by(contact_rows.c.id)
            rows = list(tx.execute(others).scalars()) or [0]
        return str(rows[place % len(rows)])

    def letter(self, place: int) -> tuple[int, str, int] | None:
        with self.app.database.reading() as tx:
            shown = select(deliveries.c.id, addresses.c.canonical, deliveries.c.issue_id)
            shown = shown.join(addresses, addresses.c.id == deliveries.c.address_id)
            rows = tx.execute(shown.where(addresses.c.address.in_(MAILBOXES)).order_by(deliveries.c.id)).all()
        return (*rows[place % len(rows)],) if rows else None

    @rule(places=st.sets(PLACES, min_size=1), list_slug=st.sampled_from(["sirene", "sirene", None]))
    def bring_in(self, places: set[int], list_slug: str | None) -> None:
        self.later()
        with self.app.database.transaction() as tx:
            self.batches.append(self.take_in(tx, [MAILBOXES[place] for place in places], list_slug))

    @precondition(lambda self: self.batches)
    @rule(number=NUMBERS)
    def take_back(self, number: int) -> None:
        with self.app.database.transaction() as tx:
            undoing.undo(tx, self.batches.pop(number % len(self.batches)), self.later())

    @rule(one=PLACES, other=PLACES)
    def make_one(self, one: int, other: int) -> None:
        self.staff(lambda: merging.merge(self.app, self.person(one), self.person(other), self.later()))

    @rule(number=NUMBERS)
    def make_two(self, number: int) -> None:
        with self.app.database.reading() as tx:
            every = list(tx.execute(select(merges.c.id).order_by(merges.c.id.desc())).scalars())
        if every:
            self.staff(lambda: merging.undo(self.app, every[number % len(every)], self.later()))

    @rule(place=PLACES, address=st.sampled_from(MAILBOXES))
    def write_elsewhere(self, place: int, address: str) -> None:
        self.staff(lambda: contacts.edit(self.app, self.person(place), {"address": address}, self.later()))

    def staff(self, does: Callable[[], object]) -> None:
        """What staff ask for may be refused, with a sentence."""
        try:
            does()
        except MailerError:
            return

    @rule(to=st.sampled_from(["sirene", "base"]))
    def send_out(self, to: str) -> None:
        self.releases += 1
        with self.app.database.transaction() as tx:
            release(tx, f"{to}/{self.releases}", [LISTS[to]], self.later(), to)

    @rule(place=NUMBERS)
    def leave(self, place: int) -> None:
        letter = self.letter(place)
        if letter:
            subscriptions.leave(self.app, self.app.keyring.token(Purpose.LEAVE, letter[0]), self.later())
            self.left.add((letter[1], self.list_of(letter[2])))

    @rule(place=NUMBERS)
    def oppose(self, place: int) -> None:
        letter = self.letter(place)
        if letter:
            subscriptions.oppose(self.app, self.app.keyring.token(Purpose.LEAVE, letter[0]), self.later())
            self.refused.add(letter[1])

    def list_of(self, issue_id: int) -> str:
        with self.app.database.reading() as tx:
            issue = metadata.tables["issue"]
            return str(tx.execute(select(issue.c.list_slug).where(issue.c.id == issue_id)).scalar_one())

    @rule(place=PLACES)
    def bring_in_an_opposition(self, place: int) -> None:
        file = self.folder / "refus.csv"
        file.write_text(f"email\n{MAILBOXES[place]}\n", encoding="utf-8")
        people.import_oppositions(self.app, file, self.later(), dry_run=False)
        self.refused.add(MAILBOXES[place])

    @rule(place=PLACES)
    def forget(self, place: int) -> None:
        try:
            rights.forget(self.app, MAILBOXES[place], self.later())
        except MailerError:
            return
        self.refused.add(MAILBOXES[place])

    @rule()
    def make_a_backup(self) -> None:
        file = self.folder / "backup.db"
        with sqlite3.connect(self.app.database.place) as source, sqlite3.connect(file) as copy:
            source.backup(copy)
        self.backup = Snapshot(file, list(self.batches))

    @precondition(lambda self: self.backup)
    @rule()
    def restore(self) -> None:
        assert self.backup is not None
        self.app.database.close()
        with sqlite3.connect(self.backup.file) as source, sqlite3.connect(self.app.database.place) as copy:
            source.backup(copy)
        self.batches = list(self.backup.batches)
        with self.app.database.transaction() as tx:
            restoring.replay(tx, read_oppositions(self.app.site), self.later())
            # Names of issues are given anew; letters of before the restore are nobody's to leave by any more.
            self.releases += 100

    @invariant()
    def who_refused_is_written_to_by_nothing(self) -> None:
        for to in LISTS:
            mailed = self.audience(to)
            assert BYSTANDER in mailed, "who never did anything gets every letter"
            assert mailed & self.refused == set()
            assert {one for one in mailed if (one, to) in self.left} == set()

    @invariant()
    def nobody_who_refused_waits_for_a_letter(self) -> None:
        with self.app.database.reading() as tx:
            waiting = select(addresses.c.canonical).join(deliveries, deliveries.c.address_id == addresses.c.id)
            found = set(tx.execute(waiting.where(deliveries.c.state == "queued")).scalars())
        assert found & self.refused == set()

    @invariant()
    def whoever_is_one_gets_one_letter(self) -> None:
        with self.app.database.rehearsal() as tx:
            self.queue(tx, ["sirene", "base"])
            mine = select(deliveries.c.contact_id).where(deliveries.c.issue_id == self.probe)
            twice = mine.group_by(deliveries.c.contact_id).having(func.count() > 1)
            assert tx.execute(twice.where(deliveries.c.contact_id.is_not(None))).all() == []

    def audience(self, to: str) -> set[str]:
        with self.app.database.rehearsal() as tx:
            self.queue(tx, [to])
            mine = select(addresses.c.canonical).join(deliveries, deliveries.c.address_id == addresses.c.id)
            return set(tx.execute(mine.where(deliveries.c.issue_id == self.probe)).scalars())

    def queue(self, tx: Connection, to: list[str]) -> None:
        audiences.queue_audience(tx, self.probe, [LISTS[one] for one in to], to[0], self.now, self.now)


def test_nothing_that_is_done_to_the_base_brings_back_who_refused(tmp_path: Path) -> None:
    class LifeHere(BaseLife):
        def __init__(self) -> None:
            super().__init__(app, tmp_path)

    with open_site(write_site(tmp_path / "site")) as app:
        run_state_machine_as_test(
            LifeHere,
            settings=settings(
                max_examples=60,
                stateful_step_count=20,
                deadline=None,
                derandomize=True,
                phases=PHASES,
                suppress_health_check=[HealthCheck.too_slow],
            ),
        )
