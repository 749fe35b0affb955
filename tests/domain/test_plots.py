"""Shapes of a plot stay on their plane, the axis ends on a round number, nothing runs into anything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.domain.plots import Bar, Column, Drawing, Level, columns_plot, round_top, rows_plot, ticks

shares = st.floats(0, 1, allow_subnormal=False)
columns = st.lists(
    st.builds(Column, st.text("abc.", min_size=1, max_size=6), st.none() | shares, before=st.none() | shares),
    max_size=30,
)


@pytest.mark.parametrize(
    ("highest", "top", "count"),
    [
        (0.34, 0.4, 5),
        (0.4375, 0.5, 6),
        (1.0, 1.0, 6),
        (0.031, 0.04, 5),
        (0, 0.01, 2),
        (82, 100, 6),
        (7, 8, 5),
        (1548, 2000, 5),
    ],
)
def test_the_axis_goes_from_nothing_to_a_round_number(highest: float, top: float, count: int) -> None:
    assert round_top(highest) == top
    marks = ticks(top)
    assert (marks[0], marks[-1], len(marks)) == (0, top, count)


@given(st.floats(1e-6, 1e7))
def test_the_axis_reaches_the_highest_value_in_few_steps(highest: float) -> None:
    top = round_top(highest)
    assert top >= highest * (1 - 1e-6)
    assert 1 <= len(ticks(top)) - 1 <= 10


@given(columns, st.sampled_from([336.0, 680.0]), st.none() | st.builds(Level, shares, st.just("2022")))
def test_columns_stay_on_the_plane(found: list[Column], width: float, level: Level | None) -> None:
    plot = columns_plot(found, lambda share: f"{share:.0%}", width, level)
    assert len(plot.boxes) == sum(column.value is not None for column in found)
    check_inside(plot)


@given(st.lists(st.builds(Bar, st.text(max_size=300), shares, st.just("12")), min_size=1, max_size=12))
def test_rows_stay_on_the_plane_whatever_their_names(bars: list[Bar]) -> None:
    plot = rows_plot(bars, str, 336.0, 1.0)
    check_inside(plot)
    longest = max(len(label.text) for label in plot.labels if label.role == "row")
    assert longest <= 336 / 6


def test_the_mark_of_another_way_of_counting_stands_before_its_column() -> None:
    plot = columns_plot([Column("mai", 0.3), Column("juin", 0.3, broken=True)], str, 680.0)
    [line] = [one for one in plot.strokes if one.role == "break"]
    first, second = plot.boxes
    assert first.x + first.width < line.x1 < second.x


def check_inside(plot: Drawing) -> None:
    for box in plot.boxes:
        assert box.width >= 0
        assert box.height >= 0
        assert 0 <= box.x <= box.x + box.width <= plot.width + 1e-6
        assert -1e-6 <= box.y <= box.y + box.height <= plot.height + 1e-6
    for line in plot.strokes:
        assert all(0 <= x <= plot.width + 1e-6 for x in (line.x1, line.x2))
        assert all(-1e-6 <= y <= plot.height + 1e-6 for y in (line.y1, line.y2))
