"""The house's French style, as suggestions that one button corrects. Never forbids; changes no target of a link.

Sources: Lexique des règles typographiques en usage à l'Imprimerie nationale; Access42 (2024) on inclusive forms.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from mailer.content.writing import Part, Written
from mailer.domain.letters import BlockKind
from mailer.language import N_

NARROW, WIDE = "\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}"
SHORTEST_SHOUT = 8
"""Letters: below, capitals are more likely an acronym."""
SHOWN = "⍽"
"""How a no-break space is shown."""
AROUND = 18
"""Characters shown on each side of what would change."""
TOP = ("subject", "preheader", "title")
WORDED = ("title", "signature", "alt", "place")

SPACES = N_("A line could end before these signs: a no-break space keeps them with their word.")
APOSTROPHES = N_("Straight apostrophes: printed French has curly ones.")
ORDINALS = N_("In French one writes 1er and 2e.")
NUMBERS = N_("In French one writes n° and the number, held together by a no-break space.")
DOTS = N_(
    "With a full stop, such words look like web addresses and some screen readers stop there; the house writes a "
    "middle dot. Better still, where there is one: a word for everyone."
)
CAPITALS = N_("A title in capitals is spelt out by screen readers and hides accents: write it as in a sentence.")


class Rule(StrEnum):
    """What can be corrected by itself."""

    SPACES = "spaces"
    APOSTROPHES = "apostrophes"
    ORDINALS = "ordinals"
    NUMBERS = "numbers"
    DOTS = "dots"
    CAPITALS = "capitals"


@dataclass(frozen=True)
class Suggestion:
    """One rule, one field or text, and the first place in it that would change."""

    rule: Rule
    sentence: str
    part: int | None
    """None: the front matter."""
    field: str
    """`text` for a block's own text."""
    before: str
    after: str


def suggestions(written: Written) -> list[Suggestion]:
    """In the order of the issue."""
    found = [one for name in TOP if (value := (written.front or {}).get(name)) for one in _about(value, None, name)]
    for at, part in enumerate(written.parts):
        for name in WORDED:
            found += _about(part.fields.get(name, ""), at, name)
        found += _about(part.text, at, "text") if part.kind else []
    return found


def corrected(written: Written, rule: Rule, part: int | None, field: str) -> Written:
    """The issue with one rule applied in one place; as it was where that place is not there any more."""
    if part is None:
        front = dict(written.front or {})
        return (
            replace(written, front={**front, field: _applied(rule, front[field], field)}) if field in front else written
        )
    if part >= len(written.parts) or written.parts[part].kind is None:
        return written
    parts = list(written.parts)
    parts[part] = _corrected(parts[part], rule, field)
    return replace(written, parts=tuple(parts))


def _corrected(part: Part, rule: Rule, field: str) -> Part:
    if field == "text":
        return replace(part, text=_applied(rule, part.text, field))
    if field not in part.fields:
        return part
    return replace(part, fields={**part.fields, field: _applied(rule, part.fields[field], field)})


def opening(written: Written) -> str:
    """The first words of an issue that are its own, by which one month is told from another."""
    kinds = (BlockKind.LEAD, BlockKind.TEXT, BlockKind.ARTICLE)
    return next(
        (part.text.strip().split("\n")[0] for part in written.parts if part.kind in kinds and part.text.strip()), ""
    )


def _about(value: str, part: int | None, field: str) -> Iterator[Suggestion]:
    for rule, (sentence, _) in RULES.items():
        after = _applied(rule, value, field)
        if after != value:
            yield Suggestion(rule, sentence, part, field, *_where(value, after))


def _where(before: str, after: str) -> tuple[str, str]:
    """What is around the first difference, in both."""
    at = next((n for n, (one, other) in enumerate(zip(before, after, strict=False)) if one != other), len(before))
    start = max(before.rfind("\n", 0, at) + 1, at - AROUND)
    return _seen(before[start : at + AROUND]), _seen(after[start : at + AROUND])


def _seen(words: str) -> str:
    """One line, in which a no-break space can be told from another."""
    return words.split("\n")[0].replace(NARROW, SHOWN).replace(WIDE, SHOWN)


def _applied(rule: Rule, value: str, field: str) -> str:
    if rule is Rule.CAPITALS:
        return _sentence_case(value, field)
    return "".join(one if at % 2 else RULES[rule][1](one) for at, one in enumerate(_UNTOUCHABLE.split(value)))


def _sentence_case(value: str, field: str) -> str:
    if field == "text":
        return _HEADING.sub(lambda found: found["mark"] + _sentence_case(found["words"], "title"), value)
    letters = [one for one in value if one.isalpha()]
    if len(letters) < SHORTEST_SHOUT or not value.isupper():
        return value
    return value[:1] + value[1:].lower()


def _spaces(text: str) -> str:
    for pattern, written in _SPACES:
        text = pattern.sub(written, text)
    return text


def _ordinals(text: str) -> str:
    text = re.sub(r"\b1(?: ?(?:ier|er)\b| (?=(?:" + _MONTHS + r")\b))", _first, text)
    return re.sub(r"\b(\d{1,3}) ?(?:ème|ième|eme)\b", r"\1e", text)


def _first(found: re.Match[str]) -> str:
    return "1er " if found[0].endswith(" ") else "1er"


def _dots(text: str) -> str:
    return _DOTTED.sub(lambda found: f"{found['word']}·{found['ending'].replace('.', '')}", text)


_MONTHS = "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
# Targets of links and images, addresses, files, readers' fields, code, fences of tables: even pieces are words.
_UNTOUCHABLE = re.compile(
    r"(\]\([^)\n]*\)|\{\{[^}\n]*\}\}|<[^>\n]*>|`[^`\n]*`|(?:https?://|www\.|mailto:)[^\s<>«»)]+"
    r"|[^\s<>«»@]+@[^\s<>«»@]+|^\|[-:| ]+\|$|[\w-]+\.(?:pdf|png|jpe?g|odt|docx?|xlsx?|html?|example)\b)",
    re.MULTILINE,
)
_HEADING = re.compile(r"^(?P<mark> {0,3}#{1,6}\s+)(?P<words>[^\n]+)$", re.MULTILINE)
_SPACES = (
    (re.compile(r"(?<=\S) (?=[;!?](?:\s|$|[»)]))"), NARROW),
    (re.compile(r"(?<=\S) (?=:(?:\s|$))"), WIDE),
    (re.compile(r"(?<=\S) (?=»)"), WIDE),
    (re.compile(r"(?<=«) (?=\S)"), WIDE),
    (re.compile(r"(?<=\d) (?=[%€])"), WIDE),
)
_DOTTED = re.compile(
    r"(?<![\w./@-])(?P<word>[^\W\d_]{3,})\."
    r"(?P<ending>(?:e|es|ne|nes|te|tes|le|les|ve|ves|se|ses|fe|fes|rice|rices|trice|trices|euse|euses|ère|ères)(?:\.s)?)"
    r"(?![\w@/]|[.:-]\w)"
)
RULES: dict[Rule, tuple[str, Callable[[str], str]]] = {
    Rule.SPACES: (SPACES, _spaces),
    Rule.APOSTROPHES: (APOSTROPHES, lambda text: re.sub(r"(?<=[^\W\d_])'(?=[^\W\d_])", "’", text)),
    Rule.ORDINALS: (ORDINALS, _ordinals),
    Rule.NUMBERS: (NUMBERS, lambda text: re.sub(r"\b(?:([nN]) ?[°º]|(n)o) ?(?=\d)", rf"\1\2°{WIDE}", text)),
    Rule.DOTS: (DOTS, _dots),
    Rule.CAPITALS: (CAPITALS, str),
}
