"""From an approved letter to the queue."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from mailer.app import App
from mailer.errors import BadFiles, NotFound, Refused, WrongState
from mailer.services import publishing
from mailer.store import issues
from tests.sites import ISSUE, NOON, release, subscribe, write_issue

NAME = "lettre/2026-03"
READERS = ("anne@courriel.example", "bao@courriel.example", "chloe@courriel.example")


def skeleton(app: App, name: str = NAME) -> bytes:
    with app.database.reading() as tx:
        row = issues.find(tx, name)
        assert row is not None
        return issues.skeletons(tx, row.id)["lettre"]


def test_a_released_issue_is_queued_to_each_reader_once(app: App) -> None:
    subscribe(app, READERS)
    release(app, NAME)
    status = publishing.show(app, NAME)
    assert (status.state, status.audience, status.deliveries["queued"]) == ("released", 3, 3)


def test_an_issue_that_nobody_approved_is_not_released(app: App) -> None:
    subscribe(app, READERS)
    with pytest.raises(WrongState, match="not approved yet"):
        publishing.release(app, NAME, NOON)


def test_an_edit_voids_the_approval_and_says_which_file(app: App) -> None:
    subscribe(app, READERS)
    publishing.approve(app, NAME, "Odile", NOON)
    write_issue(app.site, NAME, ISSUE.replace("samedi", "dimanche"))
    with pytest.raises(WrongState, match=r"campaigns/lettre/2026-03/issue\.md"):
        publishing.release(app, NAME, NOON)


def test_an_edit_of_a_template_voids_the_approval_too(app: App) -> None:
    subscribe(app, READERS)
    shipped = next(folder for folder in app.templates if (folder / "email/sirene/layout.mjml").exists())
    publishing.approve(app, NAME, "Odile", NOON)
    own = app.site / "templates/email/sirene/layout.mjml"
    own.parent.mkdir(parents=True)
    own.write_text((shipped / "email/sirene/layout.mjml").read_text() + "\n")
    with pytest.raises(WrongState, match=r"templates/email/sirene/layout\.mjml"):
        publishing.release(app, NAME, NOON)


def test_approving_again_after_an_edit_freezes_the_new_bytes_and_forgets_the_old_approvals(app: App) -> None:
    publishing.approve(app, NAME, "Odile", NOON)
    before = skeleton(app)
    write_issue(app.site, NAME, ISSUE.replace("samedi", "dimanche"))
    status = publishing.approve(app, NAME, "Karim", NOON)
    assert status.approved_by == ("Karim",)
    assert skeleton(app) != before
    assert b"dimanche" in skeleton(app)


def test_a_second_person_approves_exactly_the_same_bytes(app: App) -> None:
    publishing.approve(app, NAME, "Odile", NOON)
    before = skeleton(app)
    later = NOON + timedelta(minutes=1)
    assert publishing.approve(app, NAME, "Karim", later).approved_by == ("Odile", "Karim")
    assert skeleton(app) == before


def test_the_same_person_twice_is_one_approval(app: App) -> None:
    publishing.approve(app, NAME, "Odile", NOON)
    with pytest.raises(WrongState, match="already approved"):
        publishing.approve(app, NAME, "Odile", NOON)


def test_a_campaign_that_wants_two_approvals_waits_for_the_second(app: App) -> None:
    campaign = app.site / "campaigns" / "lettre" / "campaign.toml"
    campaign.write_text(campaign.read_text() + "approvals = 2\n")
    subscribe(app, READERS)
    publishing.approve(app, NAME, "Odile", NOON)
    with pytest.raises(WrongState, match="needs 2 approvals and has 1"):
        publishing.release(app, NAME, NOON)
    publishing.approve(app, NAME, "Karim", NOON)
    assert publishing.release(app, NAME, NOON).state == "released"


def test_a_letter_never_leaves_twice(app: App) -> None:
    subscribe(app, READERS)
    release(app, NAME)
    with pytest.raises(WrongState, match="already released"):
        publishing.release(app, NAME, NOON)
    with pytest.raises(WrongState, match="already released"):
        publishing.approve(app, NAME, "Karim", NOON)
    assert publishing.show(app, NAME).audience == 3


def test_of_two_releases_at_once_one_wins(app: App) -> None:
    subscribe(app, READERS)
    publishing.approve(app, NAME, "Odile", NOON)

    def attempt(_: int) -> str:
        try:
            return publishing.release(app, NAME, NOON).state
        except WrongState as refused:
            return str(refused)

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(attempt, range(4)))
    assert told.count("released") == 1
    assert publishing.show(app, NAME).audience == 3


def test_an_empty_audience_is_refused_and_the_issue_stays_approved(app: App) -> None:
    publishing.approve(app, NAME, "Odile", NOON)
    with pytest.raises(Refused, match="audience is empty"):
        publishing.release(app, NAME, NOON)
    assert publishing.show(app, NAME).state == "approved"


def test_nothing_is_due_before_the_chosen_moment(app: App) -> None:
    subscribe(app, READERS)
    publishing.approve(app, NAME, "Odile", NOON)
    status = publishing.release(app, NAME, NOON, NOON + timedelta(hours=2))
    assert status.due_at == NOON + timedelta(hours=2)


def test_a_reader_of_two_lists_gets_one_letter_as_a_reader_of_the_first(app: App) -> None:
    subscribe(app, READERS[:1])
    subscribe(app, READERS, None)
    write_issue(app.site, NAME, audience='audience = ["lettre", "tous"]')
    count = publishing.count_audience(app, NAME)
    assert (count.by_list, count.total) == ({"lettre": 1, "tous": 2}, 3)


def test_what_is_cancelled_does_not_leave(app: App) -> None:
    subscribe(app, READERS)
    release(app, NAME)
    status = publishing.cancel(app, NAME, NOON)
    assert (status.state, status.deliveries["skipped"], status.deliveries["queued"]) == ("cancelled", 3, 0)
    with pytest.raises(WrongState):
        publishing.resume(app, NAME, NOON)


def test_pause_and_resume_are_told_apart_from_what_they_are_not(app: App) -> None:
    subscribe(app, READERS)
    release(app, NAME)
    with pytest.raises(WrongState):
        publishing.resume(app, NAME, NOON)
    assert publishing.pause(app, NAME, NOON, "une coquille").pause_reason == "une coquille"
    assert publishing.resume(app, NAME, NOON).state == "released"


def test_what_the_check_calls_an_error_stops_the_approval(app: App) -> None:
    write_issue(app.site, NAME, ISSUE.replace("https://lavoir.example/horaires", "http://localhost/horaires"))
    with pytest.raises(BadFiles, match="localhost"):
        publishing.approve(app, NAME, "Odile", NOON)


def test_an_unknown_issue_is_said_by_name(app: App) -> None:
    with pytest.raises(NotFound, match="lettre/2026-04"):
        publishing.show(app, "lettre/2026-04")
    with pytest.raises(NotFound):
        publishing.pause(app, NAME, NOON)


def test_a_draft_is_shown_with_the_audience_it_would_have(app: App) -> None:
    subscribe(app, READERS)
    status = publishing.show(app, NAME)
    assert (status.state, status.audience, status.released_at) == ("draft", 3, None)


def test_an_issue_with_mistakes_is_not_approved_and_all_mistakes_are_said(app: App) -> None:
    write_issue(app.site, NAME, ISSUE.replace("subject =", "subjet =").replace("::: lead", "::: leed"))
    with pytest.raises(BadFiles) as told:
        publishing.approve(app, NAME, "Odile", NOON)
    assert 'Did you mean "subject"?' in str(told.value)
    assert "lead" in str(told.value)


def test_an_approval_needs_a_name(app: App) -> None:
    with pytest.raises(Refused, match="--by"):
        publishing.approve(app, NAME, "  ", NOON)
