"""When sending will end, told before a release and while it goes on, from the limits of the list's relay."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailer.app import App
from mailer.app.relays import limits_of
from mailer.domain.addresses import Family
from mailer.domain.foretelling import Brake, Per
from mailer.services import foretelling, publishing
from mailer.store import deliveries, quotas
from tests.sites import CONFIG, LISTS, open_site, release, subscribe, write_site

ISSUE = "lettre/2026-03"
LIMITS = """
[relays.rapide]
host = "127.0.0.1"
per_day = 1440
[relays.rapide.families.orange]
per_second = 2
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site whose letter leaves by a relay with limits."""
    folder = write_site(tmp_path / "site", CONFIG + LIMITS)
    (folder / "lists" / "lettre.toml").write_text(LISTS["lettre"] + 'relay = "rapide"\n', encoding="utf-8")
    return folder


def now() -> datetime:
    """The windows slide on the database's own clock, so here it is the real one."""
    return datetime.now(UTC)


def about(found: foretelling.Foretelling | None, start: datetime, seconds: float) -> bool:
    assert found is not None
    return abs((found.end - start).total_seconds() - seconds) < 0.05 * seconds + 5


def test_before_the_release_the_end_is_told_from_the_audience_by_family(site: Path) -> None:
    with open_site(site) as app:
        subscribe(app, [f"lectrice{number}@orange.fr" for number in range(600)])
        found, later = foretelling.foretell_issue(app, ISSUE, now()), now() + timedelta(days=2)
        assert about(found, now(), 306)
        assert found is not None
        assert (found.relay, found.brake) == ("rapide", Brake(Family.ORANGE, Per.SECOND, 2))
        assert about(foretelling.foretell_issue(app, ISSUE, now(), later), later, 306)


def test_nobody_to_write_to_has_no_end(site: Path) -> None:
    with open_site(site) as app:
        assert foretelling.foretell_issue(app, ISSUE, now()) is None
        assert foretelling.foretell_queue(app, now()) is None


def test_while_it_goes_on_what_left_already_and_what_else_waits_are_counted(site: Path) -> None:
    with open_site(site) as app:
        subscribe(app, [f"lectrice{number}@ex.example" for number in range(100)])
        release(app, ISSUE, now())
        assert about(foretelling.foretell_issue(app, ISSUE, now()), now(), 1)
        spend(app, 1400)
        found = foretelling.foretell_issue(app, ISSUE, now())
        assert about(found, now(), 87_000)
        assert found is not None
        assert found.brake == Brake(None, Per.DAY, 1440)
        assert about(foretelling.foretell_queue(app, now()), now(), 87_000)
        publishing.pause(app, ISSUE, now())
        assert foretelling.foretell_issue(app, ISSUE, now()) is None


def test_a_hold_puts_the_end_off(site: Path) -> None:
    with open_site(site) as app:
        subscribe(app, ["ana@orange.fr"])
        release(app, ISSUE, now())
        with app.database.transaction() as tx:
            quotas.hold_again(tx, "rapide", Family.ORANGE, 1800, "421 OFR_104")
        found = foretelling.foretell_issue(app, ISSUE, now())
        assert about(found, now(), 1800)
        assert found is not None
        assert found.brake == Brake(Family.ORANGE, Per.HOLD)


def test_when_all_has_left_there_is_no_end_to_tell(site: Path) -> None:
    with open_site(site) as app:
        subscribe(app, ["ana@orange.fr"])
        release(app, ISSUE, now())
        with app.database.transaction() as tx:
            assert len(deliveries.claim(tx, "a", 10, 60, now(), relay="rapide")) == 1
        assert foretelling.foretell_issue(app, ISSUE, now()) is None


def test_an_end_beyond_every_calendar_is_told_as_far_away(site: Path) -> None:
    with open_site(site, MAILER_RELAYS__RAPIDE__PER_DAY="1") as app:
        subscribe(app, [f"lectrice{number}@ex.example" for number in range(4000)])
        found = foretelling.foretell_issue(app, ISSUE, now())
    assert about(found, now(), foretelling.FAR_S)


def test_an_issue_whose_relay_is_gone_is_shown_without_an_end(site: Path) -> None:
    with open_site(site) as app:
        subscribe(app, ["ana@orange.fr"])
        release(app, ISSUE, now())
    (site / "lists" / "lettre.toml").write_text(LISTS["lettre"], encoding="utf-8")
    (site / "config.toml").write_text(CONFIG, encoding="utf-8")
    with open_site(site) as app:
        assert foretelling.foretell_issue(app, ISSUE, now()) is None


def spend(app: App, letters: int) -> None:
    with app.database.transaction() as tx:
        granted = quotas.grant(tx, "rapide", limits_of(app.config.relay("rapide")), {Family.OTHER: letters})
    assert granted.letters == {Family.OTHER: letters}
