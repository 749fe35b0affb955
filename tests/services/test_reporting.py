"""From rows and hits to a reading rate and the year's sentence."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mailer.app import App
from mailer.domain.deliveries import DeliveryState, Settlement
from mailer.domain.tokens import track_token
from mailer.domain.years import Sends, group_sends
from mailer.errors import NotFound
from mailer.services import reporting
from mailer.services.feedback import Tracker
from mailer.services.reporting import year_sentence
from mailer.store import closing, deliveries, issues, outcomes
from mailer.store.outcomes import Settled
from tests.sites import NOON, release, subscribe

NAME = "lettre/2026-03"
PERSON = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64) Thunderbird/140.3"}
APPLE = {"user-agent": "Mozilla/5.0"}


def deliver(app: App, count: int, list_slug: str = "lettre", name: str = NAME) -> None:
    """An issue sent to `count` readers, as far as the database knows."""
    subscribe(app, [f"lectrice{number}@courriel.example" for number in range(count)], list_slug)
    release(app, name)
    with app.database.transaction() as tx:
        rows = deliveries.claim(tx, "claim", count, 60, NOON)
        sent = Settlement(DeliveryState.SENT, 250, "ok", counted=True)
        facts = [Settled(row.delivery_id, sent, NOON) for row in rows]
        assert len(outcomes.settle(tx, "claim", facts, NOON)) == count


def letter(app: App, name: str = NAME) -> str:
    """A new letter's tracking token."""
    with app.database.reading() as tx:
        row = issues.find(tx, name)
    assert row is not None
    assert row.issue_key
    return track_token(row.issue_key, row.id, 0, 0)


def fetch(app: App, token: str, link: int, headers: dict[str, str], after: timedelta = timedelta(hours=2)) -> None:
    if Tracker(app).record_hit(token, link, "GET", headers, NOON + after):
        app.ledger.flush()


def test_the_rate_counts_people_and_leaves_machines_out(app: App) -> None:
    deliver(app, 10)
    for _ in range(3):
        fetch(app, letter(app), 0, PERSON)
    for _ in range(2):
        fetch(app, letter(app), 0, APPLE)
    report = reporting.issue_report(app, NAME)
    assert (report.delivered, report.readers, report.machines) == (10, 3, 2)
    assert report.reading_rate == pytest.approx(3 / 8)
    assert (report.bound_low, report.bound_high, report.rate_raw) == (0.3, 0.5, 0.5)


def test_a_letter_fetched_often_is_read_once_and_a_click_is_a_read(app: App) -> None:
    deliver(app, 10)
    often, clicked = letter(app), letter(app)
    for _ in range(5):
        fetch(app, often, 0, PERSON)
    fetch(app, clicked, 1, PERSON)
    fetch(app, clicked, 2, PERSON)
    report = reporting.issue_report(app, NAME)
    assert (report.readers, report.clicks) == (2, 1)


def test_a_scanner_in_the_minute_of_delivery_is_nobody(app: App) -> None:
    deliver(app, 10)
    token = letter(app)
    for link in (0, 1, 2):
        fetch(app, token, link, PERSON, after=timedelta(seconds=5))
    report = reporting.issue_report(app, NAME)
    assert (report.readers, report.machines, report.clicks) == (0, 0, 0)


def test_more_hits_than_letters_never_make_a_rate_above_one(app: App) -> None:
    deliver(app, 2)
    for _ in range(5):
        fetch(app, letter(app), 1, PERSON)
    report = reporting.issue_report(app, NAME)
    assert (report.readers, report.clicks, report.reading_rate) == (2, 2, 1.0)


def test_an_unmeasured_issue_has_deliveries_and_no_rate(app: App) -> None:
    deliver(app, 3, "bureau", "bureau/2026-03")
    report = reporting.issue_report(app, "bureau/2026-03")
    assert (report.delivered, report.measured, report.reading_rate, report.reading) == (3, 0, None, None)


def test_an_issue_that_did_not_leave_has_no_report(app: App) -> None:
    with pytest.raises(NotFound):
        reporting.issue_report(app, NAME)


def test_a_year_has_each_campaign_that_released_and_begins_at_midnight_in_paris(app: App) -> None:
    deliver(app, 4)
    fetch(app, letter(app), 0, PERSON)
    year = reporting.year_report(app, 2026)
    assert [(one.campaign, one.issues, one.sends, one.readers) for one in year] == [("lettre", 1, 4, 1)]
    assert year[0].rate_pooled == year[0].rate_mean == 0.25
    assert reporting.year_report(app, 2025) == []
    start, _ = reporting.year_bounds(app, 2026)
    assert start == datetime(2025, 12, 31, 23, tzinfo=UTC)


def test_a_year_takes_an_issue_just_after_midnight_in_paris(app: App) -> None:
    midnight = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    subscribe(app, ["anne@courriel.example"])
    release(app, NAME, midnight)
    assert reporting.year_report(app, 2026) == []
    assert len(reporting.year_report(app, 2027)) == 1


def test_the_sentence_of_the_annual_report_reads_as_the_collectif_prints_it() -> None:
    sends = group_sends([2_487, 2_512, *[2_500] * 8, 20_012])
    assert sends == (Sends(10, 2_500), Sends(1, 20_000))
    assert year_sentence("fr", 2023, sends, 0.3424) == (
        "11 numéros produits en 2023 – 10 envois à 2\u202f500 contacts + 1 envoi à 20\u202f000 contacts ; "
        "taux de lecture 34,24\u00a0%"
    ).replace(" ;", "\u202f;")
    assert year_sentence("fr", 2023, (Sends(1, 1),), None).startswith("1 numéro produit en 2023 – 1 envoi à 1 contact")


def test_the_sentence_in_english() -> None:
    assert year_sentence("en", 2023, (Sends(11, 172),), 0.5) == (
        "11 issues produced in 2023 – 11 sends to 172 contacts; reading rate 50.00%"
    )


def test_a_count_closes_thirty_days_after_the_last_letter_and_keeps_only_figures(app: App) -> None:
    deliver(app, 10)
    for _ in range(3):
        fetch(app, letter(app), 1, PERSON)
    fetch(app, letter(app), 0, APPLE)
    before = reporting.issue_report(app, NAME)
    late = letter(app)
    assert reporting.close_counts(app, NOON + timedelta(days=30) - timedelta(seconds=1)) == 0
    assert reporting.close_counts(app, NOON + timedelta(days=30)) == 1
    assert reporting.close_counts(app, NOON + timedelta(days=31)) == 0
    closed = NOON + timedelta(days=30)
    assert reporting.issue_report(app, NAME) == replace(before, closed_at=closed)
    with app.database.reading() as tx:
        row = issues.find(tx, NAME)
        assert row is not None
        assert row.issue_key is None
        assert closing.closed_at(tx, row.id) == NOON + timedelta(days=30)
        assert tx.exec_driver_sql("SELECT count(*) FROM seen").scalar() == 0
    tracker = Tracker(app)
    assert not tracker.record_hit(late, 0, "GET", PERSON, NOON + timedelta(days=31))
    assert tracker.click_target(late, 1) == "https://jardin.lavoir.example/ouverture"


def test_a_count_stays_open_while_a_letter_waits(app: App) -> None:
    subscribe(app, ["anne@courriel.example"])
    release(app, NAME)
    assert reporting.close_counts(app, NOON + timedelta(days=90)) == 0
