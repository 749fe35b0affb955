"""Forgotten means forgotten: in every file of the site, after a restored backup, for every file that comes later."""

import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from mailer.app import App
from mailer.app.oppositions import JOURNAL, read_oppositions
from mailer.domain.oppositions import Opposition, Refusal
from mailer.domain.tokens import Purpose
from mailer.errors import NotFound
from mailer.services import moving, reporting, rights, subscriptions
from mailer.store import people, restoring, tables
from tests.sites import NOON, open_site, release, subscribe, write_site

ANNE, BRUNO, NEW = "anne.kerjean@courriel.example", "bruno@courriel.example", "anne.k@mairie.example"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    with open_site(write_site(tmp_path / "site")) as opened:
        subscribe(opened, [f"voisin{number}@courriel.example" for number in range(300)])
        subscribe(opened, [ANNE, BRUNO])
        (opened.site / "var" / "import-lettre.csv").unlink()
        release(opened, "lettre/2026-03")
        yield opened


def token(app: App, address: str, purpose: Purpose) -> str:
    """Of the letter of March."""
    delivery, known = tables.deliveries.c, tables.addresses.c
    with app.database.reading() as tx:
        found = select(delivery.id).join(tables.addresses, known.id == delivery.address_id)
        return app.keyring.token(purpose, tx.execute(found.where(known.canonical == address)).scalar_one())


def link(app: App, kind: str) -> str:
    """The token of the latest notice of a kind."""
    with app.database.reading() as tx:
        found = tx.execute(select(tables.notices.c.content).where(tables.notices.c.kind == kind)).scalars().all()
    return str(found[-1]["link"]).rpartition("/")[2]


def files_with(site: Path, words: str) -> list[str]:
    """Every file below the site in which these words stand, in whatever part of it."""
    wanted = words.encode()
    return [path.name for path in site.rglob("*") if path.is_file() and wanted in path.read_bytes()]


def test_no_file_of_the_site_holds_the_forgotten_any_more(app: App, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "mailer")
    preferences = token(app, ANNE, Purpose.PREFERENCES)
    subscriptions.leave(app, token(app, ANNE, Purpose.LEAVE), NOON)
    moving.ask(app, preferences, NEW, NOON)
    rights.send_link(app, preferences, NOON)
    before = reporting.issue_report(app, "lettre/2026-03")
    assert files_with(app.site, ANNE) != []
    rights.erase_own(app, link(app, "own_data"), NOON)
    for words in (ANNE, "anne.kerjean", "Nom 0;", NEW):
        assert files_with(app.site, words) == [], words
        assert words not in caplog.text
    assert reporting.issue_report(app, "lettre/2026-03") == before
    assert app.keyring.fingerprint(ANNE).hex() in (app.site / JOURNAL).read_text()
    subscribe(app, [ANNE])
    with pytest.raises(NotFound):
        rights.find(app, ANNE, NOON)


def test_a_letter_that_waits_for_the_forgotten_does_not_leave(app: App) -> None:
    rights.forget(app, ANNE, NOON)
    with app.database.reading() as tx:
        reasons = tx.execute(select(tables.deliveries.c.skip_reason).where(tables.deliveries.c.state == "skipped"))
        assert reasons.scalars().all() == ["suppressed"]


def test_who_moved_is_forgotten_at_both_addresses(app: App) -> None:
    moving.ask(app, token(app, ANNE, Purpose.PREFERENCES), NEW, NOON)
    moving.confirm(app, link(app, "move_confirm"), NOON)
    assert rights.forget(app, NEW, NOON) == 2
    assert files_with(app.site, ANNE) == files_with(app.site, NEW) == []
    subscribe(app, [ANNE, NEW])
    with app.database.reading() as tx:
        assert people.address_of(tx, app.keyring.fingerprint(ANNE)) is None
        assert people.address_of(tx, app.keyring.fingerprint(NEW)) is None


def test_a_restored_backup_forgets_again_and_does_not_oppose_who_came_back(app: App) -> None:
    leave = token(app, BRUNO, Purpose.LEAVE)
    opposed = subscriptions.oppose(app, leave, NOON)
    subscriptions.undo(app, leave, opposed.undo, NOON + timedelta(minutes=5))
    journal = read_oppositions(app.site)
    erased = Opposition(app.keyring.fingerprint(ANNE), Refusal.SUPPRESSED, "erased", NOON)
    with app.database.transaction() as tx:
        restoring.replay(tx, [*journal, erased], NOON + timedelta(hours=1))
    with app.database.reading() as tx:
        assert people.suppression_of(tx, app.keyring.fingerprint(BRUNO)) is None
        assert people.address_of(tx, app.keyring.fingerprint(ANNE)) is None
    assert rights.find(app, BRUNO, NOON).tables["subscription"][0]["state"] == "active"


def test_an_export_is_read_by_any_program_and_runs_no_formula(app: App) -> None:
    with app.database.transaction() as tx:
        tx.execute(tables.contacts.update().values(name='=HYPERLINK("x")'))
    found = rights.find(app, ANNE, NOON)
    assert json.loads(json.dumps(found.as_json()))["contact"][0]["name"].startswith("=")
    assert "contact;1;name;\"'=HYPERLINK" in found.as_csv()


def test_nobody_is_found_for_an_address_that_we_do_not_know(app: App) -> None:
    with pytest.raises(NotFound, match="We hold nothing about"):
        rights.forget(app, "personne@courriel.example", NOON)
