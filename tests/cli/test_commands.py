"""The command line as a whole: where the site is, which language, which exit code, where JSON goes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from mailer.cli import cli
from mailer.demo.receiver import Receiver
from mailer.errors import NotFound
from mailer.language import say
from mailer.services import publishing
from tests.cli.conftest import NAME, Mailer, write_contacts
from tests.nameserver import Zone, name_server
from tests.ports import free_port

NO_CONTEXT: Any = None
"""Our groups look at no context."""


def every_command(group: TyperGroup, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Groups too."""
    yield above
    for name in group.list_commands(NO_CONTEXT):
        one = group.get_command(NO_CONTEXT, name)
        if isinstance(one, TyperGroup):
            yield from every_command(one, (*above, name))
        else:
            yield (*above, name)


COMMANDS = list(every_command(cast(TyperGroup, get_command(cli))))
STATES = {"queued", "claimed", "sending", "sent", "failed", "unknown", "bounced", "skipped"}
STATUS = {"issue", "state", "audience", "deliveries"}
RATES = {
    "audience", "delivered", "bounced", "measured", "readers", "reading_rate", "rate_raw", "bound_low",
    "bound_high", "ci_low", "ci_high", "clicks", "unsubscribed", "measure",
}  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(mailer: Mailer, command: tuple[str, ...]) -> None:
    said = mailer(*command, "--help")
    assert (said.code, said.err) == (0, "")
    assert " ".join(("Usage: mailer", *command)) in said.out


def test_the_commands_of_this_release_are_there() -> None:
    verbs = ["check", "preview", "test", "approve", "release", "pause", "resume", "cancel", "show", "settle"]
    promised = {("issue", verb) for verb in verbs} | {("contacts", "import"), ("report", "issue"), ("report", "year")}
    assert promised | {(name,) for name in ("check", "send", "serve", "worker", "demo")} <= set(COMMANDS)


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("issue",),
        ("sned",),
        ("issue", "release"),
        ("issue", "approve", NAME),
        ("issue", "show", NAME, "--jsno"),
        ("issue", "settle", NAME, "--as", "gone"),
        ("report", "year", "this"),
        ("report", "year", "99999"),
        ("contacts", "import", "x.csv", "--as", "people"),
        ("contacts", "import", "x.csv", "--basis", "none"),
        ("serve", "--port", "0"),
    ],
    ids=" ".join,
)
def test_a_command_that_cannot_be_understood_is_a_usage_error(site: Path, mailer: Mailer, words: tuple[str]) -> None:
    said = mailer(*words)
    assert (said.code, said.out) == (2, "")
    assert "Usage: mailer" in said.err
    assert not (site / "var").exists()


def test_the_site_is_the_nearest_folder_above(
    site: Path, mailer: Mailer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(site / "campaigns" / "lettre")
    assert mailer("check").code == 0
    monkeypatch.chdir(tmp_path)
    said = mailer("check")
    assert (said.code, said.out) == (1, "")
    assert str(tmp_path) in said.err
    assert "--site" in said.err
    assert mailer("--site", "site", "check").code == 0


def test_a_site_that_does_not_exist_is_told_by_name(mailer: Mailer, tmp_path: Path) -> None:
    for folder in (tmp_path / "nowhere", tmp_path):
        said = mailer("--site", str(folder), "check")
        assert (said.code, said.out) == (1, "")
        assert f"No config.toml in {folder}" in said.err
        assert list(tmp_path.iterdir()) == []


def test_sentences_are_in_the_language_of_the_site(site: Path, mailer: Mailer) -> None:
    assert mailer("issue", "pause", NAME).err == f"{NAME} has not been released.\n"
    config = site / "config.toml"
    config.write_text(config.read_text().replace('language = "en"\n', ""))
    said = mailer("issue", "pause", NAME)
    french = say("fr", publishing.NOT_RELEASED, {"issue": NAME})
    assert (said.code, said.out, said.err) == (1, "", f"{french}\n")
    assert french != str(NotFound(publishing.NOT_RELEASED, issue=NAME))


def test_before_the_site_is_known_sentences_are_in_the_language_of_the_terminal(
    mailer: Mailer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    english = mailer("check").err
    for language in ("fr_FR.UTF-8", "C.UTF-8", ""):
        monkeypatch.setenv("LANG", language)
        french = mailer("check").err
        assert french != english
        assert "config.toml" in french


def test_json_is_one_object_on_stdout_with_the_promised_keys(site: Path, mailer: Mailer, relay: Receiver) -> None:
    write_contacts(site / "readers.csv", 3)
    import_keys = {"rows", "ready", "merged", "suppressed", "to_check", "refused", "batch"}
    for words, keys in (
        (("check",), {"findings"}),
        (("issue", "check", NAME), {"findings"}),
        (("contacts", "import", "readers.csv", "--list", "lettre", "--dry-run"), import_keys),
        (("contacts", "import", "readers.csv", "--list", "lettre", "--yes"), import_keys),
        (("issue", "preview", NAME, "--out", "out"), {"files"}),
        (("issue", "test", NAME, "--to", "odile@courriel.example"), {"sent"}),
        (("issue", "show", NAME), STATUS),
        (("issue", "approve", NAME, "--by", "Odile"), STATUS),
        (("issue", "release", NAME, "--yes"), STATUS),
        (("issue", "pause", NAME), STATUS),
        (("issue", "resume", NAME), STATUS),
        (("send",), {"sent", "deferred", "failed", "unknown", "seconds", "rate"}),
        (("report", "issue", NAME), RATES),
        (("issue", "cancel", NAME), STATUS),
    ):
        said = mailer(*words, "--json")
        assert said.code == 0, said.err
        assert keys <= said.json.keys(), words
        if keys is STATUS:
            assert said.json["deliveries"].keys() == STATES
            assert said.json["audience"] == 3
    assert len(relay.letters) == 4


def test_findings_stay_off_stdout_when_it_carries_json(site: Path, mailer: Mailer) -> None:
    issue = site / "campaigns" / NAME / "issue.md"
    issue.write_text(issue.read_text().replace("subject", "subjct"))
    for words in (("check",), ("issue", "check", NAME)):
        said = mailer(*words, "--json")
        assert said.code == 1
        found = said.json["findings"]
        errors = {one["path"] for one in found if one["level"] == "error"}
        assert errors == {f"campaigns/{NAME}/issue.md"}
        assert any('Did you mean "subject"?' in one["sentence"] for one in found)
        assert all(one["sentence"] in said.err for one in found)


def test_what_is_refused_says_so_on_stderr_alone(site: Path, mailer: Mailer) -> None:
    assert site.exists()
    for words in (
        ("issue", "show", "lettre/2026-04"),
        ("report", "issue", NAME),
        ("issue", "settle", NAME, "--as", "sent"),
    ):
        said = mailer(*words, "--json")
        assert (said.code, said.out) == (1, "")
        assert said.err.count("\n") == 1


def test_words_of_an_editor_are_printed_as_they_are(site: Path, mailer: Mailer) -> None:
    issue = site / "campaigns" / NAME / "issue.md"
    odd = "[/red] :smile: [bold]mars[/bold] [lundi]"
    issue.write_text(issue.read_text().replace("La lettre du Lavoir – mars : le printemps", odd))
    said = mailer("issue", "show", NAME)
    assert said.code == 0
    assert odd in said.out


def test_check_says_what_to_publish_and_ends_with_1_only_where_something_is_wrong(mailer: Mailer, site: Path) -> None:
    zone: Zone = {
        "lavoir.example": {"MX": ["10 mx.lavoir.example."], "TXT": ["v=spf1 a:smtp.relais.example +all"]},
        "mx.lavoir.example": {"A": ["192.0.2.25"]},
        "_dmarc.lavoir.example": {"TXT": ["v=DMARC1; p=reject; rua=mailto:x@lavoir.example"]},
    }
    with name_server(zone) as server:
        said = mailer("check", "--resolver", f"127.0.0.1:{server.port}", "--json")
        shown = mailer("check", "--resolver", f"127.0.0.1:{server.port}")
    assert (said.code, shown.code) == (1, 1)
    (error,) = [one for one in said.json["findings"] if one["level"] == "error"]
    assert error["path"] == "lavoir.example"
    record = 'lavoir.example. IN TXT "v=spf1 a:smtp.relais.example ~all"'
    assert error["sentence"].endswith(f"\n    {record}")
    assert f"    {record}" in shown.out.splitlines()
    assert site.name not in shown.out


@pytest.mark.usefixtures("site")
def test_check_without_a_network_says_so_and_changes_nothing_else(mailer: Mailer) -> None:
    before = mailer("check", "--json").json["findings"]
    said = mailer("check", "--resolver", f"127.0.0.1:{free_port()}", "--json")
    assert said.code == 0
    # The folder var/ was made by the first.
    (offline,) = [one for one in said.json["findings"] if one["path"] == "DNS"]
    assert offline["level"] == "advice"
    assert [one["path"] for one in before if one["path"] != "DNS"] == [
        one["path"] for one in said.json["findings"] if one["path"] != "DNS"
    ]
    assert mailer("check", "--resolver", "nulle-part").code == 1


def test_an_error_in_the_dns_does_not_hide_a_mistake_in_a_file(site: Path, mailer: Mailer) -> None:
    issue = site / "campaigns" / NAME / "issue.md"
    issue.write_text(issue.read_text().replace("subject", "subjct"))
    with name_server({"lavoir.example": {}}) as server:
        found = mailer("check", "--resolver", f"127.0.0.1:{server.port}", "--json").json["findings"]
    errors = {one["path"] for one in found if one["level"] == "error"}
    assert errors == {"lavoir.example", f"campaigns/{NAME}/issue.md"}
