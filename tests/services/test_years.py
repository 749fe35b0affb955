"""A campaign's year: beside the year before, with and without exceptional sends, marked where counting changed."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert

from mailer.app import App
from mailer.domain.choices import LeaveReason
from mailer.domain.rates import Reading
from mailer.domain.years import letters_an_issue, year_rates
from mailer.services import publishing, reporting
from mailer.store.tables import leaving_reasons
from tests.services.test_reporting import NAME, PERSON, deliver, fetch, letter
from tests.sites import CONFIG, NOON, open_site, subscribe, write_issue, write_site

PAST = "year;campaign;issues;sends;rate\n2025;lettre;11;1100;30 %\n"


@pytest.fixture
def past(tmp_path: Path) -> Path:
    path = tmp_path / "past.csv"
    path.write_text(PAST, encoding="utf-8")
    return path


@pytest.fixture
def read_app(app: App) -> App:
    """Ten letters delivered, six read."""
    deliver(app, 10)
    for _ in range(6):
        fetch(app, letter(app), 0, PERSON)
    return app


def test_a_year_brought_in_is_the_year_before_and_marked(read_app: App, past: Path) -> None:
    assert reporting.year_report(read_app, 2026)[0].previous is None
    done = reporting.import_past(read_app, past, NOON)
    assert (len(done.years), done.changed) == (1, 1)
    [year] = reporting.year_report(read_app, 2026)
    assert year.before is not None
    assert (year.previous, year.before.imported, year.rate_compared) == (0.3, True, 0.6)
    assert year.sentence.endswith("(30,00\N{NO-BREAK SPACE}% en 2025)")
    assert year.difference is not None
    # Ten readers: thirty points are nothing yet.
    assert not year.difference.means_something
    assert "à peu près comme en 2025" in reporting.bilan_text("fr", [year], [])
    told = " ".join(reporting.year_sentences("fr", year))
    assert "repris d’un autre outil" in told
    assert "1 numéro est encore compté" in told


def test_a_year_brought_in_is_shown_though_nothing_left_here(app: App, past: Path) -> None:
    reporting.import_past(app, past, NOON)
    assert reporting.year_report(app, 2025) == []
    [found] = reporting.past_years(app, 2025)
    assert "chiffre repris" in reporting.past_sentence("fr", found)
    page = reporting.year_page(app, 2025, [], [found], NOON)
    assert "chiffre repris" in page


def test_a_year_counted_here_wins_over_one_brought_in(read_app: App, past: Path) -> None:
    past.write_text(PAST.replace("2025", "2026"), encoding="utf-8")
    reporting.import_past(read_app, past, NOON)
    later = datetime(2027, 2, 3, 11, tzinfo=UTC)
    text = (read_app.site / "campaigns" / NAME / "issue.md").read_text(encoding="utf-8")
    write_issue(read_app.site, "lettre/2027-02", text.replace("2026-03-04", "2027-02-03"))
    publishing.approve(read_app, "lettre/2027-02", "Odile", later)
    publishing.release(read_app, "lettre/2027-02", later)
    [year] = reporting.year_report(read_app, 2027)
    assert year.before is not None
    assert (year.previous, year.before.imported) == (0.6, False)


def test_where_the_way_of_counting_changed_two_years_are_not_compared(read_app: App) -> None:
    with read_app.database.transaction() as tx:
        tx.exec_driver_sql(
            "UPDATE issue SET released_at = '2025-03-05 11:00:00.000000', measure = 'off', name = 'lettre/old'"
        )
    _release_more(read_app, "lettre/2026-04")
    [year] = reporting.year_report(read_app, 2026)
    assert year.breaks == ("lettre/2026-04",)
    assert "comptées autrement" in " ".join(reporting.year_sentences("fr", year))


def _release_more(app: App, name: str) -> None:
    text = (app.site / "campaigns" / NAME / "issue.md").read_text(encoding="utf-8")
    write_issue(app.site, name, text)
    publishing.approve(app, name, "Odile", NOON + timedelta(days=1))
    publishing.release(app, name, NOON + timedelta(days=1))


@pytest.fixture
def mean_app(tmp_path: Path) -> Iterator[App]:
    """An association that publishes the mean of its issues, without exceptional sends."""
    config = f'{CONFIG}\n[report]\nheadline = "mean"\nexceptional = false\n'
    with open_site(write_site(tmp_path / "site", config)) as opened:
        yield opened


def test_an_exceptional_send_is_told_apart_and_left_out_where_the_site_says_so(mean_app: App) -> None:
    app = mean_app
    deliver(app, 10)
    for _ in range(6):
        fetch(app, letter(app), 0, PERSON)
    subscribe(app, [f"autre{number}@courriel.example" for number in range(30)], None)
    name = "lettre/2026-09"
    write_issue(app.site, name, audience='audience = ["lettre", "tous"]')
    count = publishing.count_audience(app, name).total
    for who in ("Odile", "Bakary"):
        publishing.approve(app, name, who, NOON, count)
    publishing.release(app, name, NOON)
    with app.database.transaction() as tx:
        tx.exec_driver_sql("UPDATE delivery SET state = 'sent', first_attempt_at = next_try_at")
    [year] = reporting.year_report(app, 2026)
    assert [(one.name, one.exceptional) for one in year.reports] == [(NAME, False), (name, True)]
    assert (year.rate, year.rate_mean, year.rate_pooled) == (0.6, 0.3, 6 / 50)
    assert year.without_exceptional is not None
    assert (year.without_exceptional.pooled, year.without_exceptional.mean) == (0.6, 0.6)
    names = [line.name for line in reporting.rate_lines("fr", year)]
    assert any("sans les envois exceptionnels" in one for one in names)


readings = st.integers(1, 3000).flatmap(
    lambda d: st.integers(0, d).flatmap(lambda h: st.builds(Reading, st.just(d), st.just(h), st.integers(0, d - h)))
)


@given(st.lists(readings, min_size=1, max_size=12))
def test_the_rates_of_a_year_lie_among_those_of_its_issues(year: list[Reading]) -> None:
    rates, raw = year_rates(year), [one.rate_raw for one in year if one.rate_raw is not None]
    assert rates.pooled_raw is not None
    assert rates.mean_raw is not None
    assert min(raw) - 1e-9 <= min(rates.pooled_raw, rates.mean_raw)
    assert max(rates.pooled_raw, rates.mean_raw) <= max(raw) + 1e-9
    assert min(one.measured for one in year) <= letters_an_issue(year) <= max(one.measured for one in year)


@pytest.mark.parametrize(
    ("moment", "year"),
    [
        (datetime(2025, 12, 31, 22, 59, 59, tzinfo=UTC), 2025),
        (datetime(2025, 12, 31, 23, 0, tzinfo=UTC), 2026),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), 2026),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), 2026),
        (datetime(2026, 12, 31, 22, 59, 59, tzinfo=UTC), 2026),
    ],
)
def test_a_year_is_that_of_paris_at_both_ends_and_at_both_changes_of_the_clocks(
    app: App, moment: datetime, year: int
) -> None:
    start, end = reporting.year_bounds(app, year)
    assert start <= moment < end
    assert end == reporting.year_bounds(app, year + 1)[0]


def test_a_year_says_why_readers_left_and_hides_the_few(app: App) -> None:
    deliver(app, 3)
    said = [LeaveReason.TOO_MANY] * 12 + [LeaveReason.OTHER] * 2
    rows = [{"list_slug": "lettre", "day": NOON.date(), "reason": one.value, "words": ""} for one in said]
    elsewhere = {"list_slug": "autre", "day": NOON.date(), "reason": LeaveReason.NOT_FOR_ME.value, "words": ""}
    with app.database.transaction() as tx:
        tx.execute(insert(leaving_reasons), [*rows, elsewhere])
    [year] = reporting.year_report(app, NOON.year)
    assert year.reasons == {LeaveReason.TOO_MANY: 12, LeaveReason.OTHER: None}
    shown = {line.name: line.value for line in reporting.year_lines("en", year)}
    assert (shown["left: Too many letters"], shown["left: Something else"]) == (
        "12",
        "fewer than 10",
    )
