"""What an issue says about itself before its text."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tests.content.sites import CAMPAIGN, FRONT, make_site, mistakes, read, write

SLOT = "slot = 2023-09-06T12:00:00+02:00"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("subject", "subjet", 'issue.md:2: unknown key "subjet". Did you mean "subject"?'),
        ('subject = "Une rentrée à plusieurs voix"\n', "", 'the key "subject" is missing.'),
        ("Une rentrée à plusieurs voix", " ", "issue.md:2: nothing is written between the quotation marks."),
        ("Une rentrée", "Une\\nrentrée", "issue.md:2: this must be one line of text"),
        ("Une rentrée", "Une\\u0007rentrée", "issue.md:2: this must be one line of text"),
        ("Une rentrée", "Une\\u2028rentrée", "issue.md:2: this must be one line of text"),
        ("Une rentrée", "R" * 140, "issue.md:2: the subject is 157 characters long; at most 150 are allowed"),
        ("Une rentrée", "{{name}}", "issue.md:2: {{ }} cannot stand here"),
        ("Le 20 septembre", "Le\\n20", "issue.md:3: this must be one line of text"),
        (SLOT, "slot = 2023-09-06", "issue.md:4: a date needs an hour, like 2023-09-06T12:00:00."),
        (SLOT, 'slot = "2023-09-06"', "issue.md:4: a date needs an hour"),
        (SLOT, 'slot = "mercredi"', 'issue.md:4: "mercredi" is not a moment; write it like 2023-09-06T12:00:00.'),
        (SLOT, "slot = 12", 'issue.md:4: "12" is not a moment'),
        (SLOT, "slot = 12:00:00", 'issue.md:4: "12:00:00" is not a moment'),
        (SLOT, "slot = 2024-03-31T02:30:00", "issue.md:4: there is no such hour in Europe/Paris"),
        (SLOT, "", "issue.md:2: this issue does not say when it leaves"),
        (SLOT, f"{SLOT}\naudience = []", "issue.md:5: the audience is empty"),
        (SLOT, f'{SLOT}\naudience = ["sirene", "bas"]', 'issue.md:5: there is no list "bas". Did you mean "base"?'),
        (SLOT, f'{SLOT}\naudience = "sirene"', 'issue.md:5: "audience" cannot be'),
        ('subject = "', "subject = ", "issue.md:2: this is not valid TOML"),
        ("+++\nsubject", "---\nsubject", 'issue.md:1: issue.md begins with a line "+++"'),
        (f"{SLOT}\n+++", SLOT, 'issue.md:1: the part that opens here with "+++" is not closed'),
    ],
)
def test_a_mistake_is_said_with_its_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    found = mistakes(make_site(tmp_path), FRONT.replace(old, new) + "Texte\n")
    assert [one for one in found if said in one]


@pytest.mark.parametrize("slot", ["2023-09-06T12:00:00", '"2023-09-06 12:00"', "2023-09-06T10:00:00Z"])
def test_a_moment_without_a_zone_is_one_of_the_site(tmp_path: Path, slot: str) -> None:
    issue = read(make_site(tmp_path), FRONT.replace(SLOT, f"slot = {slot}") + "Texte\n")
    assert issue.slot == datetime(2023, 9, 6, 10, tzinfo=UTC)


def test_blank_lines_above_keep_the_lines_of_the_file(tmp_path: Path) -> None:
    found = mistakes(make_site(tmp_path), "\n\n" + FRONT.replace("preheader", "preheadr") + "Texte\n")
    assert found == ['issue.md:5: unknown key "preheadr". Did you mean "preheader"?']


def test_what_is_not_said_comes_from_the_campaign(tmp_path: Path) -> None:
    issue = read(make_site(tmp_path), FRONT + "Texte\n")
    assert (issue.title, issue.number, issue.audience) == ("L'heure de la Sirène", "", ("sirene",))


def test_the_campaigns_own_list_comes_first_in_the_audience(tmp_path: Path) -> None:
    front = FRONT.replace(SLOT, f'{SLOT}\naudience = ["base", "sirene", "base"]')
    assert read(make_site(tmp_path), front + "Texte\n").audience == ("sirene", "base")


# The cadence --------------------------------------------------------------------------------------------------------

REGULAR = (
    CAMPAIGN
    + """
[cadence]
day = "first wednesday"
time = "12:00"
without = ["august"]
[cadence.moved_to]
2023-11-01 = 2023-11-08T14:00:00
"""
)


def regular(site: Path) -> Path:
    """The site, whose campaign now has a cadence."""
    write(make_site(site), "campaigns/sirene/campaign.toml", REGULAR)
    return site


@pytest.mark.parametrize(
    ("written", "slot", "planned"),
    [
        ("slot = 2023-09-06", "2023-09-06T10:00+00:00", date(2023, 9, 6)),
        ("slot = 2023-09-06T12:00:00", "2023-09-06T10:00+00:00", date(2023, 9, 6)),
        ("slot = 2023-09-06T10:00:00Z", "2023-09-06T10:00+00:00", date(2023, 9, 6)),
        ("slot = 2023-11-01", "2023-11-08T13:00+00:00", date(2023, 11, 1)),
        ("slot = 2023-11-01T12:00:00", "2023-11-08T13:00+00:00", date(2023, 11, 1)),
        ("slot = 2023-11-08T14:00:00", "2023-11-08T13:00+00:00", date(2023, 11, 1)),
        ("send_at = 2023-08-16T15:07:00", "2023-08-16T13:07+00:00", None),
        ("send_at = 2023-09-06T12:00:00", "2023-09-06T10:00+00:00", None),
    ],
)
def test_an_issue_names_a_slot_of_its_campaign_or_a_moment_of_its_own(
    tmp_path: Path, written: str, slot: str, planned: date | None
) -> None:
    issue = read(regular(tmp_path), FRONT.replace(SLOT, written) + "Texte\n")
    assert issue.slot.astimezone(UTC).isoformat(timespec="minutes") == slot
    assert issue.planned == planned


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("slot = 2023-09-07", "4: 2023-09-07 is no slot of this campaign; the nearest is slot = 2023-09-06 (2023-09-0"),
        ("slot = 2023-08-02", "4: 2023-08-02 is no slot of this campaign; the nearest is slot = 2023-07-05"),
        (
            "slot = 2023-09-06T12:01:00",
            "4: 2023-09-06T12:01:00 is no slot of this campaign; the nearest is slot = 20",
        ),
        (
            "slot = 2023-11-08",
            "4: 2023-11-08 is no slot of this campaign; the nearest is slot = 2023-11-01 (2023-11-0",
        ),
        ("slot = 2024-03-31T02:30:00", "4: there is no such hour in Europe/Paris"),
        ("slot = 2023-09-06\nsend_at = 2023-09-06T12:00:00", "5: slot and send_at are both written"),
        ("send_at = 2023-09-06", "4: a date needs an hour, like 2023-09-06T12:00:00."),
        ("send_at = 2024-03-31T02:30:00", "4: there is no such hour in Europe/Paris"),
        ("slot = 0001-01-03", '4: "0001-01-03" is not a moment'),
        ("slot = 9999-12-01T23:59:59-12:00", '4: "9999-12-01 23:59:59-12:00" is not a moment'),
        ("slot = 2023-09-06\nembargo = 2023-09-06", "5: a date needs an hour"),
        ("slot = 2023-09-06\nembargo = 2023-09-06T11:59:00", "5: the embargo ends before the letter leaves"),
        ("send_at = 2023-09-06T15:00:00\nembargo = 2023-09-06T14:00:00", "5: the embargo ends before the letter"),
        ("# nothing", "2: this issue does not say when it leaves"),
    ],
)
def test_a_wrong_moment_is_said_with_its_line(tmp_path: Path, written: str, said: str) -> None:
    [found] = mistakes(regular(tmp_path), FRONT.replace(SLOT, written) + "Texte\n")
    assert found.startswith(f"issue.md:{said}")


def test_an_embargo_may_end_with_the_sending_or_later(tmp_path: Path) -> None:
    site = regular(tmp_path)
    for embargo in ("2023-09-06T12:00:00", "2023-09-06T10:00:00Z", "2023-09-07T06:00:00"):
        issue = read(site, FRONT.replace(SLOT, f"slot = 2023-09-06\nembargo = {embargo}") + "Texte\n")
        assert issue.embargo is not None
        assert issue.embargo.astimezone(UTC) >= issue.slot.astimezone(UTC)
    assert read(site, FRONT + "Texte\n").embargo is None
