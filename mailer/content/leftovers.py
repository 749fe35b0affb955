"""What a model left to be written and nobody wrote: it must not leave. Changes nothing."""

import re
from collections.abc import Iterator
from unicodedata import normalize

from mailer.content.blocks import text_line
from mailer.content.models import FILL_INS
from mailer.domain.findings import Finding, Level
from mailer.domain.letters import Issue
from mailer.language import N_

# With a capital or after a bracket: « une fiche à compléter » is ordinary French.
TO_COMPLETE = re.compile(
    r"(?i:\[\s*(?:[àa]\s+compl[ée]ter|to\s+(?:be\s+)?complete)[^\[\]\n]{0,60}\]?)"
    r"|\b[ÀA]\s+(?i:compl[ée]ter)\b|\bTo be completed\b"
)
UNFILLED = re.compile(rf"\[\[\s*(?:{'|'.join(FILL_INS)})\s*\]\]")

NOT_WRITTEN = N_('"{words}" was left by the model: write what belongs here, or remove it.')


def leftovers(issue: Issue) -> Iterator[Finding]:
    """An error for each place that is still as the model left it."""
    for line, written in _texts(issue):
        text = normalize("NFC", written)
        for found in (*TO_COMPLETE.finditer(text), *UNFILLED.finditer(text)):
            at = None if line is None else line + text.count("\n", 0, found.start())
            words = " ".join(found[0].split())
            yield Finding(Level.ERROR, issue.path, at, NOT_WRITTEN, {"words": words})


def _texts(issue: Issue) -> Iterator[tuple[int | None, str]]:
    for text in (issue.subject, issue.preheader, issue.title, issue.number):
        yield None, text
    for block in issue.blocks:
        for text in block.fields.values():
            yield block.line, text
        yield text_line(block), block.text
