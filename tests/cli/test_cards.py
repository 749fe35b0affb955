"""`mailer contacts find|add|edit|close`, `structures`, `duplicates`: a base corrected by hand, and what is refused."""

import shutil
from pathlib import Path

import pytest

from mailer.domain.people import ContactKind
from mailer.services import contacts, people
from tests.cli.conftest import ENGLISH, NAME, Mailer
from tests.sites import NOON, open_site, write_site

FIELDS = """
[contacts.fields.first_met]
label = "Première rencontre"
type = "date"

[contacts.fields.gift]
label = "Don"
type = "number"

[contacts.fields.way]
label = "Venu·e par"
type = "choice"
choices = ["Forum", "Bouche à oreille"]
"""


@pytest.fixture(scope="module")
def corrected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three people on a list, two structures, and fields of the site's own; made once."""
    folder = write_site(tmp_path_factory.mktemp("base") / "site", ENGLISH + FIELDS)
    rows = ["email;nom", "helene@mairie.example;Hélène Dupont-Lajoie", "karim@orge.example;Karim Benali"]
    rows += ["h.lajoie@asso.example;Hélène Dupont-Lajoie"]
    (folder / "base.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    with open_site(folder) as app:
        people.import_contacts(app, folder / "base.csv", NOON, list_slug="lettre", dry_run=False)
        for name, address in (
            ("MJC des Hauts-de-B", "contact@mjc.example"),
            ("Réseau des Ormes", "reseau@ormes.example"),
        ):
            contacts.add(app, ContactKind.STRUCTURE, {"name": name}, NOON, address=address)
    return folder


@pytest.fixture
def base(site: Path, corrected: Path) -> Path:
    """The same, of this test's own."""
    shutil.copytree(corrected, site, dirs_exist_ok=True)
    return site


def number_of(mailer: Mailer, words: str) -> int:
    return int(mailer("contacts", "find", words, "--json").json["contacts"][0]["id"])


@pytest.mark.usefixtures("base")
def test_a_contact_is_found_corrected_and_shown_with_its_history(mailer: Mailer) -> None:
    said = mailer("contacts", "find", "dupon")
    assert "Hélène Dupont-Lajoie · helene@mairie.example" in said.out
    helene = str(number_of(mailer, "helene@mairie.example"))
    words = ("--set", "postcode=97410", "--set", "city=Saint-Pierre", "--set", "field.first_met=03/04/2022")
    edited = mailer(
        "contacts", "edit", helene, *words, "--tag", "Conseil d'administration", "--member", "2023:individuel"
    )
    assert (edited.code, edited.err) == (0, "")
    mjc, network = str(number_of(mailer, "mjc")), str(number_of(mailer, "ormes"))
    assert mailer("structures", "join", helene, mjc, "--role", "présidente").code == 0
    assert mailer("structures", "under", mjc, network, "--by", "Léa").code == 0
    ring = mailer("structures", "under", network, mjc)
    assert (ring.code, ring.err) == (
        1,
        "MJC des Hauts-de-B belongs to Réseau des Ormes already: a network cannot be in its own.\n",
    )
    card = mailer("contacts", "show", helene, "--json").json["contacts"][0]
    assert (card["contact"]["region"], card["contact"]["country"], card["tags"]) == (
        "RE",
        "FR",
        ["conseil-d-administration"],
    )
    assert card["fields"] == {"first_met": "2022-04-03"}
    assert [(one["name"], one["role"]) for one in card["structures"]] == [("MJC des Hauts-de-B", "présidente")]
    shown = mailer("structures", "show", mjc).out
    assert "Hélène Dupont-Lajoie · présidente" in shown
    assert "Réseau des Ormes" in shown
    told = mailer("contacts", "show", "helene@mairie.example").out
    assert "first_met: 2022-04-03" in told
    assert "lettre · active" in told
    assert mailer("contacts", "find", "mjc").out.count("\n") == 2, "its people are found by a structure too"


@pytest.mark.usefixtures("base")
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--set", "city"), '"city" is no field with its value. Write it like city=Rennes.'),
        (("--set", "ville=Rennes"), 'There is no field "ville". The fields are: name, first_name'),
        (("--set", "name= "), "A contact needs a name."),
        (("--set", "language=français"), '"français" is no language: write its two letters, like fr.'),
        (("--set", "country=Atlantide"), '"Atlantide" is no country that we know'),
        (("--set", "level=mondial"), '"mondial" is no level. The levels are: local, departmental, regional, national.'),
        (
            ("--set", "field.first_met=hier"),
            '"Première rencontre" is a date, like 06/09/2023 or 2023-09-06: "hier" is none.',
        ),
        (("--set", "field.gift=beaucoup"), '"Don" is a number: "beaucoup" is none.'),
        (("--set", "field.way=Radio"), '"Venu·e par" is one of Forum, Bouche à oreille: "Radio" is none of them.'),
        (("--set", "field.shoe=42"), 'There is no field "shoe" under [contacts.fields] in config.toml.'),
        (("--set", "address=nulle part"), '"nulle part" is not an e-mail address.'),
        (("--member", "hier"), '"hier" is no year of membership: write it like 2023.'),
        (("--tag", "!!"), '"!!" cannot be a tag'),
    ],
)
def test_what_cannot_be_written_is_said_in_one_sentence(mailer: Mailer, words: tuple[str, ...], sentence: str) -> None:
    said = mailer("contacts", "edit", "karim@orge.example", *words)
    assert said.code == 1
    assert said.err.startswith(sentence)
    assert mailer("contacts", "show", "karim@orge.example", "--json").json["contacts"][0]["changes"] == []


@pytest.mark.usefixtures("base")
def test_nobody_is_said_to_be_nobody(mailer: Mailer) -> None:
    assert (
        mailer("contacts", "edit", "999").err
        == "There is no contact 999. Look for it with: mailer contacts find NAME\n"
    )
    assert mailer("contacts", "show", "999").code == 1
    assert "Nobody is found by that." in mailer("contacts", "find", "zzz").out


@pytest.mark.usefixtures("base")
def test_duplicates_are_proposed_shown_made_one_and_taken_apart(mailer: Mailer) -> None:
    first, second = sorted(one["id"] for one in mailer("contacts", "find", "dupon", "--json").json["contacts"])
    listed = mailer("duplicates", "list")
    assert "Hélène Dupont-Lajoie" in listed.out
    assert "same name" in listed.out
    beside = mailer("duplicates", "show", str(first), str(second))
    assert "h.lajoie@asso.example" in beside.out
    audience = ("issue", "show", NAME, "--json")
    assert mailer(*audience).json["audience"] == 3
    merged = mailer("duplicates", "merge", str(first), str(second), "--json")
    assert mailer(*audience).json["audience"] == 2
    assert mailer("duplicates", "list", "--json").json["total"] == 0
    closed = mailer("duplicates", "merge", str(first), str(second))
    assert (closed.code, closed.err) == (
        1,
        "Hélène Dupont-Lajoie is closed (merged). Only contacts that live become one.\n",
    )
    assert mailer("duplicates", "undo", str(merged.json["merge"])).code == 0
    assert mailer(*audience).json["audience"] == 3
    assert mailer("duplicates", "undo", str(merged.json["merge"])).code == 1
    mailer("duplicates", "separate", str(second), str(first))
    assert mailer("duplicates", "list", "--json").json == {"total": 0, "pairs": []}


@pytest.mark.usefixtures("base")
def test_who_died_is_written_to_no_more_until_it_was_a_mistake(mailer: Mailer) -> None:
    audience = ("issue", "show", NAME, "--json")
    assert (
        mailer("contacts", "close", "karim@orge.example").out
        == "Karim Benali is closed: nobody is written to as this contact any more.\n"
    )
    assert mailer(*audience).json["audience"] == 2
    assert mailer("contacts", "reopen", "karim@orge.example").code == 0
    assert mailer(*audience).json["audience"] == 3
    assert mailer("contacts", "reopen", "karim@orge.example").err == "Karim Benali is not closed.\n"
