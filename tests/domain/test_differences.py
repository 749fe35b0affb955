"""A difference between two years: the printed examples, and lists of readers who read alike each month."""

from math import sqrt
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.domain.differences import Difference, Year, difference


def test_the_two_published_years_are_too_near_for_2500_readers() -> None:
    found = difference(Year(0.3424, 2500), Year(0.3192, 2500))
    assert found is not None
    assert found.change == pytest.approx(0.0232)
    assert f"{found.least:.1%}" == "2.6%"
    assert not found.means_something
    # statsmodels 0.15 proportions_ztest([856, 798], [2500, 2500]) gives 1.74334072208486.
    exact = difference(Year(856 / 2500, 2500), Year(798 / 2500, 2500))
    assert exact is not None
    assert 1.959963984540054 * exact.change / exact.least == pytest.approx(1.74334072208486, abs=1e-9)


def test_for_172_readers_ten_points_are_needed() -> None:
    found = difference(Year(0.35, 172), Year(0.35, 172))
    assert found is not None
    assert 0.10 <= found.least < 0.11


def test_where_a_year_has_no_letter_there_is_nothing_to_compare() -> None:
    assert difference(Year(0.3, 0), Year(0.3, 100)) is None
    assert difference(Year(0.3, 100), Year(0.3, 0)) is None


@given(st.floats(0, 1), st.floats(0, 1), st.integers(1, 10**6), st.integers(1, 10**6))
def test_a_difference_is_the_same_seen_from_either_year(one: float, other: float, n: int, m: int) -> None:
    there, back = difference(Year(one, n), Year(other, m)), difference(Year(other, m), Year(one, n))
    assert isinstance(there, Difference)
    assert isinstance(back, Difference)
    assert (there.change, there.least) == pytest.approx((-back.change, back.least))


@pytest.mark.parametrize("faithful", [0.0, 0.5, 1.0])
def test_chance_alone_is_seldom_called_a_difference_however_alike_people_read(faithful: float) -> None:
    """Two years of a list that nothing changed in. `faithful`: how many read all issues or none."""
    random = Random(20260312)  # noqa: S311 - a simulation
    size, issues, years = 300, 11, 200
    false, naive = 0, 0
    for _ in range(years):
        one, other = (_year(random, size, issues, faithful) for _ in range(2))
        found = difference(Year(one, size), Year(other, size))
        assert found is not None
        false += found.means_something
        naive += abs(found.change) >= found.least / sqrt(issues)
    assert false / years <= 0.05 + 3 * sqrt(0.05 * 0.95 / years)
    if faithful == 1.0:
        # What the letters of the whole year for n would say: half of nothing is a difference.
        assert naive / years > 0.3


def _year(random: Random, size: int, issues: int, faithful: float) -> float:
    read = 0
    for _ in range(size):
        if random.random() < faithful:
            read += issues * (random.random() < 0.34)
        else:
            read += sum(random.random() < 0.34 for _ in range(issues))
    return read / (size * issues)
