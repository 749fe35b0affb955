"""Reads TOML into a model and says every mistake at once, each with its line. Knows no particular file."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from mailer.errors import Problem
from mailer.language import N_

Model = TypeVar("Model", bound=BaseModel)

UNKNOWN_KEY = N_('unknown key "{key}". The keys here are: {known}.')
UNKNOWN_KEY_CLOSE = N_('unknown key "{key}". Did you mean "{close}"?')
MISSING_KEY = N_('the key "{key}" is missing.')
NOT_TOML = N_("this is not valid TOML: {reason}.")
BAD_VALUE = N_('"{key}" cannot be {value}: {reason}.')
NOT_ONE_OF = N_('"{key}" cannot be {value}; it is one of {expected}.')


def parse_toml(
    text: str,
    path: str,
    model: type[Model],
    *,
    first_line: int = 1,
    overrides: Mapping[str, Any] | None = None,
) -> tuple[Model | None, list[Problem]]:
    """The model, or every problem. `first_line` is where `text` starts in the file; `overrides` win over it."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return None, [_not_toml(error, path, first_line)]
    try:
        return model.model_validate(merge(content, overrides or {})), []
    except ValidationError as error:
        return None, [_problem(detail, text, path, model, first_line) for detail in error.errors()]


def mistake(sentence: str, **values: object) -> PydanticCustomError:
    """What a model's validator raises to say its own sentence, which the doors then translate."""
    return PydanticCustomError("sentence", "{sentence}", {"sentence": sentence, "values": values})


def merge(content: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """`overrides` laid over `content`, table by table."""
    merged = dict(content)
    for key, value in overrides.items():
        below = merged.get(key)
        merged[key] = merge(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged


def line_of(text: str, keys: Iterable[str]) -> int | None:
    """The line, from 1, that sets a key; its table's line where the key itself is not written."""
    *tables, key = [str(part) for part in keys]
    header, found = ".".join(tables), None
    current = ""
    for number, line in enumerate(text.splitlines(), 1):
        if opened := re.match(r"\s*\[+\s*([^\]]+?)\s*\]+", line):
            current = opened[1].replace('"', "").replace(" ", "")
            found = number if current in (header, ".".join((*tables, key))) else found
        elif current == header and re.match(rf'\s*"?{re.escape(key)}"?\s*[.=]', line):
            return number
    return found


def _not_toml(error: tomllib.TOMLDecodeError, path: str, first_line: int) -> Problem:
    reason = str(error)
    at = re.search(r"\(at line (\d+)", reason)
    line = first_line + int(at[1]) - 1 if at else first_line
    return Problem(path, line, NOT_TOML, {"reason": reason.split(" (at ")[0].rstrip(".").lower()})


def _problem(detail: ErrorDetails, text: str, path: str, model: type[BaseModel], first_line: int) -> Problem:
    keys = [str(part) for part in detail["loc"] if not isinstance(part, int)] or [""]
    line = line_of(text, keys)
    place = first_line + line - 1 if line else first_line
    sentence, values = _sentence(detail, keys, model)
    return Problem(path, place, sentence, values)


def _sentence(detail: ErrorDetails, keys: list[str], model: type[BaseModel]) -> tuple[str, dict[str, object]]:
    key = ".".join(keys)
    match detail["type"]:
        case "sentence":
            return detail["ctx"]["sentence"], detail["ctx"]["values"]
        case "missing":
            return MISSING_KEY, {"key": key}
        case "extra_forbidden":
            return _unknown(keys, model)
        case "literal_error" | "enum":
            expected = detail.get("ctx", {}).get("expected", "")
            return NOT_ONE_OF, {"key": key, "value": _shown(detail["input"]), "expected": expected}
        case _:
            reason = detail["msg"].removeprefix("Value error, ").rstrip(".")
            return BAD_VALUE, {"key": key, "value": _shown(detail["input"]), "reason": reason}


def _unknown(keys: list[str], model: type[BaseModel]) -> tuple[str, dict[str, object]]:
    known = _fields(model, keys[:-1])
    if close := get_close_matches(keys[-1], known, 1):
        return UNKNOWN_KEY_CLOSE, {"key": keys[-1], "close": close[0]}
    return UNKNOWN_KEY, {"key": keys[-1], "known": ", ".join(known)}


def _fields(model: type[BaseModel], tables: list[str]) -> list[str]:
    for table in tables:
        field = model.model_fields.get(table)
        inner = field.annotation if field else None
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return []
        model = inner
    return list(model.model_fields)


def _shown(value: object) -> str:
    return repr(value) if isinstance(value, str) else str(value)
