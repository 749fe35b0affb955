"""An issue looked at before it leaves."""

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailer.app import App
from mailer.content.findings import NO_BANNER
from mailer.demo.receiver import Receiver, receiver_in_thread
from mailer.domain.findings import Level
from mailer.domain.letter_lint import CLIPPED_LETTER, SHORT_PREHEADER
from mailer.domain.link_lint import GONE, SWALLOWED
from mailer.domain.tokens import Purpose
from mailer.errors import BadToken, Refused, RelayRefuses, RelayUnreachable
from mailer.services import proofing, publishing
from mailer.services.feedback import Tracker
from mailer.transport.pages import Walker
from tests.linked_pages import running
from tests.sites import CADENCE, ISSUE, NOON, open_site, release, subscribe, write_campaign, write_issue, write_site

NAME = "lettre/2026-03"


def test_all_mistakes_of_an_issue_are_findings_with_their_line(app: App) -> None:
    write_issue(app.site, NAME, ISSUE.replace("number =", "numbre =").replace("::: article", "::: artcle"))
    found = [one for one in proofing.check_issue(app, NAME, NOON) if one.level is Level.ERROR]
    assert {one.line for one in found} >= {4}
    assert len(found) >= 2


def test_a_good_issue_has_no_error(app: App) -> None:
    assert [one for one in proofing.check_issue(app, NAME, NOON) if one.level is Level.ERROR] == []


def test_the_letter_as_it_would_leave_is_judged_too_once_for_all_audiences(app: App) -> None:
    pasted = ISSUE.replace("https://lavoir.example/horaires", "https://lavoir.example/horaires.")
    write_issue(app.site, NAME, pasted.replace(" et la laverie aussi", ""), audience='audience = ["lettre", "tous"]')
    found = {one.sentence: one.level for one in proofing.check_issue(app, NAME, NOON)}
    assert found == {SHORT_PREHEADER: Level.ADVICE, SWALLOWED: Level.WARNING, NO_BANNER: Level.WARNING}


def test_too_long_a_letter_is_an_error_before_gmail_cuts_it_off(app: App) -> None:
    write_issue(app.site, NAME, ISSUE + "\n::: text\n" + "Le lavoir rouvre samedi. " * 4500 + "\n:::\n")
    assert {one.sentence for one in proofing.check_issue(app, NAME, NOON)} == {CLIPPED_LETTER}


def test_every_page_linked_to_is_followed_when_asked_and_none_otherwise(app: App) -> None:
    with running() as pages:
        linked = ISSUE.replace("https://jardin.lavoir.example/ouverture", pages.url("/404"))
        write_issue(app.site, NAME, linked.replace("https://lavoir.example/horaires", pages.url("/horaires")))
        assert asyncio.run(proofing.look_further(app, NAME, NOON)) == []
        assert pages.asked == []
        walker = Walker(timeout_s=2, stays_outside=False)
        found = asyncio.run(proofing.look_further(app, NAME, NOON, walker))
    assert [one.sentence for one in found] == [GONE]
    assert {path for _, path in pages.asked} == {"/404", "/horaires"}


def test_an_issue_with_mistakes_has_no_letter_to_look_at_further(app: App) -> None:
    write_issue(app.site, NAME, ISSUE.replace("number =", "numbre ="))
    assert asyncio.run(proofing.look_further(app, NAME, NOON)) == []


def test_a_preview_is_three_files_whose_links_do_nothing(app: App, tmp_path: Path) -> None:
    written = proofing.preview_issue(app, NAME, tmp_path / "out", NOON)
    assert [path.name for path in written] == ["letter.html", "letter.txt", "letter.eml"]
    html = (tmp_path / "out" / "letter.html").read_text(encoding="utf-8")
    assert html.startswith("<!DOCTYPE html>")
    assert len(html.encode()) < 90_000
    for token in re.findall(r"/u/([\w-]{22})", html):
        with pytest.raises(BadToken):
            app.keyring.read(Purpose.LEAVE, token)
    for token in re.findall(r"/o/([\w-]{32})", html):
        assert not Tracker(app).record_hit(token, 0, "GET", {}, NOON)


def test_each_further_audience_has_its_own_preview(app: App, tmp_path: Path) -> None:
    write_issue(app.site, NAME, audience='audience = ["lettre", "tous"]')
    names = [path.name for path in proofing.preview_issue(app, NAME, tmp_path / "out", NOON)]
    assert "letter-tous.html" in names


def test_a_preview_that_cannot_be_written_says_where(app: App, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Refused, match="file"):
        proofing.preview_issue(app, NAME, tmp_path / "file" / "out", NOON)


def test_a_test_letter_is_marked_and_leaves_for_one_address(tmp_path: Path) -> None:
    taken: list[bytes] = []
    relay = Receiver(on_letter=lambda _, __, content: taken.append(content))
    with receiver_in_thread(relay), open_site(write_site(tmp_path), MAILER_SMTP__PORT=str(relay.port)) as app:
        asyncio.run(proofing.send_test(app, NAME, "odile@lavoir.example", NOON))
    assert len(taken) == 1
    assert b"[TEST]" in taken[0]


def test_a_refused_test_letter_and_a_dead_relay_are_told(tmp_path: Path) -> None:
    relay = Receiver(refuse_recipient=lambda _: b"550 5.1.1 nobody")
    with (
        receiver_in_thread(relay),
        open_site(write_site(tmp_path), MAILER_SMTP__PORT=str(relay.port)) as app,
        pytest.raises(RelayRefuses, match="nobody"),
    ):
        asyncio.run(proofing.send_test(app, NAME, "odile@lavoir.example", NOON))
    with open_site(app.site, MAILER_SMTP__PORT="9") as app, pytest.raises(RelayUnreachable):
        asyncio.run(proofing.send_test(app, NAME, "odile@lavoir.example", NOON))


def test_the_sites_check_names_files_that_changed_after_approval_and_after_release(app: App) -> None:
    subscribe(app, ["anne@courriel.example"])
    publishing.approve(app, NAME, "Odile", NOON)
    assert _changes(app) == []
    write_issue(app.site, NAME, ISSUE.replace("samedi", "dimanche"))
    assert "approve it again" in _changes(app)[0]
    release(app, NAME)
    write_issue(app.site, NAME, ISSUE)
    assert "stays as it left" in _changes(app)[0]


def test_two_issues_for_one_slot_are_told_at_the_second(app: App) -> None:
    write_campaign(app.site)
    write_issue(app.site, "lettre/2026-03-bis")
    said = "the slot planned on 2026-03-04 is already that of lettre/2026-03"
    assert [one for one in proofing.check_issue(app, NAME, NOON) if one.level is Level.ERROR] == []
    for found in (proofing.check_issue(app, "lettre/2026-03-bis", NOON), proofing.check_site(app, NOON)):
        [error] = [one for one in found if one.level is Level.ERROR]
        assert str(error).startswith(f"campaigns/lettre/2026-03-bis/issue.md:5: {said}")


def test_the_sites_check_tells_holidays_wrong_folders_and_wrong_moves(app: App) -> None:
    write_campaign(app.site)
    (app.site / "campaigns" / "lettre" / "Avril 2026").mkdir()
    before = datetime(2024, 12, 1, tzinfo=UTC)
    said = [str(one) for one in proofing.check_site(app, before)]
    assert any("New Year's Day" in one and "[cadence.moved_to]" in one for one in said)
    assert any('"Avril 2026" cannot be a name here' in one for one in said)
    write_campaign(app.site, more=f"{CADENCE}[cadence.moved_to]\n2025-01-02 = 2025-01-08\n")
    [error] = proofing.check_site(app, before)
    assert (error.level, error.line) == (Level.ERROR, 11)


def _changes(app: App) -> list[str]:
    return [str(one) for one in proofing.check_site(app, NOON) if "changed since" in one.sentence]
