"""Contacts brought in, looked at, taken back. Sends nothing; never brings back who left, opposed or was forgotten."""

from mailer.domain.meanings import ReadAs
from mailer.services.people.examining import Examination, ExaminedTable, examine
from mailer.services.people.importing import ImportReport, import_contacts, import_oppositions
from mailer.services.people.reviewing import DoubtRow, count_to_check, drop, take, to_check
from mailer.services.people.undoing import BatchRow, Undone, latest, recover, undo
from mailer.services.people.uploads import keep, kept, let_go, report_of, sheets_of

__all__ = [
    "BatchRow",
    "DoubtRow",
    "Examination",
    "ExaminedTable",
    "ImportReport",
    "ReadAs",
    "Undone",
    "count_to_check",
    "drop",
    "examine",
    "import_contacts",
    "import_oppositions",
    "keep",
    "kept",
    "latest",
    "let_go",
    "recover",
    "report_of",
    "sheets_of",
    "take",
    "to_check",
    "undo",
]
