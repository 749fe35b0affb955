"""Whatever people, clocks and crashes do, in whatever order: no unapproved byte leaves, no slot is used twice.

Nothing leaves by the clock before its moment, nor later than the limit, and nothing that should have left is kept
back in silence.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import delete

from mailer.app import App
from mailer.app.journal import RELEASES, read_releases
from mailer.clock import tick
from mailer.domain.issues import IssueState
from mailer.errors import MailerError, Refused
from mailer.services import publishing
from mailer.store import deliveries, issues, slots
from mailer.store.issues import IssueRow
from mailer.store.tables import metadata
from tests.sites import CONFIG, ISSUE, open_site, subscribe, write_issue, write_site

CADENCE = '\n[cadence]\nday = "last sunday"\ntime = 02:30:00\n'
READERS = ["anne@courriel.example", "bao@courriel.example"]
SLOT = datetime.fromisoformat("2026-03-29T03:00:00+02:00")
"""02:30 does not exist on that night in Paris: the slot moves to the next minute that does."""
ALONE = datetime.fromisoformat("2026-03-29T12:00:00+02:00")
MOMENTS = {"lettre/une": SLOT, "lettre/autre": SLOT, "bureau/alerte": ALONE}
LATE_LIMIT = timedelta(hours=6)
NAMES = st.sampled_from(sorted(MOMENTS))
JUMPS = st.sampled_from([timedelta(minutes=minutes) for minutes in (0, 1, 30, 60, 180, 400, 1500, -1, -90, -1500)])
START = SLOT - timedelta(hours=3)
FAILURES = {
    "slot": "CREATE TRIGGER broken BEFORE INSERT ON slot BEGIN SELECT RAISE(ABORT, 'no power'); END",
    "state": "CREATE TRIGGER broken BEFORE UPDATE OF state ON issue BEGIN SELECT RAISE(ABORT, 'no power'); END",
    "queue": "CREATE TRIGGER broken BEFORE INSERT ON delivery BEGIN SELECT RAISE(ABORT, 'no power'); END",
}


@contextmanager
def power_cut(app: App, step: str) -> Iterator[None]:
    """A release stops dead at one of its steps."""
    if step == "journal":
        journal = app.site / RELEASES
        kept = journal.rename(journal.with_suffix(".kept")) if journal.exists() else None
        journal.mkdir(parents=True)
        yield
        journal.rmdir()
        if kept:
            kept.rename(journal)
        return
    with app.database.transaction() as tx:
        tx.exec_driver_sql(FAILURES[step])
    yield
    with app.database.transaction() as tx:
        tx.exec_driver_sql("DROP TRIGGER broken")


class ClockLife(RuleBasedStateMachine):
    """Two issues for one slot and a one-off, in the night of a clock change."""

    def __init__(self, site: Path) -> None:
        super().__init__()
        self.site, self.app = site, open_site(site)
        self.now = START
        self.edits = 0
        self.approved: dict[str, bytes] = {}
        """By issue, the bytes that somebody said may leave, as long as nobody edited the files since."""
        self.out: dict[str, bytes] = {}

    @initialize()
    def begin(self) -> None:
        with self.app.database.transaction() as tx:
            for table in reversed(metadata.sorted_tables):
                tx.execute(delete(table))
        (self.site / RELEASES).unlink(missing_ok=True)
        for name in MOMENTS:
            self.write(name)
        subscribe(self.app, READERS)
        subscribe(self.app, READERS, "bureau")
        tick(self.app, START)

    def teardown(self) -> None:
        self.app.close()

    def write(self, name: str) -> None:
        self.edits += 1
        when = f"slot = {SLOT.date()}" if name.startswith("lettre") else f"send_at = {ALONE:%Y-%m-%dT%H:%M:%S}"
        text = ISSUE.replace("slot = 2026-03-04T12:00:00", when).replace("samedi", f"samedi {self.edits}")
        write_issue(self.site, name, text)

    def row(self, name: str) -> IssueRow | None:
        with self.app.database.reading() as tx:
            return issues.find(tx, name)

    def bytes_of(self, name: str) -> bytes:
        with self.app.database.reading() as tx:
            row = issues.find(tx, name)
            assert row is not None
            return hashlib.sha256(repr(sorted(issues.skeletons(tx, row.id).items())).encode()).digest()

    def waits(self, name: str) -> bool:
        row = self.row(name)
        return row is not None and row.state is IssueState.APPROVED

    @rule(name=NAMES)
    def edit(self, name: str) -> None:
        self.write(name)
        self.approved.pop(name, None)

    @rule(name=NAMES, who=st.sampled_from(["Odile", "Karim", "ODILE"]))
    def approve(self, name: str, who: str) -> None:
        with suppress(Refused):
            publishing.approve(self.app, name, who, self.now)
            self.approved[name] = self.bytes_of(name)

    @rule(jump=JUMPS)
    def ring(self, jump: timedelta) -> None:
        self.now += jump
        before = {name for name in MOMENTS if self.waits(name)}
        done = tick(self.app, self.now)
        for name in done.released:
            assert name in before
            assert timedelta(0) <= self.now - MOMENTS[name] <= LATE_LIMIT
        due = {name for name in before if self.now >= MOMENTS[name]}
        assert due == set(done.released) | {held.name for held in done.held} & before, "kept back in silence"
        self.check_that_nothing_ready_waits(due - set(done.released))

    def check_that_nothing_ready_waits(self, names: set[str]) -> None:
        with self.app.database.reading() as tx:
            taken = slots.taken(tx, "lettre")
        for name in names:
            row = self.row(name)
            assert row is not None
            late = self.now - MOMENTS[name] > LATE_LIMIT
            assert late or name not in self.approved or row.held or SLOT.date() in taken

    @rule(jump=JUMPS, step=st.sampled_from(["journal", *FAILURES]))
    def ring_and_fail(self, jump: timedelta, step: str) -> None:
        self.now += jump
        with power_cut(self.app, step), suppress(MailerError):
            tick(self.app, self.now)

    @rule(name=NAMES)
    def release_by_hand(self, name: str) -> None:
        with suppress(Refused):
            publishing.release(self.app, name, self.now)

    @rule(name=NAMES)
    def cancel(self, name: str) -> None:
        with suppress(Refused):
            publishing.cancel(self.app, name, self.now)

    @rule(name=NAMES)
    def hold_as_a_restore_does(self, name: str) -> None:
        with self.app.database.transaction() as tx:
            row = issues.find(tx, name)
            if row is not None:
                issues.hold(tx, row.id, "restored")

    @rule()
    def crash(self) -> None:
        self.app.close()
        self.app = open_site(self.site)

    @invariant()
    def only_approved_bytes_are_out(self) -> None:
        for name in MOMENTS:
            row = self.row(name)
            if row is None or row.released_at is None:
                continue
            if name not in self.out:
                assert name in self.approved, "it left without an approval of its files as they are"
                self.out[name] = self.approved[name]
            assert self.bytes_of(name) == self.out[name]

    @invariant()
    def nobody_gets_two(self) -> None:
        with self.app.database.reading() as tx:
            for name in self.out:
                row = issues.find(tx, name)
                assert row is not None
                assert sum(deliveries.counts(tx, row.id).values()) == len(READERS)
            for_the_slot = [
                name for name in MOMENTS if (row := issues.find(tx, name)) and row.planned and row.released_at
            ]
            assert [one.issue for one in slots.taken(tx, "lettre").values()] == for_the_slot
            assert len(for_the_slot) <= 1

    @invariant()
    def the_journal_knows_all_that_left(self) -> None:
        assert self.out.keys() <= {one.issue for one in read_releases(self.site)}


def test_no_unapproved_byte_leaves_and_no_slot_is_used_twice(tmp_path: Path) -> None:
    site = write_site(tmp_path / "site", CONFIG)
    for slug, more in (("lettre", CADENCE), ("bureau", "")):
        campaign = site / "campaigns" / slug / "campaign.toml"
        campaign.write_text(campaign.read_text() + more)
        (site / "campaigns" / slug / "2026-03" / "issue.md").unlink()
        (site / "campaigns" / slug / "2026-03").rmdir()

    class LifeHere(ClockLife):
        def __init__(self) -> None:
            super().__init__(site)

    run_state_machine_as_test(
        LifeHere,
        settings=settings(
            max_examples=15,
            stateful_step_count=20,
            deadline=None,
            # A story takes a second: shortening one that fails would take an hour.
            phases=[Phase.generate],
            derandomize=True,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
