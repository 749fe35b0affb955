"""The yearly letter to everyone and a campaign of membership, from the file to the queue."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from mailer.app import App
from mailer.errors import Refused, WrongState
from mailer.services import audiences, contacts, foretelling, publishing, sending
from mailer.store.tables import addresses, deliveries, issues
from tests.sites import NOON, subscribe, write_issue

ANA, BO, CLE = (f"{name}@lavoir.example" for name in ("ana", "bo", "cle"))
EVERYONE = 'audience = ["lettre", "tous"]\nexceptional = true\nspread_hours = 12'


def approve(app: App, name: str, count: int) -> None:
    for who in ("Odile", "Yann"):
        publishing.approve(app, name, who, NOON, count)


def addressed(app: App, name: str) -> dict[str, str]:
    """The state of each letter, by address."""
    found = (
        select(addresses.c.canonical, deliveries.c.state)
        .join(addresses, addresses.c.id == deliveries.c.address_id)
        .join(issues, issues.c.id == deliveries.c.issue_id)
        .where(issues.c.name == name)
    )
    with app.database.reading() as tx:
        return {row.canonical: row.state for row in tx.execute(found)}


def test_the_yearly_letter_goes_to_everyone_once_and_ends_when_its_hours_are_over(app: App) -> None:
    subscribe(app, [ANA])
    subscribe(app, [BO, CLE], None)
    for name in ("lettre/2026-03", "lettre/2026-04"):
        write_issue(app.site, name, audience=EVERYONE)
    report = audiences.count(app, "lettre/2026-03", NOON)
    assert [(one.list_slug, one.count) for one in report.into] == [("lettre", 1), ("tous", 2)]
    approve(app, "lettre/2026-03", 3)
    foretold = foretelling.foretell_issue(app, "lettre/2026-03", NOON, NOON)
    publishing.release(app, "lettre/2026-03", NOON)
    rest = foretelling.foretell_issue(app, "lettre/2026-03", NOON)
    assert foretold is not None
    assert rest is not None
    assert foretold.end == NOON + timedelta(hours=12) >= rest.end > NOON
    soon = NOON + timedelta(days=28)
    assert audiences.count(app, "lettre/2026-04", soon).readers == 1
    approve(app, "lettre/2026-04", 1)
    publishing.release(app, "lettre/2026-04", soon)
    assert set(addressed(app, "lettre/2026-04")) == {ANA}


def test_an_exceptional_letter_for_nobody_new_is_refused(app: App) -> None:
    subscribe(app, [BO], None)
    for name in ("lettre/2026-03", "lettre/2026-04"):
        write_issue(app.site, name, audience=EVERYONE)
    approve(app, "lettre/2026-03", 1)
    publishing.release(app, "lettre/2026-03", NOON)
    approve(app, "lettre/2026-04", 0)
    with pytest.raises((Refused, WrongState), match="Nobody would receive"):
        publishing.release(app, "lettre/2026-04", NOON)


def test_who_joins_after_the_release_is_not_asked_any_more(app: App) -> None:
    subscribe(app, [ANA, BO, CLE], None)
    for address in (ANA, BO, CLE):
        contacts.member(app, address, "2025", NOON)
    contacts.member(app, ANA, "2026", NOON)
    write_issue(app.site, "lettre/adhesion", audience="renewal = true")
    publishing.approve(app, "lettre/adhesion", "Odile", NOON)
    publishing.release(app, "lettre/adhesion", NOON)
    assert addressed(app, "lettre/adhesion") == {BO: "queued", CLE: "queued"}
    contacts.member(app, BO, "2026", NOON)
    assert addressed(app, "lettre/adhesion") == {BO: "skipped", CLE: "queued"}
    with app.database.transaction() as tx:
        tx.exec_driver_sql(
            "INSERT INTO membership (contact_id, year) SELECT contact_id, 2026 FROM delivery WHERE state = 'queued'"
        )
    sending.recover(app, NOON)
    assert addressed(app, "lettre/adhesion") == {BO: "skipped", CLE: "skipped"}
