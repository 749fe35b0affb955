"""Reads TOML into a model and says every mistake at once, each with its line. Knows no particular file."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from mailer.config.mistakes import OWN_SENTENCE, sentence_of
from mailer.errors import Problem
from mailer.language import N_

Model = TypeVar("Model", bound=BaseModel)

NOT_TOML = N_("this is not valid TOML: {reason}.")


class Section(BaseModel):
    """A frozen table that knows all its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True)
class Override:
    """A value that wins over the file's, and the name under which whoever set it knows it."""

    name: str
    keys: tuple[str, ...]
    value: str


def parse_toml(
    text: str,
    path: str,
    model: type[Model],
    *,
    first_line: int = 1,
    overrides: Sequence[Override] = (),
) -> tuple[Model | None, list[Problem]]:
    """The model, or every problem. `first_line` is where `text` starts in the file; `overrides` win over it."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return None, [_not_toml(error, path, first_line)]
    try:
        return model.model_validate(_overridden(content, overrides)), []
    except ValidationError as error:
        place = _Place(text, path, first_line, overrides)
        return None, [_problem(detail, place, model) for detail in error.errors()]


def mistake(sentence: str, **values: object) -> PydanticCustomError:
    """What a model's validator raises to say its own sentence, which the doors then translate."""
    return PydanticCustomError(OWN_SENTENCE, "{sentence}", {"sentence": sentence, "values": values})


def line_of(text: str, keys: Iterable[str]) -> int | None:
    """The line, from 1, of valid TOML that sets a key; the nearest table's line where the key itself is not written."""
    wanted = tuple(str(part) for part in keys)
    nearest, depth = None, 0
    for number, path in _settings(text):
        if path == wanted:
            return number
        if depth < len(path) and path == wanted[: len(path)]:
            nearest, depth = number, len(path)
    return nearest


_NAME = r"""(?:"[^"]*"|'[^']*'|[\w-]+)"""
_PATH = rf"{_NAME}(?:[ \t]*\.[ \t]*{_NAME})*"
_TABLE = re.compile(rf"[ \t]*\[\[?[ \t]*({_PATH})[ \t]*\]", re.ASCII)
_KEY = re.compile(rf"[ \t]*({_PATH})[ \t]*=", re.ASCII)


def _settings(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Each line that opens a table or sets a key, with the whole path of keys that it names."""
    table: tuple[str, ...] = ()
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        opens, sets = _TABLE.match(line), _KEY.match(line)
        if not (opens or sets) or _within_a_value(lines[: number - 1]):
            continue
        if opens:
            table = _names(opens[1])
            yield number, table
        elif sets:
            yield number, (*table, *_names(sets[1]))


def _within_a_value(above: list[str]) -> bool:
    # A line inside a long text or list may look like a key; what stands above it is then not whole.
    try:
        tomllib.loads("".join(f"{line}\n" for line in above))
    except tomllib.TOMLDecodeError:
        return True
    return False


def _names(path: str) -> tuple[str, ...]:
    return tuple(name.strip("\"'") for name in re.findall(_NAME, path, re.ASCII))


def _overridden(content: Mapping[str, Any], overrides: Sequence[Override]) -> dict[str, Any]:
    # A whole table given as one word comes last: it is a mistake, and must be seen as one.
    merged = dict(content)
    for override in sorted(overrides, key=lambda each: -len(each.keys)):
        merged = _with(merged, override.keys, override.value)
    return merged


def _with(content: Mapping[str, Any], keys: tuple[str, ...], value: str) -> dict[str, Any]:
    key, *deeper = keys
    if not deeper:
        return {**content, key: value}
    below = content.get(key)
    return {**content, key: _with(below if isinstance(below, dict) else {}, tuple(deeper), value)}


def _not_toml(error: tomllib.TOMLDecodeError, path: str, first_line: int) -> Problem:
    reason = str(error)
    at = re.search(r"\(at line (\d+)", reason)
    line = first_line + int(at[1]) - 1 if at else first_line
    return Problem(path, line, NOT_TOML, {"reason": reason.split(" (at ")[0].rstrip(".").lower()})


@dataclass(frozen=True)
class _Place:
    """Where values came from, to say where a mistake is."""

    text: str
    path: str
    first_line: int
    overrides: Sequence[Override]

    def problem(self, keys: tuple[str, ...], sentence: str, values: dict[str, object]) -> Problem:
        for override in self.overrides:
            if override.keys[: len(keys)] == keys:
                return Problem(override.name, None, sentence, values)
        line = line_of(self.text, keys)
        if line is None and (beside := self._variable_beside(keys)):
            return Problem(beside, None, sentence, values)
        return Problem(self.path, self.first_line + (line or 1) - 1, sentence, values)

    def _variable_beside(self, keys: tuple[str, ...]) -> str | None:
        """A variable that makes the table in which a key is missing, where the file has no such table."""
        table = keys[:-1]
        names = (override.name for override in self.overrides if table and override.keys[: len(table)] == table)
        return next(names, None)


def _problem(detail: ErrorDetails, place: _Place, model: type[BaseModel]) -> Problem:
    keys = tuple(part for part in detail["loc"] if isinstance(part, str)) or ("",)
    return place.problem(keys, *sentence_of(detail, keys, model))
