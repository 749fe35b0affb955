"""Days of the week against their dates."""

from pathlib import Path

import pytest

from mailer.content.dates import WRONG_DAY
from mailer.content.findings import findings
from tests.content.sites import CAMPAIGN, FRONT, make_site, read, write


def said(site: Path, text: str) -> list[str]:
    return [
        str(one).removeprefix("campaigns/sirene/2023-09/issue.md:") for one in findings(read(site, FRONT + text + "\n"))
    ]


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("Rendez-vous mardi 11 octobre.", '6: "mardi 11 octobre": in 2023, that day is a mercredi.'),
        ("x\n\n**Mar. 11 oct.**, 9 h", '8: "Mar. 11 oct.": in 2023, that day is a mercredi.'),
        ("| Jeu 11 oct. | x |", '6: "Jeu 11 oct.": in 2023, that day is a mercredi.'),
        ("dimanche 1er octobre et lundi 1ᵉʳ octobre", '6: "lundi 1ᵉʳ octobre": in 2023, that day is a dimanche.'),
        ("mardi 9 janvier, lundi 9 janvier", '6: "lundi 9 janvier": in 2024, that day is a mardi.'),
        (
            "mardi 11 octobre 2022, mardi 11 octobre 2023",
            '6: "mardi 11 octobre 2023": in 2023, that day is a mercredi.',
        ),
        ("vendredi 31 novembre", '6: "vendredi 31 novembre": there is no such day.'),
        (
            "mardi\N{NO-BREAK SPACE}11\N{NARROW NO-BREAK SPACE}octobre",
            '6: "mardi 11 octobre": in 2023, that day is a mercredi.',
        ),
        ('::: section title="Mardi 11 octobre"\n:::', '6: "Mardi 11 octobre": in 2023, that day is a mercredi.'),
    ],
)
def test_a_wrong_day_is_pointed_out_and_a_right_one_is_not(tmp_path: Path, text: str, warning: str) -> None:
    assert said(make_site(tmp_path), text) == [warning]


def test_what_stands_beside_the_letter_in_a_mailbox_is_read_too(tmp_path: Path) -> None:
    site = make_site(tmp_path)
    top = FRONT.replace('subject = "', 'subject = "Lundi 6 septembre 2023, ')
    assert top != FRONT
    found = [str(one) for one in findings(read(site, top + "x\n")) if one.sentence == WRONG_DAY]
    assert len(found) == 1
    assert found[0].endswith('issue.md: "Lundi 6 septembre 2023": in 2023, that day is a mercredi.')


@pytest.mark.parametrize(
    "text",
    [
        "mercredi 6 septembre 2023, Sam. 9 sept., Mar. 10 oct., 9 h",
        "mardi 10 et jeudi 12, vendredi 13, le jeudi 2 à midi",
        "jeudi 29 février 2024",
        "un samedi 11 fois, le 11 octobre",
        "[programme](<https://x.example/mardi 11 octobre>)",
    ],
)
def test_dates_that_go_with_their_days_are_left_alone(tmp_path: Path, text: str) -> None:
    assert [one for one in said(make_site(tmp_path), text) if "day" in one] == []


def test_a_letter_in_english_is_read_in_english(tmp_path: Path) -> None:
    site = make_site(tmp_path)
    write(site, "campaigns/sirene/campaign.toml", CAMPAIGN + 'language = "en"\n')
    found = said(site, "Tuesday, October 11th and Tuesday 11 October, but Wednesday 11 October 2023")
    assert found == [
        '6: "Tuesday, October 11th": in 2023, that day is a Wednesday.',
        '6: "Tuesday 11 October": in 2023, that day is a Wednesday.',
    ]
