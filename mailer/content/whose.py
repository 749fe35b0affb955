"""Whose row it is: the address that letters go to, those beside it, and who only paid."""

import re
from collections.abc import Sequence
from dataclasses import replace

from mailer.content.columns import plain
from mailer.content.judging import tidy
from mailer.domain.addresses import Address, is_plain
from mailer.domain.cells import Cell, Remark, is_telling, read_cell
from mailer.domain.incoming import ContactRow
from mailer.domain.meanings import Column, Meaning
from mailer.domain.people import ContactKind
from mailer.errors import Refused
from mailer.language import N_

AN_ADDRESS = re.compile(r"\S@\S+\.\S")

NO_ADDRESS = N_("this row has no address.")
A_TOTAL = N_("this row is a total, not a contact.")
MACHINE_ADDRESS = N_('nobody reads "{address}": it belongs to a machine.')
ANOTHER_COLUMN = N_("the address stands in another column than the others: are the cells of this row shifted?")
NOT_BESIDE = N_('"{written}" is no address: it is not kept beside the other.')
BESIDE = N_("letters go to {address}; {others} kept beside it.")

MACHINES = frozenset(
    {"no-reply", "noreply", "ne-pas-repondre", "nepasrepondre", "postmaster", "mailer-daemon", "abuse", "root"}
)


class AddressReader:
    """Finds the addresses of a table's rows."""

    def __init__(self, columns: Sequence[Column]) -> None:
        width = len(columns)
        self.indices = [at for at, column in enumerate(columns) if column.meaning is Meaning.ADDRESS]
        self._payer = [_first(columns, one, width) for one in PAYER]
        if not self.indices:
            # Who pays for three members gave the only address that there is.
            self.indices, self._payer = [self._payer[0]], [width] * 3
        self._main, *self._beside = self.indices
        self._remarks = {at for at, column in enumerate(columns) if column.meaning is Meaning.REMARKS}

    def read(self, row: Sequence[str]) -> Address | Cell:
        """An `Address` where there is nothing to say of it. Raises Refused where nobody can be written to."""
        written = row[self._main]
        if not self._beside and is_plain(written):
            local, _, domain = written.rpartition("@")
            if local not in MACHINES and not is_telling(domain):
                # Nearly every row of a file of a million.
                return Address(written, written)
        cell = self._cell(row)
        if cell.address.canonical.rpartition("@")[0] in MACHINES:
            raise Refused(MACHINE_ADDRESS, address=cell.address.written)
        return cell

    def payer(self, row: Sequence[str], line: int, member: str) -> ContactRow | None:
        """Who paid for the member at an address; None where that is the member, or nobody."""
        address, *names = (row[at].strip() for at in self._payer)
        if not is_plain(address.casefold()) or address.casefold() == member:
            return None
        first, last = map(tidy, names)
        name = " ".join(filter(None, (first, last)))
        return ContactRow(line, address, address.casefold(), name, ContactKind.PERSON, first, last)

    def _cell(self, row: Sequence[str]) -> Cell:
        written, *beside = (row[at].strip() for at in self.indices)
        beside = [one for one in beside if one]
        if written and AN_ADDRESS.search(written):
            return _joined(read_cell(written), beside)
        if beside and not written:
            return _joined(read_cell(beside[0]), beside[1:])
        if self._payer[0] < len(row) and AN_ADDRESS.search(row[self._payer[0]]) and not written:
            return read_cell(row[self._payer[0]])
        if elsewhere := self._elsewhere(row):
            return replace(read_cell(elsewhere), doubt=Remark(ANOTHER_COLUMN))
        if not written:
            raise Refused(A_TOTAL if any(plain(cell).startswith("total") for cell in row) else NO_ADDRESS)
        return _joined(read_cell(written), beside)

    def _elsewhere(self, row: Sequence[str]) -> str:
        """An address in a column of names; the columns of remarks may well hold one of somebody else."""
        passed = {*self.indices, *self._remarks, self._payer[0]}
        others = (cell for at, cell in enumerate(row) if at not in passed)
        return next((tidy(cell) for cell in others if AN_ADDRESS.search(cell)), "")


def _joined(cell: Cell, beside: Sequence[str]) -> Cell:
    """With the addresses of further columns."""
    found: dict[str, Address] = {}
    notes = list(cell.notes)
    for written in beside:
        try:
            found |= {one.canonical: one for one in read_cell(written).addresses}
        except Refused:
            notes.append(Remark(NOT_BESIDE, {"written": written}))
    new = [one for canonical, one in found.items() if canonical not in {kept.canonical for kept in cell.addresses}]
    if new:
        said = {"address": cell.address.written, "others": ", ".join(one.written for one in new)}
        notes.append(Remark(BESIDE, said))
    return replace(cell, addresses=(*cell.addresses, *new), notes=tuple(notes))


def _first(columns: Sequence[Column], meaning: Meaning, width: int) -> int:
    return next((at for at, column in enumerate(columns) if column.meaning is meaning), width)


PAYER = (Meaning.PAYER_ADDRESS, Meaning.PAYER_FIRST_NAME, Meaning.PAYER_LAST_NAME)
