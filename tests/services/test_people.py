"""Contacts brought in by file."""

from pathlib import Path

import pytest

from mailer.app import App
from mailer.errors import BadFiles, NotFound, Refused, WrongState
from mailer.services import people, publishing
from tests.sites import NOON, subscribe


def csv(folder: Path, text: str) -> Path:
    path = folder / "contacts.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_good_rows_come_in_and_bad_ones_are_named_by_line(app: App, tmp_path: Path) -> None:
    file = csv(tmp_path, "email;nom\nanne@courriel.example;Anne\npas-une-adresse;Bao\nANNE@courriel.example;Anne\n")
    report = people.import_contacts(app, file, NOON, list_slug="lettre", dry_run=False)
    assert (report.rows, report.ready, report.merged, len(report.refused)) == (3, 1, 1, 1)
    assert report.refused[0].line == 3


def test_a_dry_run_counts_the_same_and_changes_nothing(app: App, tmp_path: Path) -> None:
    file = csv(tmp_path, "email;nom\nanne@courriel.example;Anne\n")
    rehearsal = people.import_contacts(app, file, NOON, list_slug="lettre", dry_run=True)
    assert (rehearsal.ready, rehearsal.batch) == (1, None)
    assert publishing.count_audience(app, "lettre/2026-03").total == 0
    assert people.import_contacts(app, file, NOON, list_slug="lettre", dry_run=False).ready == 1


def test_the_same_file_twice_adds_nobody(app: App) -> None:
    subscribe(app, ["anne@courriel.example", "bao@courriel.example"])
    subscribe(app, ["anne@courriel.example", "bao@courriel.example"])
    assert publishing.count_audience(app, "lettre/2026-03").total == 2


def test_an_opposition_beats_every_import_before_and_after(app: App, tmp_path: Path) -> None:
    subscribe(app, ["anne@courriel.example", "bao@courriel.example"])
    people.import_oppositions(
        app, csv(tmp_path, "email\nanne@courriel.example\nchloe@courriel.example\n"), NOON, dry_run=False
    )
    assert publishing.count_audience(app, "lettre/2026-03").total == 1
    subscribe(app, ["anne@courriel.example", "chloe@courriel.example"])
    assert publishing.count_audience(app, "lettre/2026-03").total == 1


def test_an_unknown_list_and_a_list_by_rule_are_refused_before_anything_is_read(app: App, tmp_path: Path) -> None:
    file = csv(tmp_path, "email\nanne@courriel.example\n")
    with pytest.raises(NotFound, match='no list "lettres"'):
        people.import_contacts(app, file, NOON, list_slug="lettres", dry_run=False)
    with pytest.raises(Refused, match="by rule"):
        people.import_contacts(app, file, NOON, list_slug="tous", dry_run=False)


@pytest.mark.parametrize("text", ["", "nom;ville\nAnne;Lyon\n"])
def test_a_file_without_addresses_changes_nothing(app: App, tmp_path: Path, text: str) -> None:
    with pytest.raises((BadFiles, Refused)):
        people.import_contacts(app, csv(tmp_path, text), NOON, list_slug="lettre", dry_run=False)
    assert publishing.count_audience(app, "lettre/2026-03").total == 0


DOUBTFUL = "email;nom\nanne@courriel.example;Anne\nbao@gmial.com;Bao\nhélène@courriel.example;Hélène\n"


def test_rows_in_doubt_wait_and_nobody_is_written_to_for_them(app: App, tmp_path: Path) -> None:
    report = people.import_contacts(app, csv(tmp_path, DOUBTFUL), NOON, list_slug="lettre", dry_run=False)
    assert (report.rows, report.ready, report.to_check) == (3, 1, 2)
    assert [row.proposal for row in people.to_check(app)] == ["bao@gmail.com", "helene@courriel.example"]
    assert publishing.count_audience(app, "lettre/2026-03").total == 1


def test_a_person_takes_a_row_that_waited_or_leaves_it_out(app: App, tmp_path: Path) -> None:
    people.import_contacts(app, csv(tmp_path, DOUBTFUL), NOON, list_slug="lettre", dry_run=False)
    first, second = (row.number for row in people.to_check(app))
    people.take(app, first, NOON, "bao@courriel.example")
    people.drop(app, second, NOON)
    assert people.to_check(app) == []
    assert publishing.count_audience(app, "lettre/2026-03").total == 2
    with pytest.raises(NotFound, match="No row"):
        people.take(app, first, NOON)


def test_an_opposition_beats_the_second_look_too(app: App, tmp_path: Path) -> None:
    people.import_contacts(app, csv(tmp_path, DOUBTFUL), NOON, list_slug="lettre", dry_run=False)
    first, _ = (row.number for row in people.to_check(app))
    people.import_oppositions(app, csv(tmp_path, "email\nbao@gmail.com\n"), NOON, dry_run=False)
    with pytest.raises(Refused, match="left or opposed"):
        people.take(app, first, NOON)
    again = people.import_contacts(app, csv(tmp_path, DOUBTFUL), NOON, list_slug="lettre", dry_run=False)
    assert (again.rows, again.ready, again.merged, again.suppressed, again.to_check) == (3, 0, 1, 1, 1)


def test_a_doubtful_address_in_a_file_of_oppositions_is_opposed_as_it_was_meant(app: App, tmp_path: Path) -> None:
    report = people.import_oppositions(app, csv(tmp_path, DOUBTFUL), NOON, dry_run=False)
    assert (report.ready, report.to_check) == (3, 0)


def test_an_import_is_taken_back_once(app: App, tmp_path: Path) -> None:
    batch = people.import_contacts(app, csv(tmp_path, DOUBTFUL), NOON, list_slug="lettre", dry_run=False).batch
    assert batch is not None
    undone = people.undo(app, batch, NOON)
    assert (undone.contacts, undone.subscriptions, undone.doubts) == (1, 1, 2)
    assert publishing.count_audience(app, "lettre/2026-03").total == 0
    with pytest.raises(WrongState, match="was taken back"):
        people.undo(app, batch, NOON)
    with pytest.raises(NotFound, match="no import 99"):
        people.undo(app, 99, NOON)


def test_oppositions_are_not_taken_back_by_the_file(app: App, tmp_path: Path) -> None:
    batch = people.import_oppositions(app, csv(tmp_path, "email\nanne@courriel.example\n"), NOON, dry_run=False).batch
    assert batch is not None
    with pytest.raises(WrongState, match="oppositions"):
        people.undo(app, batch, NOON)
