"""`mailer issue …`, `send` and `report`: an issue from its file to its figures."""

from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from mailer.demo.receiver import Receiver
from tests.cli.conftest import NAME, Mailer, write_contacts
from tests.sites import open_site


def deliveries(mailer: Mailer) -> dict[str, int]:
    found: dict[str, int] = mailer("issue", "show", NAME, "--json").json["deliveries"]
    return {state: count for state, count in found.items() if count}


@pytest.mark.usefixtures("site")
def test_check_finds_nothing_in_a_good_issue(mailer: Mailer) -> None:
    said = mailer("issue", "check", NAME)
    assert (said.code, said.out, said.err) == (0, "Nothing to correct.\n", "")


def test_preview_writes_what_would_leave_with_links_that_do_nothing(site: Path, mailer: Mailer) -> None:
    said = mailer("issue", "preview", NAME, "--out", "out/mars", "--json")
    written = [site / path for path in said.json["files"]]
    assert [path.name for path in written] == ["letter.html", "letter.txt", "letter.eml"]
    assert "le jardin rouvre" in written[0].read_text(encoding="utf-8")
    assert "/u/AAAAAAAAAAAAAAAAAAAAAA" in written[1].read_text(encoding="utf-8")
    assert str(message_from_bytes(written[2].read_bytes(), policy=policy.default)["Subject"]).startswith("La lettre")
    with open_site(site) as app, app.database.reading() as tx:
        assert tx.exec_driver_sql("SELECT count(*) FROM issue").scalar() == 0


@pytest.mark.usefixtures("site")
def test_a_test_letter_leaves_once_and_queues_nothing(mailer: Mailer, relay: Receiver) -> None:
    said = mailer("issue", "test", NAME, "--to", "odile@courriel.example")
    assert (said.code, said.out) == (0, f"The test letter of {NAME} left for odile@courriel.example.\n")
    assert [letter.recipient for letter in relay.letters] == ["odile@courriel.example"]
    assert mailer("issue", "show", NAME, "--json").json["state"] == "draft"
    assert mailer("issue", "test", NAME, "--to", "odile").code == 1


def test_a_release_wants_an_approval_and_a_word(site: Path, mailer: Mailer) -> None:
    said = mailer("issue", "release", NAME, "--yes")
    assert (said.code, said.out) == (1, "")
    assert f"mailer issue approve {NAME} --by NAME" in said.err
    assert mailer("issue", "approve", NAME, "--by", "Odile").out == f"{NAME} is approved by Odile.\n"
    assert mailer("issue", "approve", NAME, "--by", "Odile").code == 1
    said = mailer("issue", "release", NAME)
    assert (said.code, said.err) == (1, "Nothing was released. Say --yes to release without the question.\n")
    said = mailer("issue", "release", NAME, "--yes")
    assert said.code == 1
    assert "its audience is empty" in said.err
    assert mailer("issue", "show", NAME, "--json").json["state"] == "approved"
    issue = site / "campaigns" / NAME / "issue.md"
    issue.write_text(issue.read_text().replace("samedi", "dimanche"))
    assert "changed after its approval" in mailer("issue", "release", NAME, "--yes").err


@pytest.mark.usefixtures("released")
def test_a_letter_is_released_once(mailer: Mailer) -> None:
    assert deliveries(mailer) == {"queued": 3}
    for words in (("release", NAME, "--yes"), ("approve", NAME, "--by", "Karim")):
        said = mailer("issue", *words)
        assert (said.code, said.out) == (1, "")
        assert "A letter never leaves twice." in said.err
    assert deliveries(mailer) == {"queued": 3}


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("moment", ["tomorrow", "2026-13-01", "noon"])
def test_a_moment_that_is_none_is_told(mailer: Mailer, moment: str) -> None:
    said = mailer("issue", "release", NAME, "--at", moment, "--yes")
    assert (said.code, said.out) == (1, "")
    assert f'"{moment}" is not a moment.' in said.err


def test_nothing_leaves_before_the_chosen_moment(released: Path, mailer: Mailer, relay: Receiver) -> None:
    assert mailer("issue", "cancel", NAME).code == 0
    other = "bureau/2026-03"
    mailer("contacts", "import", "readers.csv", "--list", "bureau", "--yes")
    mailer("issue", "approve", other, "--by", "Odile")
    assert mailer("issue", "release", other, "--at", "2126-03-04T12:00", "--yes").code == 0
    assert mailer("send", "--json").json["sent"] == 0
    assert relay.letters == []
    with open_site(released) as app, app.database.reading() as tx:
        due = tx.exec_driver_sql("SELECT min(next_try_at) FROM delivery WHERE state = 'queued'").scalar_one()
    noon_in_paris = datetime.fromisoformat("2126-03-04T12:00:00+01:00")
    assert abs(datetime.fromisoformat(f"{due}+00:00") - noon_in_paris) < timedelta(seconds=1)


@pytest.mark.usefixtures("released")
def test_a_paused_issue_waits_and_a_resumed_one_goes_on(mailer: Mailer, relay: Receiver) -> None:
    assert mailer("issue", "resume", NAME).code == 1
    assert mailer("issue", "pause", NAME, "--json").json["state"] == "paused"
    assert mailer("issue", "pause", NAME).code == 1
    assert mailer("send", "--json").json["sent"] == 0
    assert mailer("issue", "resume", NAME, "--json").json["state"] == "released"
    assert mailer("send", "--json").json["sent"] == 3
    assert mailer("send", "--json").json["sent"] == 0
    assert len(relay.letters) == 3
    assert deliveries(mailer) == {"sent": 3}


@pytest.mark.usefixtures("released")
def test_what_is_cancelled_never_leaves(mailer: Mailer, relay: Receiver) -> None:
    assert mailer("issue", "cancel", NAME).code == 0
    assert mailer("send").code == 0
    assert relay.letters == []
    assert deliveries(mailer) == {"skipped": 3}
    for verb in ("resume", "pause", "cancel"):
        assert mailer("issue", verb, NAME).code == 1


@pytest.mark.parametrize(("decision", "then"), [("sent", 0), ("queued", 1)])
def test_a_person_settles_what_nobody_knows(
    released: Path, mailer: Mailer, relay: Receiver, decision: str, then: int
) -> None:
    with open_site(released) as app, app.database.transaction() as tx:
        tx.exec_driver_sql("UPDATE delivery SET state = 'unknown', words = 'the connection was lost' WHERE id = 2")
    assert mailer("send", "--json").json["sent"] == 2
    assert mailer("issue", "show", NAME, "--json").json["unsettled"] == [2]
    assert "To decide: lectrice1@courriel.example (the connection was lost)" in mailer("issue", "show", NAME).out
    said = mailer("issue", "settle", NAME, "--as", decision, "--json")
    assert (said.code, said.json["deliveries"]["unknown"]) == (0, 0)
    assert mailer("send", "--json").json["sent"] == then
    assert deliveries(mailer) == {"sent": 3}
    assert len(relay.letters) == 2 + then
    assert mailer("issue", "settle", NAME, "--as", decision).code == 1


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    "name", ["lettre/2026-04", "nulle/2026-03", "lettre", "../site", "lettre/../lettre/2026-03", ""]
)
@pytest.mark.parametrize("verb", ["check", "show", "pause", "approve", "preview", "report"])
def test_an_issue_that_is_not_there_is_told_by_name(mailer: Mailer, verb: str, name: str) -> None:
    more = {"approve": ("--by", "Odile"), "preview": ("--out", "out")}.get(verb, ())
    said = mailer(*(("report", "issue") if verb == "report" else ("issue", verb)), name, *more)
    assert (said.code, said.out) == (1, "")
    assert name in said.err


@pytest.mark.usefixtures("relay")
def test_reports_say_what_a_person_and_a_script_need(released: Path, mailer: Mailer) -> None:
    assert released.exists()
    said = mailer("report", "issue", NAME)
    assert said.code == 0
    assert "No letter has been delivered yet" in said.out
    assert mailer("send").code == 0
    report = mailer("report", "issue", NAME, "--json").json
    assert (report["audience"], report["delivered"], report["readers"], report["reading_rate"]) == (3, 3, 0, 0.0)
    assert report["measure"] == "anonymous"
    year = datetime.fromisoformat(report["released_at"]).year
    told = mailer("report", "year", str(year), "--json").json["campaigns"]["lettre"]
    assert {"issues", "sends", "readers", "rate_pooled", "rate_mean", "previous", "sentence"} <= told.keys()
    assert told["sentence"].startswith(f"1 issue produced in {year} – 1 send to 3 contacts")
    assert told["sentence"] in mailer("report", "year", str(year)).out


@pytest.mark.usefixtures("site")
def test_a_year_without_issues_is_said(mailer: Mailer) -> None:
    said = mailer("report", "year", "1999")
    assert (said.code, said.out) == (0, "No issue was released in 1999.\n")
    assert mailer("report", "year", "1999", "--json").json["campaigns"] == {}


# Approvals and the clock --------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("site")
def test_show_says_who_approved_when_and_which_file_made_it_void(site: Path, mailer: Mailer) -> None:
    assert (
        mailer("contacts", "import", str(write_contacts(site / "readers.csv", 3)), "--list", "lettre", "--yes").code
        == 0
    )
    mailer("issue", "approve", NAME, "--by", "Odile  Urvoas", "--count", "3")
    said = mailer("issue", "show", NAME)
    assert "Odile Urvoas, " in said.out
    assert "3 readers" in said.out
    assert "leaves on" in said.out
    issue = site / "campaigns" / NAME / "issue.md"
    issue.write_text(issue.read_text().replace("samedi", "dimanche"))
    said = mailer("issue", "show", NAME)
    assert f"Its approval is void, because these files changed since: campaigns/{NAME}/issue.md." in said.out
    shown = mailer("issue", "show", NAME, "--json").json
    assert (shown["changed"], shown["approvals"]) == ([f"campaigns/{NAME}/issue.md"], ["Odile Urvoas"])
    assert mailer("issue", "approve", NAME, "--by", "Karim").code == 0
    kept = mailer("issue", "show", NAME, "--json").json["approved_by"]
    assert [(one["who"], one["count"], one["void"]) for one in kept] == [
        ("Odile Urvoas", 3, True),
        ("Karim", None, False),
    ]
    assert "void: the letter was changed" in mailer("issue", "show", NAME).out


def test_a_count_that_is_not_the_present_one_approves_nothing(released: Path, mailer: Mailer) -> None:
    assert released.exists()
    said = mailer("issue", "approve", "bureau/2026-03", "--by", "Odile", "--count", "3")
    assert (said.code, said.out) == (1, "")
    assert "would go to 0 readers, not 3" in said.err


def test_yes_replaces_no_approval_of_an_unusual_audience(site: Path, mailer: Mailer) -> None:
    mailer("contacts", "import", str(write_contacts(site / "readers.csv", 3)), "--list", "lettre", "--yes")
    issue = site / "campaigns" / NAME / "issue.md"
    issue.write_text(issue.read_text().replace("number =", 'audience = ["lettre", "tous"]\nnumber ='))
    said = mailer("issue", "approve", NAME, "--by", "Odile")
    assert (said.code, said.out) == (1, "")
    assert "3 readers, among them a whole list of everyone" in said.err
    assert mailer("issue", "approve", NAME, "--by", "Odile", "--count", "3").code == 0
    said = mailer("issue", "release", NAME, "--yes")
    assert said.code == 1
    assert "2 different people must approve it" in said.err
    assert mailer("issue", "approve", NAME, "--by", "Karim", "--count", "3").code == 0
    assert mailer("issue", "release", NAME, "--yes", "--json").json["deliveries"]["queued"] == 3


def test_a_tick_says_what_it_released_and_what_it_holds_back(site: Path, mailer: Mailer, relay: Receiver) -> None:
    mailer("contacts", "import", str(write_contacts(site / "readers.csv", 3)), "--list", "lettre", "--yes")
    mailer("issue", "approve", NAME, "--by", "Odile")
    before = mailer("tick", "--now", "2026-03-04T11:59", "--json").json
    assert (before["released"], before["held"], before["closed"]) == ([], [], 0)
    assert mailer("tick", "--now", "2026-03-04T12:00").out.startswith(f"{NAME} is released.\n")
    said = mailer("tick", "--now", "2026-03-04T12:01", "--json")
    [held] = said.json["held"]
    assert (held["name"], held["at"]) == ("bureau/2026-03", "2026-03-04T11:00:00+00:00")
    assert "mailer issue approve bureau/2026-03" in held["why"]
    assert "bureau/2026-03 did not leave on Wednesday 4 March 2026 at 12:00." in said.err
    assert mailer("send", "--json").json["sent"] == 3
    assert len(relay.letters) == 3


def test_send_writes_the_reminders_first(site: Path, mailer: Mailer, relay: Receiver) -> None:
    with (site / "config.toml").open("a") as file:
        file.write('\n[staff]\ntell = ["coordination@lavoir.example"]\n')
    mailer("tick", "--now", "2026-03-03T10:00")
    said = mailer("tick", "--now", "2026-03-03T13:00", "--json")
    assert sorted(said.json["reminded"]) == ["bureau/2026-03", NAME]
    assert mailer("send", "--json").json["sent"] == 0
    assert [letter.recipient for letter in relay.letters] == ["coordination@lavoir.example"] * 2
    mailer("send")
    assert len(relay.letters) == 2
