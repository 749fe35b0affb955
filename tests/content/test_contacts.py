"""Contact files as they come: every encoding, every separator, every line accounted for."""

import csv
from io import StringIO
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailer.domain.incoming import Chunk
from mailer.domain.people import ContactKind
from mailer.domain.spreadsheets import without_apostrophe
from mailer.errors import NotFound, Refused
from tests.content.files import read_whole

NAMES = st.text("abéèçœ’'\"«»;,|\t\n\r -.", max_size=15) | st.sampled_from(['Les Amis\nde l\'Écluse; dite "LADE"', ""])
LOCALS = st.from_regex(r"[a-z]{3,8}[0-9]{3}", fullmatch=True)


def contacts(folder: Path, content: str | bytes, name: str = "contacts.csv") -> Chunk:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_whole(path)


def refused(folder: Path, content: str | bytes) -> list[str]:
    return [f"{row.line}: {row.sentence.format(**row.values)}" for row in contacts(folder, content).refused]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(NAMES, LOCALS), min_size=1, max_size=8),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]),
    separator=st.sampled_from([";", ",", "\t", "|"]),
    ends=st.sampled_from(["\r\n", "\n", "\r"]),
    declared=st.booleans(),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_what_a_program_wrote_is_read_back_the_same(
    tmp_path: Path,
    rows: list[tuple[str, str]],
    encoding: str,
    separator: str,
    ends: str,
    declared: bool,
    quoting: Literal[0, 1],
) -> None:
    written = StringIO(newline="")
    if declared:
        written.write(f"sep={separator}{ends}")
    if any("\n" in name or "\r" in name for name, _ in rows):
        # Python's own writer quotes only the line ends that it uses itself.
        quoting = csv.QUOTE_ALL
    writer = csv.writer(written, delimiter=separator, lineterminator=ends, quoting=quoting)
    writer.writerow(["Nom", "Adresse électronique"])
    starts = []
    for name, local in rows:
        starts.append(len(StringIO(written.getvalue(), newline="").readlines()) + 1)
        writer.writerow([name, f"{local}@ex.example"])
    file = contacts(tmp_path, written.getvalue().encode(encoding))
    assert file.refused == []
    assert [(row.line, row.name, row.address.written) for row in file.rows] == [
        (line, " ".join(without_apostrophe(name).split()), f"{local}@ex.example")
        for line, (name, local) in zip(starts, rows, strict=True)
    ]


@given(
    content=st.binary(max_size=300) | st.text('ab@.;,\n"\t|', max_size=100).map(lambda text: f"email{text}".encode())
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_contacts_or_refused_and_no_line_is_told_twice(tmp_path: Path, content: bytes) -> None:
    try:
        file = contacts(tmp_path, content)
    except Refused:
        return
    lines = [row.line for rows in (file.rows, file.refused, file.doubtful) for row in rows]
    assert len(lines) == len(set(lines))


@pytest.mark.parametrize(
    "header",
    [
        "email",
        "E-mail",
        "Mail",
        "COURRIEL",
        "Adresse électronique",
        "adresse e-mail",
        "E-mail 1",
        "@",
        '"Email"',
        "Adresse  mail",
    ],
)
def test_the_column_of_addresses_is_known_by_many_names(tmp_path: Path, header: str) -> None:
    [row] = contacts(tmp_path, f"Code;{header}\n12;a@ex.example\n").rows
    assert row.address.written == "a@ex.example"


@pytest.mark.parametrize(
    ("header", "cells", "name", "kind"),
    [
        ("email;prénom;nom", "a@ex.example;Marie Hélène;de La Tour", "Marie Hélène de La Tour", "person"),
        ("email;nom", "a@ex.example;HELENE", "HELENE", "person"),
        ("email;name", "a@ex.example;", "", "person"),
        ("email;nom;association", "a@ex.example;Le Goff;Radio Bief", "Le Goff", "person"),
        ("email;nom;association", "a@ex.example;;Radio Bief", "Radio Bief", "structure"),
        ("email;nom;structure", "contact@ex.example;Le Goff;Radio Bief", "Radio Bief", "structure"),
        ("email;nom", "Secretariat@ex.example;Radio Bief", "Radio Bief", "structure"),
        ("email;nom;type", "a@ex.example;Radio Bief;Personne morale", "Radio Bief", "structure"),
        ("email;nom;type", "contact@ex.example;Le Goff;personne", "Le Goff", "person"),
        ("email;nom;type", "a@ex.example;Le Goff;sympathisante", "Le Goff", "person"),
        ("email;nom", "a@ex.example;\x07Le\x1b Goff", "Le Goff", "person"),
        ("email;nom", "a@ex.example;🌻 Les Tournesols 🌻", "🌻 Les Tournesols 🌻", "person"),
        ("email;nom", "a@ex.example", "", "person"),
    ],
)
def test_a_contact_is_a_person_or_a_structure(tmp_path: Path, header: str, cells: str, name: str, kind: str) -> None:
    [row] = contacts(tmp_path, f"{header}\n{cells}\n").rows
    assert (row.name, row.kind) == (name, ContactKind(kind))


def test_bad_rows_are_refused_with_the_line_that_they_start_on(tmp_path: Path) -> None:
    content = (
        "Fichier contacts maj 12/03;\n;\nnom;email\n"
        '"Les Amis\nde l\'Écluse";amis@ex.example\n'
        "Sans adresse;\n"
        '"Sur\ndeux lignes";marc.ex.example\n'
        ";;\n\n"
        "Robot;no-reply@ex.example\n"
        "Accent;hélène@ex.example\n"
        "Fin;fin@ex.example\n"
    )
    assert refused(tmp_path, content) == [
        "1: this row stands above the names of the columns.",
        "6: this row has no address.",
        '7: "marc.ex.example" is not an e-mail address.',
        '11: nobody reads "no-reply@ex.example": it belongs to a machine.',
    ]
    assert [(row.line, row.name) for row in contacts(tmp_path, content).rows] == [
        (4, "Les Amis de l'Écluse"),
        (13, "Fin"),
    ]


def test_a_stray_quotation_mark_costs_its_own_row_only(tmp_path: Path) -> None:
    content = 'nom;email\n"Les Amis;a@ex.example\nB;b@ex.example\n"C" D;c@ex.example\nE;e@ex.example\n"F;f@ex.example\n'
    assert [row.name for row in contacts(tmp_path, content).rows] == ["B", "E"]
    assert [line.split(":")[0] for line in refused(tmp_path, content)] == ["2", "4", "6"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "contacts.csv is empty."),
        (b" \r\n\r\n", "contacts.csv is empty."),
        (b"\xef\xbb\xbf", "contacts.csv is empty."),
        (b"%PDF-1.7 ...", "contacts.csv is a PDF, not a table"),
        (b"PK\x03\x04...", "contacts.csv cannot be read as a spreadsheet"),
        (b"\xd0\xcf\x11\xe0...", "contacts.csv cannot be read as a spreadsheet"),
        (b"\x1f\x8b...", "contacts.csv is an archive"),
        (b"\x89PNG\r\n\x1a\n\0\0", "contacts.csv is not a text file"),
        ("email\na@ex.example\n".encode("utf-16-le"), "contacts.csv is not a text file"),
        (b"\xff\xfee", "contacts.csv is not a text file"),
        (b"email;nom\na@ex.example;\x81\n", "contacts.csv is not a text file"),
        ("email;nom\na@ex.example;é\n".encode() + b"b@ex.example;\xe9\n", "mixes two encodings: its line 3"),
        (b"nom;ville\nA;B\n", "contacts.csv has no column of addresses."),
        (b"a@ex.example;A\nb@ex.example;B\n", "contacts.csv does not name its columns: its row 1 is a contact"),
        (b"a@ex.example\nemail\n", "contacts.csv does not name its columns: its row 1 is a contact"),
        (b"nom;adresse\nA;1 rue de la Paix\n", "contacts.csv has no column of addresses."),
    ],
)
def test_a_file_that_is_no_table_of_contacts_is_refused_in_one_sentence(
    tmp_path: Path, content: bytes, said: str
) -> None:
    with pytest.raises(Refused) as error:
        contacts(tmp_path, content)
    assert said in str(error.value)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"There is no file .*gone\.csv"):
        read_whole(tmp_path / "gone.csv")
    with pytest.raises(Refused, match="is a folder"):
        read_whole(tmp_path)


def test_a_header_alone_is_a_file_without_contacts(tmp_path: Path) -> None:
    file = contacts(tmp_path, "email;nom\n")
    assert (file.rows, file.refused) == ([], [])


def test_the_separator_is_the_one_that_names_most_columns(tmp_path: Path) -> None:
    [row] = contacts(tmp_path, "email;prénom, usuel;nom\na@ex.example;x, y;Roux\n").rows
    assert row.name == "Roux"
