"""A campaign's model, filled in for one issue."""

from datetime import date, time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.content.campaigns import read_campaigns
from mailer.content.lists import read_lists
from mailer.content.models import FILL_INS, fill_model, highest_number
from mailer.domain.cadence import Cadence, NthWeekday, slot_of
from mailer.domain.letters import ArchiveMode, Campaign
from mailer.errors import BadFiles
from tests.content.sites import PARIS, make_site, write

FIRST_WEDNESDAY = Cadence(NthWeekday(1, 2), time.fromisoformat("12:00"), PARIS, frozenset({8}))
SIRENE = Campaign("sirene", "La Sirène", "sirene", "sirene", "fr", 1, ArchiveMode.PUBLIC, FIRST_WEDNESDAY)
MODEL = "campaigns/sirene/model.md"


def filled(site: Path, model: str | bytes, day: date = date(2023, 10, 4), campaign: Campaign = SIRENE) -> str:
    write(site, MODEL, model)
    slot = slot_of(FIRST_WEDNESDAY, day)
    assert slot is not None
    return fill_model(site, campaign, slot, 18)


@pytest.mark.parametrize(
    ("name", "october", "july"),
    [
        ("number", "18", "18"),
        ("month", "octobre", "juillet"),
        ("month_short", "oct.", "juil."),
        ("year", "2023", "2020"),
        ("date", "mercredi 4 octobre 2023", "mercredi 1er juillet 2020"),
        ("slot", "2023-10-04", "2020-07-01"),
        ("next_date", "mercredi 1er novembre", "mercredi 2 septembre"),
    ],
)
def test_each_fill_in_is_said_as_the_french_say_it(tmp_path: Path, name: str, october: str, july: str) -> None:
    assert filled(tmp_path, f"[[{name}]] et [[ {name} ]]") == f"{october} et {october}"
    assert filled(tmp_path, f"[[{name}]]", date(2020, 7, 1)) == july


def test_all_unknown_fill_ins_are_said_at_once_with_their_lines(tmp_path: Path) -> None:
    with pytest.raises(BadFiles) as bad:
        filled(tmp_path, "[[month]]\n[[mois]] [[]]\n\n[[Year]]\n")
    assert [(one.line, one.values["name"]) for one in bad.value.problems] == [(2, "mois"), (2, ""), (4, "Year")]
    assert 'Did you mean "year"?' in str(bad.value)


@pytest.mark.parametrize(("model", "said"), [("", "this file is empty"), (b"\xe9t\xe9", "not in UTF-8")])
def test_a_model_that_cannot_be_read_is_told(tmp_path: Path, model: str | bytes, said: str) -> None:
    with pytest.raises(BadFiles, match=said):
        filled(tmp_path, model)


def test_a_model_beside_a_campaign_is_no_issue_and_no_mistake(tmp_path: Path) -> None:
    site = make_site(tmp_path)
    write(site, MODEL, "[[month]]")
    assert set(read_campaigns(site, read_lists(site), PARIS)) == {"klaxon", "sirene"}


@pytest.mark.parametrize(
    ("numbers", "highest"),
    [
        ([], 0),
        (["septembre 2023", "du 9 au 22 octobre 2023", ""], 0),
        (["#17", "#18 – octobre 2023", "#9"], 18),
        (["18", " 19 "], 19),
        (["no 12", "n° 13", "Nº14"], 14),
        (["volcano 12", "#", "2023-10"], 0),
        (["#1234567"], 0),
    ],
)
def test_numbers_are_found_as_people_write_them(numbers: list[str], highest: int) -> None:
    assert highest_number(numbers) == highest


@given(st.lists(st.sampled_from(["\n", "é", "[ ", " ]", "# ", *(f"[[{name}]]" for name in FILL_INS)])))
def test_lines_stay_where_they_were(tmp_path_factory: pytest.TempPathFactory, parts: list[str]) -> None:
    model = "".join(["x", *parts])
    assert filled(tmp_path_factory.getbasetemp() / "site", model).count("\n") == model.count("\n")
