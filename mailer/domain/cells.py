"""What a cell of addresses says, as people write them: disguised, with a name, several at once, with a slip of hand.

A slip that can only mean one thing is mended and told; where it could mean two things the row waits for a person, with
a proposal. Nothing is guessed silently, nothing is looked up.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from mailer.domain.addresses import ACCENTED, NOT_AN_ADDRESS, Address, is_plain, read_address
from mailer.domain.domains import CLOSED, DISPOSABLE, LISTS, MISSPELT, MISSPELT_ENDINGS
from mailer.errors import Refused
from mailer.language import N_

REBUILT = N_('"{written}" was read as {address}.')
SEVERAL = N_("several addresses: letters go to {address}; {others} kept beside it.")
A_LIST = N_("{address} is a mailing list: one person who leaves there would cut everyone off. Ask who reads it.")
SHORT_LIVED = N_("{address} is a throw-away address: it may not last.")
MISSPELT_DOMAIN = N_("{domain} looks like a slip for {proposal}.")
CLOSED_DOMAIN = N_("{domain} closed for good: ask for a new address, by telephone perhaps.")
COMMA = N_("a comma stands where a full stop belongs.")
AN_ACCENT = N_("there is an accent before the @, which almost no server accepts.")


@dataclass(frozen=True)
class Remark:
    """One sentence about a cell, with what fills it."""

    sentence: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Cell:
    """The addresses of a cell, the one that letters go to first; `doubt` where a person must look before any leaves."""

    addresses: tuple[Address, ...]
    name: str = ""
    notes: tuple[Remark, ...] = ()
    doubt: Remark | None = None

    @property
    def address(self) -> Address:
        """Where letters go; in doubt, the proposal."""
        return self.addresses[0]

    @property
    def written(self) -> str:
        """As it is written to."""
        return self.addresses[0].written

    @property
    def canonical(self) -> str:
        """As it is recognised."""
        return self.addresses[0].canonical


def is_telling(domain: str) -> bool:
    """Whether there is something to say of a domain in its plain form."""
    return domain in TELLING or _ending(domain) in MISSPELT_ENDINGS


def read_cell(text: str) -> Cell:
    """The addresses that a cell holds. Raises Refused where there is none, or one that nothing can be made of."""
    if is_plain(text) and not is_telling(text.rpartition("@")[2]):
        return Cell((Address(text, text),))
    plain = FORMULA.sub(r"\g<address>", _without_invisible(text).strip())
    name, bare = _apart_from_name(plain)
    parts = _parts(bare)
    cells = [_read_one(part) for part in parts]
    first = next((one for one in cells if one.doubt is None), cells[0])
    others = list(dict.fromkeys(one.address for one in cells if one.address.canonical != first.address.canonical))
    notes = first.notes
    if others:
        values = {"address": first.address.written, "others": ", ".join(one.written for one in others)}
        notes = (*notes, Remark(SEVERAL, values))
    return Cell((first.address, *others), name, notes, first.doubt)


def _read_one(text: str) -> Cell:
    rebuilt = _undisguised(text)
    address, doubt = _address(rebuilt)
    notes = [Remark(REBUILT, {"written": text, "address": address.written})] if rebuilt != text else []
    doubt = doubt or _doubtful_domain(address)
    if doubt and doubt.sentence == MISSPELT_DOMAIN:
        address = read_address(f"{address.written.rpartition('@')[0]}@{doubt.values['proposal']}")
    if address.domain in LISTS:
        notes.append(Remark(A_LIST, {"address": address.written}))
    if address.domain in DISPOSABLE:
        notes.append(Remark(SHORT_LIVED, {"address": address.written}))
    return Cell((address,), notes=tuple(notes), doubt=doubt)


def _address(text: str) -> tuple[Address, Remark | None]:
    try:
        return read_address(text), None
    except Refused as refused:
        if refused.sentence == ACCENTED:
            return read_address(_without_accents(text)), Remark(AN_ACCENT)
        local, at, domain = text.rpartition("@")
        if at and "," in domain:
            return read_address(f"{local}@{domain.replace(',', '.')}"), Remark(COMMA)
        raise Refused(NOT_AN_ADDRESS, address=text) from refused


def _doubtful_domain(address: Address) -> Remark | None:
    domain = address.domain
    if proposal := MISSPELT.get(domain) or _with_right_ending(domain):
        return Remark(MISSPELT_DOMAIN, {"domain": domain, "proposal": proposal})
    return Remark(CLOSED_DOMAIN, {"domain": domain}) if domain in CLOSED else None


def _ending(domain: str) -> str:
    return domain.rpartition(".")[2]


def _with_right_ending(domain: str) -> str | None:
    ending = _ending(domain)
    return domain.removesuffix(ending) + MISSPELT_ENDINGS[ending] if ending in MISSPELT_ENDINGS else None


def _apart_from_name(text: str) -> tuple[str, str]:
    """« "Marie D." <marie@ex.fr> » in two; without a name, the text as it is."""
    if found := NAMED.fullmatch(text):
        return found["name"].strip().strip("\"'«»").strip(), found["address"]
    return "", text


def _parts(text: str) -> list[str]:
    """The cell cut where another address begins; a comma inside one address is no cut."""
    cut = [part for part in BETWEEN.split(text) if part]
    if len(cut) > 1 and all("@" in _undisguised(part) for part in cut):
        return [_tidy(part) for part in cut]
    return [_tidy(text)]


def _tidy(text: str) -> str:
    """Without mailto:, brackets, blanks inside and punctuation around."""
    bare = re.sub(r"(?i)^\s*mailto:", "", text).partition("?")[0]
    bare = bare.strip().strip("<>\"'").rstrip(".,;: ").strip()
    return BLANK_AT.sub(r"\1", bare)


def _undisguised(text: str) -> str:
    return BLANK_AT.sub(r"\1", DOT_WORD.sub(".", AT_WORD.sub("@", text, count=1))) if "@" not in text else text


def _without_invisible(text: str) -> str:
    """No-break and other wide blanks as plain ones; what has no width gone."""
    return "".join(
        " " if unicodedata.category(one) == "Zs" else one for one in text if unicodedata.category(one) not in ("Cf",)
    )


def _without_accents(text: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))


TELLING = CLOSED | DISPOSABLE | LISTS | MISSPELT.keys()
"""Domains of which there is something to say."""
FORMULA = re.compile(r'(?i)^=\s*(?:hyperlink|lien_hypertexte)\(\s*"(?:mailto:)?(?P<address>[^"]*)".*$')
"""A cell that a spreadsheet would show as a link."""
NAMED = re.compile(r"(?P<name>[^<>]*?)\s*<\s*(?:mailto:)?(?P<address>[^<>]*)>\s*[.,;]?", re.IGNORECASE)
BETWEEN = re.compile(r"\s*[;,/|\n]\s*|\s+(?:et|ou|and|or)\s+|(?<=\S)\s+(?=[^\s@]+@)")
BLANK_AT = re.compile(r"\s*([@.])\s*")
AT_WORD = re.compile(
    r"\s*[\[({<]\s*(?:arobase|arrobase|arobas|at|a|@|chez)\s*[\])}>]+\s*|\s+(?:arobase|at)\s+", re.IGNORECASE
)
DOT_WORD = re.compile(r"\s*[\[({<]\s*(?:point|dot|\.)\s*[\])}>]+\s*|\s+(?:point|dot)\s+", re.IGNORECASE)
