"""A backup put back: the same installation, nothing sent twice, whoever refused meanwhile still refuses."""

import gzip
import os
import shutil
import stat
import subprocess
import sys
import tarfile
import threading
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, insert, select

from mailer.app import App
from mailer.app.backups import unpack
from mailer.app.oppositions import JOURNAL
from mailer.domain.deliveries import DeliveryState
from mailer.domain.issues import IssueState
from mailer.domain.tokens import Purpose
from mailer.errors import MailerError, Refused, StoreError
from mailer.services import measuring, people, publishing, safekeeping, subscriptions
from mailer.services.safekeeping import RestoreReport, restore, verify
from mailer.store import deliveries, issues, tables
from mailer.store.copies import NO_TOOL, OLD_TOOL, postgresql_tool
from mailer.store.database import Database
from mailer.store.tables import addresses, batches, suppressions
from mailer.store.tables import deliveries as rows
from mailer.store.tables import subscriptions as subscribed
from tests.journeys.programs import environment
from tests.services.conftest import Installation
from tests.sites import CONFIG, NOON, open_site, release, subscribe, write_issue, write_site

NAME = "lettre/2026-03"
READERS = [f"lectrice{number}@courriel.example" for number in range(12)]
LATER = NOON + timedelta(days=1)


@pytest.fixture
def sending(installation: Installation) -> Installation:
    """An issue on its way: one letter sent, one in a sender's hands, the others waiting."""
    with installation.open() as app:
        subscribe(app, READERS)
        release(app, NAME)
        with app.database.transaction() as tx:
            ids = list(tx.execute(select(rows.c.id).order_by(rows.c.id)).scalars())
            deliveries.claim(tx, "a claim", 2, 0, NOON)
            tx.execute(rows.update().where(rows.c.id == ids[0]).values(state="sent", settled_at=NOON, claim_id=None))
            tx.execute(rows.update().where(rows.c.id == ids[1]).values(state="sending"))
    return installation


def back_up(installation: Installation, file: Path) -> Path:
    with installation.open() as app:
        return safekeeping.back_up(app, file, NOON).file


def put_back(place: Installation, file: Path, keys: Path | None = None, passphrase: str = "") -> RestoreReport:
    return restore(place.site, file, place.settings, LATER, keys=keys, passphrase=passphrase)


def states(app: App) -> dict[DeliveryState, int]:
    with app.database.reading() as tx:
        row = issues.find(tx, NAME)
        assert row is not None
        return deliveries.counts(tx, row.id)


# The same installation ----------------------------------------------------------------------------------------------


def test_an_empty_folder_becomes_the_same_installation(sending: Installation, tmp_path: Path) -> None:
    write_issue(sending.site, "lettre/été 2026", audience='audience = ["lettre"]')
    file = back_up(sending, tmp_path / "backup.tar.gz")
    elsewhere = sending.elsewhere()
    report = put_back(elsewhere, file)
    assert (report.aside, report.kept_config) == ((), False)
    with sending.open() as before, elsewhere.open() as after:
        assert after.keyring.token(Purpose.LEAVE, 7) == before.keyring.token(Purpose.LEAVE, 7)
        assert everyone(after) == everyone(before) != []
    for path in [path for path in sending.site.rglob("*") if path.is_file() and "var" not in path.parts]:
        assert (elsewhere.site / path.relative_to(sending.site)).read_bytes() == path.read_bytes()


def test_what_may_have_left_is_unknown_and_its_issue_waits(sending: Installation, tmp_path: Path) -> None:
    file = back_up(sending, tmp_path / "backup.tar.gz")
    elsewhere = sending.elsewhere()
    report = put_back(elsewhere, file)
    assert [(one.name, one.unknown) for one in report.unfinished] == [(NAME, len(READERS) - 1)]
    with elsewhere.open() as app:
        assert states(app) == {DeliveryState.SENT: 1, DeliveryState.UNKNOWN: len(READERS) - 1}
        status = publishing.show(app, NAME)
        assert status.state is IssueState.PAUSED
        assert "sauvegarde" in status.pause_reason
        assert {one.address for one in status.unsettled} < set(READERS)
        with app.database.transaction() as tx:
            assert deliveries.claim(tx, "another", 100, 60, LATER) == []


def test_what_was_due_later_still_waits_and_only_needs_a_person(installation: Installation, tmp_path: Path) -> None:
    with installation.open() as app:
        subscribe(app, READERS)
        publishing.approve(app, NAME, "Odile", NOON)
        publishing.release(app, NAME, NOON, at=LATER + timedelta(days=7))
    file = back_up(installation, tmp_path / "backup.tar.gz")
    elsewhere = installation.elsewhere()
    assert [one.unknown for one in put_back(elsewhere, file).unfinished] == [0]
    with elsewhere.open() as app:
        assert states(app) == {DeliveryState.QUEUED: len(READERS)}
        assert publishing.show(app, NAME).state is IssueState.PAUSED


def test_a_finished_issue_stays_finished_and_an_approved_one_is_named(
    installation: Installation, tmp_path: Path
) -> None:
    with installation.open() as app:
        subscribe(app, READERS)
        release(app, NAME)
        with app.database.transaction() as tx:
            tx.execute(rows.update().values(state="sent", settled_at=NOON))
        publishing.approve(app, "bureau/2026-03", "Odile", NOON)
    file = back_up(installation, tmp_path / "backup.tar.gz")
    elsewhere = installation.elsewhere()
    report = put_back(elsewhere, file)
    assert (report.unfinished, report.held) == ((), ("bureau/2026-03",))
    with elsewhere.open() as app:
        assert publishing.show(app, NAME).state is IssueState.RELEASED


def test_what_the_journal_says_left_does_not_leave_again(installation: Installation, tmp_path: Path) -> None:
    with installation.open() as app:
        subscribe(app, READERS)
        publishing.approve(app, NAME, "Odile", NOON)
    file = back_up(installation, tmp_path / "backup.tar.gz")
    with installation.open() as app:
        publishing.release(app, NAME, LATER)
    report = put_back(installation, file)
    assert (report.held, report.departed) == ((NAME,), (NAME,))
    with installation.open() as app:
        assert publishing.show(app, NAME).state is IssueState.APPROVED
        assert publishing.attend(app, LATER).released == ()
        publishing.approve(app, NAME, "Karim", LATER)
        with pytest.raises(Refused):
            publishing.release(app, NAME, LATER)


def test_an_approved_issue_waits_for_a_person_after_a_restore(installation: Installation, tmp_path: Path) -> None:
    with installation.open() as app:
        subscribe(app, READERS)
        publishing.approve(app, NAME, "Odile", NOON)
    put_back(installation, back_up(installation, tmp_path / "backup.tar.gz"))
    with installation.open() as app:
        assert publishing.attend(app, LATER).released == ()
        publishing.release(app, NAME, LATER)
        assert states(app) == {DeliveryState.QUEUED: len(READERS)}


def test_no_id_that_a_letter_may_carry_is_given_again(sending: Installation, tmp_path: Path) -> None:
    file = back_up(sending, tmp_path / "backup.tar.gz")
    with sending.open() as app:
        before = highest(app)
    elsewhere = sending.elsewhere()
    put_back(elsewhere, file)
    with elsewhere.open() as app:
        subscribe(app, ["nouvelle@courriel.example"], "bureau", LATER)
        release(app, "bureau/2026-03", LATER)
        after = highest(app)
    assert all(new > old + 9_999 for new, old in zip(after, before, strict=True))


def highest(app: App) -> list[int]:
    with app.database.reading() as tx:
        return [
            int(tx.execute(select(func.max(table.c.id))).scalar_one()) for table in (addresses, rows, tables.issues)
        ]


def everyone(app: App) -> list[tuple[str, str, str]]:
    with app.database.reading() as tx:
        joined = addresses.join(subscribed, subscribed.c.address_id == addresses.c.id)
        found = select(addresses.c.address, subscribed.c.list_slug, subscribed.c.state).select_from(joined)
        return [(row[0], row[1], row[2]) for row in tx.execute(found.order_by(addresses.c.canonical))]


# Whoever refused ----------------------------------------------------------------------------------------------------


def test_whoever_refused_after_the_backup_still_refuses(sending: Installation, tmp_path: Path) -> None:
    file = back_up(sending, tmp_path / "backup.tar.gz")
    with sending.open() as app:
        token = {at: app.keyring.token(Purpose.LEAVE, number) for at, number in enumerate(ids(app))}
        subscriptions.leave(app, token[3], LATER)
        subscriptions.oppose(app, token[4], LATER)
        choice = app.keyring.token(Purpose.PREFERENCES, ids(app)[5])
        subscriptions.choose(app, choice, frozenset(), LATER)
        opposed = tmp_path / "oppositions.csv"
        opposed.write_text(f"email\n{READERS[6]}\ninconnue@courriel.example\n")
        people.import_oppositions(app, opposed, LATER, dry_run=False)
        people.import_oppositions(app, opposed, LATER, dry_run=True)
        subscribe(app, ["venue-puis-partie@courriel.example"], now=LATER)
    report = put_back(sending, file)
    assert (report.replayed.opposed, report.replayed.strangers) == (3, 0)
    assert report.replayed.left == 3
    with sending.open() as app, app.database.reading() as tx:
        left = {address for address, slug, state in everyone(app) if (slug, state) == ("lettre", "left")}
        assert left == {address_of(app, number) for number in (3, 4, 5)}
        assert tx.execute(select(func.count()).select_from(suppressions)).scalar_one() == 3
    with sending.open() as app:
        assert publishing.settle(app, NAME, DeliveryState.QUEUED, LATER) > 0
        assert states(app)[DeliveryState.SKIPPED] == 4


def test_whoever_would_not_be_counted_any_more_after_the_backup_still_is_not(
    sending: Installation, tmp_path: Path
) -> None:
    with sending.open() as app:
        tokens = [app.keyring.token(Purpose.PREFERENCES, number) for number in ids(app)[:3]]
        for token in tokens:
            measuring.choose(app, token, allowed=True, now=NOON)
    file = back_up(sending, tmp_path / "backup.tar.gz")
    with sending.open() as app:
        measuring.choose(app, tokens[0], allowed=False, now=LATER)
        measuring.choose(app, tokens[1], allowed=False, now=LATER)
        measuring.choose(app, tokens[1], allowed=True, now=LATER + timedelta(hours=1))
    put_back(sending, file)
    with sending.open() as app:
        assert [measuring.standing(app, token).choice for token in tokens] == ["denied", "granted", "granted"]


def test_whoever_left_and_is_not_in_the_backup_is_told_of(sending: Installation, tmp_path: Path) -> None:
    file = back_up(sending, tmp_path / "backup.tar.gz")
    with sending.open() as app:
        subscribe(app, ["venue@courriel.example"], "bureau", now=LATER)
        release(app, "bureau/2026-03", LATER)
        subscriptions.leave(app, app.keyring.token(Purpose.LEAVE, ids(app)[-1]), LATER)
    report = put_back(sending, file)
    assert (report.replayed.left, report.replayed.strangers) == (0, 1)


def test_whoever_came_back_before_the_backup_stays(sending: Installation, tmp_path: Path) -> None:
    with sending.open() as app:
        number = ids(app)[3]
        subscriptions.leave(app, app.keyring.token(Purpose.LEAVE, number), NOON - timedelta(days=2))
        subscriptions.choose(app, app.keyring.token(Purpose.PREFERENCES, number), frozenset(["lettre"]), NOON)
    report = put_back(sending, back_up(sending, tmp_path / "backup.tar.gz"))
    assert report.replayed.left == 0
    with sending.open() as app:
        assert {state for _, _, state in everyone(app)} == {"active"}


def test_a_refusal_that_cannot_be_noted_is_not_half_taken(sending: Installation) -> None:
    with sending.open() as app:
        shutil.rmtree(sending.site / JOURNAL.parent)
        (sending.site / JOURNAL.parent).write_text("a file where the folder should be")
        with pytest.raises(StoreError, match="nothing was changed"):
            subscriptions.leave(app, app.keyring.token(Purpose.LEAVE, ids(app)[3]), LATER)
        assert {state for _, _, state in everyone(app)} == {"active"}


def test_the_journal_names_nobody(sending: Installation) -> None:
    with sending.open() as app:
        subscriptions.oppose(app, app.keyring.token(Purpose.LEAVE, ids(app)[3]), LATER)
    written = (sending.site / JOURNAL).read_text()
    assert written.count("\n") == 2
    assert "@" not in written
    assert "lectrice" not in written


def ids(app: App) -> list[int]:
    with app.database.reading() as tx:
        return list(tx.execute(select(rows.c.id).order_by(rows.c.id)).scalars())


def address_of(app: App, at: int) -> str:
    with app.database.reading() as tx:
        found = select(addresses.c.address).join(rows, rows.c.address_id == addresses.c.id).order_by(rows.c.id)
        return str(list(tx.execute(found).scalars())[at])


# Over what is there -------------------------------------------------------------------------------------------------


def test_what_is_replaced_is_kept_aside_and_twice_does_no_harm(sending: Installation, tmp_path: Path) -> None:
    file = back_up(sending, tmp_path / "backup.tar.gz")
    with sending.open() as app:
        subscribe(app, ["apres@courriel.example"], now=LATER)
        count = len(everyone(app))
    first, second = put_back(sending, file), put_back(sending, file)
    assert len(first.aside) == len(second.aside) == 1
    assert first.aside != second.aside
    assert sending.kept(first.aside[0]) == count
    assert sending.kept(second.aside[0]) == count - 1
    with sending.open() as app:
        assert states(app)[DeliveryState.UNKNOWN] == len(READERS) - 1


def test_files_written_since_are_kept_aside_and_config_toml_stays(sending: Installation, tmp_path: Path) -> None:
    file = back_up(sending, tmp_path / "backup.tar.gz")
    issue = write_issue(sending.site, NAME, "written since")
    newer = write_issue(sending.site, "lettre/2026-04")
    config = sending.site / "config.toml"
    config.write_text(config.read_text() + "\n# changed since\n")
    report = put_back(sending, file)
    assert report.kept_config
    assert "changed since" in config.read_text()
    assert issue.read_text() != "written since"
    assert newer.exists()
    aside = sending.site / "var"
    assert [path.read_text() for path in aside.glob("before-restore-*/campaigns/lettre/2026-03/*")] == ["written since"]


def test_nobody_restores_under_a_running_program(sending: Installation, tmp_path: Path) -> None:
    file = back_up(sending, tmp_path / "backup.tar.gz")
    with sending.open() as app:
        with pytest.raises(Refused, match="at work on this site"):
            put_back(sending, file)
        assert states(app)[DeliveryState.SENT] == 1


@pytest.mark.postgres
@pytest.mark.parametrize("installation", ["postgresql"], indirect=True)
def test_nobody_restores_or_upgrades_while_a_sender_elsewhere_holds_letters(
    sending: Installation, tmp_path: Path
) -> None:
    file = back_up(sending, tmp_path / "backup.tar.gz")
    with sending.open() as app, app.database.transaction() as tx:
        assert len(deliveries.claim(tx, "of another machine", 3, 600, NOON)) == 3
    with pytest.raises(Refused, match="holds 3 letters"):
        put_back(sending, file)
    with pytest.raises(Refused, match="holds 3 letters"):
        safekeeping.upgrade(sending.site, sending.settings, LATER)


# A backup that is not one --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A good backup in a folder of its own, with its keys."""
    folder = tmp_path_factory.mktemp("good")
    with open_site(write_site(folder / "site")) as app:
        subscribe(app, READERS)
        safekeeping.back_up(app, folder / "good.tar.gz", NOON)
        safekeeping.back_up(app, folder / "good.age", NOON, passphrase="un lavoir au printemps")
    return folder / "good.tar.gz"


def fresh(folder: Path) -> Installation:
    return Installation(folder / "fresh", {})


def refused(place: Installation, file: Path, **options: str) -> str:
    """What is said; the folder holds nothing more than before."""
    with pytest.raises(MailerError) as told:
        put_back(place, file, Path(options["keys"]) if "keys" in options else None, options.get("passphrase", ""))
    left = [path for path in place.site.rglob("*") if path.is_file() and path.name != "at-work.lock"]
    assert left == []
    return str(told.value)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_backup_cut_short_is_refused(good: Path, tmp_path: Path, share: float) -> None:
    content = good.read_bytes()
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(content[: int(len(content) * share)])
    assert "is damaged or cut short" in (said := refused(fresh(tmp_path), cut)) or "is not a backup" in said


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_a_flipped_bit_is_found_or_changes_nothing(good: Path, tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(good.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= 1 << data.draw(st.integers(0, 7))
    (tmp_path / "flipped.tar.gz").write_bytes(content)
    folder = tmp_path / "unpacked"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        unpack(tmp_path / "flipped.tar.gz", folder)
    except Refused:
        return
    whole = tmp_path / "whole"
    shutil.rmtree(whole, ignore_errors=True)
    whole.mkdir()
    unpack(good, whole)
    for path in [path for path in whole.rglob("*") if path.is_file()]:
        assert (folder / path.relative_to(whole)).read_bytes() == path.read_bytes()


def tar_of(**members: bytes) -> bytes:
    held = BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz") as tar:
        for name, content in members.items():
            one = tarfile.TarInfo(name)
            one.size = len(content)
            tar.addfile(one, BytesIO(content))
    return held.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a backup",
        gzip.compress(b"not a tar, but compressed", mtime=0),
        tar_of(**{"holidays/photo.jpg": b"..."}),
        tar_of(**{"manifest.json": b"{}"}),
        tar_of(**{"manifest.json": b"[]", "database/x": b""}),
        tar_of(**{"manifest.json": b'{"program": "mailer", "format": 1, "members": []}', "database/x": b""}),
        tar_of(**{"site/../../escaped": b"here"}),
        tar_of(**{"/etc/mailer": b"here"}),
    ],
)
def test_a_file_of_another_program_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "other.tar.gz"
    file.write_bytes(content)
    said = refused(fresh(tmp_path), file)
    assert "is not a backup made by this program" in said or "is damaged or cut short" in said
    assert not (tmp_path / "escaped").exists()


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    assert "No such file" in refused(fresh(tmp_path), tmp_path / "none.tar.gz")


def test_an_encrypted_backup_opens_with_its_passphrase_only(good: Path, tmp_path: Path) -> None:
    sealed, keys = good.with_name("good.age"), f"{good}.keys"
    place = fresh(tmp_path)
    assert "this is not its passphrase" in refused(place, sealed, keys=keys, passphrase="un lavoir en hiver")
    assert "needs a passphrase" in refused(place, sealed, keys=keys)
    put_back(place, sealed, Path(keys), "un lavoir au printemps")
    with place.open() as app:
        assert len(everyone(app)) == len(READERS)


def test_an_encrypted_backup_shows_nothing(good: Path) -> None:
    content = good.with_name("good.age").read_bytes()
    assert content.startswith(b"age-encryption.org/v1\n-> scrypt ")
    assert b"lectrice" not in content
    assert b"lavoir" not in content


def test_a_backup_is_for_its_owner_and_the_keys_are_not_in_it(good: Path, tmp_path: Path) -> None:
    key = (good.parent / "site" / "var" / "keys" / "master.key").read_bytes()
    with tarfile.open(good) as tar:
        for member in tar:
            content = tar.extractfile(member)
            assert content is None or key.strip() not in content.read()
    keys = good.with_name(f"{good.name}.keys")
    assert keys.read_bytes() == key
    assert [stat.S_IMODE(path.stat().st_mode) for path in (good, keys)] == [0o600, 0o600]
    assert [path.name for path in good.parent.iterdir() if path.name.startswith(".")] == []
    alone = tmp_path / "alone.tar.gz"
    shutil.copy(good, alone)
    assert "The keys of this backup are needed" in refused(fresh(tmp_path), alone)


def test_the_keys_of_another_installation_are_refused(good: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.keys"
    other.write_text("ab" * 32 + "\n")
    assert "does not hold the keys of this backup" in refused(fresh(tmp_path), good, keys=str(other))
    other.write_text("nonsense")
    assert "does not hold a key" in refused(fresh(tmp_path), good, keys=str(other))


def test_a_backup_of_another_installation_does_not_replace_this_one(good: Path, installation: Installation) -> None:
    with installation.open() as app:
        subscribe(app, ["ici@courriel.example"])
    with pytest.raises(Refused):
        put_back(installation, good)
    with installation.open() as app:
        assert [address for address, _, _ in everyone(app)] == ["ici@courriel.example"]


def test_a_folder_that_holds_other_things_is_left_alone(good: Path, tmp_path: Path) -> None:
    (tmp_path / "fresh").mkdir()
    (tmp_path / "fresh" / "thesis.odt").write_text("years of work")
    with pytest.raises(Refused, match="neither a site nor empty"):
        put_back(fresh(tmp_path), good)


def test_verifying_changes_nothing_and_says_what_there_is(good: Path, tmp_path: Path) -> None:
    verified = verify(tmp_path / "fresh", good, {}, NOON, keys=None, passphrase="")
    assert (verified.manifest.rows["contact"], verified.later_oppositions) == (len(READERS), 0)
    assert [path for path in (tmp_path / "fresh").rglob("*") if path.is_file()] == []


# Making one ---------------------------------------------------------------------------------------------------------


def test_an_older_file_is_not_overwritten_unless_asked(installation: Installation, tmp_path: Path) -> None:
    file = back_up(installation, tmp_path / "backup.tar.gz")
    before = file.read_bytes()
    with installation.open() as app:
        with pytest.raises(Refused, match="exists already"):
            safekeeping.back_up(app, file, LATER)
        assert file.read_bytes() == before
        safekeeping.back_up(app, file, LATER, force=True)
    assert file.read_bytes() != before


def test_a_backup_is_of_one_moment_while_others_write(installation: Installation, tmp_path: Path) -> None:
    """Each writer's transaction adds a batch and an address: a backup holds both or neither."""
    with installation.open() as app:
        ended = threading.Event()
        writer = threading.Thread(target=write_pairs, args=(app.database, ended))
        writer.start()
        try:
            found = [pairs(app, tmp_path / f"{number}.tar.gz") for number in range(3)]
        finally:
            ended.set()
            writer.join()
    assert all(batches_in == addresses_in for batches_in, addresses_in in found)
    assert found[-1][0] > 0


def write_pairs(database: Database, ended: threading.Event) -> None:
    number = 0
    while not ended.is_set():
        number += 1
        address = f"{number}@courriel.example"
        one = {"address": address, "canonical": address, "domain": "courriel.example"}
        with database.transaction() as tx:
            tx.execute(insert(batches).values(file_name="x", list_slug=None, basis=None, imported_at=NOON))
            tx.execute(insert(addresses).values(**one, family=0, fingerprint=str(number).encode(), created_at=NOON))


def pairs(app: App, file: Path) -> tuple[int, int]:
    made = safekeeping.back_up(app, file, NOON)
    return made.rows["import_batch"], made.rows["address"]


def test_a_nightly_backup_is_named_by_its_moment_and_old_ones_go(app: App, tmp_path: Path) -> None:
    folder = tmp_path / "nightly"
    folder.mkdir()
    (folder / "mailer-notes.txt").write_text("mine")
    (folder / ".mailer-backup-cut").mkdir()
    for days in range(0, 40, 8):
        made = safekeeping.back_up_into(app, folder, NOON + timedelta(days=days), keep_days=30)
    assert made.removed == 1
    assert sorted(path.name for path in folder.iterdir() if path.suffix != ".keys") == [
        "mailer-20260312-110000.tar.gz",
        "mailer-20260320-110000.tar.gz",
        "mailer-20260328-110000.tar.gz",
        "mailer-20260405-110000.tar.gz",
        "mailer-notes.txt",
    ]
    assert not (folder / "mailer-20260304-110000.tar.gz.keys").exists()


FULL_DISK = """
import resource, sys
from pathlib import Path
from mailer.__main__ import main
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)),) * 2)
main()
"""


@pytest.mark.parametrize("limit", [40_000, 1_500_000])
def test_a_full_disk_leaves_no_part_of_a_backup(tmp_path: Path, limit: int) -> None:
    """Cut off in the copy of the database, and in the archive."""
    site = write_site(tmp_path / "site", f'language = "en"\n{CONFIG}')
    with open_site(site) as app:
        subscribe(app, [f"{number:04}-{os.urandom(30).hex()}@courriel.example" for number in range(1500)])
    (site / "campaigns" / "lettre" / "2026-03" / "photo.png").write_bytes(os.urandom(2_000_000))
    out = tmp_path / "out"
    words = [sys.executable, "-c", FULL_DISK, str(limit), "--site", str(site), "backup", str(out / "backup.tar.gz")]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=environment())  # noqa: S603 our own words
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert "cannot be copied to" in done.stderr or "cannot be written to" in done.stderr
    assert [path for path in out.rglob("*") if path.is_file()] == []


@pytest.mark.postgres
def test_a_tool_that_is_missing_or_too_old_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tool = tmp_path / "pg_dump"
    tool.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.1'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StoreError) as told:
        postgresql_tool("pg_dump", 99)
    assert told.value.sentence == OLD_TOOL
    with pytest.raises(StoreError) as told:
        postgresql_tool("pg_no_such_tool", 9)
    assert told.value.sentence == NO_TOOL
