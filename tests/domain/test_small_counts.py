"""Small cells are hidden, and what is shown does not give them away."""

from hypothesis import given
from hypothesis import strategies as st

from mailer.domain.small_counts import LEAST_SHOWN, hide_small

cells = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 60), min_size=1)


@given(cells, st.booleans())
def test_no_small_count_is_shown_and_no_other_is_changed(counts: dict[str, int], total_is_shown: bool) -> None:
    shown = hide_small(counts, total_is_shown=total_is_shown)
    assert shown.keys() == counts.keys()
    assert all(value is None or value in (0, counts[key]) for key, value in shown.items())
    assert all(value is None or value == 0 or value >= LEAST_SHOWN for value in shown.values())


@given(cells)
def test_the_total_gives_no_hidden_cell_away(counts: dict[str, int]) -> None:
    shown = hide_small(counts, total_is_shown=True)
    hidden = [counts[key] for key, value in shown.items() if value is None]
    if hidden and sum(1 for count in counts.values() if count) > 1:
        assert len(hidden) > 1
        assert sum(hidden) >= LEAST_SHOWN or len(hidden) == sum(1 for count in counts.values() if count)


def test_a_second_cell_is_hidden_with_the_only_small_one() -> None:
    assert hide_small({"a": 2000, "b": 40, "c": 3, "d": 0}, total_is_shown=True) == {
        "a": 2000, "b": None, "c": None, "d": 0,
    }  # fmt: skip
    assert hide_small({"a": 2000, "b": 40, "c": 3}, total_is_shown=False) == {"a": 2000, "b": 40, "c": None}
