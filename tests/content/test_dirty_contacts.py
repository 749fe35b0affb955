"""Contact files as associations really keep them. The numbers are those of the table of dirty cases."""

from pathlib import Path
from time import process_time

import pytest

from mailer.domain.incoming import Chunk
from mailer.domain.meanings import ReadAs
from mailer.domain.people import ContactKind
from mailer.errors import Refused
from tests.content.files import read_whole
from tests.content.workbooks import write_ods, write_xlsx


def read(folder: Path, content: str | bytes, **said: object) -> Chunk:
    path = folder / "contacts.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_whole(path, ReadAs(**said))  # type: ignore[arg-type]  # as the test says


def one(folder: Path, address: str, **cells: str) -> Chunk:
    """A file of one row, quoted."""
    header = ";".join(["email", *cells])
    row = ";".join('"' + cell.replace('"', '""') + '"' for cell in (address, *cells.values()))
    return read(folder, f"{header}\n{row}\n")


@pytest.mark.parametrize(
    ("case", "written", "address", "remark"),
    [
        (16, "a@ex.fr / b@ex.fr ; c@ex.fr", "a@ex.fr", "letters go to a@ex.fr; b@ex.fr, c@ex.fr kept"),
        (16, "a@ex.fr\nb@ex.fr", "a@ex.fr", "letters go to a@ex.fr; b@ex.fr kept"),
        (18, '"Marie D." <marie@ex.fr>', "marie@ex.fr", ""),
        (18, "mailto:marie@ex.fr", "marie@ex.fr", ""),
        (19, "claire[arobase]ex.net", "claire@ex.net", "was read as claire@ex.net"),
        (19, "x [at] ex (point) fr", "x@ex.fr", "was read as x@ex.fr"),
        (19, "y[at]]ex.org", "y@ex.org", "was read as y@ex.org"),
        (20, "paul@ex.fr.", "paul@ex.fr", ""),
        (20, "paul @ex.fr", "paul@ex.fr", ""),
        (20, "\N{ZERO WIDTH SPACE}paul@ex.fr\N{NO-BREAK SPACE},", "paul@ex.fr", ""),
        (21, "Jean@Ex.FR", "Jean@ex.fr", ""),
        (22, "lea+cac@gmail.com", "lea+cac@gmail.com", ""),
        (22, "l.e.a@gmail.com", "l.e.a@gmail.com", ""),
        (24, "x@wanadoo.fr", "x@wanadoo.fr", ""),
        (29, "contact@théâtre-ex.fr", "contact@xn--thtre-ex-jza3e.fr", ""),
        (32, "ca-asso@framalistes.org", "ca-asso@framalistes.org", "is a mailing list"),
        (33, "jeanne@yopmail.com", "jeanne@yopmail.com", "throw-away"),
    ],
)
def test_what_can_mean_one_thing_only_is_taken_and_told(
    tmp_path: Path, case: int, written: str, address: str, remark: str
) -> None:
    file = one(tmp_path, written)
    assert [row.address.written for row in file.rows] == [address], case
    said = " ".join(note.sentence.format(**note.values) for note in file.noted)
    assert remark in said
    assert bool(remark) == bool(said)


@pytest.mark.parametrize(
    ("case", "written", "proposal", "why"),
    [
        (25, "v@voila.fr", "v@voila.fr", "closed for good"),
        (26, "x@gmial.com", "x@gmail.com", "a slip for gmail.com"),
        (26, "x@gmail.fr", "x@gmail.com", "a slip for gmail.com"),
        (26, "x@hotmial.fr", "x@hotmail.fr", "a slip for hotmail.fr"),
        (26, "x@orange.f", "x@orange.fr", "a slip for orange.fr"),
        (26, "x@wanado.fr", "x@wanadoo.fr", "a slip for wanadoo.fr"),
        (26, "x@yahoo.rf", "x@yahoo.fr", "a slip for yahoo.fr"),
        (26, "x@lapsote.net", "x@laposte.net", "a slip for laposte.net"),
        (26, "x@association.ogr", "x@association.org", "a slip for association.org"),
        (27, "marc@ex,fr", "marc@ex.fr", "a comma"),
        (28, "hélène@ex.fr", "helene@ex.fr", "an accent before the @"),
    ],
)
def test_what_could_mean_two_things_waits_with_a_proposal(
    tmp_path: Path, case: int, written: str, proposal: str, why: str
) -> None:
    file = one(tmp_path, written)
    [row] = file.doubtful
    assert row.address is not None, case
    assert (row.written, row.address.written, file.rows, file.refused) == (written, proposal, [], [])
    assert why in row.sentence.format(**row.values)


@pytest.mark.parametrize("written", ["marc.ex.fr", "@ex.fr", "a@@b.fr", "a,b", "no-reply@ex.fr", "postmaster@ex.fr"])
def test_27_31_what_is_nobodys_address_is_refused_with_its_line(tmp_path: Path, written: str) -> None:
    file = one(tmp_path, written)
    assert ([row.line for row in file.refused], file.rows, file.doubtful) == ([2], [], [])


@pytest.mark.parametrize(
    ("case", "cells", "why"),
    [
        (15, {"nom": "M. et Mme Roux"}, "two people"),
        (15, {"nom": "Mme & M. Roux"}, "two people"),
        (37, {"newsletter": "non"}, "did not ask"),
        (37, {"newsletter": "N"}, "did not ask"),
        (37, {"newsletter": "0"}, "did not ask"),
        (37, {"newsletter": "désinscrit"}, "did not ask"),
        (37, {"newsletter": ""}, "did not ask"),
        (37, {"newsletter": "peut-être"}, "yes or no?"),
        (38, {"remarques": "NE PLUS ÉCRIRE"}, "no letter at all"),
        (38, {"remarques": "retraitée, ne suit plus"}, "no letter at all"),
        (38, {"remarques": "a demandé sa désinscription"}, "no letter at all"),
        (39, {"remarques": "† 2021"}, "died"),
        (39, {"remarques": "décédée en mars"}, "died"),
        (39, {"nom": "Jeanne Roche (décédée)"}, "died"),
    ],
)
def test_what_speaks_against_writing_waits(tmp_path: Path, case: int, cells: dict[str, str], why: str) -> None:
    [row] = one(tmp_path, "anne@ex.fr", **cells).doubtful
    assert why in row.sentence.format(**row.values), case


@pytest.mark.parametrize("wish", ["oui", "O", "x", "X", "1", "abonnée", "✓"])
def test_37_a_plain_yes_lets_letters_leave(tmp_path: Path, wish: str) -> None:
    assert len(one(tmp_path, "anne@ex.fr", newsletter=wish).rows) == 1


def test_53_an_address_in_the_column_of_names_waits(tmp_path: Path) -> None:
    [row] = read(tmp_path, "nom;email\nmarie@ex.fr;Marie\n").doubtful
    assert row.address is not None
    assert row.address.written == "marie@ex.fr"
    assert "another column" in row.sentence


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("DUPONT-LAJOIE Marie Hélène", "Marie Hélène DUPONT-LAJOIE"),
        ("de La Tour du Pin", "de La Tour du Pin"),
        ("N'Diaye", "N'Diaye"),
        ("Le Goff Anne-Sophie", "Le Goff Anne-Sophie"),
        ("HELENE", "HELENE"),
        ("JEAN MARTIN", "JEAN MARTIN"),
        ("Mme Roux", "Roux"),
        ("Mx Roux", "Roux"),
        ("M. Roux", "Roux"),
        ("Mathilde", "Mathilde"),
        ("🌻" * 400, "🌻" * 300),
    ],
)
def test_12_13_14_15_54_a_name_is_kept_as_it_is_written(tmp_path: Path, written: str, name: str) -> None:
    assert [row.name for row in one(tmp_path, "anne@ex.fr", nom=written).rows] == [name]


def test_4_double_encoded_names_are_mended_only_when_told_to(tmp_path: Path) -> None:
    garbled = "email;nom\nanne@ex.fr;AngÃ©lique\n"
    told = read(tmp_path, garbled)
    assert [row.name for row in told.rows] == ["AngÃ©lique"]
    assert told.noted[0].values["mended"] == "Angélique"
    mended = read(tmp_path, garbled, repair=True)
    assert ([row.name for row in mended.rows], mended.noted) == (["Angélique"], [])


def test_8_a_total_is_no_contact(tmp_path: Path) -> None:
    file = read(tmp_path, "nom;email\nAnne;anne@ex.fr\nTotal : 1;\n")
    assert [row.sentence for row in file.refused] == ["this row is a total, not a contact."]


def test_11_a_file_without_names_of_columns_asks_for_them(tmp_path: Path) -> None:
    content = "Anne;anne@ex.fr\nBao;bao@ex.fr\n"
    with pytest.raises(Refused, match=r"its row 1 is a contact already.*--columns"):
        read(tmp_path, content)
    file = read(tmp_path, content, columns="nom,email")
    assert [(row.name, row.address.written) for row in file.rows] == [("Anne", "anne@ex.fr"), ("Bao", "bao@ex.fr")]


def test_10_what_a_person_says_of_the_columns_wins_over_their_names(tmp_path: Path) -> None:
    file = read(tmp_path, "A;email;B\nx;anne@ex.fr;Anne\n", columns="-,email,nom")
    assert [row.name for row in file.rows] == ["Anne"]


@pytest.mark.parametrize("columns", ["nom,prenom", "courier,nom", ""])
def test_columns_that_make_no_sense_are_refused(tmp_path: Path, columns: str) -> None:
    with pytest.raises(Refused):
        read(tmp_path, "Anne;anne@ex.fr\n", columns=columns)


@pytest.mark.parametrize("write", [write_xlsx, write_ods])
def test_9_a_workbook_is_read_and_several_sheets_are_asked_for(tmp_path: Path, write: object) -> None:
    assert callable(write)
    sheets = {
        "Adhérents 2022": [["Fichier du 12/03"], ["Nom", "Courriel"], ["Anne", "anne@ex.fr"], ["", ""]],
        "Notes": [["rien à voir"]],
        "Presse": [["Courriel", "Nom", "Année"], ["bao@ex.fr", "Bao", 2023.0]],
    }
    path = write(tmp_path / "base.xlsx", sheets)
    with pytest.raises(Refused, match="« Adhérents 2022 », « Presse »"):
        read_whole(path)
    both = read_whole(path, ReadAs(("Adhérents 2022", "Presse")))
    assert [(row.name, row.line) for row in both.rows] == [("Anne", 3), ("Bao", 2)]
    with pytest.raises(Refused, match='no sheet "Autre"'):
        read_whole(path, ReadAs(("Autre",)))


def test_30_a_role_address_belongs_to_the_structure(tmp_path: Path) -> None:
    [row] = one(tmp_path, "secretariat@ex.fr", nom="Anne Roche", structure="Radio Bief").rows
    assert (row.kind, row.name) == (ContactKind.STRUCTURE, "Radio Bief")


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "bombe.xlsx", {"A": [["email"]]}, {"xl/bombe.xml": "0" * 100_000_000})
    started = process_time()
    with pytest.raises(Refused, match="unpacks to 95 MB"):
        read_whole(path)
    assert process_time() - started < 1


@pytest.mark.parametrize(
    ("more", "said"),
    [({"xl/vbaProject.bin": "x"}, "holds macros"), ({}, "has no column of addresses")],
)
def test_a_workbook_with_macros_or_without_addresses_is_refused(
    tmp_path: Path, more: dict[str, str], said: str
) -> None:
    with pytest.raises(Refused, match=said):
        read_whole(write_xlsx(tmp_path / "base.xlsx", {"A": [["nom"], ["Anne"]]}, more))
