"""The reading rate, against figures worked out elsewhere: by hand, in printed tables, with fifty digits."""

from decimal import Decimal, localcontext
from math import sqrt
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.domain.rates import Z_95, MeasureMode, Reading, mean, pooled, wilson

ROUNDING = 1e-12
GOLDEN = Reading(measured=2400, people=700, machines=500)


def test_the_example_of_the_definition_is_counted_as_printed() -> None:
    low, high = GOLDEN.bounds
    assert GOLDEN.rate_raw == 0.5
    assert GOLDEN.reading_rate == pytest.approx(700 / 1900)
    assert f"{GOLDEN.reading_rate:.1%}" == "36.8%"
    assert (f"{low:.1%}", f"{high:.1%}") == ("29.2%", "50.0%")


def test_above_forty_percent_machines_the_bounds_stand_alone() -> None:
    just = Reading(measured=1000, people=300, machines=400)
    over = Reading(measured=1000, people=300, machines=401)
    assert just.reading_rate == 0.5
    assert just.interval is not None
    assert (over.reading_rate, over.interval) == (None, None)
    assert over.bounds == (0.3, 0.701)


def test_where_nothing_was_measured_there_is_no_rate() -> None:
    nothing = Reading(0, 0, 0)
    assert (nothing.rate_raw, nothing.reading_rate, nothing.interval) == (None, None, None)
    assert nothing.bounds == (None, None)
    assert wilson(0, 0) is None


def test_letters_that_nobody_read_have_a_rate_of_zero() -> None:
    unread = Reading(2500, 0, 0)
    assert (unread.rate_raw, unread.reading_rate) == (0.0, 0.0)
    assert unread.interval is not None
    assert unread.interval == pytest.approx((0.0, 0.0015), abs=1e-4)


readings = st.integers(0, 30_000).flatmap(
    lambda d: st.integers(0, d).flatmap(
        lambda h: st.builds(Reading, st.just(d), st.just(h), st.integers(0, d - h))
    )
)  # fmt: skip


@given(readings)
def test_the_rate_lies_between_its_bounds_and_in_its_interval(reading: Reading) -> None:
    low, high = reading.bounds
    if reading.reading_rate is None:
        assert reading.measured == 0 or reading.machines > 0.4 * reading.measured
        return
    assert low is not None
    assert high is not None
    assert low <= reading.reading_rate <= high + ROUNDING
    interval = reading.interval
    assert interval is not None
    assert 0 <= interval[0] <= reading.reading_rate + ROUNDING
    assert reading.reading_rate - ROUNDING <= interval[1] <= 1


# Wilson -------------------------------------------------------------------------------------------------------------


def exactly(trials: int, successes: int) -> tuple[Decimal, Decimal]:
    """Both roots p of (successes/trials - p)² = z² p (1-p) / trials, solved with fifty digits."""
    with localcontext() as context:
        context.prec = 50
        z2, n, share = Decimal(Z_95) ** 2, Decimal(trials), Decimal(successes) / Decimal(trials)
        a, b, c = 1 + z2 / n, -(2 * share + z2 / n), share * share
        root = (b * b - 4 * a * c).sqrt()
        return (-b - root) / (2 * a), (-b + root) / (2 * a)


@pytest.mark.parametrize(
    ("trials", "successes"),
    [(172, 60), (2500, 856), (20_000, 6_000), (15, 11), (1, 0), (1, 1), (2400, 700), (1900, 700), (10**6, 342_400)],
)
def test_the_interval_solves_wilsons_equation_to_nine_digits(trials: int, successes: int) -> None:
    interval = wilson(trials, successes)
    assert interval is not None
    for found, exact in zip(interval, exactly(trials, successes), strict=True):
        assert abs(Decimal(found) - exact) < Decimal("1e-9")


@pytest.mark.parametrize(
    ("trials", "successes", "low", "high"),
    [
        (172, 60, 0.2816182317671835, 0.4226608367258474),
        (2500, 856, 0.3240539420511409, 0.3612296460035329),
        (20_000, 6000, 0.2936878917285341, 0.3063889226939078),
        (15, 11, 0.48049565944019423, 0.8910254667430763),
        (1, 0, 0.0, 0.7934506856227627),
        (1, 1, 0.2065493143772374, 1.0),
        (2400, 700, 0.2738264396609403, 0.31017274783514687),
        (1900, 700, 0.34701692259697814, 0.3903561671193697),
        (10**6, 342_400, 0.3414705793276515, 0.3433306314955175),
        (45_000, 15_408, 0.3380294264762057, 0.346797478511925),
        (7, 7, 0.6456695649333125, 1.0),
        (18, 0, 0.0, 0.1758792236466577),
    ],
)
def test_the_interval_is_that_of_statsmodels(trials: int, successes: int, low: float, high: float) -> None:
    # statsmodels 0.15.0, proportion_confint(successes, trials, method="wilson"), run once; too heavy to be asked for.
    assert wilson(trials, successes) == pytest.approx((low, high), rel=0, abs=1e-9)


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_is_the_one_printed_by_newcombe_in_1998(
    successes: int, trials: int, low: float, high: float
) -> None:
    # « Two-sided confidence intervals for the single proportion », Statistics in Medicine 17, table I, method 3.
    assert wilson(trials, successes) == pytest.approx((low, high), abs=5e-5)


def test_the_quantile_is_that_of_the_normal_law() -> None:
    assert pytest.approx(NormalDist().inv_cdf(0.975), abs=1e-12) == Z_95


@given(st.integers(1, 10_000), st.data())
def test_readers_and_non_readers_mirror_each_other(trials: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, trials))
    some, others = wilson(trials, successes), wilson(trials, trials - successes)
    assert some is not None
    assert others is not None
    assert some == pytest.approx((1 - others[1], 1 - others[0]), abs=1e-12)
    assert some[1] - some[0] <= 2 * Z_95 / sqrt(trials)


# A year -------------------------------------------------------------------------------------------------------------


def test_a_year_is_told_pooled_and_as_the_mean_of_its_issues() -> None:
    year = [Reading(2500, 1000, 0), Reading(20_000, 4000, 0), Reading(2500, 500, 0)]
    assert pooled(year) == pytest.approx(5500 / 25_000)
    assert mean(year) == pytest.approx((0.4 + 0.2 + 0.2) / 3)


def test_an_issue_without_a_rate_weighs_nothing_in_the_mean() -> None:
    hidden, nobody = Reading(100, 10, 90), Reading(0, 0, 0)
    assert mean([Reading(100, 30, 0), hidden, nobody]) == pytest.approx(0.3)
    assert (mean([]), mean([hidden, nobody]), pooled([]), pooled([nobody])) == (None, None, None, None)


def test_the_modes_of_measure_have_stable_names() -> None:
    assert [mode.value for mode in MeasureMode] == ["anonymous", "consent", "off"]
