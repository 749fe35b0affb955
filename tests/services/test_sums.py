"""Figures that do not add up are not printed: rows are corrupted, and each report refuses with a sentence."""

from datetime import timedelta

import pytest

from mailer.app import App
from mailer.domain.rates import Reading
from mailer.domain.years import Sends
from mailer.errors import Refused
from mailer.services import reporting
from mailer.services.reporting.sums import SumFault, check_year
from tests.services.test_reporting import APPLE, NAME, PERSON, deliver, fetch, letter
from tests.sites import NOON


@pytest.fixture
def closed(app: App) -> App:
    """An issue of ten letters: three read and clicked, one more read, one fetched by a machine; its count closed."""
    deliver(app, 10)
    for _ in range(3):
        fetch(app, letter(app), 1, PERSON)
    fetch(app, letter(app), 0, PERSON)
    fetch(app, letter(app), 0, APPLE)
    assert reporting.close_counts(app, NOON + timedelta(days=30)) == 1
    return app


def corrupt(app: App, *statements: str) -> None:
    with app.database.transaction() as tx:
        for statement in statements:
            tx.exec_driver_sql(statement)


def test_what_adds_up_is_printed(closed: App) -> None:
    report = reporting.issue_report(closed, NAME)
    assert (report.readers, report.machines, report.clicks) == (4, 1, 3)


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("DELETE FROM closed_letters", SumFault.AUDIENCE),
        ("UPDATE closed_letters SET letters = letters - 1", SumFault.AUDIENCE),
        ("UPDATE closed_issue SET audience = 11", SumFault.AUDIENCE),
        ("UPDATE closed_issue SET measured = 11", SumFault.MEASURED),
        ("UPDATE closed_issue SET measured = -1", SumFault.MEASURED),
        ("UPDATE closed_issue SET unsubscribed = 11", SumFault.DEPARTURES),
        ("UPDATE closed_issue SET complaints = -1", SumFault.DEPARTURES),
        ("UPDATE closed_count SET people = 5", SumFault.READERS),
        ("UPDATE closed_count SET machines = 0", SumFault.READERS),
        ("DELETE FROM closed_class", SumFault.READERS),
        ("UPDATE closed_count SET clicks = 9", SumFault.CLICKS),
        ("UPDATE closed_count SET clicks = 4", SumFault.LINKS),
        ("UPDATE closed_link SET people = 4", SumFault.LINKS),
        ("DELETE FROM closed_link", SumFault.LINKS),
    ],
)
def test_a_corrupted_count_is_refused_in_words(closed: App, statement: str, fault: SumFault) -> None:
    corrupt(closed, statement)
    for report in (lambda: reporting.issue_report(closed, NAME), lambda: reporting.year_report(closed, 2026)):
        with pytest.raises(Refused) as told:
            report()
        assert "do not add up" in told.value.sentence
        assert told.value.values["what"] == NAME
        assert told.value.values["fault"] is fault


def test_a_count_closed_by_an_earlier_version_is_taken_as_it_is(closed: App) -> None:
    """It kept three totals and nothing to compare them with; letters are counted from their rows."""
    tables = ("closed_issue", "closed_letters", "closed_class", "closed_link")
    corrupt(closed, *(f"DELETE FROM {table}" for table in tables))  # noqa: S608 - our own names
    report = reporting.issue_report(closed, NAME)
    assert (report.delivered, report.readers, report.machines, report.clicks) == (10, 4, 1, 3)


def test_a_closed_count_needs_no_row_of_a_letter(closed: App) -> None:
    before = reporting.issue_report(closed, NAME)
    corrupt(closed, "DELETE FROM delivery")
    assert reporting.issue_report(closed, NAME) == before


def test_a_year_must_be_what_its_issues_are() -> None:
    readings = [Reading(100, 30, 0), Reading(200, 50, 10)]
    check_year("sirene", readings, 2, (Sends(2, 150),))
    with pytest.raises(Refused, match="by size"):
        check_year("sirene", readings, 3, (Sends(2, 150),))
