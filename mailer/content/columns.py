"""Which column of a contact file is what, by the names that associations write above them."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace

from mailer.content.headings import HEADINGS
from mailer.domain.meanings import Column, Field, Meaning, ReadAs
from mailer.errors import Refused
from mailer.language import N_

UNKNOWN_COLUMN = N_('"{name}" is not a kind of column. Those that are read: {known}; - skips one.')
NO_ADDRESS_NAMED = N_("--columns must name one column of addresses: email.")
NO_SUCH_COLUMN = N_('{file} has no column "{name}". Its columns are: {known}.')

YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
ONCE = frozenset(Meaning) - {
    Meaning.ADDRESS, Meaning.TAGS, Meaning.YEAR, Meaning.MEMBER, Meaning.CUSTOM, Meaning.PHONE, Meaning.REMARKS,
    Meaning.SKIPPED, Meaning.UNKNOWN,
}  # fmt: skip
"""Meanings of which the first column counts."""


def columns_in(cells: Sequence[str], fields: Sequence[Field] = ()) -> tuple[Column, ...]:
    """The columns that a row of names announces."""
    own = {plain(word): field.name for field in fields for word in (field.name, field.label)}
    return _each_once(_column(cell, own) for cell in cells)


def has_addresses(columns: Iterable[Column]) -> bool:
    """Whether one of the columns holds addresses."""
    return any(column.meaning in (Meaning.ADDRESS, Meaning.PAYER_ADDRESS) for column in columns)


def names_some(columns: Sequence[Column], read_as: ReadAs) -> bool:
    """Whether a person corrected one of these columns."""
    return any(_at(columns, name) is not None for name, _ in read_as.corrected)


def columns_named(text: str, above: Sequence[str] = ()) -> tuple[Column, ...]:
    """The columns as a person names them, in order: `email,nom,-,prenom`; what stands `above` stays. Raises Refused."""
    columns = [meant(name, name or "-") for name in re.split(r"\s*[,;]\s*", text.strip())]
    if not has_addresses(columns):
        raise Refused(NO_ADDRESS_NAMED)
    columns += [Column("", Meaning.SKIPPED)] * (len(above) - len(columns))
    names = [*(" ".join(name.split()) for name in above), *[""] * (len(columns) - len(above))]
    return _each_once(replace(column, name=name) for column, name in zip(columns, names, strict=False))


def corrected(columns: Sequence[Column], read_as: ReadAs, file: str) -> tuple[Column, ...]:
    """The columns as a person corrected them, by what stands above. Raises Refused."""
    found = list(columns)
    for name, meaning in read_as.corrected:
        at = _at(found, name)
        if at is None:
            raise Refused(NO_SUCH_COLUMN, file=file, name=name, known=", ".join(one.name for one in found if one.name))
        column = meant(found[at].name, meaning)
        if column.meaning in ONCE:
            found = [replace(one, meaning=Meaning.SKIPPED) if one.meaning is column.meaning else one for one in found]
        found[at] = column
    return tuple(found)


def meant(name: str, meaning: str) -> Column:
    """A column as a person says: `role`, `fonction`, `year:2023`, `custom:phone`, `-`. Raises Refused."""
    word, _, field = meaning.partition(":")
    if word.strip() == "-":
        return Column(name, Meaning.SKIPPED)
    known = HEADINGS.get(plain(word)) or next((one for one in Meaning if one == word.strip()), None)
    if known is None:
        raise Refused(UNKNOWN_COLUMN, name=meaning, known=", ".join(SAID))
    return Column(name, known, field.strip() or _field(known, name))


def shape(names: Iterable[str]) -> str:
    """What files of one shape have in common: the names of their columns, in order."""
    said = "\x1f".join(" ".join([plain(name), *YEAR.findall(name)]) for name in names)
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def plain(name: str) -> str:
    """« E-mail 1 » and « Adresse  électronique » as the headings are written."""
    if name.strip() == "@":
        return "@"
    bare = "".join(one for one in unicodedata.normalize("NFKD", name) if not unicodedata.combining(one))
    return re.sub(r"[^a-z]+", " ", bare.casefold()).strip()


def _at(columns: Sequence[Column], name: str) -> int | None:
    exactly = (at for at, column in enumerate(columns) if column.name.strip() == name.strip() != "")
    nearly = (at for at, column in enumerate(columns) if plain(column.name) == plain(name) != "")
    return next(exactly, next(nearly, None))


def _column(cell: str, own: dict[str, str]) -> Column:
    name = " ".join(cell.split())
    word = plain(cell)
    if word and word in own:
        return Column(name, Meaning.CUSTOM, own[word])
    meaning = HEADINGS.get(word, Meaning.UNKNOWN if word else Meaning.SKIPPED)
    return Column(name, meaning, _field(meaning, name))


def _field(meaning: Meaning, name: str) -> str:
    match meaning:
        case Meaning.YEAR:
            found = YEAR.search(name)
            return found[0] if found else ""
        case Meaning.MEMBER:
            return name
        case _:
            return ""


def _each_once(columns: Iterable[Column]) -> tuple[Column, ...]:
    seen: set[Meaning] = set()
    kept = []
    for column in columns:
        again = column.meaning in ONCE and column.meaning in seen
        kept.append(replace(column, meaning=Meaning.UNKNOWN) if again else column)
        seen.add(column.meaning)
    return tuple(kept)


SAID = (
    "email", "nom", "prénom", "structure", "type", "fonction", "remarques", "newsletter", "code postal", "ville",
    "région", "pays", "étiquettes", "année", "tarif", "date d’adhésion", "langue", "niveau", "thème", "fédération",
    "custom:…",
)  # fmt: skip
