"""What measuring measures is the product: each letter of a bench is sent and accounted for."""

from time import perf_counter

import pytest

from mailer.bench.audiences import measure_audiences
from mailer.bench.desk import PAGES, measure_desk
from mailer.bench.receivers import Kind
from mailer.bench.rendering import measure_rendering
from mailer.bench.reporting import measure_reporting
from mailer.bench.sending import Plan, Round, measure_sending
from tests.store.conftest import new_database
from tests.store.conftest import postgresql_server as postgresql_server


@pytest.mark.parametrize("kind", [Kind.OWN, pytest.param(Kind.SMTP_SINK, marks=pytest.mark.postfix)])
def test_a_round_sends_every_letter_beside_its_yardsticks(kind: Kind) -> None:
    heard: list[Round] = []
    figures = measure_sending(Plan(letters=200, connections=4, rounds=2, receiver=kind), heard.append)
    assert heard == figures.rounds
    assert len(heard) == 2
    assert 50 < figures.letter_kb < 70
    named = figures.named()
    assert set(named) >= {"rate", "ratio_naive", "cpu_s_per_1000", "peak_mb"}
    assert all(least <= median <= most for least, median, most in named.values())
    assert named["ratio_naive"][1] > 1


@pytest.mark.postgres
def test_two_senders_share_a_postgresql_database(postgresql_server: str) -> None:
    with new_database(postgresql_server) as url:
        plan = Plan(letters=300, connections=2, rounds=1, receiver=Kind.OWN, senders=2, database=url)
        assert measure_sending(plan, list[Round]().append).rounds[0].rate > 0


def test_filling_a_letter_costs_microseconds() -> None:
    figures = measure_rendering(1, perf_counter)
    assert figures.letter_kb > 50
    assert 0 < figures.fill_us[0] < figures.whole_us[0]
    assert figures.compile_ms[0] > 0


def test_a_year_is_reported_from_its_rows_and_from_what_is_kept_of_it() -> None:
    figures = measure_reporting(2000, "", 1, perf_counter)
    assert abs(figures.hits - 2000) < 20
    assert abs(0.9 * figures.letters - figures.hits) < 10
    assert len(figures.open_s) == len(figures.closed_s) == 1


def test_every_page_of_the_desk_that_is_measured_answers() -> None:
    figures = measure_desk(50, 1, perf_counter)
    assert list(figures.pages) == list(PAGES)
    assert all(0 < ms < 60_000 for every in figures.pages.values() for ms in every)


def test_counting_an_audience_says_how_many_and_how_long() -> None:
    figures = measure_audiences(400, "", 1, perf_counter)
    # Three tenths are members, a twentieth is tagged, an eighth is subscribed.
    assert 120 < figures.readers < 200
    assert 0 < figures.list_ms[0] < figures.everyone_reasons_ms[0] * 10
