"""A small invented association: two public letters, an internal one, three readers, real files and a real database."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from mailer.app import App, open_app
from mailer.domain.people import Basis
from mailer.services import people, publishing
from mailer.web import create_web
from tests.browsers import browser as browser
from tests.web.letters import Letter, letters
from tests.web.visitor import visitor

RELEASED = datetime(2026, 9, 2, 10, 0, tzinfo=UTC)

CONFIG = """
public_url = "https://lettre.collectif.example"
language = "en"

[organisation]
name = "Collectif des Tilleuls"
contact = "lettre@collectif.example"
postal_address = "12 rue des Tilleuls, 93100 Montbriel"
website = "https://collectif.example"

[measure.anonymous]
decided_by = "le conseil d'administration"
decided_on = 2026-06-01
reference = "procès-verbal du 1er juin 2026"
"""
LIST = """
title = "{title}"
description = "{description}"
sender = "Collectif des Tilleuls <lettre@collectif.example>"
reply_to = "lettre@collectif.example"
reason = "Vous recevez cette lettre parce que vous l'avez demandée."
public = {public}
measure = "{measure}"
"""
CAMPAIGN = """
title = "{title}"
list = "{list}"
layout = "{layout}"
archive = "{archive}"
"""
ISSUE = """+++
subject = "{subject}"
preheader = "Ce qui bouge chez nous"
number = "septembre 2026"
slot = 2026-09-02T12:00:00+02:00
+++

Bonjour, voici [le programme](https://programme.example/rentree), [le wiki](https://wiki.example/?PagePrincipale)
et [une page accentuée](https://collectif.example/été?a=1&b=2). [Mes lettres]({{{{preferences}}}}),
[partir]({{{{leave}}}}).
"""
READERS = (
    "email;nom\njeanne@orange.example;Jeanne Roche\npaul@laposte.example;Paul Ndiaye\nlea@free.example;Léa <Vidal>\n"
)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_hours(self, hours: float) -> None:
        """Moves on."""
        self.now += timedelta(hours=hours)


@pytest.fixture
def clock() -> Clock:
    return Clock(RELEASED)


@pytest.fixture
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The files; where the test reads the Sirène of September, as it lies after its release."""
    if "sirene" in request.fixturenames:
        return Path(shutil.copytree(request.getfixturevalue("released"), tmp_path, dirs_exist_ok=True))
    return write_site(tmp_path)


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site whose Sirène of September was released, made once."""
    folder = write_site(tmp_path_factory.mktemp("released"))
    with open_app(folder, {}) as app:
        release_issue(app, "sirene", RELEASED)
    return folder


def write_site(tmp_path: Path) -> Path:
    _write(tmp_path / "config.toml", CONFIG)
    for slug, title, public, measure in (
        ("sirene", "L'heure de la Sirène", "true", "anonymous"),
        ("klaxon", "Le Klaxon", "true", "anonymous"),
        ("quinzaine", "La quinzaine", "false", "off"),
    ):
        text = LIST.format(title=title, description=f"À propos de {title}.", public=public, measure=measure)
        _write(tmp_path / "lists" / f"{slug}.toml", text)
        archive = "public" if public == "true" else "none"
        campaign = CAMPAIGN.format(title=title, list=slug, layout=slug, archive=archive)
        _write(tmp_path / "campaigns" / slug / "campaign.toml", campaign)
        issue = ISSUE.format(subject=f"{title} – une rentrée à plusieurs voix")
        _write(tmp_path / "campaigns" / slug / "2026-09" / "issue.md", issue)
    _write(tmp_path / "readers.csv", READERS)
    return tmp_path


@pytest.fixture
def app(site: Path) -> Iterator[App]:
    with open_app(site, {}) as opened:
        yield opened


@pytest.fixture
def release(app: App, clock: Clock) -> Callable[[str], dict[str, Letter]]:
    """Releases the September issue of a campaign to the three readers; two hours later they have their letters."""

    def release_now(campaign: str) -> dict[str, Letter]:
        now = clock()
        release_issue(app, campaign, now)
        found = letters(app, f"{campaign}/2026-09", now)
        clock.pass_hours(2)
        return found

    return release_now


def release_issue(app: App, campaign: str, now: datetime) -> None:
    """The September issue of a campaign, to the three readers."""
    file = app.site / "readers.csv"
    people.import_contacts(app, file, now, list_slug=campaign, basis=Basis.CONSENT, dry_run=False)
    publishing.approve(app, f"{campaign}/2026-09", "Ana Lima", now)
    publishing.release(app, f"{campaign}/2026-09", now)


@pytest.fixture
def sirene(app: App, clock: Clock) -> dict[str, Letter]:
    """Two hours after it left."""
    found = letters(app, "sirene/2026-09", RELEASED)
    clock.pass_hours(2)
    return found


@pytest.fixture
def jeanne(sirene: dict[str, Letter]) -> Letter:
    return sirene["jeanne@orange.example"]


@pytest.fixture
def web(app: App, clock: Clock) -> ASGIApp:
    return create_web(app, clock)


@pytest.fixture
def client(web: ASGIApp) -> Iterator[TestClient]:
    with visitor(web) as one:
        yield one


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
