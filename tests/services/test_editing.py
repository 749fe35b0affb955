"""An issue begun from its campaign's model."""

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time
from pathlib import Path
from threading import Barrier

import pytest
from PIL import Image

from mailer.app import App
from mailer.domain.findings import Level
from mailer.errors import BadFiles, NotFound, Refused
from mailer.services import editing, proofing, publishing
from mailer.services.editing import NewIssue, Wanted
from tests.sites import CADENCE, ISSUE, MODEL, NOON, open_site, release, subscribe, write_campaign, write_issue

FEBRUARY = datetime(2026, 2, 10, 9, 0, tzinfo=UTC)
MAY = Wanted(date(2026, 5, 1), whole_month=True)


@pytest.fixture(autouse=True)
def _with_a_model(app: App) -> None:
    write_campaign(app.site)


def text(app: App, new: NewIssue) -> str:
    assert new.path == app.site / "campaigns" / new.name / "issue.md"
    return new.path.read_text(encoding="utf-8")


def folders(app: App) -> list[str]:
    return sorted(path.name for path in (app.site / "campaigns" / "lettre").iterdir() if path.is_dir())


# What is made -------------------------------------------------------------------------------------------------------


def test_the_next_slot_that_no_issue_names_is_begun(app: App) -> None:
    new = editing.new_issue(app, "lettre", None, FEBRUARY)
    # March has its issue.
    assert (new.name, new.slot) == ("lettre/2026-04", "2026-04-01")
    assert text(app, new) == (
        '+++\nsubject = "La lettre du Lavoir – avr. 2026 : [À compléter]"\npreheader = "Au Lavoir"\n'
        'number = "#1 – avril 2026"\nslot = 2026-04-01\n+++\n\n::: lead title="mercredi 1er avril 2026"\n'
        "[À compléter : l’éditorial]\n:::\n\nProchaine lettre : mercredi 6 mai.\n"
    )
    assert editing.new_issue(app, "lettre", None, FEBRUARY).name == "lettre/2026-05"


def test_what_is_begun_has_nothing_wrong_but_what_is_left_to_write(app: App) -> None:
    new = editing.new_issue(app, "lettre", None, FEBRUARY)
    errors = [one for one in proofing.check_issue(app, new.name, NOON) if one.level is Level.ERROR]
    assert [str(one.values["words"]) for one in errors] == ["[À compléter]", "[À compléter : l’éditorial]"]
    with pytest.raises(BadFiles, match="left by the model"):
        publishing.approve(app, new.name, "Odile", NOON)
    written = text(app, new).replace("[À compléter]", "avril").replace("[À compléter : l’éditorial]", "Bonjour.")
    new.path.write_text(written, encoding="utf-8")
    assert [one for one in proofing.check_issue(app, new.name, NOON) if one.level is not Level.ADVICE] == []
    assert publishing.approve(app, new.name, "Odile", NOON).state == "approved"


def test_a_model_is_no_source_of_a_letter(app: App) -> None:
    publishing.approve(app, "lettre/2026-03", "Odile", NOON)
    write_campaign(app.site, model=MODEL.replace("Au Lavoir", "Chez nous"))
    assert [one for one in proofing.check_site(app, NOON) if "changed since" in one.sentence] == []


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        (MAY, "lettre/2026-05"),
        (Wanted(date(2026, 5, 6)), "lettre/2026-05"),
        (Wanted(date(2026, 5, 6), time.fromisoformat("12:00")), "lettre/2026-05"),
        (Wanted(date(2020, 1, 1)), "lettre/2020-01"),
    ],
)
def test_a_month_or_a_day_picks_its_slot(app: App, wanted: Wanted, name: str) -> None:
    assert editing.new_issue(app, "lettre", wanted, FEBRUARY).name == name


@pytest.mark.parametrize("wanted", [Wanted(date(2026, 7, 1)), Wanted(date(2026, 7, 8))])
def test_a_moved_slot_keeps_the_name_of_its_month_and_is_found_by_both_days(app: App, wanted: Wanted) -> None:
    write_campaign(app.site, more=f"{CADENCE}[cadence.moved_to]\n2026-07-01 = 2026-07-08T15:00:00\n")
    new = editing.new_issue(app, "lettre", wanted, FEBRUARY)
    assert (new.name, new.slot, new.at.isoformat()) == ("lettre/2026-07", "2026-07-01", "2026-07-08T15:00:00+02:00")
    assert 'title="mercredi 8 juillet 2026"' in text(app, new)
    assert "Prochaine lettre : mercredi 2 septembre." in text(app, new)


def test_the_next_date_says_its_year_where_it_is_another_one(app: App) -> None:
    new = editing.new_issue(app, "lettre", Wanted(date(2026, 12, 2)), FEBRUARY)
    assert "Prochaine lettre : mercredi 6 janvier 2027." in text(app, new)


def test_an_english_campaign_reads_english(app: App) -> None:
    write_campaign(app.site, more=f'language = "en"\n{CADENCE}')
    made = text(app, editing.new_issue(app, "lettre", MAY, FEBRUARY))
    assert "Wednesday 6 May 2026" in made
    assert "#1 – May 2026" in made
    assert "Wednesday 3 June." in made


def test_the_number_is_one_more_than_the_highest_in_files_and_among_letters_that_left(app: App) -> None:
    subscribe(app, ["anne@courriel.example"])
    numbered = ISSUE.replace('number = "mars 2026"', 'number = "#41 – mars 2026"')
    write_issue(app.site, "lettre/2026-03", numbered)
    release(app, "lettre/2026-03")
    (app.site / "campaigns" / "lettre" / "2026-03" / "issue.md").unlink()
    write_issue(app.site, "lettre/2026-02", numbered.replace("#41", "#7").replace("2026-03-04", "2026-02-04"))
    write_issue(app.site, "bureau/2026-04", numbered.replace("#41", "#99"))
    assert "#42 – mai" in text(app, editing.new_issue(app, "lettre", MAY, FEBRUARY))


def test_the_images_of_the_model_come_along(app: App) -> None:
    write_campaign(app.site, model=MODEL.replace("::: lead", '::: header image="b.png" alt="Bandeau"\n:::\n\n::: lead'))
    with pytest.raises(BadFiles, match=r"model\.md:8: .*b\.png"):
        editing.new_issue(app, "lettre", MAY, FEBRUARY)
    Image.new("RGB", (40, 30)).save(app.site / "campaigns" / "lettre" / "b.png")
    new = editing.new_issue(app, "lettre", MAY, FEBRUARY)
    assert sorted(path.name for path in new.path.parent.iterdir()) == ["b.png", "issue.md"]
    assert oct(new.path.parent.stat().st_mode & 0o755) == "0o755"


# Without a cadence --------------------------------------------------------------------------------------------------

APART = MODEL.replace("Prochaine lettre : [[next_date]].", "Fin.")


@pytest.mark.parametrize(
    ("wanted", "slot"),
    [
        (Wanted(date(2026, 5, 12)), "2026-05-12T12:00:00"),
        (Wanted(date(2026, 5, 12), time.fromisoformat("08:30")), "2026-05-12T08:30:00"),
    ],
)
def test_a_campaign_without_cadence_wants_a_day(app: App, wanted: Wanted, slot: str) -> None:
    write_campaign(app.site, "bureau", "", APART)
    new = editing.new_issue(app, "bureau", wanted, FEBRUARY)
    assert (new.name, new.slot) == ("bureau/2026-05-12", slot)
    assert f"slot = {slot}\n" in text(app, new)
    errors = [one for one in proofing.check_issue(app, new.name, NOON) if one.level is Level.ERROR]
    assert {str(one.values["words"])[:13] for one in errors} == {"[À compléter]", "[À compléter "}
    assert publishing.slot(app, new.name) == new.at


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (None, "bureau has no cadence"),
        (MAY, "mailer issue new bureau 2023-10-23"),
        (Wanted(date(2026, 3, 29), time.fromisoformat("02:30")), "no such hour in Europe/Paris"),
    ],
)
def test_without_a_day_or_on_an_hour_that_is_none_it_says_so(app: App, wanted: Wanted | None, said: str) -> None:
    write_campaign(app.site, "bureau", "", APART)
    with pytest.raises(Refused, match=said):
        editing.new_issue(app, "bureau", wanted, FEBRUARY)


def test_a_model_that_names_the_next_slot_wants_a_cadence(app: App) -> None:
    write_campaign(app.site, "bureau", "")
    with pytest.raises(BadFiles, match=r"campaigns/bureau/model\.md:12: \[\[next_date\]\] cannot stand here"):
        editing.new_issue(app, "bureau", Wanted(date(2026, 5, 12)), FEBRUARY)


# What is refused ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (Wanted(date(2026, 3, 4)), "The slot planned on 2026-03-04 has its issue already: lettre/2026-03."),
        (Wanted(date(2026, 5, 7)), "the nearest one is: mailer issue new lettre 2026-05-06"),
        (Wanted(date(2026, 5, 6), time.fromisoformat("15:00")), "the nearest one is: mailer issue new lettre 2026-0"),
        (Wanted(date(2026, 8, 1), whole_month=True), "lettre has no slot there"),
    ],
)
def test_a_day_without_a_free_slot_is_refused(app: App, wanted: Wanted, said: str) -> None:
    with pytest.raises(Refused, match=said):
        editing.new_issue(app, "lettre", wanted, FEBRUARY)
    assert folders(app) == ["2026-03"]


@pytest.mark.parametrize(("slug", "said"), [("letre", 'Did you mean "lettre"'), ("zzz", "The campaigns are: bureau")])
def test_an_unknown_campaign_is_refused(app: App, slug: str, said: str) -> None:
    with pytest.raises(NotFound, match=said):
        editing.new_issue(app, slug, None, FEBRUARY)


def test_a_campaign_without_model_is_told(app: App) -> None:
    with pytest.raises(BadFiles, match=r"campaigns/bureau/model\.md: there is no model yet"):
        editing.new_issue(app, "bureau", Wanted(date(2026, 5, 12)), FEBRUARY)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[[month]]", "[[mounth]]", r'model\.md:4: nothing is called "mounth"\. Did you mean "month"'),
        (
            "[[date]]",
            "[[zzz]]",
            r'model\.md:8: nothing is called "zzz"\. Between \[\[ and \]\] can stand: number',
        ),
        ("::: lead", "::: leed", r'model\.md:8: there is no block "leed"'),
        ("slot =", "slott =", r'model\.md:5: unknown key "slott"'),
        ("[[slot]]", "2026-05-07", r"model\.md:5: 2026-05-07 is no slot of this campaign"),
    ],
)
def test_a_mistake_in_a_model_is_said_with_its_line_by_new_and_by_check(
    app: App, old: str, new: str, said: str
) -> None:
    write_campaign(app.site, model=MODEL.replace(old, new))
    with pytest.raises(BadFiles, match=said):
        editing.new_issue(app, "lettre", MAY, FEBRUARY)
    assert folders(app) == ["2026-03"]
    told = "\n".join(str(one) for one in proofing.check_site(app, FEBRUARY))
    assert any(line.startswith("campaigns/lettre/model.md:") for line in told.splitlines())


def test_a_folder_that_is_there_stays_as_it_is(app: App) -> None:
    there = app.site / "campaigns" / "lettre" / "2026-05"
    for make in (there.mkdir, lambda: (there / "notes.txt").write_text("à garder")):
        make()
        with pytest.raises(Refused, match="campaigns/lettre/2026-05 is there already"):
            editing.new_issue(app, "lettre", MAY, FEBRUARY)
    assert [path.name for path in there.iterdir()] == ["notes.txt"]


def test_the_name_of_a_letter_that_left_is_not_given_again(app: App) -> None:
    subscribe(app, ["anne@courriel.example"])
    release(app, "lettre/2026-03")
    (app.site / "campaigns" / "lettre" / "2026-03").rename(app.site / "elsewhere")
    with pytest.raises(Refused, match="lettre/2026-03 has left already"):
        editing.new_issue(app, "lettre", Wanted(date(2026, 3, 4)), FEBRUARY)


def test_what_cannot_be_written_leaves_nothing_behind(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(Refused, match="cannot be written: No space left on device"):
        editing.new_issue(app, "lettre", MAY, FEBRUARY)
    assert folders(app) == ["2026-03"]


def test_of_two_at_once_one_makes_the_issue_and_the_other_is_told(app: App) -> None:
    with open_site(app.site) as other, ThreadPoolExecutor(2) as both:
        for month in (5, 6, 7, 9, 10, 11, 12):
            wanted, ready = Wanted(date(2026, month, 1), whole_month=True), Barrier(2)
            ends = list(both.map(_tried, [app, other], [wanted] * 2, [ready] * 2))
            assert sum(isinstance(end, NewIssue) for end in ends) == 1
            assert sum(isinstance(end, Refused) for end in ends) == 1
    assert not [name for name in folders(app) if name.startswith(".")]


def _tried(app: App, wanted: Wanted, ready: Barrier) -> object:
    ready.wait(30)
    try:
        return editing.new_issue(app, "lettre", wanted, FEBRUARY)
    except Refused as refused:
        return refused


def test_an_issue_that_takes_the_place_at_the_last_moment_stays(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    there = app.site / "campaigns" / "lettre" / "2026-05"
    fsync = os.fsync

    def meanwhile(handle: int) -> None:
        fsync(handle)
        there.mkdir()
        (there / "issue.md").write_text("le premier")

    monkeypatch.setattr("os.fsync", meanwhile)
    with pytest.raises(Refused, match="is there already"):
        editing.new_issue(app, "lettre", MAY, FEBRUARY)
    assert (there / "issue.md").read_text() == "le premier"
    assert folders(app) == ["2026-03", "2026-05"]


# The models of the Collectif ----------------------------------------------------------------------------------------

OURS = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("campaign", "wanted", "number"),
    [
        ("sirene", Wanted(date(2023, 10, 4)), "octobre 2023"),
        ("klaxon", Wanted(date(2023, 11, 1), whole_month=True), "#19 – novembre 2023"),
        ("quinzaine", Wanted(date(2023, 10, 23), time.fromisoformat("08:30")), "[À compléter : du … au …]"),
    ],
)
def test_our_models_make_issues_that_only_lack_what_must_be_written(
    tmp_path: Path, campaign: str, wanted: Wanted, number: str
) -> None:
    for part in ("lists", "campaigns"):
        shutil.copytree(OURS / part, tmp_path / part)
    shutil.copy(OURS / "config.toml", tmp_path)
    with open_site(tmp_path) as app:
        new = editing.new_issue(app, campaign, wanted, FEBRUARY)
        assert f'number = "{number}"' in text(app, new)
        assert "[[" not in text(app, new)
        found = proofing.check_issue(app, new.name, NOON)
        assert {str(one.sentence)[:9] for one in found if one.level is Level.ERROR} == {'"{words}"'}
        assert [one for one in found if one.level is Level.WARNING] == []
        for page in proofing.preview_issue(app, new.name, tmp_path / "out", FEBRUARY):
            assert page.stat().st_size > 1000
