"""Invented contacts as an old spreadsheet would hold them. The same seed gives the same crowd."""

import csv
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from random import Random

SEED = 1901
"""The year of the law on associations."""

PEOPLE, STRUCTURES, DUPLICATES, DIRTY = 20_700, 2_880, 180, 120
OPPOSED, SIRENE, KLAXON, QUINZAINE = 700, 2_500, 172, 15
GONE, GREYLISTED = 40, 60

FIRST_NAMES = (
    "Aïcha", "Amélie", "Anaïs", "Antoine", "Awa", "Baptiste", "Bénédicte", "Camille", "Cécile", "Chloé", "Clément",
    "Damien", "Élodie", "Émile", "Fatou", "Félix", "Françoise", "Gaëlle", "Hélène", "Hugo", "Idriss", "Inès",
    "Jean-Marc", "Joël", "Karim", "Laëtitia", "Léa", "Loïc", "Maëlle", "Malika", "Marie-Ange", "Maud", "Mehdi",
    "Nadège", "Noé", "Odile", "Olivier", "Pénélope", "Rachid", "Rémi", "Salomé", "Samir", "Solène", "Soizic",
    "Théo", "Valérie", "Yannis", "Zoé",
)  # fmt: skip
LAST_NAMES = (
    "Achour", "Alvarez", "Beauséjour", "Bénard", "Bouvier", "Caradec", "Charrier", "Coatmeur", "Dembélé",
    "Delaunay", "Etchegaray", "Ferrouillat", "Garnier", "Guéguen", "Haddad", "Hérault", "Ibanez", "Jacquemin",
    "Kerbrat", "Lacroix", "Lemaître", "Mansouri", "Mercier", "Morvan", "N'Diaye", "Ollivier", "Pernelle", "Quéré",
    "Riou", "Rousselot", "Sabatier", "Tressard", "Urvoas", "Vasseur", "Weber", "Yildiz", "Zerrouki",
)  # fmt: skip
STRUCTURE_NAMES = (
    "Les Petits Ormes", "L'Atelier du Lavoir", "Radio Bief", "Les Passerelles", "La Cantine de palier", "L'Écluse",
    "Le Fournil partagé", "La Ludothèque des Halles", "Le Jardin des Remparts", "La Ressourcerie du Canal",
    "Les Cyclistes", "L'Étape",
)  # fmt: skip
TOWN_BEGINS = (
    "Mont", "Val", "Roche", "Pont", "Bois", "Mar", "Cour", "Fon", "Clair", "Haute", "Belle", "Gran", "Sau", "Ker",
    "Vieux",
)  # fmt: skip
TOWN_ENDS = (
    "briel", "ignac", "ville", "court", "mont", "fontaine", "rive", "sec", "lande", "combe", "pierre", "dun", "ac",
    "euil", "boise", "plan",
)  # fmt: skip
DEPARTMENTS = (
    "01", "06", "13", "21", "2A", "29", "31", "33", "35", "38", "44", "45", "54", "59", "63", "67", "69", "75", "76",
    "80", "87", "93", "971", "974",
)  # fmt: skip
ROLES = ("présidente", "président", "trésorière", "trésorier", "secrétaire", "coordinatrice", "bénévole", "")
DOMAINS = ("courriel", "boite", "messagerie", "poste-libre", "reseau-asso", "ecrire", "plume", "facteur")


@dataclass(frozen=True)
class Crowd:
    """The files that the demo imports, and how the relay will treat some addresses."""

    contacts: Path
    oppositions: Path
    sirene: Path
    klaxon: Path
    quinzaine: Path
    gone: frozenset[str]
    """The relay says that these mailboxes do not exist."""
    greylisted: frozenset[str]
    """The relay asks to come back later, once."""


def invent_crowd(folder: Path) -> Crowd:
    """Writes the five CSV files; 21,000 rows of contacts in CP1252, as Excel leaves them."""
    folder.mkdir(parents=True, exist_ok=True)
    random = Random(SEED)  # noqa: S311 - invented people, not secrets
    structures = dict(zip(sorted(random.sample(range(PEOPLE), STRUCTURES)), _structures(), strict=True))
    named = list(structures.values())
    people = [
        _structure(random, number, structures[number]) if number in structures else _person(random, number, named)
        for number in range(PEOPLE)
    ]
    rows = people + [_again(row) for row in random.sample(people, DUPLICATES)]
    rows += [_dirty(random, number) for number in range(DIRTY)]
    random.shuffle(rows)
    opposed, readers = people[:OPPOSED], people[OPPOSED:]
    subscribers = readers[:SIRENE]
    return Crowd(
        contacts=_write(folder / "contacts.csv", rows),
        oppositions=_write(folder / "oppositions.csv", opposed),
        sirene=_write(folder / "sirene.csv", subscribers),
        klaxon=_write(folder / "klaxon.csv", random.sample(subscribers, KLAXON)),
        quinzaine=_write(folder / "quinzaine.csv", random.sample(subscribers, QUINZAINE)),
        gone=frozenset(row.address for row in random.sample(readers[SIRENE:], GONE)),
        greylisted=frozenset(row.address for row in random.sample(readers[:SIRENE], GREYLISTED)),
    )


@dataclass(frozen=True)
class Row:
    """One line of the old spreadsheet."""

    address: str
    last: str = ""
    first: str = ""
    structure: str = ""
    role: str = ""
    postcode: str = ""
    town: str = ""
    joined_2022: str = ""
    joined_2023: str = ""
    remark: str = ""


HEADER = (
    "Courriel", "Nom", "Prénom", "Association", "Fonction", "Code postal", "Ville", "Adhésion 2022", "Adhésion 2023",
    "Remarques",
)  # fmt: skip


def _structures() -> list[str]:
    """2,880 names of associations, each with its town."""
    towns = [begin + end for begin in TOWN_BEGINS for end in TOWN_ENDS]
    return [f"{name} de {town}" for name in STRUCTURE_NAMES for town in towns]


def _structure(random: Random, number: int, name: str) -> Row:
    town = name.rpartition(" ")[2]
    return Row(
        f"contact{number}@{random.choice(DOMAINS)}.example", structure=name, postcode=_postcode(random), town=town,
        joined_2023=random.choice(("X", "", "", "")),
    )  # fmt: skip


def _person(random: Random, number: int, structures: list[str]) -> Row:
    first, last = random.choice(FIRST_NAMES), random.choice(LAST_NAMES)
    belongs = random.random() < 0.35
    years = random.choice((("X", "X"), ("X", ""), ("", "X"), *(("", ""),) * 17))
    return Row(
        f"{_plain(first)}.{_plain(last)}{number}@{random.choice(DOMAINS)}.example", last, first,
        random.choice(structures) if belongs else "", random.choice(ROLES) if belongs else "",
        _postcode(random), random.choice(TOWN_BEGINS) + random.choice(TOWN_ENDS), *years,
    )  # fmt: skip


def _again(row: Row) -> Row:
    """The same contact, typed by someone else."""
    return replace(row, address=row.address.upper(), last=row.last.upper())


def _dirty(random: Random, number: int) -> Row:
    """What an old spreadsheet holds too: slips of hand, remarks, rows that are nobody's."""
    first, last = random.choice(FIRST_NAMES), random.choice(LAST_NAMES)
    name = f"{_plain(first)}.{_plain(last)}{number}"
    kinds = (
        Row(f"sans-arobase{number}.example", last, first),
        Row(f"trop,de,virgules{number}@ecrire,example", last, first),
        Row("voir fiche papier", last, first),
        Row("", last, first),
        Row(f"{name}@gmial.com", last, first),
        Row(f"{name}[arobase]plume.example", last, first, postcode="1000"),
        Row(f"{name}@plume.example / {name}@facteur.example", last, first),
        Row(f"{name}@plume.example", last, first, remark="NE PLUS ÉCRIRE"),
        Row(f"{name}@plume.example", f"M. et Mme {last}"),
        Row(f"{name}@plume.example", last, first, remark="décédée en 2021"),
    )
    return kinds[number % len(kinds)]


def _postcode(random: Random) -> str:
    return f"{random.choice(DEPARTMENTS)}{random.randrange(100):03}"[:5].ljust(5, "0")


def _plain(name: str) -> str:
    table = str.maketrans("àâäçéèêëîïôöûüùÿ", "aaaceeeeiioouuuy", "'- ")
    return name.lower().translate(table)


def _write(path: Path, rows: list[Row]) -> Path:
    with path.open("w", encoding="cp1252", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(HEADER)
        writer.writerows(astuple(row) for row in rows)
    return path
