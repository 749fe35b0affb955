"""Which column of a contact file is what, by the names that associations write above them."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from mailer.errors import Refused
from mailer.language import N_

UNKNOWN_COLUMN = N_('"{name}" is not a kind of column. Those that are read: {known}; - skips one.')
NO_ADDRESS_NAMED = N_("--columns must name one column of addresses: email.")


@dataclass(frozen=True)
class Columns:
    """Which cell is what; None where the file has no such column."""

    address: int
    last_name: int | None = None
    first_name: int | None = None
    structure: int | None = None
    kind: int | None = None
    remarks: int | None = None
    wanted: int | None = None
    """Whether its owner wants the letter, as somebody noted it."""

    @property
    def recognised(self) -> int:
        """How many columns beside the addresses are known."""
        return sum(at is not None for at in (self.last_name, self.first_name, self.structure, self.kind))


def columns_in(cells: Sequence[str]) -> Columns | None:
    """The columns that a row of names announces; None where it names no column of addresses."""
    names = [plain(cell) for cell in cells]
    found = {part: next((at for at, name in enumerate(names) if name in known), None) for part, known in NAMES.items()}
    address = found.pop("address")
    return None if address is None else Columns(address, **found)


def columns_named(text: str) -> Columns:
    """The columns as a person names them, in order: `email,nom,-,prenom`. Raises Refused."""
    found: dict[str, int] = {}
    for at, name in enumerate(re.split(r"\s*[,;]\s*", text.strip())):
        if name in ("-", ""):
            continue
        part = next((part for part, known in NAMES.items() if plain(name) in known), None)
        if part is None:
            raise Refused(UNKNOWN_COLUMN, name=name, known="email, nom, prénom, structure, type, remarques, newsletter")
        found.setdefault(part, at)
    if "address" not in found:
        raise Refused(NO_ADDRESS_NAMED)
    return Columns(**found)


def plain(name: str) -> str:
    """« E-mail 1 » and « Adresse  électronique » as the tables below write them."""
    if name.strip() == "@":
        return "@"
    bare = "".join(one for one in unicodedata.normalize("NFKD", name) if not unicodedata.combining(one))
    return re.sub(r"[^a-z]+", " ", bare.casefold()).strip()


# Without accents, capitals, signs and final digits.
NAMES = {
    "address": frozenset(
        {
            "@", "email", "e mail", "mail", "mel", "courriel", "email address", "e mail address", "mail address",
            "adresse email", "adresse e mail", "adresse mail", "adresse courriel", "adresse electronique",
            "adresse de courriel", "adresse de messagerie", "courrier electronique",
        }
    ),
    "last_name": frozenset(
        {
            "nom", "nom de famille", "last name", "surname", "name", "full name", "nom complet", "nom prenom",
            "nom et prenom", "prenom nom", "prenom et nom",
        }
    ),
    "first_name": frozenset({"prenom", "first name", "given name"}),
    "structure": frozenset(
        {
            "structure", "association", "asso", "organisation", "organization", "organisme", "raison sociale", "reseau",
            "nom de la structure", "nom de l association", "nom association", "nom structure", "company",
        }
    ),
    "kind": frozenset({"type", "kind", "type de contact", "nature"}),
    "remarks": frozenset(
        {
            "remarque", "remarques", "commentaire", "commentaires", "note", "notes", "observation", "observations",
            "comment", "comments", "divers", "infos complementaires", "statut", "etat",
        }
    ),
    "wanted": frozenset(
        {
            "newsletter", "newsletters", "lettre", "lettre d info", "lettre d information", "infolettre", "abonne",
            "abonnee", "abonnement", "inscrit", "inscrite", "inscription", "optin", "opt in", "subscribed",
            "accepte la newsletter", "recoit la lettre", "souhaite recevoir la lettre", "consentement",
        }
    ),
}  # fmt: skip
