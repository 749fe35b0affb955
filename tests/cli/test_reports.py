"""`mailer report …` in a terminal, for a script, for a spreadsheet, as a page."""

import csv
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest

from tests.cli.conftest import NAME, Mailer

YEAR_KEYS = {"issues", "sends", "readers", "rate_pooled", "rate_mean", "previous", "sentence"}
THIS_YEAR = datetime.now(UTC).year
YEAR, BEFORE = str(THIS_YEAR), str(THIS_YEAR - 1)
"""The prepared site released its issue today."""
PAST = f"année;campagne;numéros;envois;taux\n{BEFORE};lettre;11;45000;31,92 %\n"


@pytest.fixture
def counted(released: Path) -> Path:
    """The released site with a file of past years."""
    (released / "past.csv").write_text(PAST, encoding="utf-8")
    return released


def test_a_year_keeps_its_promised_keys_and_the_year_before_is_filled(counted: Path, mailer: Mailer) -> None:
    said = mailer("report", "import-past", "past.csv", "--json")
    assert (said.code, said.json["changed"]) == (0, 1)
    assert "31.92%" in said.err
    year = mailer("report", "year", YEAR, "--json").json["campaigns"]["lettre"]
    assert year.keys() >= YEAR_KEYS
    assert (year["previous"], year["previous_imported"]) == (0.3192, True)
    before = mailer("report", "year", BEFORE, "--json").json
    assert before["campaigns"] == {}
    assert before["imported"]["lettre"] == {"issues": 11, "sends": 45000, "rate_raw": 0.3192, "imported": True}
    again = mailer("report", "import-past", "past.csv")
    assert "0 year" in again.out
    assert counted.exists()


def test_an_issue_says_its_receivers_and_reasons_by_name(counted: Path, mailer: Mailer) -> None:
    report = mailer("report", "issue", NAME, "--json").json
    assert report["causes"] == {"gone": 0, "full": 0, "refused": 0, "other": 0}
    assert (report["complaints"], report["exceptional"], report["closed_at"]) == (0, False, None)
    assert report["families"] == {}
    shown = mailer("report", "issue", NAME)
    assert "still counted" in shown.out
    assert counted.exists()


def test_a_table_is_alone_on_stdout_and_opens_in_a_spreadsheet(counted: Path, mailer: Mailer) -> None:
    for words in (("report", "year", YEAR), ("report", "issue", NAME)):
        said = mailer(*words, "--csv")
        assert said.code == 0
        assert said.out.startswith("\ufeff")
        heading, *rows = csv.reader(StringIO(said.out[1:], newline=""))
        assert heading[:3] == ["campaign", "issue", "date"]
        assert rows[0][:2] == ["lettre", NAME]
        assert {len(row) for row in rows} == {len(heading)}
    assert mailer("report", "year", YEAR, "--csv", "--json").code == 1
    assert counted.exists()


def test_the_text_for_the_annual_report_is_printed_alone(counted: Path, mailer: Mailer) -> None:
    mailer("report", "import-past", "past.csv")
    said = mailer("report", "year", YEAR, "--bilan")
    assert f"[1 issue produced in {YEAR} – 1 send to 3 contacts" in said.out
    assert "delivered: taken by the receiver's server" in said.out
    assert counted.exists()


def test_a_page_is_written_or_refused_in_words(counted: Path, mailer: Mailer) -> None:
    for words in (("report", "year", YEAR), ("report", "issue", NAME)):
        said = mailer(*words, "--html", "page.html")
        assert "page.html" in said.out
        page = (counted / "page.html").read_text(encoding="utf-8")
        assert page.startswith("<!doctype html>")
        refused = mailer(*words, "--html", "nowhere/page.html")
        assert (refused.code, refused.err.count("\n")) == (1, 1)


def test_mistakes_of_a_past_file_are_said_all_at_once(counted: Path, mailer: Mailer) -> None:
    (counted / "past.csv").write_text(f"{PAST}22;lettre;1;1;1\n2004;lettre;11;9;200\n", encoding="utf-8")
    said = mailer("report", "import-past", "past.csv")
    assert said.code == 1
    assert "past.csv:3:" in said.err
    assert "past.csv:4:" in said.err
    assert mailer("report", "year", BEFORE, "--json").json["imported"] == {}


def test_a_site_s_own_template_that_cannot_be_used_is_named(counted: Path, mailer: Mailer) -> None:
    folder = counted / "templates" / "reports"
    folder.mkdir(parents=True)
    (folder / "report.html").write_text("{{ nothing_like_this }}", encoding="utf-8")
    said = mailer("report", "year", YEAR, "--html", "page.html")
    assert said.code == 1
    assert "templates/reports/report.html" in said.err
