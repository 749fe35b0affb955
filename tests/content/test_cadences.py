"""The cadence of a campaign, as an editor writes it."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mailer.content.cadences import RULES
from mailer.content.campaigns import read_campaigns
from mailer.content.lists import read_lists
from mailer.domain.cadence import LAST, Cadence, DayOfMonth, NthWeekday, slot_of
from mailer.domain.letters import Campaign
from mailer.errors import BadFiles
from tests.content.sites import CAMPAIGN, PARIS, make_site, write

PATH = "campaigns/sirene/campaign.toml"
SIRENE = """
[cadence]
day = "first wednesday"
time = 12:00:00
without = ["august"]
"""
"""Begins on line 5 of the file, its table on line 6."""


def campaign(site: Path, cadence: str) -> Campaign:
    write(site, PATH, CAMPAIGN + cadence)
    return read_campaigns(site, read_lists(site), PARIS)["sirene"]


def cadence(site: Path, written: str) -> Cadence:
    found = campaign(site, written).cadence
    assert found is not None
    return found


def mistakes(site: Path, written: str) -> list[str]:
    try:
        campaign(site, written)
    except BadFiles as bad:
        return [str(problem).removeprefix(f"{PATH}:") for problem in bad.problems]
    return []


def test_the_first_wednesday_at_noon_except_in_august(tmp_path: Path) -> None:
    site = make_site(tmp_path)
    assert cadence(site, SIRENE) == Cadence(NthWeekday(1, 2), time(12), PARIS, frozenset({8}), {})


def test_a_campaign_without_cadence_has_none_and_six_hours_to_be_late(tmp_path: Path) -> None:
    site = make_site(tmp_path)
    assert (campaign(site, "").cadence, campaign(site, "").late_limit) == (None, timedelta(hours=6))
    assert campaign(site, "late_limit_hours = 48\n").late_limit == timedelta(hours=48)
    assert mistakes(site, "late_limit_hours = 0\n") == ['5: "late_limit_hours" cannot be 0; it is 1 or more.']


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        ("Last  Friday", NthWeekday(LAST, 4)),
        ("fifth sunday", NthWeekday(5, 6)),
        ("day 15", DayOfMonth(15)),
        ("last day", DayOfMonth(LAST)),
    ],
)
def test_days_can_be_named_in_other_ways(tmp_path: Path, written: str, rule: NthWeekday | DayOfMonth) -> None:
    site = make_site(tmp_path)
    assert cadence(site, SIRENE.replace("first wednesday", written)).day == rule


@pytest.mark.parametrize("written", ["12:00:00", '"12:00"', "12:00:00.000", "12"])
def test_an_hour_is_one_of_toml_or_a_text(tmp_path: Path, written: str) -> None:
    assert cadence(make_site(tmp_path), SIRENE.replace("12:00:00", written)).time == time(12)


def test_a_cadence_may_have_a_zone_of_its_own(tmp_path: Path) -> None:
    zoned = cadence(make_site(tmp_path), SIRENE + 'timezone = "America/Cayenne"\n')
    slot = slot_of(zoned, date(2023, 9, 6))
    assert slot is not None
    assert slot.at == datetime(2023, 9, 6, 15, tzinfo=UTC)
    assert zoned.zone == ZoneInfo("America/Cayenne")


@pytest.mark.parametrize(
    ("moved", "at"),
    [
        ("2023-11-01 = 2023-11-08", "2023-11-08T12:00:00+01:00"),
        ('"2023-11-01" = "2023-11-08"', "2023-11-08T12:00:00+01:00"),
        ("2023-11-01 = 2023-11-08T14:00:00", "2023-11-08T14:00:00+01:00"),
        ("2023-11-01 = 2023-11-08T14:00:00Z", "2023-11-08T15:00:00+01:00"),
    ],
)
def test_a_slot_is_moved_to_another_day_or_another_moment(tmp_path: Path, moved: str, at: str) -> None:
    slot = slot_of(cadence(make_site(tmp_path), f"{SIRENE}[cadence.moved_to]\n{moved}\n"), date(2023, 11, 1))
    assert slot is not None
    assert (slot.at.isoformat(), slot.moved) == (at, True)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("first wednesday", "first wendesday", '7: "first wendesday" is not a day of the month. Did you mean "first'),
        ("first wednesday", "premier mercredi", '7: "premier mercredi" is not a day of the month: write it like'),
        ('"first wednesday"', "15", '7: "15" is not a day of the month'),
        ("first wednesday", "day 32", '7: "day 32" is not a day of the month. Did you mean "day 3'),
        ("12:00:00", "99", '8: "99" is not an hour of the day'),
        ("12:00:00", '"midi"', '8: "midi" is not an hour of the day'),
        ("12:00:00", '"12:00+02:00"', '8: "12:00+02:00" is not an hour of the day'),
        ("12:00:00", "25:00:00", "this is not valid TOML"),
        ('["august"]', '["agust", "zzz"]', '9: "agust" is not a month. Did you mean "august"?'),
        ('["august"]', '["agust", "zzz"]', '9: "zzz" is not a month; the months are: january,'),
        ('["august"]', '"august"', "9: \"cadence.without\" cannot be 'august'; it is a list"),
        ("without", "except", '9: unknown key "except". The keys here are: day, time, without'),
        ("without", "witout", '9: unknown key "witout". Did you mean "without"?'),
        ("day = ", "# day = ", '6: the key "cadence.day" is missing.'),
        ("\n[cadence]", '\n[cadence]\ntimezone = "Paris"', '7: there is no time zone "Paris".'),
        ('"first wednesday"', '"day 31"\nwithout = [@]', "7: this cadence never yields a day"),
    ],
)
def test_a_mistake_is_said_with_its_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    written = SIRENE.replace(old, new)
    if "[@]" in written:
        long = '["january", "march", "may", "july", "august", "october", "december"]'
        written = written.replace("[@]", long).replace('\nwithout = ["august"]', "")
    assert [one for one in mistakes(make_site(tmp_path), written) if said in one]


@pytest.mark.parametrize(
    ("moved", "said"),
    [
        ("2023-11-02 = 2023-11-08", "nothing is planned on 2023-11-02, so it cannot be moved; the nearest slot is"),
        ("2023-08-02 = 2023-08-09", "nothing is planned on 2023-08-02"),
        ("toussaint = 2023-11-08", '"toussaint" is not a day; write it like 2023-11-01.'),
        ("2023-13-01 = 2023-11-08", '"2023-13-01" is not a day'),
        ("2023-11-01 = 8", '"8" is not a day'),
        ('2023-11-01 = "mercredi 8"', '"mercredi 8" is not a day'),
        ("2023-11-01 = 0001-01-01", '"0001-01-01" is not a day'),
        ("2023-11-01 = 2024-03-31T02:30:00", "there is no such hour in Europe/Paris"),
        ("2023-11-01 = 2023-12-06", "the slots planned on 2023-11-01 and on 2023-12-06 would leave at the same moment"),
    ],
)
def test_a_move_that_cannot_be_is_said_with_its_line(tmp_path: Path, moved: str, said: str) -> None:
    found = mistakes(make_site(tmp_path), f"{SIRENE}\n[cadence.moved_to]\n2023-10-04 = 2023-10-05\n{moved}\n")
    assert len(found) == 1
    assert found[0].startswith(f"13: {said}")


def test_all_mistakes_are_said_at_once(tmp_path: Path) -> None:
    wrong = SIRENE.replace("12:00:00", '"x"').replace("first", "frist").replace("august", "aout")
    assert len(mistakes(make_site(tmp_path), wrong)) == 3
    moves = "[cadence.moved_to]\n2023-11-02 = 2023-11-08\n2023-12-06 = 7\nx = 2023-01-01\n"
    assert [one[:3] for one in mistakes(make_site(tmp_path / "2"), SIRENE + moves)] == ["11:", "12:", "13:"]


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_yields_a_day(rule: str, tmp_path: Path) -> None:
    assert cadence(make_site(tmp_path), SIRENE.replace("first wednesday", rule)).day == RULES[rule]
