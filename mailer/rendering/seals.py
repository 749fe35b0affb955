"""Places in a letter that a reader's own values fill, kept apart from anything that content can say.

While a letter is being made, a place is a run of letters and digits that carries a hash of the content itself, so no
author can write one; it survives Markdown, MJML and premailer untouched. At the end it is opened into the `@@slot@@`
that the skeleton knows, and every `@@` of the content is put out of action.
"""

import hashlib
import re
from dataclasses import dataclass

from mailer.domain.letters import Issue, Letterhead

WORD_JOINER = "\N{WORD JOINER}"


@dataclass(frozen=True)
class Seal:
    """What tells this letter's places from its words."""

    key: str

    def close(self, slot: str) -> str:
        """The place of a slot, as it travels."""
        return f"{self.key}{slot.replace('/', 'S')}Z"

    def find(self, text: str) -> list[str]:
        """The slots that have a place in the text, in order."""
        return [_slot(match) for match in self.pattern.finditer(text)]

    @property
    def pattern(self) -> re.Pattern[str]:
        """Matches one travelling place; its group is the slot, its bar written as S."""
        return re.compile(rf"{self.key}([a-z_]+(?:S[a-z0-9_]*)?)Z")

    def open_html(self, html: str) -> str:
        """The final HTML, with `@@slot@@` in each place."""
        return self._open(html.replace("@@", "&#64;&#64;"))

    def open_text(self, text: str) -> str:
        """The final text part, with `@@slot@@` in each place."""
        return self._open(text.replace("@@", f"@{WORD_JOINER}@"))

    def _open(self, content: str) -> str:
        return self.pattern.sub(lambda match: f"@@{_slot(match)}@@", content)


def seal_of(issue: Issue, letterhead: Letterhead) -> Seal:
    """The same content has the same seal, and no content can hold its own."""
    digest = hashlib.sha256(repr((issue, letterhead)).encode()).hexdigest()
    # Letters only: digits beside letters would be taken for a number with its unit.
    return Seal("zq" + digest[:16].translate(_LETTERS) + "q")


def name_slot(default: str) -> str:
    """`name`, or `name/<hex of the default words>`: hexadecimal is safe in every context."""
    return f"name/{default.encode().hex()}" if default else "name"


def default_name(slot: str) -> str:
    """The default words in a `name` slot."""
    return bytes.fromhex(slot.partition("/")[2]).decode()


def _slot(match: re.Match[str]) -> str:
    return match[1].replace("S", "/")


_LETTERS = str.maketrans("0123456789", "ghijklmnop")
