"""Invented contacts as an old spreadsheet would hold them. The same seed gives the same crowd."""

import csv
from dataclasses import dataclass
from pathlib import Path
from random import Random

SEED = 1901
"""The year of the law on associations."""

PEOPLE, DUPLICATES, BROKEN = 20_700, 180, 120
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
STRUCTURES = (
    "Les Petits Ormes", "L'Atelier du Lavoir", "Radio Bief", "Les Passerelles", "La Cantine de palier", "L'Écluse",
    "Le Fournil partagé", "La Ludothèque des Halles", "Le Jardin des Remparts", "La Ressourcerie du Canal",
    "Les Cyclistes de Montbriel", "L'Étape",
)  # fmt: skip
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
    people = [_person(random, number) for number in range(PEOPLE)]
    rows = people + [_again(row) for row in random.sample(people, DUPLICATES)]
    rows += [_broken(random, number) for number in range(BROKEN)]
    random.shuffle(rows)
    opposed, readers = people[:OPPOSED], people[OPPOSED:]
    subscribers = readers[:SIRENE]
    return Crowd(
        contacts=_write(folder / "contacts.csv", rows),
        oppositions=_write(folder / "oppositions.csv", opposed),
        sirene=_write(folder / "sirene.csv", subscribers),
        klaxon=_write(folder / "klaxon.csv", random.sample(subscribers, KLAXON)),
        quinzaine=_write(folder / "quinzaine.csv", random.sample(subscribers, QUINZAINE)),
        gone=frozenset(row[0] for row in random.sample(readers[SIRENE:], GONE)),
        greylisted=frozenset(row[0] for row in random.sample(readers[:SIRENE], GREYLISTED)),
    )


Row = tuple[str, str, str, str]


def _person(random: Random, number: int) -> Row:
    domain = f"{random.choice(DOMAINS)}.example"
    if random.random() < 0.14:
        return (f"contact{number}@{domain}", "", "", random.choice(STRUCTURES))
    first, last = random.choice(FIRST_NAMES), random.choice(LAST_NAMES)
    return (f"{_plain(first)}.{_plain(last)}{number}@{domain}", last, first, "")


def _again(row: Row) -> Row:
    """The same contact, typed by someone else."""
    return (row[0].upper(), row[1].upper(), row[2], row[3])


def _broken(random: Random, number: int) -> Row:
    address = random.choice(
        (f"sans-arobase{number}.example", f"trop,de,virgules{number}@ecrire,example", "", "voir fiche papier")
    )
    return (address, random.choice(LAST_NAMES), random.choice(FIRST_NAMES), "")


def _plain(name: str) -> str:
    table = str.maketrans("àâäçéèêëîïôöûüùÿ", "aaaceeeeiioouuuy", "'- ")
    return name.lower().translate(table)


def _write(path: Path, rows: list[Row]) -> Path:
    with path.open("w", encoding="cp1252", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(("Courriel", "Nom", "Prénom", "Association"))
        writer.writerows(rows)
    return path
