"""What is planned: every slot, its issue, and where that issue stands."""

from datetime import UTC, date, datetime

import pytest

from mailer.app import App
from mailer.errors import BadFiles, Refused
from mailer.services import planning, publishing
from mailer.services.planning import Calendar
from tests.sites import CADENCE, ISSUE, NOON, release, subscribe, write_campaign, write_issue

NAME = "lettre/2026-03"
FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)


def lines(calendar: Calendar) -> list[tuple[str, str, str]]:
    return [(f"{one.at:%m-%d}", one.issue or one.campaign, one.state) for one in calendar.lines]


def test_a_year_shows_the_slots_of_all_campaigns_and_the_issues_that_name_them(app: App) -> None:
    write_campaign(app.site)
    write_issue(app.site, "bureau/2026-02", ISSUE.replace("2026-03-04T12", "2026-02-14T18"))
    calendar = planning.schedule(app, FIRST, date(2026, 4, 1))
    assert lines(calendar) == [
        ("01-07", "lettre", "none"),
        ("02-04", "lettre", "none"),
        ("02-14", "bureau/2026-02", "draft"),
        ("03-04", "bureau/2026-03", "draft"),
        ("03-04", NAME, "draft"),
        ("04-01", "lettre", "none"),
    ]
    assert [one.planned for one in calendar.lines if one.campaign == "bureau"] == [None, None]
    assert len([one for one in planning.schedule(app, FIRST, LAST).lines if one.campaign == "lettre"]) == 11
    assert calendar.has_cadence


def test_a_slot_says_how_far_its_issue_is(app: App) -> None:
    write_campaign(app.site, more=CADENCE.replace("\n[", "\napprovals = 2\n[", 1))
    subscribe(app, ["anne@courriel.example"])
    seen = []
    for act in (
        lambda: None,
        lambda: publishing.approve(app, NAME, "Odile", NOON),
        lambda: publishing.approve(app, NAME, "Karim", NOON),
        lambda: publishing.release(app, NAME, NOON),
        lambda: publishing.pause(app, NAME, NOON),
        lambda: publishing.cancel(app, NAME, NOON),
    ):
        act()
        [line] = [one for one in planning.schedule(app, FIRST, LAST).lines if one.issue == NAME]
        seen.append((line.state, line.approvals, line.needed))
        assert not line.edited
    assert seen == [
        ("draft", 0, 2),
        ("approved", 1, 2),
        ("approved", 2, 2),
        ("released", 2, 2),
        ("paused", 2, 2),
        ("cancelled", 2, 2),
    ]


@pytest.mark.parametrize(("old", "new"), [("samedi", "dimanche"), ("::: article", "::: artcle")])
def test_an_approved_issue_that_was_changed_is_shown_as_such(app: App, old: str, new: str) -> None:
    write_campaign(app.site)
    publishing.approve(app, NAME, "Odile", NOON)
    write_issue(app.site, NAME, ISSUE.replace(old, new))
    [line] = [one for one in planning.schedule(app, FIRST, LAST).lines if one.issue == NAME]
    assert (line.state, line.edited) == ("approved", True)


def test_a_released_letter_is_not_shown_as_changed(app: App) -> None:
    write_campaign(app.site)
    subscribe(app, ["anne@courriel.example"])
    release(app, NAME)
    write_issue(app.site, NAME, ISSUE.replace("samedi", "dimanche"))
    [line] = [one for one in planning.schedule(app, FIRST, LAST).lines if one.issue == NAME]
    assert (line.state, line.edited) == ("released", False)


def test_holidays_and_moves_are_shown(app: App) -> None:
    write_campaign(app.site, more=f"{CADENCE}[cadence.moved_to]\n2025-01-01 = 2025-01-08\n")
    write_issue(app.site, "bureau/2025-01", ISSUE.replace("2026-03-04T12", "2025-01-01T12"))
    [apart, moved] = planning.schedule(app, date(2025, 1, 1), date(2025, 1, 31)).lines
    assert (apart.issue, apart.holiday, apart.moved) == ("bureau/2025-01", "New Year's Day", False)
    assert (moved.planned, moved.at.date(), moved.holiday, moved.moved) == (
        date(2025, 1, 1), date(2025, 1, 8), "", True,
    )  # fmt: skip


def test_two_issues_for_one_slot_have_two_lines(app: App) -> None:
    write_campaign(app.site)
    write_issue(app.site, "lettre/autre")
    shown = planning.schedule(app, date(2026, 3, 1), date(2026, 3, 31)).lines
    assert [one.issue for one in shown if one.campaign == "lettre"] == [NAME, "lettre/autre"]


def test_both_days_are_shown_whole(app: App) -> None:
    def shown(slot: str) -> bool:
        write_issue(app.site, "bureau/bord", ISSUE.replace("2026-03-04T12:00:00", slot))
        found = planning.schedule(app, date(2026, 5, 4), date(2026, 5, 5)).lines
        return [one.issue for one in found] == ["bureau/bord"]

    assert shown("2026-05-04T00:00:00")
    assert shown("2026-05-05T23:59:59")
    assert not shown("2026-05-03T23:59:59")
    assert not shown("2026-05-06T00:00:00")


def test_an_issue_that_does_not_say_when_is_named(app: App) -> None:
    write_issue(app.site, NAME, ISSUE.replace("slot = ", "# slot = "))
    (app.site / "campaigns" / "lettre" / "vide").mkdir()
    assert planning.schedule(app, FIRST, LAST).unreadable == (NAME, "lettre/vide")


def test_a_site_without_cadence_shows_what_has_a_moment_of_its_own(app: App) -> None:
    calendar = planning.schedule(app, FIRST, LAST)
    assert not calendar.has_cadence
    assert [one.issue for one in calendar.lines] == ["bureau/2026-03", NAME]
    assert {one.at.astimezone(UTC) for one in calendar.lines} == {datetime(2026, 3, 4, 11, tzinfo=UTC)}


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (date(2026, 3, 2), date(2026, 3, 1), "2026-03-01 comes before 2026-03-02"),
        (date(1970, 1, 1), date(2200, 12, 31), "more than ten years"),
    ],
)
def test_a_span_that_cannot_be_shown_is_refused(app: App, first: date, last: date, said: str) -> None:
    with pytest.raises(Refused, match=said):
        planning.schedule(app, first, last)


def test_a_mistake_in_a_campaign_is_told(app: App) -> None:
    write_campaign(app.site, more=CADENCE.replace("first", "frist"))
    with pytest.raises(BadFiles, match="Did you mean"):
        planning.schedule(app, FIRST, LAST)
