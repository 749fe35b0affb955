"""`mailer backup`, `restore`, `upgrade`: what a person is told and asked, how each ends."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import NAME, Mailer

pytestmark = pytest.mark.usefixtures("released")

WORDS = "un lavoir au printemps"


def test_a_backup_says_where_it_is_and_that_the_keys_belong_elsewhere(mailer: Mailer, tmp_path: Path) -> None:
    file = tmp_path / "backup.tar.gz"
    said = mailer("backup", str(file))
    assert said.code == 0
    assert str(file) in said.out
    assert f"{file}.keys. Keep them apart" in said.out
    again = mailer("backup", str(file))
    assert (again.code, "exists already" in again.err) == (1, True)
    assert mailer("backup", str(file), "--force", "--no-keys").code == 0


def test_a_backup_into_a_folder_names_itself(mailer: Mailer, tmp_path: Path) -> None:
    told = mailer("backup", "--into", str(tmp_path / "nightly"), "--no-keys", "--json").json
    assert Path(told["file"]).parent == tmp_path / "nightly"
    assert (told["keys"], told["rows"]["contact"]) == (None, 3)


def test_a_file_or_a_folder_but_not_both_nor_none(mailer: Mailer) -> None:
    for words in ((), ("x", "--into", "y")):
        said = mailer("backup", *words)
        assert (said.code, "one of them" in said.err) == (1, True)


def test_encryption_needs_a_passphrase(mailer: Mailer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "backup.age"
    assert "--encrypt needs a passphrase" in mailer("backup", str(file), "--encrypt").err
    monkeypatch.setenv("MAILER_BACKUP__PASSPHRASE", WORDS)
    assert mailer("backup", str(file), "--encrypt").code == 0
    assert mailer("restore", str(file), "--dry-run").code == 0
    monkeypatch.setenv("MAILER_BACKUP__PASSPHRASE", "another")
    wrong = mailer("restore", str(file), "--dry-run")
    assert (wrong.code, "not its passphrase" in wrong.err) == (1, True)
    monkeypatch.delenv("MAILER_BACKUP__PASSPHRASE")
    assert "needs a passphrase" in mailer("restore", str(file), "--dry-run").err


def test_a_restore_asks_first_and_says_what_a_person_must_do_now(mailer: Mailer, tmp_path: Path) -> None:
    file = tmp_path / "backup.tar.gz"
    mailer("backup", str(file))
    asked = mailer("restore", str(file))
    assert (asked.code, "Nothing was restored" in asked.err) == (1, True)
    assert "is whole" in asked.out
    done = mailer("restore", str(file), "--yes")
    assert done.code == 0
    assert f"{NAME} is paused, 3 letters may have left or not" in done.out
    assert "What was there before is kept in" in done.out
    shown = mailer("issue", "show", NAME)
    assert shown.out.count("it may have left since") == 3


def test_a_restore_into_an_empty_folder_on_another_machine(
    mailer: Mailer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, empty = tmp_path / "backup.tar.gz", tmp_path / "empty"
    mailer("backup", str(file))
    empty.mkdir()
    monkeypatch.chdir(empty)
    told = mailer("restore", str(file), "--yes", "--json")
    assert told.code == 0, told.err
    assert json.loads(told.out)["aside"] == []
    assert mailer("check", "--json").code == 0


def test_what_cannot_be_restored_ends_with_1_and_a_sentence(mailer: Mailer, tmp_path: Path) -> None:
    (tmp_path / "letter.odt").write_text("Dear all")
    for name, sentence in (("letter.odt", "is not a backup made by this program"), ("none", "No such file")):
        said = mailer("restore", str(tmp_path / name), "--yes")
        assert (said.code, sentence in said.err) == (1, True)
    assert mailer("issue", "show", NAME).code == 0


def test_an_upgrade_of_what_is_up_to_date_says_so(mailer: Mailer, released: Path) -> None:
    said = mailer("upgrade")
    assert (said.code, "is up to date" in said.out) == (0, True)
    assert not (released / "var" / "backups").exists()
