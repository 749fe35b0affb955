"""What is worth looking at again while an issue is being written: one list, with what one button can correct."""

from collections.abc import Sequence
from dataclasses import dataclass

from mailer.app import App
from mailer.app.drafts import load_text
from mailer.content import suggestions
from mailer.content.campaigns import FOLDER, issue_names
from mailer.content.files import read_text
from mailer.content.findings import DOTTED_WORDS, SHOUTED, findings
from mailer.content.issues import ISSUE_FILE
from mailer.content.suggestions import Rule
from mailer.content.writing import Written, part_lines, put_together, take_apart
from mailer.domain.findings import Finding, Level
from mailer.errors import BadFiles
from mailer.language import N_

SAME_OPENING = N_("The text begins with the same words as {issue}: readers will think that they have read it.")
SHORTEST_OPENING = 25
"""Characters: below, two issues may well begin alike."""
COVERED = (DOTTED_WORDS, SHOUTED)
"""What the suggestions say too, and can correct."""


@dataclass(frozen=True)
class Advice:
    """One line of the list."""

    level: Level
    sentence: str
    values: dict[str, object]
    part: int | None
    """Which block it is about; None: the top of the issue."""
    field: str = ""
    rule: Rule | None = None
    """What one button would apply."""
    before: str = ""
    after: str = ""


def advise(app: App, name: str, written: Written) -> list[Advice]:
    """Mistakes first, then what to look at, then style."""
    text = put_together("", written)
    found = [*_findings(app, name, text), *_same_opening(app, name, written)]
    found.sort(key=lambda one: list(Level).index(one.level))
    return found + [
        Advice(Level.ADVICE, one.sentence, {}, one.part, one.field, one.rule, one.before, one.after)
        for one in suggestions.suggestions(written)
    ]


def correct(written: Written, rule: str, part: int | None, field: str) -> Written:
    """One suggestion followed; a rule that is none changes nothing."""
    return suggestions.corrected(written, Rule(rule), part, field) if rule in set(Rule) else written


def _findings(app: App, name: str, text: str) -> list[Advice]:
    lines = part_lines(text)
    try:
        told = [one for one in findings(load_text(app, name, text)) if one.sentence not in COVERED]
    except BadFiles as mistakes:
        path = f"{FOLDER}/{name}/{ISSUE_FILE}"
        told = [
            Finding(Level.ERROR, one.path, one.line if one.path == path else None, one.sentence, one.values)
            for one in mistakes.problems
        ]
    return [Advice(one.level, one.sentence, dict(one.values), _part(lines, one.line)) for one in told]


def _part(lines: Sequence[int], line: int | None) -> int | None:
    if line is None or not lines or line < lines[0]:
        return None
    return sum(start <= line for start in lines) - 1


def _same_opening(app: App, name: str, written: Written) -> list[Advice]:
    """The issue before it by name; an older one is too long ago to be remembered."""
    campaign, words = name.partition("/")[0], suggestions.opening(written)
    earlier = [one for one in issue_names(app.site) if one.partition("/")[0] == campaign and one < name]
    if not earlier or len(words) < SHORTEST_OPENING:
        return []
    before, _ = read_text(app.site, f"{FOLDER}/{earlier[-1]}/{ISSUE_FILE}")
    if suggestions.opening(take_apart(before)) != words:
        return []
    at = next((n for n, part in enumerate(written.parts) if words in part.text), None)
    return [Advice(Level.WARNING, SAME_OPENING, {"issue": earlier[-1]}, at)]
