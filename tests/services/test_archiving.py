"""Old issues come into the archive once, and an issue is printed."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from mailer.app import App
from mailer.errors import NotFound
from mailer.services import archiving, reading
from tests.sites import NOON, release, subscribe

WORDS = "<p>Bonjour, voici la lettre d’été de notre association.</p>"


def test_a_folder_of_old_issues_comes_in_once_and_a_changed_file_replaces_its_own(app: App, tmp_path: Path) -> None:
    folder = tmp_path / "old"
    folder.mkdir()
    (folder / "2019-03-12.html").write_text(f"<title>Printemps</title>{WORDS}", encoding="utf-8")
    (folder / "2019-07-02.html").write_text(f"<title>Été</title>{WORDS}", encoding="utf-8")
    (folder / "x.html").write_text(WORDS, encoding="utf-8")
    dry = archiving.import_old_archive(app, "lettre", folder, NOON, dry_run=True)
    assert (len(dry.new), len(dry.problems)) == (2, 1)
    shelf = reading.open_shelf(app, "lettre")
    assert reading.issues_of(app, shelf, NOON) == []
    for new, unchanged in ((2, 0), (0, 2)):
        report = archiving.import_old_archive(app, "lettre", folder, NOON, dry_run=False)
        assert (len(report.new), len(report.changed), len(report.unchanged)) == (new, 0, unchanged)
    assert [one.subject for one in reading.issues_of(app, shelf, NOON)] == ["Été", "Printemps"]
    (folder / "2019-07-02.html").write_text(f"<title>L’été</title>{WORDS}", encoding="utf-8")
    assert len(archiving.import_old_archive(app, "lettre", folder, NOON, dry_run=False).changed) == 1
    assert [hit.issue.subject for hit in reading.search(app, [shelf], "ETE", NOON)] == ["L’été", "Printemps"]
    with pytest.raises(NotFound):
        archiving.import_old_archive(app, "nothing", folder, NOON, dry_run=False)


@pytest.mark.skipif(not shutil.which("chromium"), reason="Debian's chromium is not installed")
@pytest.mark.browser
def test_an_issue_is_printed_and_offered_where_it_may_be_read(app: App) -> None:
    subscribe(app, ["anne@courriel.example"])
    release(app, "lettre/2026-03")
    printed = archiving.print_issue(app, "lettre/2026-03", keep=True)
    assert printed.startswith(b"%PDF")
    shelf = reading.open_shelf(app, "lettre")
    later = NOON + timedelta(days=400)
    assert reading.pdf_of(app, shelf, "2026-03", later) == printed
    assert reading.page_of(app, shelf, "2026-03", later).issue.pdf == "/archive/lettre/2026-03.pdf"
    with pytest.raises(NotFound):
        archiving.print_issue(app, "lettre/2031-01", keep=False)
