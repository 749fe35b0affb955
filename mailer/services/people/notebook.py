"""What is told of the rows of a file: the first by name, all by number, and each in a table if wanted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO, TypeVar

from mailer.domain.incoming import Chunk, DoubtfulRow, NotedRow, RefusedRow
from mailer.domain.spreadsheets import BYTE_ORDER_MARK, spreadsheet
from mailer.errors import Refused
from mailer.language import N_, say

T = TypeVar("T")

MOST_TOLD = 500
NOT_WRITABLE = N_("{path} cannot be written: {reason}.")

HEADINGS = (N_("line"), N_("sheet"), N_("address"), N_("what became of it"), N_("why"))
REFUSED, TO_CHECK, NOTED = N_("refused"), N_("to check"), N_("told")
OUTCOMES = {
    "new": N_("new contact"),
    "known": N_("known already"),
    "merged": N_("same contact as another row"),
    "suppressed": N_("opposition respected"),
    "left": N_("left this letter before"),
    "moved": N_("has another address now"),
    "closed": N_("contact closed"),
}


@dataclass
class Notebook:
    """Bounded, whatever the file holds."""

    language: str
    table: TextIO | None = None
    rows: int = 0
    told: int = 0
    """Rows that were noted."""
    doubts: int = 0
    refusals: int = 0
    doubtful: list[DoubtfulRow] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)
    noted: list[NotedRow] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.table:
            self.table.write(BYTE_ORDER_MARK)
            self._line(say(self.language, one, {}) for one in HEADINGS)

    def hear(self, chunk: Chunk) -> None:
        """Takes note of a part of the file."""
        self.rows += len(chunk)
        self.told += len(chunk.noted)
        self.doubts += len(chunk.doubtful)
        self.refusals += len(chunk.refused)
        self._keep(self.refused, chunk.refused)
        self._keep(self.doubtful, chunk.doubtful)
        self._keep(self.noted, chunk.noted)
        for state, ones in ((REFUSED, chunk.refused), (TO_CHECK, chunk.doubtful), (NOTED, chunk.noted)):
            for one in ones:
                self._write(one.line, one.sheet, getattr(one, "written", ""), state, one.sentence, one.values)

    def outcome(self, line: int, address: str, outcome: str) -> None:
        """What became of a good row."""
        self._write(line, "", address, OUTCOMES[outcome])

    @staticmethod
    def _keep(kept: list[T], more: Iterable[T]) -> None:
        kept += list(more)[: MOST_TOLD - len(kept)]

    def _write(
        self, line: int, sheet: str, address: str, state: str, why: str = "", values: Mapping[str, object] | None = None
    ) -> None:
        if self.table:
            sentence = say(self.language, why, values or {}) if why else ""
            self._line((line, sheet, address, say(self.language, state, {}), sentence))

    def _line(self, cells: Iterable[str | int]) -> None:
        if self.table:
            self.table.write(spreadsheet(self.language, [list(cells)]).removeprefix(BYTE_ORDER_MARK))


def open_table(path: Path) -> TextIO:
    """A table as spreadsheets of this country open it. Raises Refused."""
    try:
        return path.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise Refused(NOT_WRITABLE, path=path, reason=error.strerror or str(error)) from error
