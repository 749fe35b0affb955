"""Where a postcode lies: department, region, or abroad. The 13 regions of 2016, those overseas, and nothing guessed.

A few villages are served from the next department, across a region's border: their postcode says the other one.
"""

import re
from dataclasses import dataclass

from mailer.domain.search import fold

REGIONS = {
    "ARA": "Auvergne-Rhône-Alpes",
    "BFC": "Bourgogne-Franche-Comté",
    "BRE": "Bretagne",
    "CVL": "Centre-Val de Loire",
    "COR": "Corse",
    "GES": "Grand Est",
    "HDF": "Hauts-de-France",
    "IDF": "Île-de-France",
    "NOR": "Normandie",
    "NAQ": "Nouvelle-Aquitaine",
    "OCC": "Occitanie",
    "PDL": "Pays de la Loire",
    "PAC": "Provence-Alpes-Côte d’Azur",
    "GP": "Guadeloupe",
    "MQ": "Martinique",
    "GF": "Guyane",
    "RE": "La Réunion",
    "YT": "Mayotte",
    "PM": "Saint-Pierre-et-Miquelon",
    "BL": "Saint-Barthélemy",
    "MF": "Saint-Martin",
    "TF": "Terres australes et antarctiques françaises",
    "WF": "Wallis-et-Futuna",
    "PF": "Polynésie française",
    "NC": "Nouvelle-Calédonie",
}
"""By their codes: those of ISO 3166-2 on the mainland, of ISO 3166-1 overseas."""

_DEPARTMENTS = {
    "ARA": "01 03 07 15 26 38 42 43 63 69 73 74",
    "BFC": "21 25 39 58 70 71 89 90",
    "BRE": "22 29 35 56",
    "CVL": "18 28 36 37 41 45",
    "COR": "20 2A 2B",
    "GES": "08 10 51 52 54 55 57 67 68 88",
    "HDF": "02 59 60 62 80",
    "IDF": "75 77 78 91 92 93 94 95",
    "NOR": "14 27 50 61 76",
    "NAQ": "16 17 19 23 24 33 40 47 64 79 86 87",
    "OCC": "09 11 12 30 31 32 34 46 48 65 66 81 82",
    "PDL": "44 49 53 72 85",
    "PAC": "04 05 06 13 83 84",
    "GP": "971",
    "MQ": "972",
    "GF": "973",
    "RE": "974",
    "PM": "975",
    "YT": "976",
    "BL": "977",
    "MF": "978",
    "TF": "984",
    "WF": "986",
    "PF": "987",
    "NC": "988",
}
REGION_OF = {department: region for region, some in _DEPARTMENTS.items() for department in some.split()}

FRANCE, MONACO = "FR", "MC"
_COUNTRIES = {
    "AT": "autriche austria",
    "BE": "belgique belgium belgie",
    "CA": "canada quebec",
    "CH": "suisse switzerland schweiz",
    "DE": "allemagne germany deutschland",
    "DZ": "algerie algeria",
    "ES": "espagne spain espana",
    "FR": "france fr f metropole",
    "GB": "royaume-uni angleterre ecosse united-kingdom uk",
    "IT": "italie italy italia",
    "LU": "luxembourg",
    "MA": "maroc morocco",
    "MC": "monaco",
    "NL": "pays-bas netherlands",
    "PT": "portugal",
    "SN": "senegal",
    "TN": "tunisie tunisia",
    "US": "etats-unis usa united-states",
}
_CALLED = {fold(word).strip(): code for code, some in _COUNTRIES.items() for word in some.split()}
_BY_PREFIX = {"A": "AT", "B": "BE", "CH": "CH", "D": "DE", "E": "ES", "F": "FR", "I": "IT", "L": "LU", "P": "PT"}

_ABROAD = re.compile(r"([A-Z]{1,2})[ -]+(\d[\dA-Z -]*)")
_FRENCH = re.compile(r"(\d{5}|2[AB]\d{3})(?:\s+(?:CEDEX.*|CS.*|BP.*))?")
_DEPARTMENT = re.compile(r"\d{1,3}|2[AB]")


@dataclass(frozen=True)
class Place:
    """A postcode as it is kept, its country and its region; each empty where nobody can tell."""

    postcode: str
    country: str
    region: str


def read_place(written: str, country: str = "") -> Place:
    """What a cell of postcodes says, as spreadsheets leave it: a zero lost, a Cedex, a letter for the country."""
    text = " ".join(written.upper().replace("\N{NO-BREAK SPACE}", " ").split()).removesuffix(".0")
    where = read_country(country)
    if abroad := _ABROAD.fullmatch(text):
        prefix = _BY_PREFIX.get(abroad[1], abroad[1] if len(abroad[1]) == 2 else "")
        if prefix != FRANCE:
            return Place(text, where or prefix, "")
        text = abroad[2]
    if where not in ("", FRANCE):
        return Place(text, where, "")
    return _in_france(text, where)


def region_of(postcode: str, country: str = "") -> str:
    """The region's code; empty for abroad and where nobody can tell."""
    return read_place(postcode, country).region


def department_of(postcode: str) -> str:
    """« 35 », « 2A », « 974 »; « 20 » for a postcode of Corsica, which does not say which; empty for nothing known."""
    found = postcode[:3] if postcode[:2] in ("97", "98") else postcode[:2]
    return found if found in REGION_OF else ""


def read_country(text: str) -> str:
    """The two letters of a country, from its name or them; empty where unknown."""
    folded = "".join(fold(text).split())
    for name, code in _CALLED.items():
        if folded == name.replace(" ", ""):
            return code
    bare = text.strip().upper()
    return bare if re.fullmatch(r"[A-Z]{2}", bare) else ""


def _in_france(text: str, country: str) -> Place:
    digits = text.replace(" ", "")
    if digits.isascii() and digits.isdigit():
        text = digits.zfill(5) if len(digits) == 4 else digits
    if found := _FRENCH.fullmatch(text):
        postcode = found[1]
        if postcode.startswith("980"):
            return Place(postcode, MONACO, "")
        region = REGION_OF.get(department_of(postcode), "")
        return Place(postcode, country or (FRANCE if region else ""), region)
    if _DEPARTMENT.fullmatch(text):
        region = REGION_OF.get(text.zfill(2), "")
        return Place(text.zfill(2), country or (FRANCE if region else ""), region)
    return Place(text, country, "")
