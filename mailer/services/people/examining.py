"""A contact file looked at before anything is done: what was recognised, what must be asked, what is remembered."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from mailer.app import App
from mailer.content.contacts import ContactFile, Table, recognise, shapes_in
from mailer.content.judging import is_clear, tidy, wish_word
from mailer.domain.cells import MISSPELT_DOMAIN
from mailer.domain.incoming import Chunk
from mailer.domain.meanings import Column, Field, Meaning, ReadAs, Wish
from mailer.store import mappings
from mailer.store.database import Connection

LOOKED_AT, EXAMPLES, MOST_WORDS = 5_000, 3, 50


@dataclass(frozen=True)
class ExaminedTable:
    """One table of a file, as it would be read."""

    sheet: str
    encoding: str
    separator: str
    header_line: int
    columns: tuple[Column, ...]
    examples: tuple[tuple[str, ...], ...]
    """Of each column, its first cells that say something."""


@dataclass(frozen=True)
class Examination:
    """What a file is, from its first thousands of rows."""

    file_name: str
    tables: tuple[ExaminedTable, ...]
    read_as: ReadAs
    """As it would be read: what was said now, else what was remembered."""
    remembered: bool
    """Whether a file of this shape came before."""
    coloured: bool
    wishes: Mapping[str, int]
    """Words in the column of subscriptions that not everyone reads alike, with their number."""
    slips: Mapping[tuple[str, str], int]
    """Domains with a slip of hand, as they are and as they were probably meant, with their number."""
    garbled: int
    """Texts with accents that a wrong encoding garbled."""


def examine(app: App, path: Path, read_as: ReadAs = ReadAs()) -> Examination:  # noqa: B008 - frozen
    """Looks at a file and changes nothing. Raises NotFound or Refused where it is no table of contacts."""
    reading, remembered = reading_of(app, path, read_as)
    fields = fields_of(app)
    file = recognise(path, reading, fields)
    seen = Chunk()
    for chunk in file.chunks(reading, fields):
        seen.rows += chunk.rows
        seen.doubtful += chunk.doubtful
        seen.noted += chunk.noted
        if len(seen) >= LOOKED_AT:
            break
    return Examination(
        file.name,
        tuple(_examined(table) for table in file.tables),
        reading,
        remembered,
        file.coloured,
        _unclear_wishes(file, reading),
        Counter(
            (str(one.values["domain"]), str(one.values["proposal"]))
            for one in seen.doubtful
            if one.sentence == MISSPELT_DOMAIN
        ),
        sum("mended" in one.values for one in seen.noted),
    )


def fields_of(app: App) -> tuple[Field, ...]:
    """The fields that this site declared for its contacts."""
    declared = app.config.contacts.fields
    return tuple(Field(name, field.label, field.type, field.choices) for name, field in declared.items())


def reading_of(app: App, path: Path, said: ReadAs) -> tuple[ReadAs, bool]:
    """How a file is to be read: what was said now, else what was said of the last file of its shape, if there was one.

    Raises NotFound or Refused.
    """
    with app.database.reading() as tx:
        found = mappings.find(tx, shapes_in(path, said))
    if found is None:
        return said, False
    before = _from_json(found)
    return replace(
        said,
        columns=said.columns or before.columns,
        corrected=(*before.corrected, *said.corrected),
        values=tuple((dict(before.values) | dict(said.values)).items()),
        payers=said.payers or before.payers,
    ), True


def remember(tx: Connection, file: ContactFile, read_as: ReadAs, now: datetime) -> None:
    """The next file of this shape is read as this one was, where a person said anything of it."""
    if read_as.columns or read_as.corrected or read_as.values or read_as.payers:
        mappings.remember(tx, file.shape, _as_json(read_as), file.name, now)


def _examined(table: Table) -> ExaminedTable:
    found: list[list[str]] = [[] for _ in table.columns]
    for line, cells in table.rows():
        if line > table.header_line + LOOKED_AT:
            break
        if line > table.header_line:
            for examples, cell in zip(found, cells, strict=False):
                if cell.strip() and len(examples) < EXAMPLES:
                    examples.append(tidy(cell))
    shown = tuple(map(tuple, found))
    return ExaminedTable(table.sheet, table.encoding, table.separator, table.header_line, table.columns, shown)


def _unclear_wishes(file: ContactFile, read_as: ReadAs) -> dict[str, int]:
    said = {wish_word(word) for word, _ in read_as.values}
    found: Counter[str] = Counter()
    for table in file.tables:
        wanted = [at for at, column in enumerate(table.columns) if column.meaning is Meaning.WANTED]
        for line, cells in table.rows() if wanted else ():
            if line > table.header_line and wanted[0] < len(cells):
                found[tidy(cells[wanted[0]])] += 1
    unclear = {word: number for word, number in found.items() if not is_clear(word) and wish_word(word) not in said}
    return dict(sorted(unclear.items(), key=lambda one: -one[1])[:MOST_WORDS])


def _as_json(read_as: ReadAs) -> dict[str, Any]:
    return {
        "columns": read_as.columns,
        "corrected": [list(one) for one in read_as.corrected],
        "values": [[word, wish.value] for word, wish in read_as.values],
        "payers": read_as.payers,
    }


def _from_json(kept: Mapping[str, Any]) -> ReadAs:
    def pairs(name: str) -> Sequence[Sequence[str]]:
        return kept.get(name) or ()

    return ReadAs(
        columns=kept.get("columns", ""),
        corrected=tuple((name, meaning) for name, meaning in pairs("corrected")),
        values=tuple((word, Wish(wish)) for word, wish in pairs("values")),
        payers=bool(kept.get("payers")),
    )
