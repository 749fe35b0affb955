"""One row of a contact file: taken, kept aside for a person, or refused with the reason.

Guesses nothing silently: what was mended is noted, what could mean two things waits.
"""

from collections.abc import Sequence
from itertools import chain
from typing import Any

from mailer.content import details, judging
from mailer.content.judging import Judge
from mailer.content.memo import Memo, Odd
from mailer.content.places import place
from mailer.content.whose import ANOTHER_COLUMN, AddressReader
from mailer.domain.addresses import Address
from mailer.domain.cells import COMMA, MISSPELT_DOMAIN, Cell, Remark
from mailer.domain.incoming import Chunk, ContactRow, Detail, DetailKind, DoubtfulRow, NotedRow, RefusedRow
from mailer.domain.meanings import Column, Field, Meaning, ReadAs
from mailer.domain.names import bare_name
from mailer.domain.people import ContactKind
from mailer.errors import Refused
from mailer.language import N_

BAD_QUOTES = N_("the quotation marks of this row do not pair: a cell that opens with one must close with one.")

ROLES = frozenset(
    {
        "contact", "info", "infos", "secretariat", "presidence", "accueil", "communication", "com", "direction",
        "bureau", "coordination", "tresorerie", "administration", "asso", "association", "collectif", "federation",
        "ca", "mairie", "office",
    }
)  # fmt: skip
"""Local parts that belong to a structure, whoever reads them this year."""
ACCEPTABLE = (MISSPELT_DOMAIN, COMMA)
"""Slips of which a person may take all proposals at once."""

PERSON, STRUCTURE = ContactKind.PERSON, ContactKind.STRUCTURE
PLACE = (Meaning.POSTCODE, Meaning.REGION, Meaning.COUNTRY)


class RowReader:
    """Reads the rows of one table, whose columns are known."""

    def __init__(self, columns: Sequence[Column], read_as: ReadAs, fields: Sequence[Field], sheet: str) -> None:
        self._width, self._read_as, self._sheet = len(columns), read_as, sheet
        self._columns = columns
        self._whose = AddressReader(columns)
        self._apart = bool(self._all(Meaning.FIRST_NAME))
        self._parts = self._text_parts()
        self._remarks, self._remark = self._all(Meaning.REMARKS), Memo(self._judge().remark)
        self._placed, self._place = [self._first(one) for one in PLACE], Memo(place)
        self._extras = self._extra_parts({field.name: field for field in fields})
        years = self._all(Meaning.YEAR)
        self._years = [*years, self._first(Meaning.MEMBERSHIP), self._first(Meaning.SINCE)]
        self._member = any(at < self._width for at in self._years)
        self._memberships = Memo(details.Memberships([columns[at] for at in years]).read)
        tagged = (*read_as.tags, *([sheet] if read_as.tag_sheets else []))
        self._always = tuple(chain.from_iterable(map(details.tags, tagged)))

    def read(self, line: int, cells: Sequence[str], into: Chunk) -> None:
        """Puts what a row says where it belongs."""
        if not cells:
            into.refused.append(RefusedRow(line, BAD_QUOTES, sheet=self._sheet))
            return
        # Filled up, and one more: where a column is looked for that the file does not have.
        row = [*cells[: self._width], *[""] * (self._width + 1 - len(cells)), *cells[self._width :]]
        if len(cells) > self._width:
            row.insert(self._width, "")
        try:
            whose = self._whose.read(row)
        except Refused as refused:
            into.refused.append(RefusedRow(line, refused.sentence, refused.values, self._sheet))
            return
        self._take(line, row, whose, into)
        if self._read_as.payers and (payer := self._whose.payer(row, line, whose.canonical)):
            into.rows.append(payer)

    def _take(self, line: int, row: list[str], whose: Address | Cell, into: Chunk) -> None:
        got = [memo[row[at]] for at, memo in self._parts]
        got.append(self._remark[self._noted(row)] if self._remarks else "")
        got.append(self._place[row[self._placed[0]], row[self._placed[1]], row[self._placed[2]]])
        if self._member:
            got.append(self._memberships[tuple([row[at] for at in self._years])])
        got += [memo[row[at]] for at, memo in self._extras]
        if Odd in map(type, got):
            odd = [one for one in got if type(one) is Odd]
            got = [one.value if type(one) is Odd else one for one in got]
        else:
            odd = []
        whole = self._whole(line, whose, got)
        if odd or type(whose) is Cell:
            self._take_odd(whole, whose, odd, row, into)
        else:
            into.rows.append(whole)

    def _whole(self, line: int, whose: Address | Cell, got: list[Any]) -> ContactRow:
        """The row, from what its cells mean."""
        last, first, structure, kind, language, level, role, city, theme, network, wanted, notes, where, *more = got
        if self._apart:
            person = f"{first} {last}" if first and last else first or last
        else:
            person, first, last = last
        if type(whose) is Cell:
            person = person or bare_name(whose.name)
        canonical = whose.canonical
        if kind is None:
            local = canonical[: canonical.rfind("@")]
            kind = STRUCTURE if (structure and not person) or local in ROLES else PERSON
        said = _told(kind, person, structure, role, network) if structure or network else ()
        if kind is STRUCTURE:
            person, first, last = structure or person, "", ""
        return ContactRow(
            line, whose.written, canonical, person or structure, kind, first, last,
            language, where.postcode, city, where.region, where.country, level, theme, notes, wanted,
            (*said, *self._always, *chain.from_iterable(more)) if more or said or self._always else (),
        )  # fmt: skip

    def _take_odd(self, whole: ContactRow, whose: Address | Cell, odd: list[Odd], row: list[str], into: Chunk) -> None:
        more = [*whole.more, *chain.from_iterable(one.more for one in odd)]
        notes = [note for one in odd for note in one.notes]
        doubt = next((one.doubt for one in odd if one.doubt), None)
        if isinstance(whose, Cell):
            more += [Detail(DetailKind.ADDRESS, one.canonical, one.written) for one in whose.addresses[1:]]
            notes = [*whose.notes, *notes]
            doubt = self._unless_accepted(whose, notes) or doubt
        whole = whole._replace(more=tuple(dict.fromkeys(more)))
        if doubt is not None:
            into.doubtful.append(self._doubtful(whole, doubt, row))
            return
        into.rows.append(whole)
        into.noted += [NotedRow(whole.line, note.sentence, note.values, self._sheet) for note in notes]

    def _doubtful(self, whole: ContactRow, doubt: Remark, row: list[str]) -> DoubtfulRow:
        written = "" if doubt.sentence == ANOTHER_COLUMN else row[self._whose.indices[0]].strip()
        # Once a person says so, its owner is written to.
        taken = whole._replace(wanted=True)
        said = (doubt.sentence, doubt.values, taken, self._sheet)
        return DoubtfulRow(whole.line, written or whole.written, whole.address, whole.name, whole.kind, *said)

    def _unless_accepted(self, cell: Cell, notes: list[Remark]) -> Remark | None:
        if cell.doubt and self._read_as.accept and cell.doubt.sentence in ACCEPTABLE:
            notes.append(cell.doubt)
            return None
        return cell.doubt

    def _noted(self, row: list[str]) -> str:
        if len(self._remarks) == 1:
            return row[self._remarks[0]]
        return " · ".join(filter(None, (row[at].strip() for at in self._remarks)))

    def _judge(self) -> Judge:
        values = self._read_as.values
        return Judge(self._read_as.repair, {judging.wish_word(word): wish for word, wish in values})

    def _text_parts(self) -> list[tuple[int, Memo]]:
        judge, first = self._judge(), self._first
        # An empty cell says no; a column that is not there says nothing.
        wish = judge.wish if self._all(Meaning.WANTED) else _yes
        texts = (Meaning.ROLE, Meaning.CITY, Meaning.THEME, Meaning.NETWORK)
        return [
            (first(Meaning.LAST_NAME), Memo(judge.name if self._apart else judge.whole_name)),
            (first(Meaning.FIRST_NAME), Memo(judge.name)),
            (first(Meaning.STRUCTURE), Memo(judge.structure)),
            (first(Meaning.KIND), Memo(judging.kind)),
            (first(Meaning.LANGUAGE), Memo(details.language)),
            (first(Meaning.LEVEL), Memo(details.level)),
            *((first(meaning), Memo(judge.text)) for meaning in texts),
            (first(Meaning.WANTED), Memo(wish)),
        ]

    def _extra_parts(self, fields: dict[str, Field]) -> list[tuple[int, Memo]]:
        """Columns of which there may be none or several; each gives details."""
        parts = []
        for at, column in enumerate(self._columns):
            match column.meaning:
                case Meaning.TAGS:
                    parts.append((at, Memo(details.tags)))
                case Meaning.CUSTOM if column.field in fields:
                    parts.append((at, Memo(details.Custom(fields[column.field]).read)))
                case Meaning.MEMBER:
                    parts.append((at, Memo(details.Member(column.field).read)))
                case Meaning.ORDER:
                    parts.append((at, Memo(judging.order)))
                case Meaning.UNKNOWN:
                    # It is not kept, and may still say that somebody wants no letter.
                    parts.append((at, Memo(judging.unknown)))
        return parts

    def _all(self, meaning: Meaning) -> list[int]:
        return [at for at, column in enumerate(self._columns) if column.meaning is meaning]

    def _first(self, meaning: Meaning) -> int:
        return next(iter(self._all(meaning)), self._width)


def _told(kind: ContactKind, person: str, structure: str, role: str, network: str) -> tuple[Detail, ...]:
    """Who belongs where, as one row says it."""
    said: list[Detail] = []
    if kind is PERSON and structure and person:
        said.append(Detail(DetailKind.STRUCTURE, structure, role))
    if kind is STRUCTURE and structure and person:
        said.append(Detail(DetailKind.MEMBER, person, role))
    if network:
        said.append(Detail(DetailKind.NETWORK, network, structure or person))
    return tuple(said)


def _yes(_cell: str) -> bool:
    return True
