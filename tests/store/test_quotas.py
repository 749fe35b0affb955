"""Quotas: never exceeded by one letter, used up to the last, shared by all senders, kept through every restart."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailer.domain.addresses import Family
from mailer.domain.pace import DAY, HAND_OVER_S, HOUR, JITTER, Limits, RelayLimits
from mailer.store import quotas
from mailer.store.database import Connection, Database, open_database
from mailer.store.quotas import Grant
from tests.store.base import run_together
from tests.store.test_plans import spoken, work

ORANGE, OTHER, GOOGLE = Family.ORANGE, Family.OTHER, Family.GOOGLE
START = 1_700_000_000.0
PLENTY = dict.fromkeys((ORANGE, OTHER, GOOGLE), 10_000)
NAMES = (f"relay{number}" for number in count())
SPANS = {1: "per_second", HOUR.span_s: "per_hour", DAY.span_s: "per_day"}


@dataclass
class Log:
    """What was granted and not given back, at the relay's own time, and how late it was handed over (0 to 1)."""

    letters: list[tuple[float, Family, int]] = field(default_factory=list)
    late: list[float] = field(default_factory=list)

    def take(self, grant: Grant, late: float = 0) -> None:
        taken = [(grant.at_s, family, letters) for family, letters in grant.letters.items() if letters]
        self.letters += taken
        self.late += [late] * len(taken)

    def check(self, limits: RelayLimits) -> None:
        for span, name in SPANS.items():
            latest = JITTER if span == 1 else HAND_OVER_S
            for scope in (None, *limits.families):
                if limit := getattr(limits.of(scope), name):
                    arrived = [
                        (at + late * latest * 0.999, letters)
                        for (at, family, letters), late in zip(self.letters, self.late, strict=True)
                        if scope in (None, family)
                    ]
                    assert fullest(arrived, span) <= limit, (scope, name)


def fullest(letters: Iterable[tuple[float, int]], span: float) -> int:
    """The most letters in any window of that length, both ends counted."""
    moments = sorted(letters)
    most, held, first = 0, 0, 0
    for at, number in moments:
        held += number
        while moments[first][0] < at - span:
            held -= moments[first][1]
            first += 1
        most = max(most, held)
    return most


def endless(tx: Connection, relay: str, limits: RelayLimits, until: float) -> Log:
    """A sender that always has letters, and asks again when it is told to."""
    log, now = Log(), START
    while now < until:
        grant = quotas.grant(tx, relay, limits, PLENTY, now)
        log.take(grant)
        assert grant.again_in_s is not None
        assert grant.again_in_s > 0
        now += grant.again_in_s
    return log


# Never exceeded -----------------------------------------------------------------------------------------------------

few = st.sampled_from([0, 0, 1, 2, 3, 7, 20])
limits_of_one = st.builds(Limits, per_second=few, per_hour=few, per_day=few)
some_limits = st.builds(
    RelayLimits, limits_of_one, st.dictionaries(st.sampled_from([ORANGE, OTHER, GOOGLE]), limits_of_one)
).filter(bool)
wishes = st.dictionaries(st.sampled_from([ORANGE, OTHER, GOOGLE]), st.integers(0, 30), min_size=1)
waits = st.sampled_from([0.0, 0.0, 0.001, 0.05, 0.33, 0.99, 1.0, 1.02, 29.9, 700.0, 3570.0, 3600.0, 40_000.0, 86_399.0])
late = st.sampled_from([0.0, 0.5, 1.0])
steps = st.one_of(
    st.tuples(st.just("ask"), waits, wishes, late),
    st.tuples(st.just("when told"), st.just(0.0), wishes, late),
    st.tuples(st.just("when told"), st.just(0.0), wishes, late),
    st.tuples(st.just("give back"), waits, wishes, late),
    st.tuples(st.just("clock set back"), st.sampled_from([0.01, 5.0, 4000.0, 90_000.0, 1e8]), wishes, late),
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some_limits, st.lists(steps, max_size=40))
def test_no_second_hour_or_day_ever_holds_more_than_the_limit(
    database: Database, limits: RelayLimits, story: list[tuple[str, float, dict[Family, int], float]]
) -> None:
    relay, log, clock, gone, latest = next(NAMES), Log(), START, 0.0, START
    told = 0.0
    with database.transaction() as tx:
        quotas.grant(tx, relay, limits, {ORANGE: 0}, clock)
    for what, seconds, wanted, late in story:
        if what == "clock set back":
            clock -= seconds
        else:
            seconds += told if what == "when told" else 0.0
            clock, gone = clock + seconds, gone + seconds
        with database.transaction() as tx:
            if what == "give back" and log.letters:
                (at, family, letters), _ = log.letters.pop(), log.late.pop()
                quotas.give_back(tx, relay, family, letters, at)
            grant = quotas.grant(tx, relay, limits, wanted, clock)
        log.take(grant, late)
        told = grant.again_in_s or 0.0
        held_back = any(grant.letters[family] < most for family, most in wanted.items())
        assert (grant.again_in_s is not None) == held_back
        # The relay's own time never goes back, and never faster than the clock goes forward.
        assert latest <= grant.at_s <= START + gone + 1e-3
        latest = grant.at_s
        log.check(limits)


@pytest.mark.parametrize("per_second", [1, 2, 7, 10, 11, 25, 97, 500])
def test_a_second_is_never_fuller_than_its_limit_and_is_used_almost_whole(
    sqlite_database: Database, per_second: int
) -> None:
    limits = RelayLimits(Limits(per_second=per_second))
    with sqlite_database.rehearsal() as tx:
        log = endless(tx, "main", limits, START + 60)
    log.check(limits)
    assert sum(letters for _, _, letters in log.letters) >= 0.98 * 60 * per_second
    # Evenly: no tenth of a second takes more than its share, rounded up.
    assert fullest([(at, letters) for at, _, letters in log.letters], 0.1) <= -(-per_second // min(per_second, 10))


@pytest.mark.parametrize("limits", [Limits(per_second=3), Limits(per_hour=5), Limits(per_day=5)])
def test_a_letter_handed_over_late_makes_no_window_too_full(sqlite_database: Database, limits: Limits) -> None:
    log, now = Log(), START
    with sqlite_database.rehearsal() as tx:
        for late in (1, 0) * 6:
            grant = quotas.grant(tx, "main", RelayLimits(limits), {ORANGE: 99}, now)
            log.take(grant, late)
            now += grant.again_in_s or 0
    log.check(RelayLimits(limits))


def test_letters_taken_one_by_one_at_the_end_of_their_turn_do_not_crowd_the_next(sqlite_database: Database) -> None:
    limits, log = RelayLimits(Limits(per_second=20)), Log()
    with sqlite_database.rehearsal() as tx:
        for at in (0, 0.1, *(0.101 + tick / 1000 for tick in range(1500))):
            log.take(quotas.grant(tx, "main", limits, {ORANGE: 1 if at <= 0.1 else 20}, START + at))
    log.check(limits)


@pytest.mark.parametrize(
    ("limits", "days", "at_least"),
    [
        (Limits(per_hour=200), 3, 3 * 24 * 200),
        (Limits(per_day=1440), 14, 14 * 1440),
        (Limits(per_second=1, per_hour=100, per_day=1000), 3, 3 * 1000),
    ],
)
def test_a_limit_is_used_up_where_letters_never_end(
    sqlite_database: Database, limits: Limits, days: int, at_least: int
) -> None:
    with sqlite_database.rehearsal() as tx:
        log = endless(tx, "main", RelayLimits(limits), START + days * 86_400)
    log.check(RelayLimits(limits))
    assert sum(letters for _, _, letters in log.letters) >= 0.98 * at_least


def test_a_limit_outlives_every_restart(sqlite_database: Database, tmp_path: Path) -> None:
    limits = RelayLimits(Limits(per_day=10))
    with sqlite_database.transaction() as tx:
        assert quotas.grant(tx, "main", limits, {ORANGE: 7}, START).letters == {ORANGE: 7}
    sqlite_database.close()
    reopened = open_database("sqlite:///mailer.db", tmp_path)
    with reopened.transaction() as tx:
        assert quotas.grant(tx, "main", limits, {ORANGE: 7}, START + 80_000).letters == {ORANGE: 3}
    reopened.close()


def test_senders_that_race_share_one_limit_to_the_last_letter(database: Database) -> None:
    relay, limits, taken = next(NAMES), RelayLimits(Limits(per_hour=150), {ORANGE: Limits(per_hour=60)}), list[Grant]()

    def send() -> None:
        while True:
            with database.transaction() as tx:
                grant = quotas.grant(tx, relay, limits, {ORANGE: 3, GOOGLE: 2})
            taken.append(grant)
            if not any(grant.letters.values()):
                return

    run_together(4, send)
    assert sum(grant.letters[ORANGE] for grant in taken) == 60
    assert sum(grant.letters[GOOGLE] for grant in taken) == 90


def test_senders_that_race_by_the_database_clock_never_overfill_a_second(database: Database) -> None:
    relay, limits, log = next(NAMES), RelayLimits(Limits(per_second=20)), Log()

    def send() -> None:
        for _ in range(200):
            with database.transaction() as tx:
                grant = quotas.grant(tx, relay, limits, {GOOGLE: 9})
            log.take(grant)

    run_together(3, send)
    assert len(log.letters) >= 3
    log.check(limits)


# Who gets what ------------------------------------------------------------------------------------------------------


def grants(database: Database, limits: RelayLimits, wanted: dict[Family, int], seconds: int) -> Iterator[Grant]:
    with database.rehearsal() as tx:
        for tenth in range(seconds * 10):
            yield quotas.grant(tx, "main", limits, wanted, START + tenth * 0.11)


def test_a_family_that_wants_everything_does_not_starve_the_others(sqlite_database: Database) -> None:
    wanted = {GOOGLE: 20_000, ORANGE: 50, OTHER: 50}
    taken = dict.fromkeys(wanted, 0)
    for grant in grants(sqlite_database, RelayLimits(Limits(per_second=3)), wanted, 60):
        for family, letters in grant.letters.items():
            taken[family] += letters
    assert max(taken.values()) - min(taken.values()) < 0.1 * sum(taken.values())


def test_what_a_slow_family_cannot_use_goes_to_the_others(sqlite_database: Database) -> None:
    limits = RelayLimits(Limits(per_hour=100), {ORANGE: Limits(per_hour=10)})
    with sqlite_database.rehearsal() as tx:
        grant = quotas.grant(tx, "main", limits, {ORANGE: 80, GOOGLE: 300}, START)
    assert grant.letters == {ORANGE: 10, GOOGLE: 90}


def test_a_held_back_letter_is_told_when_to_ask_again(sqlite_database: Database) -> None:
    limits = RelayLimits(families={ORANGE: Limits(per_second=2)})
    with sqlite_database.rehearsal() as tx:
        first = quotas.grant(tx, "main", limits, {ORANGE: 1, GOOGLE: 100}, START)
        second = quotas.grant(tx, "main", limits, {ORANGE: 1, GOOGLE: 100}, START)
    assert (first.letters, first.again_in_s) == ({ORANGE: 1, GOOGLE: 100}, None)
    assert second.letters == {ORANGE: 0, GOOGLE: 100}
    assert second.again_in_s == pytest.approx(0.51)


def test_letters_given_back_may_be_granted_again_and_no_others(sqlite_database: Database) -> None:
    limits = RelayLimits(Limits(per_hour=10))
    with sqlite_database.rehearsal() as tx:
        early = quotas.grant(tx, "main", limits, {ORANGE: 6}, START)
        late = quotas.grant(tx, "main", limits, {ORANGE: 6}, START + 3000)
        assert late.letters == {ORANGE: 4}
        quotas.give_back(tx, "main", ORANGE, 4, late.at_s)
        assert quotas.grant(tx, "main", limits, {ORANGE: 9}, START + 3001).letters == {ORANGE: 4}
        quotas.give_back(tx, "main", ORANGE, 6, early.at_s)
        quotas.give_back(tx, "main", ORANGE, 6, early.at_s)
        assert quotas.grant(tx, "main", limits, {ORANGE: 9}, START + 3002).letters == {ORANGE: 6}
        # What they were granted for is long out of the window: there is nothing to give back.
        quotas.give_back(tx, "main", ORANGE, 6, early.at_s - 7200)
        assert quotas.grant(tx, "main", limits, {ORANGE: 9}, START + 3003).letters == {ORANGE: 0}


def test_each_relay_has_quotas_of_its_own(sqlite_database: Database) -> None:
    limits = RelayLimits(Limits(per_day=3))
    with sqlite_database.rehearsal() as tx:
        assert quotas.grant(tx, "main", limits, {ORANGE: 5}, START).letters == {ORANGE: 3}
        assert quotas.grant(tx, "rapide", limits, {ORANGE: 5}, START).letters == {ORANGE: 3}


def test_a_clock_set_back_by_a_year_stops_nobody(sqlite_database: Database) -> None:
    limits = RelayLimits(Limits(per_hour=10))
    with sqlite_database.rehearsal() as tx:
        quotas.grant(tx, "main", limits, {ORANGE: 10}, START)
        before = START - 365 * 86_400
        assert quotas.grant(tx, "main", limits, {ORANGE: 10}, before).letters == {ORANGE: 0}
        assert quotas.grant(tx, "main", limits, {ORANGE: 10}, before + 3700).letters == {ORANGE: 10}


# Holds --------------------------------------------------------------------------------------------------------------


def test_a_hold_stops_its_family_or_all_of_a_relay_and_no_other(database: Database) -> None:
    relay, limits = next(NAMES), RelayLimits(Limits(per_hour=100))
    with database.transaction() as tx:
        quotas.hold(tx, relay, ORANGE, START + 60, "421 OFR_104", START)
        grant = quotas.grant(tx, relay, limits, {ORANGE: 5, OTHER: 5}, START + 1)
        assert grant.letters == {ORANGE: 0, OTHER: 5}
        assert grant.again_in_s == pytest.approx(59)
        assert quotas.grant(tx, relay, limits, {ORANGE: 5}, START + 61).letters == {ORANGE: 5}
        quotas.hold(tx, relay, None, START + 120, "421 too many", START + 61)
        assert quotas.grant(tx, relay, limits, {ORANGE: 5, OTHER: 5}, START + 62).letters == {ORANGE: 0, OTHER: 0}
        assert quotas.grant(tx, f"{relay}b", limits, {ORANGE: 5}, START + 62).letters == {ORANGE: 5}


def test_one_refusal_heard_by_many_connections_counts_once_and_the_next_one_again(database: Database) -> None:
    relay = next(NAMES)
    with database.transaction() as tx:
        for second in range(3):
            quotas.hold(tx, relay, OTHER, START + 60 + second, "421", START + second)
        held = quotas.holds(tx, relay, START + 10)[OTHER]
        assert (held.times, held.reason) == (1, "421")
        assert held.wait_s == pytest.approx(52)
        assert quotas.holds(tx, relay, START + 100)[OTHER].wait_s == 0
        quotas.hold_again(tx, relay, OTHER, 120, "450 later", START + 100)
        held = quotas.holds(tx, relay, START + 100)[OTHER]
        assert (held.times, held.reason) == (2, "450 later")
        assert held.wait_s == pytest.approx(120)
        assert quotas.release_hold(tx, relay, OTHER)
        assert not quotas.release_hold(tx, relay, OTHER)
        assert quotas.holds(tx, relay) == {}


def test_a_hold_does_not_outlive_a_clock_that_was_wrong(database: Database) -> None:
    relay = next(NAMES)
    with database.transaction() as tx:
        quotas.hold(tx, relay, None, START + 3600, "421", START)
        assert quotas.holds(tx, relay, START - 86_400)[None].wait_s == 0


# Cost ---------------------------------------------------------------------------------------------------------------

EVERYTHING = RelayLimits(Limits(100, 100_000, 1_000_000), {family: Limits(50, 50_000, 100_000) for family in Family})


def test_without_limits_the_database_is_not_asked(sqlite_database: Database) -> None:
    none = RelayLimits(Limits(), {ORANGE: Limits()})
    with spoken(sqlite_database) as said, sqlite_database.rehearsal() as tx:
        said.clear()
        assert quotas.grant(tx, "main", none, {ORANGE: 256}).letters == {ORANGE: 256}
        assert said == []


def test_a_grant_costs_the_same_after_a_whole_day(sqlite_database: Database) -> None:
    wanted = dict.fromkeys(Family, 256)
    at = START

    def story(tx: Connection) -> object:
        return quotas.grant(tx, "main", EVERYTHING, wanted, at)

    with sqlite_database.transaction() as tx:
        quotas.grant(tx, "main", EVERYTHING, wanted, START - 1)
    few = work(sqlite_database, story)
    with sqlite_database.transaction() as tx:
        day = [*range(0, 86_400, 1200), *range(86_400, 90_000, 30)]
        for at in (START + second for second in day):
            quotas.grant(tx, "main", EVERYTHING, wanted, at)
        # What counts no more is deleted: a day of buckets, and not much more.
        assert tx.exec_driver_sql("SELECT count(*) FROM quota_bucket").scalar_one() < 9 * 2 * (122 + 74)
    at += 1
    assert work(sqlite_database, story) < 1.5 * few
