"""Which issue is meant for which moment, and what clashes."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from mailer.content.campaigns import read_campaigns
from mailer.content.lists import read_lists
from mailer.content.planned import Outline, holidays_ahead, read_outlines, taken_twice
from mailer.domain.findings import Level
from tests.content.sites import CAMPAIGN, FRONT, PARIS, make_site, write

CADENCE = '\n[cadence]\nday = "first wednesday"\ntime = 12:00:00\n'
"""Its `day` is on line 7."""


def site_with(folder: Path, *names: str, cadence: str = CADENCE, front: str = FRONT) -> Path:
    site = make_site(folder)
    write(site, "campaigns/sirene/campaign.toml", CAMPAIGN + cadence)
    for name in names:
        write(site, f"campaigns/{name}/issue.md", f"{front}\nTexte\n")
    return site


def outlines(site: Path) -> tuple[list[Outline], list[str]]:
    lists = read_lists(site)
    return read_outlines(site, lists, read_campaigns(site, lists, PARIS), PARIS)


def warned(site: Path, now: datetime) -> list[str]:
    found = holidays_ahead(site, read_campaigns(site, read_lists(site), PARIS), now)
    assert {one.level for one in found} <= {Level.WARNING}
    return [str(one) for one in found]


def test_the_top_of_an_issue_is_enough(tmp_path: Path) -> None:
    site = site_with(tmp_path, "sirene/2023-09", "klaxon/2023-09")
    write(site, "campaigns/sirene/2023-09/issue.md", FRONT + "::: nothing that is right\n")
    found, unreadable = outlines(site)
    assert [(one.name, one.planned, one.line) for one in found] == [
        ("klaxon/2023-09", None, 4),
        ("sirene/2023-09", date(2023, 9, 6), 4),
    ]
    assert unreadable == []


@pytest.mark.parametrize("text", ["", "Texte\n", "+++\nsubject = \n+++\n", "+++\nslot = 2023-09-06\n+++\n", None])
def test_what_cannot_be_read_is_named(tmp_path: Path, text: str | None) -> None:
    site = site_with(tmp_path)
    if text is not None:
        write(site, "campaigns/sirene/2023-09/issue.md", text)
    assert outlines(site) == ([], ["sirene/2023-09"])


def test_the_second_issue_of_a_slot_is_an_error_and_the_first_is_not(tmp_path: Path) -> None:
    site = site_with(tmp_path, "sirene/2023-09", "sirene/2023-09-bis", "sirene/a-part", "klaxon/2023-09")
    apart = FRONT.replace("slot =", "send_at =")
    write(site, "campaigns/sirene/a-part/issue.md", f"{apart}\nTexte\n")
    [found] = taken_twice(outlines(site)[0])
    assert found.level is Level.ERROR
    assert str(found).startswith(
        "campaigns/sirene/2023-09-bis/issue.md:4: the slot planned on 2023-09-06 is already that of sirene/2023-09"
    )


def test_a_holiday_is_told_sixty_days_ahead_and_until_the_slot(tmp_path: Path) -> None:
    site = site_with(tmp_path)
    assert warned(site, datetime(2023, 8, 20, tzinfo=UTC)) == []
    [said] = warned(site, datetime(2023, 9, 3, tzinfo=UTC))
    assert said == (
        "campaigns/sirene/campaign.toml:7: the slot of 2023-11-01 is a public holiday (All Saints' Day). To move it, "
        "write 2023-11-01 = another day in [cadence.moved_to]; otherwise it stays as it is."
    )
    assert len(warned(site, datetime(2023, 11, 1, 10, 59, tzinfo=UTC))) == 1
    assert warned(site, datetime(2023, 11, 1, 11, 1, tzinfo=UTC)) == []


def test_a_slot_that_was_moved_away_from_a_holiday_is_not_told(tmp_path: Path) -> None:
    moved = f"{CADENCE}[cadence.moved_to]\n2023-11-01 = 2023-11-08\n"
    assert warned(site_with(tmp_path, cadence=moved), datetime(2023, 10, 1, tzinfo=UTC)) == []


def test_a_slot_that_was_moved_to_a_holiday_is_told_where_it_was_moved(tmp_path: Path) -> None:
    moved = f"{CADENCE}[cadence.moved_to]\n2023-10-04 = 2023-11-11\n"
    [_, armistice] = warned(site_with(tmp_path, cadence=moved), datetime(2023, 10, 1, tzinfo=UTC))
    assert armistice.startswith("campaigns/sirene/campaign.toml:10: the slot of 2023-11-11 is a public holiday (Armis")
