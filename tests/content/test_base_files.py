"""Contact files that say more than names and addresses. The numbers are those of the table of dirty cases."""

from pathlib import Path

import pytest

from mailer.content.contacts import recognise
from mailer.content.days import day_in
from mailer.domain.incoming import Chunk, ContactRow, Detail, DetailKind
from mailer.domain.meanings import Field, Meaning, ReadAs, Wish
from mailer.domain.people import ContactKind
from mailer.errors import Refused
from tests.content.files import read_whole
from tests.content.workbooks import write_xlsx

FIELDS = (
    Field("phone", "Téléphone", "text"),
    Field("met", "Rencontre", "date"),
    Field("members", "Adhérents", "number"),
    Field("paper", "Papier", "boolean"),
    Field("statute", "Forme", "choice", ("Loi 1901", "Coopérative")),
)


def read(folder: Path, content: str, **said: object) -> Chunk:
    path = folder / "base.csv"
    path.write_text(content, encoding="utf-8")
    return read_whole(path, ReadAs(**said), FIELDS)  # type: ignore[arg-type]  # as the test says


def one(folder: Path, header: str, cells: str, **said: object) -> ContactRow:
    [row] = read(folder, f"{header}\n{cells}\n", **said).rows
    return row


def details(row: ContactRow, what: DetailKind) -> list[tuple[str, str]]:
    return [(detail.key, detail.value) for detail in row.more if detail.what is what]


def said(chunk: Chunk) -> list[str]:
    return [note.sentence.format(**note.values) for note in chunk.noted]


def test_16_further_addresses_are_kept_beside_the_one_that_is_written_to(tmp_path: Path) -> None:
    row = one(tmp_path, "E-mail 1;E-mail 2;Nom", "anne@ex.example;roche@ex.example, nulle part;Roche")
    assert row.written == "anne@ex.example"
    assert details(row, DetailKind.ADDRESS) == []
    row = one(tmp_path, "E-mail 1;E-mail 2", "anne@ex.example;roche@ex.example")
    assert details(row, DetailKind.ADDRESS) == [("roche@ex.example", "roche@ex.example")]
    row = one(tmp_path, "email", '"anne@ex.example / b@ex.example"')
    assert details(row, DetailKind.ADDRESS) == [("b@ex.example", "b@ex.example")]


def test_30_41_who_belongs_where(tmp_path: Path) -> None:
    header = "email;nom;structure;fonction"
    person = one(tmp_path, header, "anne@ex.example;Roche;Radio Bief;trésorière")
    assert (person.kind, details(person, DetailKind.STRUCTURE)) == (
        ContactKind.PERSON,
        [("Radio Bief", "trésorière")],
    )
    office = one(tmp_path, header, "secretariat@ex.example;Anne Roche;Radio Bief;secrétaire")
    assert (office.kind, office.name, office.first_name) == (ContactKind.STRUCTURE, "Radio Bief", "")
    assert details(office, DetailKind.MEMBER) == [("Anne Roche", "secrétaire")]
    clear = one(tmp_path, "structure;email;Président·e;Trésorière", "Les Ormes;contact@ex.example;Anne Roche;Bao Lin")
    assert details(clear, DetailKind.MEMBER) == [("Anne Roche", "Président·e"), ("Bao Lin", "Trésorière")]


def test_41_several_people_in_one_cell_are_proposed(tmp_path: Path) -> None:
    file = read(tmp_path, 'structure;email\n"Les Ormes; prés: Anne Roche; très: Bao Lin";ormes@ex.example\n')
    [row] = file.doubtful
    assert row.row is not None
    assert (row.name, row.values["people"]) == ("Les Ormes", "Anne Roche (prés), Bao Lin (très)")
    assert details(row.row, DetailKind.MEMBER) == [("Anne Roche", "prés"), ("Bao Lin", "très")]


def test_43_a_branch_of_a_network_is_told_and_a_column_of_networks_believed(tmp_path: Path) -> None:
    file = read(tmp_path, "structure;email\nFédé centres sociaux – antenne 35;contact@ex.example\n")
    assert any("part of" in sentence and "Fédé centres sociaux" in sentence for sentence in said(file))
    row = one(tmp_path, "structure;email;fédération", "Les Ormes;contact@ex.example;Fédé 35")
    assert details(row, DetailKind.NETWORK) == [("Fédé 35", "Les Ormes")]


@pytest.mark.parametrize(
    ("case", "cells", "postcode", "region", "country"),
    [
        (44, "1000;Bourg;", "01000", "ARA", "FR"),
        (45, "97410;Saint-Pierre;", "97410", "RE", "FR"),
        (45, "2A004;Ajaccio;", "2A004", "COR", "FR"),
        (45, "B-1060;Bruxelles;", "B-1060", "", "BE"),
        (45, "1060;Bruxelles;Belgique", "1060", "", "BE"),
        (45, "75561 Cedex 12;Paris;", "75561", "IDF", "FR"),
        (45, "97;;", "97", "", ""),
    ],
)
def test_44_45_a_postcode_says_the_region(
    tmp_path: Path, case: int, cells: str, postcode: str, region: str, country: str
) -> None:
    row = one(tmp_path, "email;code postal;ville;pays", f"anne@ex.example;{cells}")
    assert (row.postcode, row.region, row.country) == (postcode, region, country), case


def test_44_a_telephone_is_kept_as_text_where_the_site_has_a_field_and_a_cut_one_is_told(tmp_path: Path) -> None:
    file = read(tmp_path, "email;Téléphone\na@ex.example;06 12 34 56 78\nb@ex.example;6,12E+08\nc@ex.example;=+33612\n")
    kept = [details(row, DetailKind.CUSTOM) for row in file.rows]
    assert kept == [[("phone", "06 12 34 56 78")], [("phone", "6,12E+08")], [("phone", "+33612")]]
    assert said(file) == ['"6,12E+08" is a number that a spreadsheet cut: look at it.']
    path = tmp_path / "base.csv"
    assert "not kept: Téléphone" in said(read_whole(path))[0]


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("03/04/22", "2022-04-03"),
        ("3.4.2022", "2022-04-03"),
        ("44654", "2022-04-03"),
        ("2022-04-03", "2022-04-03"),
        ("2022-04-03T10:20:00", "2022-04-03"),
        ("03/04/2022 10:20", "2022-04-03"),
        ("1er avril 2022", "2022-04-01"),
        ("mars 2022", "2022-03"),
        ("03/2022", "2022-03"),
        ("2022", "2022"),
        ("31/02/2022", ""),
        ("12345", ""),
        ("hier", ""),
        ("", ""),
    ],
)
def test_46_days_are_read_day_first_and_stay_as_partial_as_they_are(written: str, day: str) -> None:
    assert day_in(written) == day


@pytest.mark.parametrize(
    ("header", "cell", "years"),
    [
        ("Adhésion 2023", "X", ["2023"]),
        ("Adhésion 2023", "25 €", ["2023"]),
        ("Adhésion 2023", "0", []),
        ("Adhésion 2023", "non", []),
        ("Adhésion 2023", "", []),
        ("Année d’adhésion", "2021, 2022", ["2021", "2022"]),
        ("Adhésion", "03/04/22", ["2022"]),
        ("Date d’adhésion", "03/04/22", ["2022"]),
        ("Adhésion", "X", []),
        ("Adhésion 2023", "à relancer", []),
    ],
)
def test_47_a_cross_below_a_year_is_a_membership(tmp_path: Path, header: str, cell: str, years: list[str]) -> None:
    row = one(tmp_path, f"email;{header}", f'anne@ex.example;"{cell}"')
    assert [key for key, _ in details(row, DetailKind.MEMBERSHIP)] == years


def test_47_colours_are_not_read_and_that_is_said(tmp_path: Path) -> None:
    style = '<styleSheet><fills><fill><patternFill patternType="solid"/></fill></fills></styleSheet>'
    path = write_xlsx(tmp_path / "base.xlsx", {"A": [["email"], ["a@ex.example"]]}, {"xl/styles.xml": style})
    assert said(read_whole(path)) == ["the colours of cells are not read: what they mean must stand in a column."]


HELLOASSO = (
    "Référence commande;Date de la commande;Statut de la commande;Nom adhérent;Prénom adhérent;Nom payeur;"
    "Prénom payeur;Email payeur;Tarif;Montant tarif\n"
    "1;03/04/2023 10:20;Validé;ROCHE;Anne;ROCHE;Anne;anne@ex.example;Adhésion 2023;20\n"
    "1;03/04/2023 10:20;Validé;ROCHE;Zoé;ROCHE;Anne;anne@ex.example;Adhésion 2023;20\n"
    "2;05/04/2023 09:00;Annulé;LIN;Bao;LIN;Bao;bao@ex.example;Adhésion 2023;20\n"
)


def test_48_of_a_shop_s_export_the_member_is_kept_and_the_year_is_the_form_s(tmp_path: Path) -> None:
    file = read(tmp_path, HELLOASSO)
    assert [(row.name, row.written) for row in file.rows] == [
        ("Anne ROCHE", "anne@ex.example"),
        ("Zoé ROCHE", "anne@ex.example"),
    ]
    membership = Detail(DetailKind.MEMBERSHIP, "2023", "Adhésion 2023", None, "2023-04-03")
    assert [detail for detail in file.rows[0].more if detail.what is DetailKind.MEMBERSHIP] == [membership]
    assert [row.name for row in file.doubtful] == ["Bao LIN"]


def test_48_who_paid_is_a_contact_only_if_that_is_said(tmp_path: Path) -> None:
    content = "Email;Nom adhérent;Email payeur;Nom payeur\nzoe@ex.example;Zoé;anne@ex.example;Roche\n"
    assert [row.written for row in read(tmp_path, content).rows] == ["zoe@ex.example"]
    assert [row.name for row in read(tmp_path, content, payers=True).rows] == ["Zoé", "Roche"]


def test_49_formulas_are_read_as_what_they_show(tmp_path: Path) -> None:
    row = one(tmp_path, "email;nom;ville", '"=HYPERLINK(""mailto:anne@ex.example"";""Anne"")";#N/A;#REF!')
    assert (row.written, row.name, row.city) == ("anne@ex.example", "", "")


def test_the_site_s_own_fields_are_read_by_their_types(tmp_path: Path) -> None:
    header = "email;Rencontre;Adhérents;Papier;Forme"
    row = one(tmp_path, header, "a@ex.example;mars 2022;1 200,5;oui;loi 1901")
    assert [(detail.key, detail.value, detail.number) for detail in row.more] == [
        ("met", "2022-03", None),
        ("members", "1200.5", 1200.5),
        ("paper", "true", 1.0),
        ("statute", "Loi 1901", None),
    ]
    file = read(tmp_path, f"{header}\na@ex.example;hier;beaucoup;peut-être;SARL\n")
    assert (file.rows[0].more, len(file.noted)) == ((), 4)


def test_37_what_a_word_means_is_asked_once_and_an_empty_cell_is_no_consent(tmp_path: Path) -> None:
    content = "email;newsletter\na@ex.example;N\nb@ex.example;plutôt\nc@ex.example;\nd@ex.example;oui\n"
    assert len(read(tmp_path, content).doubtful) == 3
    file = read(tmp_path, content, values=(("N", Wish.NO), ("plutôt", Wish.YES)))
    assert [(row.written[0], row.wanted) for row in file.rows] == [("a", False), ("b", True), ("d", True)]
    assert [row.line for row in file.doubtful] == [4]


def test_26_27_proposals_are_taken_all_at_once_only_if_that_is_said(tmp_path: Path) -> None:
    content = "email\nx@gmial.com\nmarc@ex,fr\nv@voila.fr\n"
    assert [row.written for row in read(tmp_path, content, accept=True).rows] == ["x@gmail.com", "marc@ex.fr"]


def test_38_a_refusal_in_any_column_waits(tmp_path: Path) -> None:
    assert len(read(tmp_path, "email;suivi 2022\na@ex.example;NE PLUS ÉCRIRE svp\n").doubtful) == 1
    assert len(read(tmp_path, "email;notes;remarques\na@ex.example;;décédée\n").doubtful) == 1


def test_10_a_column_is_corrected_by_its_name(tmp_path: Path) -> None:
    content = "Contact principal;Qui;Poste occupé;Cotis.\na@ex.example;Anne;trésorière;X\n"
    with pytest.raises(Refused):
        read(tmp_path, content.replace("a@ex", "rien@").replace(".example", ""))
    corrected = (("Contact principal", "email"), ("Qui", "nom"), ("Poste occupé", "role"), ("Cotis.", "year:2023"))
    columns = recognise(tmp_path / "base.csv", ReadAs(corrected=corrected)).tables[0].columns
    assert [column.meaning for column in columns] == [Meaning.ADDRESS, Meaning.LAST_NAME, Meaning.ROLE, Meaning.YEAR]


def test_9_the_name_of_a_sheet_can_become_a_tag(tmp_path: Path) -> None:
    path = write_xlsx(
        tmp_path / "base.xlsx", {"Adhérents 2022": [["email", "étiquettes"], ["a@ex.example", "Presse, élu·es"]]}
    )
    [row] = read_whole(path, ReadAs(tag_sheets=True)).rows
    assert [key for key, _ in details(row, DetailKind.TAG)] == ["adherents-2022", "presse", "elues"]


def test_a_row_may_not_swallow_the_file_and_a_file_may_not_swallow_the_machine(tmp_path: Path) -> None:
    content = 'nom;email\n"jamais fermé;a@ex.example\n' + "".join(f"b{at};b{at}@ex.example\n" for at in range(500))
    file = read(tmp_path, content)
    assert (len(file.rows), [row.line for row in file.refused]) == (500, [2])
    huge = tmp_path / "huge.csv"
    with huge.open("wb") as sparse:
        sparse.truncate(2 * 1024**3)
    with pytest.raises(Refused, match="has 2048 MB"):
        recognise(huge)
    with pytest.raises(Refused, match="no ordinary file"):
        recognise(Path("/dev/zero"))
