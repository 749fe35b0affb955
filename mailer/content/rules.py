"""Rules in the site's files: read with their lines. Never asks whom they hold."""

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date

from mailer.config.contacts import ContactField
from mailer.config.toml import line_of
from mailer.domain.rule_reading import Keys, read_rule, shown
from mailer.domain.rules import Compared, Field, Rule, Test, parts
from mailer.errors import Problem
from mailer.language import N_

NO_SUCH_FIELD = N_('the rule asks for the field "{name}", which config.toml does not have. Its fields are: {known}.')
NOT_OF_ITS_TYPE = N_('the rule compares the field "{name}" with {value}, but config.toml says that it is a {type}.')
NOT_ORDERED = N_('the rule orders the field "{name}", but config.toml says that it is a {type}: name its values.')


def read_rule_table(
    written: object, keys: Keys, lists: Collection[str], text: str, path: str, first_line: int = 1
) -> tuple[Rule | None, list[Problem]]:
    """The rule under those keys of a TOML text that begins at that line of its file, or every mistake in it."""
    rule, mistakes = read_rule(written, lists, keys)
    return rule, [
        Problem(path, first_line - 1 + (line_within(text, one.keys) or 1), one.sentence, one.values) for one in mistakes
    ]


def check_fields(rule: Rule, path: str, fields: Mapping[str, ContactField]) -> list[Problem]:
    """What the rule asks of fields of the site's own that there are not, or that are of another type."""
    asked = [one for one in parts(rule) if isinstance(one, Field)]
    return [Problem(path, None, sentence, values) for one in asked for sentence, values in _wrong(one, fields)]


def _wrong(one: Field, fields: Mapping[str, ContactField]) -> Iterator[tuple[str, dict[str, object]]]:
    if one.name not in fields:
        yield NO_SUCH_FIELD, {"name": one.name, "known": ", ".join(fields) or "–"}
        return
    type_ = fields[one.name].type
    if one.test is not Test.IS and type_ not in ("number", "date"):
        yield NOT_ORDERED, {"name": one.name, "type": type_}
    for value in one.values:
        if not _is_of(value, type_):
            yield NOT_OF_ITS_TYPE, {"name": one.name, "value": shown(value), "type": type_}


def _is_of(value: Compared, type_: str) -> bool:
    match type_:
        case "boolean":
            return isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "date":
            return isinstance(value, date)
        case _:
            return isinstance(value, str)


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
