"""Past years that were brought in: one row a campaign and year, the last file wins."""

from dataclasses import replace

from mailer.domain.years import PastYear
from mailer.store import past
from mailer.store.database import Database
from tests.store.base import LATER, NOON

SIRENE, KLAXON = PastYear(2022, "sirene", 11, 45_000, 0.3192), PastYear(2022, "klaxon", 9, 900, 0.5)


def test_a_year_that_comes_again_is_replaced_where_it_differs(database: Database) -> None:
    with database.transaction() as tx:
        assert past.keep(tx, [SIRENE, KLAXON], NOON) == 2
        assert past.keep(tx, [SIRENE, KLAXON], LATER) == 0
        better = replace(SIRENE, sends=44_950)
        assert past.keep(tx, [better], LATER) == 1
        assert past.of_year(tx, 2022) == {"klaxon": KLAXON, "sirene": better}
        assert past.of_year(tx, 2023) == {}
