"""Whole contact files on their way into the base and out again. The numbers are those of the table of dirty cases."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from mailer.app import App
from mailer.domain.meanings import ReadAs, Wish
from mailer.domain.people import Basis, SuppressionReason
from mailer.errors import Refused, WrongState
from mailer.services import people, publishing
from mailer.services.people import ImportReport, importing
from mailer.store import imports
from mailer.store import people as rows
from mailer.store.database import Connection
from mailer.store.tables import (
    addresses,
    affiliations,
    batches,
    contact_addresses,
    contact_changes,
    contacts,
    memberships,
    subscriptions,
    tags,
)
from tests.sites import NOON

LATER = NOON + timedelta(days=1)
EVERYTHING = (addresses, contacts, subscriptions, affiliations, contact_addresses, contact_changes, memberships, tags)
BASE = """Courriel;Nom;Prénom;Association;Fonction;Code postal;Étiquettes;Adhésion 2023
anne@ex.example / roche@ex.example;Roche;Anne;Radio Bief;trésorière;35000;presse;X
bao@ex.example;Lin;Bao;radio bief;;97410;;
secretariat@ormes.example;Kern;Zoé;Les Ormes;secrétaire;1000;;X
"""


def take(app: App, folder: Path, text: str, **said: object) -> ImportReport:
    path = folder / "base.csv"
    path.write_text(text, encoding="utf-8")
    wanted = {"list_slug": "lettre", "dry_run": False} | said
    return people.import_contacts(app, path, NOON, **wanted)  # type: ignore[arg-type]  # as the test says


def held(app: App) -> list[object]:
    """All that imports write, but for the imports themselves."""
    with app.database.reading() as tx:
        return [tx.execute(select(table).order_by(*table.primary_key)).all() for table in EVERYTHING]


def names(tx: Connection) -> dict[str, tuple[str, str]]:
    return {row.name: (row.kind, row.region) for row in tx.execute(select(contacts))}


def test_a_file_fills_the_base_and_leaves_it_as_it_was(app: App, tmp_path: Path) -> None:
    take(app, tmp_path, "email\nbao@ex.example\n")
    before = held(app)
    report = take(app, tmp_path, BASE)
    assert (report.rows, report.ready, report.new, report.changed, report.structures) == (3, 2, 3, 1, 1)
    with app.database.reading() as tx:
        assert names(tx) == {
            "Anne Roche": ("person", "BRE"),
            "Bao Lin": ("person", "RE"),
            "Les Ormes": ("structure", "ARA"),
            "Radio Bief": ("structure", ""),
            "Zoé Kern": ("person", ""),
        }
        roles = set(tx.execute(select(affiliations.c.role)).scalars())
        assert roles == {"trésorière", "", "secrétaire"}
        assert len(tx.execute(select(contact_addresses)).all()) == 1
        assert tx.execute(select(tags.c.slug)).scalars().all() == ["presse"]
        assert len(tx.execute(select(memberships)).all()) == 2
    assert report.batch is not None
    people.undo(app, report.batch, LATER)
    assert held(app) == before


def test_50_the_same_file_twice_changes_nothing(app: App, tmp_path: Path) -> None:
    first = take(app, tmp_path, BASE)
    before = held(app)
    again = take(app, tmp_path, BASE)
    assert (again.before, again.new, again.changed, again.merged) == (first.batch, 0, 0, 3)
    assert held(app) == before


def test_large_files_go_in_part_by_part_and_count_the_same(
    app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "AT_ONCE", 1)
    rehearsed = take(app, tmp_path, BASE, dry_run=True)
    done = take(app, tmp_path, BASE)
    assert (rehearsed.ready, rehearsed.structures) == (done.ready, done.structures) == (3, 1)
    assert done.batch is not None
    undone = people.undo(app, done.batch, LATER)
    assert (undone.contacts, undone.subscriptions) == (5, 3)


def test_an_import_that_breaks_leaves_nothing(app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = held(app)
    monkeypatch.setattr(importing, "AT_ONCE", 1)
    with breaking(monkeypatch), pytest.raises(ZeroDivisionError):
        take(app, tmp_path, BASE)
    assert held(app) == before
    assert take(app, tmp_path, BASE).ready == 3


def test_what_a_killed_import_left_is_taken_back_before_the_next(app: App) -> None:
    before = held(app)
    with app.database.transaction() as tx:
        half = imports.begin(tx, "half.csv", "lettre", Basis.INFORMED, NOON)
        rows.import_contacts(
            tx, [], app.keyring.fingerprint, list_slug="lettre", basis=Basis.INFORMED, file_name="", now=NOON,
            batch=half.number,
        )  # fmt: skip
    with pytest.raises(WrongState, match="still under way"):
        people.undo(app, half.number, NOON)
    with app.database.transaction() as tx:
        tx.execute(batches.update().values(lease_until=1.0))
    assert people.recover(app, LATER) == [half.number]
    assert people.recover(app, LATER) == []
    assert held(app) == before


def test_17_two_people_at_one_address_get_one_letter_and_one_departure(app: App, tmp_path: Path) -> None:
    report = take(
        app, tmp_path, "email;nom\nfoyer@ex.example;Anne Roche\nFOYER@ex.example;Bao Lin\nfoyer@ex.example;A. Roche\n"
    )
    assert (report.ready, report.new, report.merged) == (2, 2, 1)
    assert publishing.count_audience(app, "lettre/2026-03").total == 1


def test_16_a_further_address_is_its_owner_s(app: App, tmp_path: Path) -> None:
    take(app, tmp_path, BASE)
    report = take(app, tmp_path, "email;ville\nroche@ex.example;Rennes\n")
    assert (report.new, report.changed) == (0, 1)
    assert publishing.count_audience(app, "lettre/2026-03").total == 3


@pytest.mark.parametrize(
    "reason", [SuppressionReason.NO_MAILBOX, SuppressionReason.ERASED, SuppressionReason.SUSPENDED]
)
def test_34_35_36_who_bounced_or_was_erased_does_not_come_back(
    app: App, tmp_path: Path, reason: SuppressionReason
) -> None:
    with app.database.transaction() as tx:
        batch = rows.import_oppositions(tx, [], app.keyring.fingerprint, file_name="", now=NOON).batch
        assert batch
        print_of = app.keyring.fingerprint("anne@ex.example")
        tx.exec_driver_sql("INSERT INTO suppression VALUES (?, ?, '2026-01-01')", (print_of, reason.value))
    report = take(app, tmp_path, "email\nanne@ex.example\n")
    assert (report.ready, report.suppressed) == (0, 1)


def test_40_the_old_tool_s_refusals_come_first_at_every_address_they_name(app: App, tmp_path: Path) -> None:
    refusals = tmp_path / "refus.csv"
    refusals.write_text("email\nanne@ex.example / roche@ex.example\n", encoding="utf-8")
    assert people.import_oppositions(app, refusals, NOON, dry_run=False).ready == 2
    report = take(app, tmp_path, "email\nroche@ex.example\nbao@ex.example / anne@ex.example\n")
    assert (report.ready, report.suppressed) == (0, 2)


def test_51_what_a_person_wrote_by_hand_stays_and_the_difference_is_told(app: App, tmp_path: Path) -> None:
    take(app, tmp_path, "email;ville;code postal\nanne@ex.example;Rennes;35000\nbao@ex.example;Rennes;35000\n")
    with app.database.transaction() as tx:
        mine = select(addresses.c.id).where(addresses.c.canonical == "anne@ex.example").scalar_subquery()
        tx.execute(contacts.update().where(contacts.c.address_id == mine).values(edited=["city", "postcode"]))
    report = take(app, tmp_path, "email;ville;code postal\nanne@ex.example;Lyon;69001\nbao@ex.example;Lyon;69001\n")
    assert (report.new, report.changed) == (0, 1)
    assert {(note.values["kept"], note.values["said"]) for note in report.noted} >= {("Rennes", "Lyon"), ("BRE", "ARA")}
    with app.database.reading() as tx:
        assert sorted(tx.execute(select(contacts.c.city)).scalars()) == ["Lyon", "Rennes"]
    assert report.batch is not None
    people.undo(app, report.batch, LATER)
    with app.database.reading() as tx:
        assert set(tx.execute(select(contacts.c.city, contacts.c.region)).all()) == {("Rennes", "BRE")}


def test_52_old_contacts_are_there_on_information_and_opposition(app: App, tmp_path: Path) -> None:
    take(app, tmp_path, "email\nanne@ex.example\n")
    with app.database.reading() as tx:
        assert tx.execute(select(subscriptions.c.basis)).scalars().all() == [Basis.INFORMED]


def test_37_a_contact_that_said_no_is_kept_and_not_subscribed(app: App, tmp_path: Path) -> None:
    text = "email;newsletter\nanne@ex.example;plus tard\nbao@ex.example;oui\n"
    examined = people.examine(app, written(tmp_path, text))
    assert examined.wishes == {"plus tard": 1}
    take(app, tmp_path, text, read_as=ReadAs(values=(("plus tard", Wish.NO),)))
    assert publishing.count_audience(app, "lettre/2026-03").total == 1
    with app.database.reading() as tx:
        assert len(tx.execute(select(contacts)).all()) == 2


def test_10_how_a_file_was_read_is_remembered_for_the_next_of_its_shape(app: App, tmp_path: Path) -> None:
    text = "Contact principal;Qui\nanne@ex.example;Anne\n"
    with pytest.raises(Refused):
        people.examine(app, written(tmp_path, "Contact principal;Qui\nAnne;Anne\n"))
    said = ReadAs(corrected=(("Contact principal", "email"), ("Qui", "nom")))
    take(app, tmp_path, text, read_as=said)
    examined = people.examine(app, written(tmp_path, text.replace("nne", "lix")))
    assert (examined.remembered, examined.read_as.corrected) == (True, said.corrected)
    assert examined.tables[0].examples == (("alix@ex.example",), ("Alix",))
    assert take(app, tmp_path, text.replace("nne", "lix")).ready == 1


def test_each_row_and_what_became_of_it_stands_in_a_table(app: App, tmp_path: Path) -> None:
    table = tmp_path / "report.csv"
    text = "email;nom\nanne@ex.example;Anne\nx@gmial.com;X\nrien;Y\nanne@ex.example;Anne\n"
    take(app, tmp_path, text, dry_run=True, table=table)
    with table.open(encoding="utf-8-sig", newline="") as file:
        lines = [(line[0], line[2], line[3]) for line in csv.reader(file, delimiter=";")][1:]
    assert lines == [
        ("4", "", "refusée"),
        ("3", "x@gmial.com", "à vérifier"),
        ("2", "anne@ex.example", "nouveau contact"),
        ("5", "anne@ex.example", "même contact qu’une autre ligne"),
    ]


def test_a_row_that_waited_brings_all_that_it_says(app: App, tmp_path: Path) -> None:
    take(app, tmp_path, BASE.replace("anne@ex.example / roche@ex.example", "anne@ex,example"))
    [waiting] = people.to_check(app)
    people.take(app, waiting.number, NOON)
    with app.database.reading() as tx:
        assert tx.execute(select(tags.c.slug)).scalars().all() == ["presse"]
        assert names(tx)["Anne Roche"] == ("person", "BRE")


def written(folder: Path, text: str) -> Path:
    path = folder / "base.csv"
    path.write_text(text, encoding="utf-8")
    return path


@contextmanager
def breaking(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The last step of an import fails."""
    with monkeypatch.context() as patch:
        patch.setattr(imports, "finish", lambda *_: 1 / 0)
        yield
