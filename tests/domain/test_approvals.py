"""Who counts as one person, what is an unusual audience, how far one may grow after its approval."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.domain.approvals import approvals_needed, digest, is_unusual, most_readers, person, usual


@pytest.mark.parametrize("who", ["Zoé Martin", "zoe martin", " ZOÉ \t  MARTIN ", "Zoe\u0301 Martin"])
def test_one_person_is_one_however_the_name_is_written(who: str) -> None:
    assert person(who) == "zoe martin"


def test_two_names_are_two_people() -> None:
    assert person("Zoé Martin") != person("Zoé Marten")


def test_the_digest_is_of_paths_and_hashes_in_any_order() -> None:
    assert digest({"a": "1", "b": "2"}) == digest({"b": "2", "a": "1"})
    assert len({digest(one) for one in ({"a": "1"}, {"a": "2"}, {"b": "1"}, {"a": "1", "b": ""}, {})}) == 5


def test_the_usual_is_the_median_of_the_latest_six() -> None:
    assert usual([]) is None
    assert usual([2500]) == 2500
    # September's twenty thousand do not make twenty thousand usual, and what is older than half a year is forgotten.
    assert usual([2510, 20_000, 2500, 2490, 2480, 2470, 100, 100, 100]) == 2495


@pytest.mark.parametrize(
    ("count", "usually", "everyone", "unusual"),
    [
        (20_000, None, False, False),
        (1, None, True, True),
        (7500, 2500, False, False),
        (7501, 2500, False, True),
        (1, 0, False, True),
        (0, 0, False, False),
    ],
)
def test_an_audience_is_unusual_above_three_times_the_usual_or_with_a_list_of_everyone(
    count: int, usually: int | None, everyone: bool, unusual: bool
) -> None:
    assert is_unusual(count, usually, everyone=everyone) is unusual


@pytest.mark.parametrize(("wanted", "unusual", "needed"), [(1, False, 1), (1, True, 2), (3, True, 3), (3, False, 3)])
def test_an_unusual_audience_needs_two_people_or_the_campaigns_number_if_that_is_higher(
    wanted: int, unusual: bool, needed: int
) -> None:
    assert approvals_needed(wanted, unusual=unusual) == needed


@pytest.mark.parametrize(
    ("counts", "most"), [([], None), ([None], None), ([25], 45), ([199, None], 219), ([20_000, 19_990], 22_000)]
)
def test_an_audience_may_grow_by_a_tenth_or_twenty_people(counts: list[int | None], most: int | None) -> None:
    assert most_readers(counts) == most


@given(st.text(alphabet=st.characters(max_codepoint=0x24F)))
def test_a_person_is_the_same_twice(who: str) -> None:
    assert person(person(who)) == person(who)
