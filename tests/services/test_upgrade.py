"""A new version of the program meets a database of this one: refused until upgraded, with a backup first."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mailer.services import safekeeping
from mailer.store.schema import HEAD
from tests.journeys.programs import Said, environment
from tests.services.conftest import Installation
from tests.sites import NOON, subscribe

ROOT = Path(__file__).parents[2]
NEXT = f"{int(HEAD) + 1:0{len(HEAD)}}"
REVISION = """
from alembic import op
import sqlalchemy as sa

revision, down_revision, branch_labels, depends_on = "{next}", "{head}", None, None


def upgrade() -> None:
    op.create_table("garden", sa.Column("id", sa.Integer, primary_key=True))
    op.execute("{then}")
"""


@pytest.fixture(scope="module")
def next_version(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This program with one migration more."""
    folder = tmp_path_factory.mktemp("next")
    shutil.copytree(ROOT / "mailer", folder / "mailer", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "templates", folder / "templates")
    schema = folder / "mailer" / "store" / "schema.py"
    schema.write_text(re.sub(r"^HEAD = .*$", f'HEAD = "{NEXT}"', schema.read_text(), flags=re.MULTILINE))
    write_migration(folder, "SELECT 1")
    return folder


def write_migration(version: Path, then: str) -> None:
    file = version / "mailer" / "store" / "migrations" / "versions" / f"rev_{NEXT}.py"
    file.write_text(REVISION.format(next=NEXT, head=HEAD, then=then))
    shutil.rmtree(file.parent / "__pycache__", ignore_errors=True)


def run(version: Path, place: Installation, *words: str) -> Said:
    """A command of that version."""
    command = [sys.executable, "-m", "mailer", "--site", str(place.site), *words]
    environ = environment(**place.settings) | {"PYTHONPATH": str(version)}
    done = subprocess.run(command, cwd=version, env=environ, capture_output=True, text=True, check=False)  # noqa: S603 our own words
    return Said(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def with_people(installation: Installation) -> Installation:
    with installation.open() as app:
        subscribe(app, ["anne@courriel.example", "bao@courriel.example"])
    return installation


def revision(place: Installation) -> str:
    with place.open() as app, app.database.reading() as tx:
        return str(tx.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one())


def test_an_older_database_is_refused_then_upgraded_with_a_backup_first(
    with_people: Installation, next_version: Path
) -> None:
    write_migration(next_version, "SELECT 1")
    refused = run(next_version, with_people, "tick")
    assert refused.code == 1
    assert "mailer upgrade" in refused.err
    done = run(next_version, with_people, "upgrade", "--json").json
    assert (done["before"], done["after"]) == (HEAD, NEXT)
    backup = Path(done["backup"])
    assert backup.parent == with_people.site / "var" / "backups"
    assert run(next_version, with_people, "tick").code == 0
    assert run(next_version, with_people, "upgrade", "--json").json["backup"] is None
    # This version does not touch what the next one wrote, and its own backup brings it back.
    with pytest.raises(Exception, match="newer version"):
        with_people.open()
    verified = safekeeping.verify(with_people.site, backup, with_people.settings, NOON, keys=None, passphrase="")
    assert (verified.manifest.schema, verified.manifest.rows["contact"]) == (HEAD, 2)
    safekeeping.restore(with_people.site, backup, with_people.settings, NOON, keys=None, passphrase="")
    assert revision(with_people) == HEAD


def test_the_next_version_restores_an_older_backup_and_brings_it_up_to_date(
    with_people: Installation, next_version: Path, tmp_path: Path
) -> None:
    write_migration(next_version, "SELECT 1")
    with with_people.open() as app:
        file = safekeeping.back_up(app, tmp_path / "backup.tar.gz", NOON).file
    restored = run(next_version, with_people, "restore", str(file), "--yes")
    assert restored.code == 0, restored.err
    assert run(next_version, with_people, "tick").code == 0
    newer = run(next_version, with_people, "backup", str(tmp_path / "newer.tar.gz"))
    assert newer.code == 0, newer.err
    with pytest.raises(Exception, match="made by a newer version"):
        safekeeping.restore(
            with_people.site, tmp_path / "newer.tar.gz", with_people.settings, NOON, keys=None, passphrase=""
        )


def test_an_upgrade_that_fails_leaves_the_database_as_it_was_and_names_the_backup(
    with_people: Installation, next_version: Path
) -> None:
    write_migration(next_version, "INSERT INTO no_such_table VALUES (1)")
    failed = run(next_version, with_people, "upgrade")
    assert failed.code == 1
    assert "Traceback" not in failed.err
    backups = list((with_people.site / "var" / "backups").iterdir())
    assert len(backups) == 1
    assert str(backups[0]) in failed.err
    assert revision(with_people) == HEAD
    with with_people.open() as app, app.database.reading() as tx, pytest.raises(Exception, match="garden"):
        tx.exec_driver_sql("SELECT * FROM garden")


def test_nobody_upgrades_under_a_running_program(with_people: Installation, next_version: Path) -> None:
    with with_people.open():
        refused = run(next_version, with_people, "upgrade")
    assert refused.code == 1
    assert "at work" in refused.err
    assert not (with_people.site / "var" / "backups").exists()


def test_a_new_site_needs_no_upgrade(installation: Installation) -> None:
    done = safekeeping.upgrade(installation.site, installation.settings, NOON)
    assert (done.before, done.after, done.backup) == (None, HEAD, None)
    installation.open().close()
