"""The end foretold: right within a tenth, against a plain simulation, and says what sending waits for."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mailer.domain.addresses import Family
from mailer.domain.foretelling import Brake, Load, Per, foretell
from mailer.domain.pace import DAY, HOUR, Limits, RelayLimits, share

ORANGE, OTHER, GOOGLE = Family.ORANGE, Family.OTHER, Family.GOOGLE


def simulated(load: Load) -> float:
    """Seconds, one letter at a time: each leaves at the first moment, in steps of a second, that all limits allow."""
    waiting, left, now = dict(load.waiting), list[tuple[float, Family]](), 0.0
    most = dict.fromkeys(waiting, 0.0)
    whole = 0.0
    while any(waiting.values()):
        whole = min(whole, 1) + load.rates.get(None, 1e9)
        for family in waiting:
            most[family] = min(most[family], 1) + load.rates.get(family, 1e9)
        rooms = {family: int(min(waiting[family], most[family], room(load, family, left, now))) for family in waiting}
        given_now = share(rooms, min(int(whole), room(load, None, left, now)), int(now))
        for family, letters in given_now.items():
            waiting[family] -= letters
            most[family] -= letters
            whole -= letters
            left += [(now, family)] * letters
        left = [one for one in left if one[0] > now - 86_500]
        now += 1
    return now


def room(load: Load, scope: Family | None, left: list[tuple[float, Family]], now: float) -> int:
    if load.blocked_s.get(scope, 0) > now:
        return 0
    limits, most = load.limits.of(scope), 10**9
    for limit, span in ((limits.per_second, 1), (limits.per_hour, 3630), (limits.per_day, 86_430)):
        if limit:
            held = sum(1 for at, family in left if scope in (None, family) and at > now - span)
            window = {3630: HOUR, 86_430: DAY}.get(span)
            if window is not None:
                held += sum(n for seconds, n in load.leaving.get(scope, {}).get(window, ()) if seconds > now)
            most = min(most, limit - held)
    return max(most, 0)


limits = st.builds(
    Limits, per_second=st.sampled_from([0, 1, 3]), per_hour=st.sampled_from([0, 40, 150]), per_day=st.just(0)
)
loads = st.builds(
    Load,
    waiting=st.dictionaries(st.sampled_from([ORANGE, OTHER, GOOGLE]), st.integers(1, 120), min_size=1),
    limits=st.builds(RelayLimits, limits, st.dictionaries(st.sampled_from([ORANGE, GOOGLE]), limits)),
    rates=st.fixed_dictionaries({None: st.sampled_from([2.0, 5.0])}, optional={GOOGLE: st.just(1.0)}),
    blocked_s=st.dictionaries(st.sampled_from([None, ORANGE]), st.sampled_from([300.0])),
)


@settings(max_examples=30, deadline=None)
@given(loads)
def test_the_end_is_foretold_within_a_tenth(load: Load) -> None:
    truth = simulated(load)
    assume(truth > 30)  # a step of the simulation is a second
    assert foretell(load).seconds == pytest.approx(truth, rel=0.1)


@pytest.mark.parametrize(
    ("waiting", "limits", "seconds", "brake"),
    [
        ({GOOGLE: 2500}, RelayLimits(Limits(per_day=1440)), 87_000, Brake(None, Per.DAY, 1440)),
        ({GOOGLE: 20_000}, RelayLimits(Limits(per_day=1440)), 13 * 87_000, Brake(None, Per.DAY, 1440)),
        ({GOOGLE: 1000}, RelayLimits(Limits(per_hour=200)), 4 * 3645, Brake(None, Per.HOUR, 200)),
        # The day's 1,440 leave at 200 an hour, so the second day's take as long again.
        (
            {GOOGLE: 2880},
            RelayLimits(Limits(per_hour=200, per_day=1440)),
            87_000 + 7 * 3645,
            Brake(None, Per.HOUR, 200),
        ),
        (
            {ORANGE: 1200, GOOGLE: 900},
            RelayLimits(families={ORANGE: Limits(per_second=2)}),
            612,
            Brake(ORANGE, Per.SECOND, 2),
        ),
        ({ORANGE: 0}, RelayLimits(Limits(per_day=3)), 0, None),
        ({}, RelayLimits(Limits(per_day=3)), 0, None),
    ],
)
def test_the_end_and_what_it_waits_for(
    waiting: dict[Family, int], limits: RelayLimits, seconds: float, brake: Brake | None
) -> None:
    found = foretell(Load(waiting, limits, {None: 80.0}))
    assert found.seconds == pytest.approx(seconds, rel=0.05, abs=1)
    if seconds < 80_000 or limits.whole.per_hour == 0:
        assert found.brake == brake


def test_without_limits_the_connections_set_the_pace() -> None:
    found = foretell(Load({GOOGLE: 800, ORANGE: 100}, RelayLimits(), {None: 80.0, ORANGE: 2.0}))
    assert found.seconds == pytest.approx(50, rel=0.02)
    assert found.brake == Brake(ORANGE, Per.CONNECTIONS)


def test_a_window_that_is_full_already_is_waited_for() -> None:
    limits = RelayLimits(Limits(per_day=1440))
    found = foretell(Load({GOOGLE: 10}, limits, {None: 80.0}, leaving={None: {DAY: [(40_000.0, 1440)]}}))
    assert found.seconds == pytest.approx(40_000, abs=5)
    assert found.brake == Brake(None, Per.DAY, 1440)


def test_a_hold_is_waited_for() -> None:
    found = foretell(Load({GOOGLE: 10}, RelayLimits(), {None: 80.0}, blocked_s={GOOGLE: 1800.0}))
    assert found.seconds == pytest.approx(1800, abs=5)
    assert found.brake == Brake(GOOGLE, Per.HOLD)
