"""What the texts of a row say: names, structures, remarks, wishes. Mends nothing silently."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from mailer.content.columns import plain
from mailer.content.memo import Odd
from mailer.content.remarks import NO, UNCLEAR, YES, doubt_about, doubt_about_wish, refuses
from mailer.domain.cells import Remark
from mailer.domain.incoming import Detail, DetailKind
from mailer.domain.meanings import Wish
from mailer.domain.names import bare_name, in_order, is_couple, parted
from mailer.domain.people import ContactKind
from mailer.domain.spreadsheets import without_apostrophe
from mailer.language import N_

A_COUPLE = N_('"{name}" are two people: who of them asked for the letter?')
GARBLED = N_('"{name}" was garbled by a wrong encoding, and reads "{mended}" with --repair.')
SEVERAL_PEOPLE = N_(
    "the cell names several people of the structure: {people}. Are they right, and is the address theirs?"
)
ORDER_NOT_VALID = N_('the order is "{remark}": was it paid?')
PART_OF = N_('"{name}" looks like a part of "{network}": say so with mailer structures, if it is.')

PERSONS = ("person", "personne", "personne physique", "individu", "individuel", "particulier")
STRUCTURES = (
    "structure", "association", "asso", "organisation", "personne morale", "reseau", "collectif", "federation",
)  # fmt: skip
KINDS = {
    **dict.fromkeys(PERSONS, ContactKind.PERSON),
    **dict.fromkeys(STRUCTURES, ContactKind.STRUCTURE),
}
"""What a column of kinds may say; any other word leaves the kind to the name and the address."""
PAID = frozenset({"valide", "validee", "paye", "payee", "paid", "ok", "processed", "authorized", ""})

AN_ADDRESS = re.compile(r"\S+@\S+\.\S+")
OF_THE_BOARD = re.compile(
    r"(?i)\b(pr[eéè]s(?:ident(?:e|\.e|·e)?)?|tr[eéè]s(?:ori(?:er|[èe]re))?|secr?(?:[ée]taire)?|dir(?:ect(?:eur|rice))?|"
    r"coord(?:inat(?:eur|rice))?)\.?\s*:\s*([^:;,/|\n]+?)\s*(?=[;,/|\n]|$)"
)
FAULTS = frozenset({"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#REF !", "#VALEUR!", "#NOM?"})
"""What a spreadsheet shows where it could not calculate."""
BRANCH = re.compile(
    r"(?i)(?P<network>.{4,}?)\s+[-–—]\s+(?:antenne|section|d[ée]l[ée]gation|comit[ée]|groupe local|"
    r"union (?:d[ée]partementale|r[ée]gionale))\b.*"
)


@dataclass(frozen=True)
class Judge:
    """Judges texts as a person wanted the file to be read."""

    repair: bool = False
    wishes: Mapping[str, Wish] | None = None

    def text(self, cell: str) -> str | Odd:
        """A text on one line: it goes into headers."""
        words = tidy(cell)
        mended = ungarbled(words)
        if mended == words or self.repair:
            return mended
        return Odd(words, (Remark(GARBLED, {"name": words, "mended": mended}),))

    def name(self, cell: str) -> str | Odd:
        """A first or a last name."""
        judged = self.text(cell)
        words = judged.value if isinstance(judged, Odd) else judged
        notes = judged.notes if isinstance(judged, Odd) else ()
        if "@" in words:
            words = AN_ADDRESS.sub("", words).strip(" <>()")
        if is_couple(words):
            return Odd(words, notes, Remark(A_COUPLE, {"name": words}))
        bare = bare_name(words)
        doubt = doubt_about(words)
        return Odd(bare, notes, Remark(doubt, {"remark": words}) if doubt else None) if notes or doubt else bare

    def whole_name(self, cell: str) -> tuple[str, str, str] | Odd:
        """A name in one cell: as it is shown, and first and last name where capitals tell them apart."""
        judged = self.name(cell)
        if isinstance(judged, Odd):
            return judged._replace(value=(in_order(judged.value), *parted(judged.value)))
        return (in_order(judged), *parted(judged)) if " " in judged else (judged, "", "")

    def structure(self, cell: str) -> str | Odd:
        """The name of a structure, and whoever stands behind it in the same cell."""
        judged = self.text(cell)
        words = judged.value if isinstance(judged, Odd) else judged
        notes = judged.notes if isinstance(judged, Odd) else ()
        people = board(cell)
        if people:
            words = OF_THE_BOARD.sub("", words).strip(" ;,/|-–")
            said = ", ".join(f"{one.key} ({one.value})" for one in people)
            return Odd(words, notes, Remark(SEVERAL_PEOPLE, {"people": said}), people)
        if branch := BRANCH.fullmatch(words):
            notes = (*notes, Remark(PART_OF, {"name": words, "network": branch["network"]}))
        return Odd(words, notes) if notes else words

    def remark(self, cell: str) -> str | Odd:
        """What somebody noted: it may forbid writing, or name the people of a structure."""
        words = ungarbled(cell.strip()) if self.repair else cell.strip()
        if sentence := doubt_about(tidy(words)):
            return Odd(words, (), Remark(sentence, {"remark": tidy(words)}))
        if people := board(words):
            said = ", ".join(f"{one.key} ({one.value})" for one in people)
            return Odd(words, (), Remark(SEVERAL_PEOPLE, {"people": said}), people)
        return words

    def wish(self, cell: str) -> bool | Odd:
        """Whether the column of subscriptions lets us write; only a plain yes does, or what a person said it means."""
        said = (self.wishes or {}).get(wish_word(cell))
        if said is not None:
            if said is Wish.CHECK:
                return Odd(False, (), Remark(UNCLEAR, {"remark": tidy(cell)}))
            return said is Wish.YES
        sentence = doubt_about_wish(cell)
        return Odd(False, (), Remark(sentence, {"remark": tidy(cell)})) if sentence else True


def kind(cell: str) -> ContactKind | None:
    """What a column of kinds says."""
    return KINDS.get(plain(cell))


def order(cell: str) -> tuple[()] | Odd:
    """Whether an order of a shop went through."""
    return () if plain(cell) in PAID else Odd((), (), Remark(ORDER_NOT_VALID, {"remark": tidy(cell)}))


def unknown(cell: str) -> tuple[()] | Odd:
    """A column that is not kept may still say that somebody wants no letter."""
    sentence = refuses(cell)
    return Odd((), (), Remark(sentence, {"remark": tidy(cell)})) if sentence else ()


def board(cell: str) -> tuple[Detail, ...]:
    """« prés: Anne Roche ; très: Bao Lin »: the people of a structure, with their roles."""
    if ":" not in cell:
        return ()
    return tuple(Detail(DetailKind.MEMBER, tidy(name), tidy(role)) for role, name in OF_THE_BOARD.findall(cell))


def wish_word(cell: str) -> str:
    """How a word in a column of subscriptions is recognised."""
    return plain(cell) or cell.strip()


def is_clear(cell: str) -> bool:
    """Whether everyone reads a word in a column of subscriptions alike."""
    return wish_word(cell) in YES | NO | {"0", "1", "✓", "✔", "☑"}


def tidy(cell: str) -> str:
    """A cell on one line, without what cannot be printed."""
    words = without_apostrophe(" ".join(cell.split()))
    if words.startswith("#") and words in FAULTS:
        return ""
    return words if words.isprintable() else "".join(one for one in words if unicodedata.category(one) != "Cc")


def ungarbled(name: str) -> str:
    """« AngÃ©lique » as it was before UTF-8 was read as Windows-1252; any other name as it is."""
    if name.isascii() or not any(sign in name for sign in ("Ã", "Â", "â€")):
        return name
    try:
        return name.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return name
