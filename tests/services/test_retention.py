"""Nobody is kept for ever, and nobody is erased who was not asked (check 17); contacts come out as they went in."""

import csv
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from mailer import clock
from mailer.app import App
from mailer.domain.people import Basis, SuppressionReason
from mailer.domain.retention import silent_before
from mailer.domain.tokens import Purpose
from mailer.errors import BadToken, NotFound, ReaderRefused
from mailer.services import people, returns, rights, subscriptions
from mailer.services.rights import Retained
from mailer.store import people as stored
from mailer.store import tables
from tests.sites import CONFIG, NOON, open_site, release, subscribe, write_site

ANNE, BRUNO, CLEO = "anne@courriel.example", "bruno@courriel.example", "cleo@courriel.example"
THREE_YEARS = NOON.replace(year=2029)
DAY = timedelta(days=1)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    with open_site(write_site(tmp_path / "site", CONFIG + "\n[retention]\nquestions_a_day = 2\n")) as opened:
        subscribe(opened, [ANNE, BRUNO, CLEO])
        yield opened


def asked(app: App) -> list[tuple[str, str]]:
    """Who was asked, with the token of their link."""
    with app.database.reading() as tx:
        found = select(tables.notices.c.address, tables.notices.c.content).where(tables.notices.c.kind == "stay")
        rows = tx.execute(found.order_by(tables.notices.c.id)).all()
    return [(row.address, str(row.content["link"]).rpartition("/")[2]) for row in rows]


def deliver(app: App, at: datetime, state: str = "sent") -> None:
    """What the relay said of the questions that wait."""
    with app.database.transaction() as tx:
        waiting = tables.notices.update().where(tables.notices.c.state == "queued")
        tx.execute(waiting.values(state=state, settled_at=at))


def known(app: App) -> set[str]:
    with app.database.reading() as tx:
        return set(
            tx.execute(select(tables.addresses.c.address).where(tables.addresses.c.erased_at.is_(None))).scalars()
        )


def test_a_day_less_than_three_years_and_nobody_is_asked(app: App) -> None:
    assert rights.retain(app, THREE_YEARS - DAY) == Retained(0, 0, 0, 0)
    assert rights.foresee(app, THREE_YEARS + DAY) == Retained(2, 0, 0, 0)
    assert asked(app) == []


def test_who_does_not_answer_is_erased_and_who_stays_is_kept(app: App) -> None:
    now = THREE_YEARS + DAY
    assert rights.retain(app, now) == Retained(2, 0, 2, 0)
    assert rights.retain(app, now) == Retained(0, 0, 2, 0), "the day's questions are spent"
    deliver(app, now)
    (first, token), (second, _) = asked(app)
    assert not rights.question(app, token).answered
    assert rights.stay(app, token, now + 9 * DAY).answered
    assert rights.stay(app, token, now + 9 * DAY).answered
    assert rights.retain(app, now + 29 * DAY).erased == 0
    assert rights.retain(app, now + 30 * DAY).erased == 1
    assert known(app) == {ANNE, BRUNO, CLEO} - {second}
    with pytest.raises(NotFound, match="coded print"):
        rights.find(app, second, now)
    assert rights.find(app, first, now).tables["heard"][0]["way"] == "stay"


def test_nobody_is_erased_whose_question_did_not_leave(app: App) -> None:
    rights.retain(app, THREE_YEARS + DAY)
    assert rights.retain(app, THREE_YEARS + 400 * DAY).erased == 0, "it waits"
    deliver(app, THREE_YEARS + 400 * DAY, "failed")
    assert rights.retain(app, THREE_YEARS + 800 * DAY) == Retained(0, 0, 3, 3)
    assert known(app) == {ANNE, BRUNO, CLEO}


def test_whoever_refused_letters_is_not_written_to_and_not_erased(app: App) -> None:
    with app.database.transaction() as tx:
        for one in (ANNE, BRUNO, CLEO):
            found = stored.address_of(tx, app.keyring.fingerprint(one))
            assert found is not None
            stored.suppress(tx, found, SuppressionReason.OPPOSITION, NOON)
    assert rights.retain(app, THREE_YEARS + DAY) == Retained(0, 0, 0, 3)
    assert asked(app) == []


def test_a_letter_and_its_pixel_are_no_sign_of_life_but_a_choice_and_a_reply_are(app: App) -> None:
    release(app, "lettre/2026-03")
    later = NOON + 400 * DAY
    with app.database.reading() as tx:
        delivery, address = tables.deliveries.c, tables.addresses.c
        found = select(delivery.id).join(tables.addresses, address.id == delivery.address_id)
        number = tx.execute(found.where(address.canonical == ANNE)).scalar_one()
    subscriptions.one_a_month(app, app.keyring.token(Purpose.PREFERENCES, number), True, later)
    reply = f"From: Bruno <{BRUNO}>\nTo: lettre@lavoir.example\nSubject: merci\n\nMerci pour cette lettre.\n"
    returns.ingest(app, reply.encode(), later)
    rights.retain(app, THREE_YEARS + DAY)
    assert [one for one, _ in asked(app)] == [CLEO]


def test_whoever_does_anything_has_answered(app: App) -> None:
    now = THREE_YEARS + DAY
    rights.retain(app, now)
    deliver(app, now)
    for one, _ in asked(app):
        returns.ingest(app, f"From: {one}\nTo: a@b.example\nSubject: re\n\nOui.\n".encode(), now + DAY)
    assert rights.retain(app, now + 31 * DAY).erased == 0
    assert len(known(app)) == 3


def test_the_link_of_somebody_erased_says_so_and_a_foreign_one_nothing(app: App) -> None:
    now = THREE_YEARS + DAY
    rights.retain(app, now)
    (one, token), _ = asked(app)
    rights.forget(app, one, now)
    with pytest.raises(ReaderRefused, match="erased"):
        rights.stay(app, token, now)
    with pytest.raises(BadToken):
        rights.question(app, app.keyring.token(Purpose.DATA, 1))


def test_the_clock_asks_once_a_day(app: App) -> None:
    kept = clock.tick(app, THREE_YEARS + DAY).kept
    assert kept is not None
    assert kept.asked == 2
    assert len(asked(app)) == 2


def test_a_leap_day_is_three_years_ago_too() -> None:
    assert silent_before(datetime.fromisoformat("2028-02-29T12:00+00:00"), 3).day == 28


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, delimiter=";"))


def test_with_a_list_only_those_come_out_who_would_get_its_next_issue(app: App) -> None:
    subscribe(app, ["david@courriel.example"], list_slug="bureau")
    with app.database.transaction() as tx:
        found = stored.address_of(tx, app.keyring.fingerprint(ANNE))
        assert found is not None
        stored.suppress(tx, found, SuppressionReason.OPPOSITION, NOON)
    out = app.site / "lettre.csv"
    assert rights.export_contacts(app, out, NOON, "lettre").count == 2
    assert [row[0] for row in read(out)] == ["email", BRUNO, CLEO]
    assert out.stat().st_mode & 0o077 == 0
    assert rights.export_contacts(app, out, NOON).count == 4
    assert read(out)[1] == [ANNE, "Nom 0", "personne", "lettre", "oui"]
    with pytest.raises(NotFound, match="There is no list"):
        rights.export_contacts(app, out, NOON, "letre")


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=20)


@given(
    names=st.lists(st.one_of(NAMES, st.sampled_from(["=1+1", "@x", "-2", "+3", "'=x", 'a "b"; c', "é\n"])), max_size=6)
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_comes_out_goes_in_again_and_changes_nothing(app: App, names: list[str]) -> None:
    """Formulas are neutralised on the way out, and read back as they were."""
    with app.database.transaction() as tx:
        for at, name in enumerate(names):
            who = tables.contacts.c.id == at % 3 + 1
            tx.execute(tables.contacts.update().where(who).values(name=" ".join(name.split())))
    before = held(app)
    out = app.site / "tous.csv"
    rights.export_contacts(app, out, NOON)
    assert not [cell for row in read(out) for cell in row if cell.startswith(("=", "+", "-", "@", "\t"))]
    report = people.import_contacts(app, out, NOON, basis=Basis.INFORMED, dry_run=False)
    assert (report.ready, report.to_check, report.refused) == (0, 0, ())
    assert held(app) == before


def held(app: App) -> str:
    """What stands of contacts and addresses, but not by which import."""
    with app.database.reading() as tx:
        columns = (tables.contacts.c.id, tables.contacts.c.name, tables.contacts.c.kind, tables.contacts.c.address_id)
        return json.dumps([[*row] for row in tx.execute(select(*columns).order_by(tables.contacts.c.id))])


def test_the_register_says_what_this_installation_does(app: App) -> None:
    page = rights.register_page(app, NOON)
    for words in (
        "Registre des traitements",
        "La lettre du Lavoir",
        "Odile Urvoas",
        "3 ans",
        "30 jours",
        "bonjour@lavoir",
    ):
        assert words in page, words
    assert ANNE not in page
    assert page.count("À compléter") + page.count("à compléter") >= 3
