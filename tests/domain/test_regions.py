"""Where a postcode lies, as spreadsheets leave it; what cannot be told is not guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.domain.regions import REGION_OF, REGIONS, Place, department_of, read_country, read_place, region_of

OVERSEAS = ("GP", "MQ", "GF", "RE", "YT")
MAINLAND = [department for department in REGION_OF if len(department) == 2]


@pytest.mark.parametrize(
    ("written", "country", "place"),
    [
        ("35000", "", Place("35000", "FR", "BRE")),
        ("1000", "", Place("01000", "FR", "ARA")),
        ("1000.0", "France", Place("01000", "FR", "ARA")),
        ("75 011", "", Place("75011", "FR", "IDF")),
        ("97410", "", Place("97410", "FR", "RE")),
        ("97", "", Place("97", "", "")),
        ("97999", "", Place("97999", "", "")),
        ("974", "", Place("974", "FR", "RE")),
        ("98713", "", Place("98713", "FR", "PF")),
        ("98000", "", Place("98000", "MC", "")),
        ("2A004", "", Place("2A004", "FR", "COR")),
        ("2b", "", Place("2B", "FR", "COR")),
        ("20200", "", Place("20200", "FR", "COR")),
        ("75561 Cedex 12", "", Place("75561", "FR", "IDF")),
        ("35042 CEDEX", "", Place("35042", "FR", "BRE")),
        ("F-67000", "", Place("67000", "FR", "GES")),
        ("B-1060", "", Place("B-1060", "BE", "")),
        ("CH 1200", "", Place("CH 1200", "CH", "")),
        ("1060", "Belgique", Place("1060", "BE", "")),
        ("H2X 1Y4", "Québec", Place("H2X 1Y4", "CA", "")),
        ("99100", "", Place("99100", "", "")),
        ("00000", "", Place("00000", "", "")),
        ("35", "", Place("35", "FR", "BRE")),
        ("", "", Place("", "", "")),
        ("à venir", "", Place("À VENIR", "", "")),
    ],
)
def test_a_place_is_what_the_cell_says_and_no_more(written: str, country: str, place: Place) -> None:
    assert read_place(written, country) == place


def test_every_department_is_in_one_of_thirteen_regions_or_overseas() -> None:
    mainland = {REGION_OF[one] for one in MAINLAND}
    assert len(mainland) == 13
    assert {f"{number:02}" for number in range(1, 96)} - set(MAINLAND) == set()
    assert mainland | set(OVERSEAS) < set(REGIONS)
    assert set(REGION_OF.values()) == set(REGIONS)


@given(st.sampled_from(sorted(REGION_OF)), st.integers(0, 999))
def test_any_postcode_of_a_department_is_in_its_region(department: str, rest: int) -> None:
    postcode = f"{department}{rest:03}"[:5]
    assert region_of(postcode) == REGION_OF[department]
    assert department_of(postcode) == department
    assert region_of(postcode, "BE") == ""


@given(st.text(max_size=12), st.text(max_size=8))
def test_nothing_that_is_written_breaks_the_reading_and_reading_twice_changes_nothing(cell: str, country: str) -> None:
    place = read_place(cell, country)
    assert place.region in ("", *REGIONS)
    assert read_place(place.postcode, place.country) == place


@given(st.integers(0, 999))
def test_ninety_seven_is_never_the_mainland(rest: int) -> None:
    assert region_of(f"97{rest:03}") not in {REGION_OF[one] for one in MAINLAND}


def test_countries_are_known_by_name_and_by_letters() -> None:
    assert [read_country(one) for one in ("Belgique", "be", "Pays Bas", "ÉTATS-UNIS", "Atlantide", "")] == [
        *("BE", "BE", "NL", "US", ""),
        "",
    ]
