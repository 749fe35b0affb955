"""The end foretold from what quotas hold is, within a tenth, the one that quotas then lead to."""

from itertools import count

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from mailer.domain.addresses import Family
from mailer.domain.foretelling import Load, foretell
from mailer.domain.pace import Limits, RelayLimits
from mailer.store import quotas
from mailer.store.database import Connection, Database

ORANGE, OTHER, GOOGLE = Family.ORANGE, Family.OTHER, Family.GOOGLE
START = 1_700_000_000.0
NAMES = (f"relay{number}" for number in count())

limits_of_one = st.builds(
    Limits,
    per_second=st.sampled_from([0, 4, 20]),
    per_hour=st.sampled_from([0, 100, 500]),
    per_day=st.sampled_from([0, 300, 1000]),
)
some_limits = st.builds(RelayLimits, limits_of_one, st.dictionaries(st.sampled_from([ORANGE, OTHER]), limits_of_one))
letters = st.dictionaries(st.sampled_from([ORANGE, OTHER, GOOGLE]), st.integers(1, 700), min_size=1)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some_limits.filter(bool), letters, st.lists(st.tuples(st.floats(1, 50_000), letters), max_size=4))
def test_the_end_foretold_is_the_end_that_comes(
    sqlite_database: Database,
    limits: RelayLimits,
    waiting: dict[Family, int],
    earlier: list[tuple[float, dict[Family, int]]],
) -> None:
    relay, now = next(NAMES), START
    with sqlite_database.rehearsal() as tx:
        for seconds, sent in earlier:
            quotas.grant(tx, relay, limits, sent, now)
            now += seconds
        seen = quotas.outlook(tx, relay, now)
        told = foretell(Load(waiting, limits, {None: 200.0}, seen.at_s, seen.leaving, seen.blocked_s))
        took = sent_in_s(tx, relay, limits, waiting, now)
    assume(took > 10)
    assert abs(told.seconds - took) <= 0.1 * took


def sent_in_s(tx: Connection, relay: str, limits: RelayLimits, waiting: dict[Family, int], start: float) -> float:
    """A sender of two hundred letters a second, which asks whenever it may."""
    left, now = dict(waiting), start
    while any(left.values()):
        grant = quotas.grant(tx, relay, limits, {family: min(n, 200) for family, n in left.items()}, now)
        for family, number in grant.letters.items():
            left[family] -= number
        now += max(sum(grant.letters.values()) / 200, 0.0 if any(grant.letters.values()) else grant.again_in_s or 0.1)
    return now - start
