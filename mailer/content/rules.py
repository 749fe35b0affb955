"""Rules in the site's files: read with their lines. Never asks whom they hold."""

import re
from collections.abc import Collection

from mailer.config.toml import line_of
from mailer.domain.rule_reading import Keys, read_rule
from mailer.domain.rules import Rule
from mailer.errors import Problem


def read_rule_table(
    written: object, keys: Keys, lists: Collection[str], text: str, path: str, first_line: int = 1
) -> tuple[Rule | None, list[Problem]]:
    """The rule under those keys of a TOML text that begins at that line of its file, or every mistake in it."""
    rule, mistakes = read_rule(written, lists, keys)
    return rule, [
        Problem(path, first_line - 1 + (line_within(text, one.keys) or 1), one.sentence, one.values) for one in mistakes
    ]


def line_within(text: str, keys: Keys) -> int | None:
    """The line, from 1, of a key, however deep it lies in tables between braces."""
    named = [key for key in keys if isinstance(key, str)]
    if (whole := line_of(text, named)) and _sets(text.split("\n")[whole - 1], named[-1]):
        return whole
    start = next((line for end in range(len(named), 0, -1) if (line := line_of(text, named[:end]))), 1)
    after = text.split("\n")[start - 1 :]
    return next((start + at for at, line in enumerate(after) if _sets(line, named[-1])), start)


def _sets(line: str, key: str) -> bool:
    return re.search(rf"(?:^|[\s{{,\[.\"']){re.escape(key)}[\"']?\s*(?:=|\.|\]|$)", line) is not None
