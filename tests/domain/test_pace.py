"""The pace of letters: how the relay's room is dealt out, how long a hold lasts, what a second takes."""

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.domain.addresses import Family
from mailer.domain.pace import Limits, RelayLimits, Slot, hold_for, share

rooms = st.dictionaries(st.sampled_from(Family), st.integers(0, 50))


@given(rooms, st.integers(0, 200), st.integers(0, 1_000_000))
def test_all_of_the_room_is_dealt_out_and_nobody_gets_more_than_they_can_use(
    wanted: dict[Family, int], room: int, turn: int
) -> None:
    given_out = share(wanted, room, turn)
    assert given_out.keys() == wanted.keys()
    assert all(0 <= given_out[family] <= most for family, most in wanted.items())
    assert sum(given_out.values()) == min(room, sum(wanted.values()))


@given(rooms, st.integers(0, 200), st.integers(0, 1_000_000))
def test_who_gets_less_than_another_wanted_no_more(wanted: dict[Family, int], room: int, turn: int) -> None:
    given_out = share(wanted, room, turn)
    most = max(given_out.values(), default=0)
    assert all(given_out[family] in (number, most, most - 1) for family, number in wanted.items())


@pytest.mark.parametrize("every", [1, 2, 3, 7])
@pytest.mark.parametrize("families", [2, 3, 5, 8])
def test_a_single_letter_goes_to_each_in_turn_whichever_turns_a_sender_gets(every: int, families: int) -> None:
    wanted = dict.fromkeys(list(Family)[:families], 100)
    served = Counter[Family]()
    for turn in range(0, 300 * every, every):
        served += Counter(share(wanted, 1, turn))
    assert min(served[family] for family in wanted) > 0.8 * 300 / families


def test_a_hold_doubles_from_a_minute_to_an_hour() -> None:
    waits = [hold_for(times) for times in (0, 1, 2, 3, 6, 7, 8, 10_000)]
    assert waits == [timedelta(minutes=minutes) for minutes in (1, 1, 2, 4, 32, 60, 60, 60)]


def test_limits_are_true_where_there_is_one() -> None:
    assert not RelayLimits(Limits(), {Family.ORANGE: Limits()})
    assert RelayLimits(Limits(), {Family.ORANGE: Limits(per_day=1)})
    assert RelayLimits(Limits(per_second=1)).of(None) == Limits(per_second=1)
    assert RelayLimits().of(Family.ORANGE) == Limits()


def test_a_limit_that_was_changed_finds_its_place_in_the_old_slot() -> None:
    slot = Slot().after(40, 400, 10.0)
    assert slot.room(400, 10.0) == 0
    assert slot.room(3, 10.0) == 0
    assert slot.room(3, 10.4) == 1
    assert Slot().after(1, 1, 10.0).room(1000, 10.2) == 100
