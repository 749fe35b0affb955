"""Relays and families as config.toml says them, at work on a site."""

from pathlib import Path

import pytest
from sqlalchemy import select

from mailer.app.relays import connections_of, family_table, limits_of
from mailer.domain.addresses import Family
from mailer.domain.pace import Limits, RelayLimits
from mailer.errors import BadFiles
from mailer.services import proofing, publishing
from mailer.store import issues
from mailer.store.tables import addresses
from tests.sites import CONFIG, LISTS, NOON, open_site, subscribe, write_site

RELAYS = f"""{CONFIG}
[relays.rapide]
host = "127.0.0.1"
connections = 8
per_day = 1440

[relays.rapide.families.orange]
per_second = 2
connections = 2

[families]
orange = ["voila.example"]
other = ["yahoo.com"]
"""


def test_limits_and_connections_are_those_of_the_file(tmp_path: Path) -> None:
    with open_site(write_site(tmp_path / "site", RELAYS)) as app:
        rapide, main = app.config.relay("rapide"), app.config.relay("main")
    assert limits_of(rapide) == RelayLimits(Limits(per_day=1440), {Family.ORANGE: Limits(per_second=2)})
    assert not limits_of(main)
    assert [connections_of(rapide, family) for family in (Family.ORANGE, Family.FREE)] == [2, 8]


def test_families_of_the_file_hold_for_new_addresses_and_for_old_ones(tmp_path: Path) -> None:
    site = write_site(tmp_path / "site")
    with open_site(site) as app:
        subscribe(app, ["ana@voila.example", "bea@yahoo.com"])
    (site / "config.toml").write_text(RELAYS, encoding="utf-8")
    with open_site(site) as app:
        assert family_table(app.config)["voila.example"] is Family.ORANGE
        subscribe(app, ["cleo@voila.example", "dana@wanadoo.fr"])
        with app.database.reading() as tx:
            found = {row.canonical: Family(row.family) for row in tx.execute(select(addresses))}
    assert found == {
        "ana@voila.example": Family.ORANGE,
        "bea@yahoo.com": Family.OTHER,
        "cleo@voila.example": Family.ORANGE,
        "dana@wanadoo.fr": Family.ORANGE,
    }


def test_an_issue_leaves_by_the_relay_of_its_list(tmp_path: Path) -> None:
    site = write_site(tmp_path / "site", RELAYS)
    (site / "lists" / "lettre.toml").write_text(LISTS["lettre"] + 'relay = "rapide"\n', encoding="utf-8")
    with open_site(site) as app:
        subscribe(app, ["ana@ex.example"])
        publishing.approve(app, "lettre/2026-03", "Odile", NOON)
        with app.database.reading() as tx:
            row = issues.find(tx, "lettre/2026-03")
    assert row is not None
    assert row.relay == "rapide"


def test_a_list_with_a_relay_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    site = write_site(tmp_path / "site", RELAYS)
    (site / "lists" / "lettre.toml").write_text(LISTS["lettre"] + 'relay = "rapid"\n', encoding="utf-8")
    with open_site(site) as app:
        with pytest.raises(BadFiles, match=r'lists/lettre\.toml: there is no relay called "rapid".*"rapide"\?'):
            publishing.approve(app, "lettre/2026-03", "Odile", NOON)
        assert any(one.path == "lists/lettre.toml" for one in proofing.check_site(app, NOON))


def test_a_database_that_may_only_be_read_is_still_opened(tmp_path: Path) -> None:
    site = write_site(tmp_path / "site")
    with open_site(site) as app:
        subscribe(app, ["ana@voila.example"])
    (site / "config.toml").write_text(RELAYS, encoding="utf-8")
    with open_site(site, MAILER_DATABASE__URL=f"sqlite:///file:{site}/var/mailer.db?mode=ro&uri=true") as app:
        assert app.config.relay_names == ("main", "rapide")
