"""The front matter as a form edits it: each key as text, and back into its lines. Keys that no form shows stay."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, datetime

KEYS = ("subject", "preheader", "title", "number", "slot", "send_at", "embargo", "audience")
"""In the order in which a new one is written."""
MOMENTS = ("slot", "send_at", "embargo")
MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)?)?")
ESCAPES = {"\\": "\\\\", '"': '\\"', "\t": "\\t"}


def read_top(lines: Sequence[str]) -> dict[str, str] | None:
    """What stands between the marks, by key; None where it cannot be read."""
    try:
        table = tomllib.loads("\n".join(lines))
    except tomllib.TOMLDecodeError:
        return None
    values = {key: _as_text(key, table[key]) for key in KEYS if key in table}
    known = {key: value for key, value in values.items() if value is not None}
    return known if len(known) == len(values) else None


def write_top(head: str, old: Mapping[str, str], new: Mapping[str, str]) -> str:
    """The lines of `head` with the values that changed; an empty one is taken out."""
    lines = head.split("\n")
    for key in KEYS:
        value = " ".join(new.get(key, "").split("\n")).strip()
        if value != old.get(key, ""):
            lines = _replaced(lines, key, value)
    return "\n".join(lines)


def _as_text(key: str, value: object) -> str | None:
    if key in MOMENTS:
        return value.isoformat() if isinstance(value, date | datetime) else None
    if key == "audience":
        right = isinstance(value, list) and all(isinstance(one, str) for one in value)
        return ", ".join(value) if isinstance(value, list) and right else None
    return value if isinstance(value, str) else None


def _replaced(lines: list[str], key: str, value: str) -> list[str]:
    span = _lines_of(lines, key)
    written = [f"{key} = {_literal(key, value)}"] if value else []
    if span:
        return lines[: span[0]] + written + lines[span[1] :]
    at = _place(lines, key)
    return lines[:at] + written + lines[at:]


def _lines_of(lines: Sequence[str], key: str) -> tuple[int, int] | None:
    """The lines that hold a key: more than one for a list or a text over several."""
    opening = re.compile(rf"""\s*["']?{key}["']?\s*=""")
    start = next((at for at, line in enumerate(lines) if opening.match(line)), None)
    if start is None:
        return None
    for stop in range(start + 1, len(lines) + 1):
        try:
            tomllib.loads("\n".join(lines[start:stop]))
        except tomllib.TOMLDecodeError:
            continue
        return start, stop
    return None


def _place(lines: Sequence[str], key: str) -> int:
    """After the nearest earlier key that is there, or right after the opening mark."""
    for earlier in reversed(KEYS[: KEYS.index(key)]):
        if span := _lines_of(lines, earlier):
            return span[1]
    return next((at for at, line in enumerate(lines) if line.rstrip() == "+++"), -1) + 1


def _literal(key: str, value: str) -> str:
    if key in MOMENTS and MOMENT.fullmatch(value):
        return value if len(value) != len("2023-09-06T12:00") else f"{value}:00"
    if key == "audience":
        return "[" + ", ".join(_quoted(one.strip()) for one in value.split(",") if one.strip()) + "]"
    return _quoted(value)


def _quoted(value: str) -> str:
    return '"' + "".join(_character(one) for one in value) + '"'


def _character(one: str) -> str:
    if one in ESCAPES:
        return ESCAPES[one]
    return f"\\u{ord(one):04x}" if ord(one) < 32 or ord(one) == 127 else one
