"""`mailer schedule` and `mailer issue new`: what leaves when, and its beginning."""

import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from mailer.cli.terminal import Terminal, terminal
from tests.cli.conftest import NAME, Mailer
from tests.sites import CADENCE, CONFIG, ISSUE, write_campaign, write_issue

SPAN = ("--from", "2026-03-01", "--to", "2026-05-31")
MOVED = f"{CADENCE}[cadence.moved_to]\n2026-05-06 = 2026-05-07\n"


def test_the_calendar_is_a_table_and_one_object(site: Path, mailer: Mailer) -> None:
    write_campaign(site, more=MOVED)
    said = mailer("schedule", *SPAN)
    assert (said.code, said.err) == (0, "")
    rows = [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in said.out.splitlines()]
    assert rows == [
        ["when", "issue or campaign", "state"],
        ["Wednesday 4 March 2026 at 12:00", "bureau/2026-03", "draft"],
        ["Wednesday 4 March 2026 at 12:00", NAME, "draft"],
        ["Wednesday 1 April 2026 at 12:00", "lettre", "no issue yet"],
        ["Thursday 7 May 2026 at 12:00 – moved (planned on Wednesday 6 May 2026)", "lettre", "no issue yet"],
    ]
    slots = mailer("schedule", *SPAN, "--json").json["slots"]
    assert slots[1] == {
        "at": "2026-03-04T12:00:00+01:00",
        "campaign": "lettre",
        "title": "La lettre du Lavoir",
        "planned": "2026-03-04",
        "issue": NAME,
        "state": "draft",
        "approvals": 0,
        "needed": 1,
        "edited": False,
        "holiday": "",
        "moved": False,
    }
    assert [(one["planned"], one["issue"], one["moved"]) for one in slots[2:]] == [
        ("2026-04-01", "", False),
        ("2026-05-06", "", True),
    ]


def test_it_speaks_french_and_fits_eighty_columns(site: Path, mailer: Mailer, monkeypatch: pytest.MonkeyPatch) -> None:
    (site / "config.toml").write_text(CONFIG)
    write_campaign(site)
    write_issue(site, "lettre/2024-05", ISSUE.replace("slot = 2026-03-04T12:00:00", "slot = 2024-05-01"))
    span = ("--from", "2024-05-01", "--to", "2024-06-30")
    assert "mercredi 1er mai 2024 à 12:00 – férié (fête du Travail)" in mailer("schedule", *span).out
    monkeypatch.setattr(sys.modules[Terminal.__module__], "WIDE", 80)
    mailer("issue", "approve", "lettre/2024-05", "--by", "Odile")
    narrow = mailer("schedule", *span).out
    assert "approuvé 1 sur 1" in narrow
    assert max(len(line.rstrip()) for line in narrow.splitlines()) <= 80
    write_issue(site, "lettre/2024-05", ISSUE.replace("slot = 2026-03-04T12:00:00", "send_at = 2024-05-01T12:00:00"))
    assert "approuvé, puis modifié" in mailer("schedule", *span).out


def test_a_year_from_today_is_shown_by_default(site: Path, mailer: Mailer) -> None:
    write_campaign(site)
    told = mailer("schedule", "--json").json
    first, last = date.fromisoformat(told["from"]), date.fromisoformat(told["to"])
    assert last - first == timedelta(days=365)
    assert abs(first - terminal.now().date()) <= timedelta(days=1)
    assert len(told["slots"]) in (11, 12)


@pytest.mark.usefixtures("site")
def test_a_site_without_cadence_is_told_how_to_write_one(mailer: Mailer) -> None:
    said = mailer("schedule", "--from", "2027-01-01")
    assert said.code == 0
    assert 'day = "first wednesday"' in said.out
    assert mailer("schedule", "--from", "2027-01-01", "--json").json["slots"] == []


def test_nothing_planned_is_said(site: Path, mailer: Mailer) -> None:
    write_campaign(site)
    said = mailer("schedule", "--from", "2026-08-01", "--to", "2026-08-31")
    assert said.out == "Nothing is planned from Saturday 1 August 2026 to Monday 31 August 2026.\n"


def test_an_issue_that_says_no_moment_is_named(site: Path, mailer: Mailer) -> None:
    write_issue(site, NAME, ISSUE.replace("slot =", "slto ="))
    assert f"{NAME}: these issues do not say when they leave" in mailer("schedule", *SPAN).out


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--from", "demain"), '"demain" is not a day. Write it like 2023-09-06.'),
        (("--to", "2026-02-30"), '"2026-02-30" is not a day.'),
        (("--to", "0001-01-01"), '"0001-01-01" is not a day.'),
        (("--to", "9999-12-31"), '"9999-12-31" is not a day.'),
        (("--from", "2026-03-02", "--to", "2026-03-01"), "comes before Monday 2 March 2026"),
        (("--from", "2026-03-02", "--to", "2056-03-01"), "more than ten years"),
    ],
)
def test_a_bad_day_is_told(mailer: Mailer, words: tuple[str, ...], said: str) -> None:
    told = mailer("schedule", *words)
    assert (told.code, told.out) == (1, "")
    assert said in told.err


def test_an_issue_is_begun_checked_and_written(site: Path, mailer: Mailer) -> None:
    write_campaign(site)
    said = mailer("issue", "new", "lettre", "2026-05", "--json")
    assert (said.code, said.json["issue"], said.json["slot"]) == (0, "lettre/2026-05", "2026-05-06")
    assert Path(said.json["path"]) == site / "campaigns" / "lettre" / "2026-05" / "issue.md"
    checked = mailer("issue", "check", "lettre/2026-05")
    assert checked.code == 1
    assert '"[À compléter]" was left by the model' in checked.out
    again = mailer("issue", "new", "lettre", "2026-05-06")
    assert (again.code, again.out) == (1, "")
    assert "The slot planned on Wednesday 6 May 2026 has its issue already: lettre/2026-05." in again.err
    said = mailer("issue", "new", "lettre", "2026-06-03T12:00")
    assert said.out.startswith("lettre/2026-06 is begun, for Wednesday 3 June 2026 at 12:00: write it in ")


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("day", ["mai", "2026-13", "2026-5", "2026-05-06T25:00", "2026-05-06T12:00+02:00", "0001-01"])
def test_a_wish_that_is_none_is_told(mailer: Mailer, day: str) -> None:
    said = mailer("issue", "new", "lettre", day)
    assert (said.code, said.out) == (1, "")
    assert f'"{day}" is not a month or a day.' in said.err
