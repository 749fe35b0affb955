"""What the clock does for issues: the right letter at its moment, once; and people told of what will not leave."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailer.app import App
from mailer.app.journal import RELEASES, read_releases
from mailer.clock import Ticked, tick
from mailer.domain.notices import NoticeState
from mailer.errors import NotFound, WrongState
from mailer.services import publishing, reading
from mailer.store import alerts, issues, slots
from mailer.store.tables import notices
from tests.sites import CONFIG, ISSUE, NOON, open_site, subscribe, write_issue, write_site

NAME, OTHER = "lettre/2026-03", "bureau/2026-03"
CADENCE = '\n[cadence]\nday = "first wednesday"\ntime = 12:00:00\nwithout = ["august"]\n'
STAFF = '\n[staff]\ntell = ["odile@lavoir.example", "karim@lavoir.example"]\n'
ENGLISH = f'language = "en"\n{CONFIG}{STAFF}'
READERS = ["anne@courriel.example", "bao@courriel.example"]
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
EARLIER = NOON - timedelta(days=20)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    """The monthly letter and its readers, a staff of two, and a clock that has looked before."""
    site = write_site(tmp_path / "site", ENGLISH)
    campaign = site / "campaigns" / "lettre" / "campaign.toml"
    campaign.write_text(campaign.read_text() + CADENCE)
    (site / "campaigns" / OTHER / "issue.md").unlink()
    (site / "campaigns" / OTHER).rmdir()
    with open_site(site) as opened:
        subscribe(opened, READERS)
        tick(opened, EARLIER)
        yield opened


def approve(app: App, name: str = NAME, who: str = "Odile", now: datetime = EARLIER) -> None:
    publishing.approve(app, name, who, now)


def edit(app: App, old: str = "samedi", new: str = "dimanche", name: str = NAME) -> None:
    file = app.site / "campaigns" / name / "issue.md"
    file.write_text(file.read_text().replace(old, new))


def told(app: App) -> list[tuple[str, str]]:
    """Who was written to about what is a day ahead, or past its hour."""
    with app.database.reading() as tx:
        rows = tx.execute(notices.select().order_by(notices.c.id)).all()
    assert {row.state for row in rows} <= {NoticeState.QUEUED.value}
    return [(row.content["stage"], row.address.partition("@")[0]) for row in rows]


def open_alerts(app: App) -> list[str]:
    with app.database.reading() as tx:
        return [one.sentence.format(**one.values) for one in alerts.open_alerts(tx)]


def why(done: Ticked) -> str:
    [held] = done.held
    return held.why


def test_an_approved_issue_leaves_at_its_moment_and_not_a_second_before(app: App) -> None:
    approve(app)
    assert tick(app, NOON - timedelta(seconds=1)).released == ()
    assert tick(app, NOON).released == (NAME,)
    status = publishing.show(app, NAME)
    assert (status.state, status.due_at, status.released_at, status.audience) == ("released", NOON, NOON, 2)
    assert tick(app, NOON + MINUTE) == Ticked((), (), 0, ())
    assert told(app) == []


def test_a_late_clock_releases_for_the_moment_that_was_meant(app: App) -> None:
    approve(app)
    assert tick(app, NOON + 5 * HOUR).released == (NAME,)
    status = publishing.show(app, NAME)
    assert (status.due_at, status.published_at) == (NOON, NOON)
    with app.database.reading() as tx:
        assert slots.taken(tx, "lettre")[NOON.date()].issue == NAME


def test_a_machine_that_slept_too_long_asks_a_person(app: App) -> None:
    approve(app)
    done = tick(app, NOON + 6 * HOUR + MINUTE)
    assert done.released == ()
    assert f"mailer issue release {NAME}" in why(done)
    assert "6" in why(done)
    assert len(open_alerts(app)) == 1
    assert told(app) == [("hour", "odile"), ("hour", "karim")]
    assert tick(app, NOON + 3 * DAY).reminded == ()
    assert publishing.release(app, NAME, NOON + 4 * DAY).state == "released"
    tick(app, NOON + 4 * DAY)
    assert open_alerts(app) == []


def test_what_cannot_leave_is_told_a_day_before_and_at_the_hour_once_each(app: App) -> None:
    for moment in (NOON - DAY - MINUTE, NOON - DAY, NOON - 23 * HOUR, NOON, NOON, NOON + 7 * HOUR, NOON + DAY):
        tick(app, moment)
    assert told(app) == [("day", "odile"), ("day", "karim"), ("hour", "odile"), ("hour", "karim")]
    [sentence] = open_alerts(app)
    assert f"mailer issue approve {NAME} --by NAME" in sentence
    tick(app, NOON + 3 * DAY + MINUTE)
    assert open_alerts(app) == []


def test_what_was_held_leaves_as_soon_as_it_is_ready(app: App) -> None:
    approve(app)
    edit(app)
    done = tick(app, NOON)
    assert done.released == ()
    assert f"campaigns/{NAME}/issue.md" in why(done)
    approve(app, who="Karim", now=NOON + HOUR)
    assert tick(app, NOON + HOUR).released == (NAME,)
    assert open_alerts(app) == []
    assert told(app) == [("hour", "odile"), ("hour", "karim")]


def test_a_slot_for_which_nothing_was_written_is_told_with_the_command_for_a_new_issue(app: App) -> None:
    first_of_april = datetime(2026, 4, 1, 10, 0, tzinfo=UTC)
    assert tick(app, first_of_april - DAY).reminded == ("lettre/2026-04-01",)
    assert "mailer issue new lettre 2026-04-01" in open_alerts(app)[0]
    assert [held.name for held in tick(app, first_of_april).held] == ["lettre/2026-04-01"]


def test_a_slot_whose_only_draft_has_mistakes_names_the_draft(app: App) -> None:
    edit(app, "slot =", "solt =")
    tick(app, NOON - HOUR)
    assert f"these have mistakes: {NAME}" in open_alerts(app)[0]


def test_there_is_no_slot_in_august_and_nobody_is_told_of_one(app: App) -> None:
    august = datetime(2026, 8, 5, 10, 0, tzinfo=UTC)
    for moment in (august - DAY, august, august + HOUR):
        assert tick(app, moment) == Ticked((), (), 0, ())


def test_an_issue_of_another_month_never_fills_a_slot(app: App) -> None:
    april = "lettre/2026-04"
    write_issue(app.site, april, ISSUE.replace("2026-03-04T12:00:00", "2026-04-01T12:00:00"))
    approve(app, april)
    done = tick(app, NOON)
    assert done.released == ()
    assert [held.name for held in done.held] == ["lettre/2026-03-04"]
    assert tick(app, datetime(2026, 4, 1, 10, 0, tzinfo=UTC)).released == (april,)


def test_a_slot_is_used_once_whoever_comes_by_hand_or_by_the_clock(app: App) -> None:
    second = "lettre/second"
    write_issue(app.site, second)
    approve(app)
    approve(app, second)
    publishing.release(app, NAME, NOON - HOUR)
    done = tick(app, NOON)
    assert (done.released, [held.name for held in done.held]) == ((), [second])
    assert NAME in why(done)
    with pytest.raises(WrongState, match="used up"):
        publishing.release(app, second, NOON)
    assert publishing.show(app, second).state == "approved"


def test_of_two_approved_for_one_slot_one_leaves_and_the_other_is_told_once(app: App) -> None:
    second = "lettre/second"
    write_issue(app.site, second)
    approve(app)
    approve(app, second)
    assert tick(app, NOON).released == (NAME,)
    for moment in (NOON + MINUTE, NOON + HOUR):
        tick(app, moment)
    assert told(app) == [("hour", "odile"), ("hour", "karim")]


def test_a_slot_that_left_elsewhere_is_not_filled(app: App) -> None:
    approve(app)
    with app.database.transaction() as tx:
        assert slots.mark_taken(tx, "lettre", NOON.date(), "it left from the old server")
        assert not slots.mark_taken(tx, "lettre", NOON.date(), "again")
    assert "it left from the old server" in why(tick(app, NOON))


def test_a_one_off_leaves_at_its_own_moment_and_is_reminded_of_like_a_slot(app: App) -> None:
    urgent = "bureau/alerte"
    write_issue(app.site, urgent, ISSUE.replace("slot = 2026-03-04T12:00:00", "send_at = 2026-03-11T18:30:00"))
    subscribe(app, READERS, "bureau")
    moment = datetime(2026, 3, 11, 17, 30, tzinfo=UTC)
    approve(app)
    tick(app, NOON)
    assert tick(app, moment - HOUR).reminded == (urgent,)
    approve(app, urgent)
    assert tick(app, moment - MINUTE).released == ()
    assert open_alerts(app) == []
    assert tick(app, moment).released == (urgent,)


def test_a_moved_slot_leaves_at_its_new_moment_and_stays_one_slot(app: App) -> None:
    campaign = app.site / "campaigns" / "lettre" / "campaign.toml"
    campaign.write_text(campaign.read_text() + "[cadence.moved_to]\n2026-03-04 = 2026-03-11\n")
    approve(app)
    assert tick(app, NOON) == Ticked((), (), 0, ())
    later = datetime(2026, 3, 11, 11, 0, tzinfo=UTC)
    assert tick(app, later).released == (NAME,)
    with app.database.reading() as tx:
        assert list(slots.taken(tx, "lettre")) == [NOON.date()]


def test_a_clock_set_back_releases_nothing_a_second_time(app: App) -> None:
    approve(app)
    tick(app, NOON)
    for moment in (NOON - 2 * DAY, NOON, NOON - HOUR, NOON + HOUR):
        assert tick(app, moment).released == ()
    assert publishing.show(app, NAME).audience == 2


def test_a_clock_that_was_years_ahead_once_does_not_silence_the_reminders(app: App) -> None:
    tick(app, NOON + timedelta(days=2000))
    tick(app, NOON - 2 * DAY)
    assert tick(app, NOON - HOUR).reminded == ("lettre/2026-03-04",)


def test_a_new_site_is_not_told_of_slots_before_its_clock_ever_looked(tmp_path: Path) -> None:
    site = write_site(tmp_path / "new", ENGLISH)
    campaign = site / "campaigns" / "lettre" / "campaign.toml"
    campaign.write_text(campaign.read_text() + CADENCE)
    with open_site(site) as app:
        assert tick(app, NOON + HOUR) == Ticked((), (), 0, ())
        campaign.write_text(campaign.read_text().replace("12:00:00", "12:30:00"))
        assert tick(app, NOON + 2 * HOUR) == Ticked((), (), 0, ())


@pytest.mark.parametrize("moment", ["2026-03-29T02:30:00", "2026-10-25T02:30:00"])
def test_a_night_of_a_clock_change_releases_once(app: App, moment: str) -> None:
    """In March 02:30 does not exist and the slot moves on; in October it comes twice and the first is meant."""
    day = moment[:10]
    campaign = app.site / "campaigns" / "lettre" / "campaign.toml"
    campaign.write_text(campaign.read_text().replace("first wednesday", "last sunday").replace("12:00:00", "02:30:00"))
    write_issue(app.site, "lettre/nuit", ISSUE.replace("2026-03-04T12:00:00", day))
    approve(app, "lettre/nuit")
    midnight = datetime.fromisoformat(f"{day}T00:00:00+01:00")
    released = [at for minute in range(-60, 300, 5) if tick(app, at := midnight + minute * MINUTE).released]
    hour = 1 if moment.startswith("2026-03") else 0
    assert released == [datetime.fromisoformat(f"{day}T0{hour}:{'00' if hour else '30'}:00+00:00")]


def test_a_campaign_with_bad_files_is_told_and_the_others_go_on(app: App) -> None:
    approve(app)
    broken = app.site / "campaigns" / "bureau" / "campaign.toml"
    good = broken.read_text()
    broken.write_text("title = \n")
    (app.site / "lists" / "bureau.toml").write_text('title = "unfinished')
    assert tick(app, NOON).released == (NAME,)
    assert len(open_alerts(app)) == 1
    assert told(app) == []
    tick(app, NOON + HOUR)
    assert told(app) == [("files", "odile"), ("files", "karim")]
    tick(app, NOON + 2 * HOUR)
    assert len(told(app)) == 2
    broken.write_text(good)
    (app.site / "lists" / "bureau.toml").write_text((app.site / "lists" / "tous.toml").read_text())
    tick(app, NOON + 3 * HOUR)
    assert open_alerts(app) == []


def test_an_approved_issue_whose_folder_is_gone_is_told(app: App) -> None:
    approve(app)
    folder = app.site / "campaigns" / "lettre"
    folder.rename(app.site / "elsewhere")
    done = tick(app, NOON)
    assert (done.released, [held.name for held in done.held]) == ((), [NAME])
    (app.site / "elsewhere").rename(folder)
    assert tick(app, NOON + HOUR).released == (NAME,)


def test_an_approved_issue_whose_file_has_mistakes_is_held_and_says_the_first(app: App) -> None:
    approve(app)
    edit(app, "subject =", "subjet =")
    assert f'campaigns/{NAME}/issue.md:1: the key "subject" is missing' in why(tick(app, NOON))


def test_too_few_approvals_hold_and_are_told_a_day_before(app: App) -> None:
    campaign = app.site / "campaigns" / "lettre" / "campaign.toml"
    campaign.write_text("approvals = 2\n" + campaign.read_text())
    approve(app)
    assert tick(app, NOON - HOUR).reminded == (NAME,)
    approve(app, who="Karim")
    assert tick(app, NOON).released == (NAME,)


def test_an_empty_audience_holds(app: App) -> None:
    write_issue(app.site, OTHER)
    approve(app)
    approve(app, OTHER)
    done = tick(app, NOON)
    assert done.released == (NAME,)
    assert [held.name for held in done.held] == [OTHER]


def test_what_a_restore_holds_waits_for_a_person(app: App) -> None:
    approve(app)
    with app.database.transaction() as tx:
        row = issues.find(tx, NAME)
        assert row is not None
        assert issues.hold(tx, row.id, "sauvegarde du 3 mars")
    assert "sauvegarde du 3 mars" in why(tick(app, NOON))
    approve(app, now=NOON)
    assert tick(app, NOON + MINUTE).released == (NAME,)


def test_a_name_that_left_before_the_restore_does_not_leave_again(app: App) -> None:
    approve(app)
    with app.database.transaction() as tx:
        issues.mark_left_before_restore(tx, NAME, NOON)
        issues.mark_left_before_restore(tx, NAME, NOON)
    assert "left on Wednesday 4 March 2026 at 12:00, before" in why(tick(app, NOON))
    with pytest.raises(WrongState, match="under another name"):
        publishing.release(app, NAME, NOON)


def test_a_release_is_in_the_journal_before_it_is_in_the_database(app: App) -> None:
    approve(app)
    journal = app.site / RELEASES
    journal.parent.mkdir(parents=True)
    journal.mkdir()
    assert "nothing was released" in why(tick(app, NOON))
    assert publishing.show(app, NAME).state == "approved"
    journal.rmdir()
    assert tick(app, NOON + MINUTE).released == (NAME,)
    assert [(one.issue, one.at) for one in read_releases(app.site)] == [(NAME, NOON + MINUTE)]


def test_embargo_the_letter_leaves_and_the_web_waits(app: App) -> None:
    edit(app, 'number = "mars 2026"', 'number = "mars 2026"\nembargo = 2026-03-04T18:00:00')
    approve(app)
    tick(app, NOON)
    end = NOON + 6 * HOUR
    shelf = reading.open_shelf(app, "lettre")
    assert publishing.show(app, NAME).published_at == end
    with pytest.raises(NotFound):
        reading.page_of(app, shelf, "2026-03", end - MINUTE)
    assert reading.issues_of(app, shelf, end - MINUTE) == []
    assert "jardin" in reading.page_of(app, shelf, "2026-03", end).html
