"""`mailer contacts import`: counts first, a question, then all or nothing."""

from pathlib import Path

import pytest

from tests.cli.conftest import NAME, Mailer, write_contacts

IMPORT = ("contacts", "import", "readers.csv")


@pytest.fixture
def readers(site: Path) -> Path:
    """Three contacts, one twice, and a line that is none."""
    file = write_contacts(site / "readers.csv", 3)
    file.write_text(f"{file.read_text()}LECTRICE0@courriel.example;\nvoir fiche papier;Zoé\n", encoding="utf-8")
    return file


def audience(mailer: Mailer) -> int:
    return int(mailer("issue", "show", NAME, "--json").json["audience"])


@pytest.mark.usefixtures("readers")
def test_a_dry_run_counts_and_changes_nothing(mailer: Mailer) -> None:
    said = mailer(*IMPORT, "--list", "lettre", "--dry-run", "--json")
    counts: dict[str, int | None] = {"rows": 5, "ready": 3, "merged": 1, "suppressed": 0, "to_check": 0, "refused": 1}
    counts |= {"new": 3, "changed": 0, "structures": 0, "batch": None, "before": None}
    assert (said.code, said.json) == (0, counts)
    assert 'line 6: "voir fiche papier" is not an e-mail address.' in said.err
    assert "Nothing is changed yet." in said.err
    assert audience(mailer) == 0


@pytest.mark.usefixtures("readers")
def test_yes_imports_without_the_question(mailer: Mailer) -> None:
    said = mailer(*IMPORT, "--list", "lettre", "--yes")
    assert (said.code, said.err) == (0, "")
    assert "3 contacts ready, 1 duplicates merged" in said.out
    assert audience(mailer) == 3
    again = mailer(*IMPORT, "--list", "lettre", "--yes", "--json").json
    assert (again["ready"], again["merged"], again["batch"]) == (0, 4, 2)


@pytest.mark.usefixtures("readers")
def test_without_a_terminal_nobody_is_asked_and_nothing_is_imported(mailer: Mailer) -> None:
    said = mailer(*IMPORT, "--list", "lettre")
    assert said.code == 1
    assert "3 contacts ready" in said.out
    assert said.err == "Nothing was imported. Say --yes to import without the question.\n"
    assert audience(mailer) == 0


@pytest.mark.usefixtures("readers")
def test_an_opposition_beats_every_later_import(mailer: Mailer, site: Path) -> None:
    write_contacts(site / "oppositions.csv", 2)
    said = mailer("contacts", "import", "oppositions.csv", "--as", "oppositions", "--yes", "--json")
    assert (said.code, said.json["ready"]) == (0, 2)
    said = mailer(*IMPORT, "--list", "lettre", "--yes", "--json")
    assert (said.json["ready"], said.json["suppressed"]) == (1, 2)
    assert audience(mailer) == 1


@pytest.mark.usefixtures("readers")
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--list", "letre"), 'There is no list "letre". The lists are: bureau, lettre, tous.'),
        (("--list", "tous"), '"tous" holds everyone by rule'),
        (("--list", "lettre", "--as", "oppositions"), "Either --list or --as oppositions, not both"),
    ],
)
def test_a_wrong_list_is_refused_before_anything_is_read(mailer: Mailer, words: tuple[str, ...], sentence: str) -> None:
    said = mailer(*IMPORT, *words, "--yes")
    assert (said.code, said.out) == (1, "")
    assert sentence in said.err
    assert audience(mailer) == 0


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "There is no file readers.csv."),
        (b"", "readers.csv"),
        (b"nom;ville\nAnne;Paris\n", "readers.csv"),
        (b"\xff\xfe\x00e\x00m", "readers.csv"),
        (b"PK\x03\x04\x00\x00", "readers.csv"),
        (b"email\n" + b"\0" * 5_000, "readers.csv"),
        (b'email;nom\n"never closed;x\n' + b"a;b\n" * 9, "line 2"),
    ],
)
def test_a_file_that_holds_no_contacts_is_told(
    site: Path, mailer: Mailer, content: bytes | None, sentence: str
) -> None:
    if content is not None:
        (site / "readers.csv").write_bytes(content)
    said = mailer(*IMPORT, "--list", "lettre", "--yes")
    assert sentence in said.err + said.out
    assert audience(mailer) == 0
    if content is None or b"nom" not in content:
        assert (said.code, said.out) == (1, "")


def test_a_folder_is_no_contact_file(site: Path, mailer: Mailer) -> None:
    (site / "readers.csv").mkdir()
    said = mailer(*IMPORT, "--yes")
    assert (said.code, said.err) == (1, "readers.csv is a folder: name a file.\n")


@pytest.mark.usefixtures("readers")
def test_one_person_is_shown_and_then_forgotten_for_good(mailer: Mailer) -> None:
    mailer(*IMPORT, "--list", "lettre", "--yes")
    shown = mailer("contacts", "show", "lectrice0@courriel.example", "--json")
    assert (shown.code, shown.json["about"]) == (0, "lectrice0@courriel.example")
    assert [one["list_slug"] for one in shown.json["subscription"]] == ["lettre"]
    assert "subscription;1;list_slug;lettre" in mailer("contacts", "show", "lectrice0@courriel.example", "--csv").out
    refused = mailer("contacts", "forget", "lectrice0@courriel.example")
    assert (refused.code, refused.err) == (1, "Nothing was erased. Say --yes to erase without the question.\n")
    forgotten = mailer("contacts", "forget", "lectrice0@courriel.example", "--yes", "--json")
    assert (forgotten.code, forgotten.json) == (0, {"addresses": 1})
    again = mailer("contacts", "show", "lectrice0@courriel.example")
    assert again.code == 1
    assert "but a coded print" in again.err
    assert mailer(*IMPORT, "--list", "lettre", "--yes", "--json").json["suppressed"] == 1
    assert audience(mailer) == 2
