"""What an issue says about itself before its text."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.content.sites import FRONT, make_site, mistakes, read

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
        (SLOT, "", 'the key "slot" is missing.'),
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
