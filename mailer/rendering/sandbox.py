"""Jinja2 for layouts, kept small: no way to the program's insides, and no way to take its time or its memory.

Layouts may come from someone else. What they can do is counted (turns of loops, calls, characters) and ends in a
sentence; only the filters named here exist; text has no methods.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from babel.support import NullTranslations
from jinja2 import FileSystemLoader, StrictUndefined, UndefinedError, nodes, pass_context
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from mailer.rendering.compiled import CompiledTemplates

MOST_TURNS = 20_000
MOST_CHARACTERS = 2_000_000
LONGEST_VALUE = 200_000
FILTERS = (
    "capitalize", "d", "default", "e", "escape", "first", "last", "length", "list", "lower", "rejectattr", "selectattr",
    "string", "trim", "upper", "urlencode",
)  # fmt: skip
TOO_MUCH = "this template repeats itself too often or makes too much text"


class LayoutEnvironment(ImmutableSandboxedEnvironment):
    """Renders the templates of one letter: autoescape for markup, strict about names, the first folder wins."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self, folders: Sequence[Path], translations: NullTranslations) -> None:
        self.loaded: dict[str, str] = {}
        super().__init__(
            loader=_RecordingLoader([str(folder) for folder in folders], self.loaded),
            autoescape=lambda name: name is None or name.endswith(".mjml"),
            undefined=StrictUndefined,
            finalize=self._count_output,
            extensions=["jinja2.ext.i18n"],
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            # Folding constants would run them before anything is counted.
            optimized=False,
            bytecode_cache=_COMPILED,
        )
        self.newstyle_gettext = True
        self.start_counting()
        self.filters = {name: self.filters[name] for name in FILTERS}
        self.filters |= {"join": _join, _COUNTED: self._count_turns, _CONCATENATED: self._concatenate}
        self.globals = {"gettext": _translator(translations), "_": _translator(translations), "range": self._range}

    def start_counting(self) -> None:
        """Each template that is rendered for itself has its own measure."""
        self._turns = self._characters = 0

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        for loop in list(tree.find_all(nodes.For)):
            loop.iter = nodes.Filter(loop.iter, _COUNTED, [], [], None, None, lineno=loop.lineno)
        for joined in list(tree.find_all(nodes.Concat)):
            parts = nodes.List(list(joined.nodes), lineno=joined.lineno)
            joined.nodes = [nodes.Filter(parts, _CONCATENATED, [], [], None, None, lineno=joined.lineno)]
        tree.set_environment(self)
        return tree

    def call(self, context: Context, callee: Any, *args: Any, **kwargs: Any) -> Any:
        """Every call of a template passes here."""
        self._turn()
        return super().call(context, callee, *args, **kwargs)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Sums of numbers and short texts; no powers, no repeats, no formats."""
        if not all(isinstance(side, (int, float)) for side in (left, right)):
            if operator != "+":
                raise SecurityError(TOO_MUCH)
            return self._short(super().call_binop(context, operator, left, right))
        if operator == "**" or max(abs(left), abs(right)) > LONGEST_VALUE:
            raise SecurityError(TOO_MUCH)
        return super().call_binop(context, operator, left, right)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Values are ready when a layout gets them: text and numbers need no method."""
        return not isinstance(obj, (str, int, float, bytes)) and super().is_safe_attribute(obj, attr, value)

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        """`'{:>1000000000}'.format(1)` is one small call and a gigabyte: no formats."""
        if super().wrap_str_format(value) is not None:
            raise SecurityError(TOO_MUCH)
        return None

    def _turn(self) -> None:
        self._turns += 1
        if self._turns > MOST_TURNS:
            raise SecurityError(TOO_MUCH)

    def _count_turns(self, items: Iterable[Any]) -> Iterator[Any]:
        for item in items:
            self._turn()
            yield item

    def _count_output(self, value: Any) -> Any:
        self._characters += len(value) if isinstance(value, str) else 20
        if self._characters > MOST_CHARACTERS:
            raise SecurityError(TOO_MUCH)
        return value

    def _concatenate(self, parts: list[Any]) -> Any:
        safe = any(isinstance(part, Markup) for part in parts)
        return self._short(Markup("").join(parts) if safe else "".join(str(part) for part in parts))

    def _short(self, value: Any) -> Any:
        if isinstance(value, (str, list, tuple)) and len(value) > LONGEST_VALUE:
            raise SecurityError(TOO_MUCH)
        return value

    def _range(self, *bounds: int) -> range:
        turns = range(*bounds)
        if max(map(abs, bounds)) > MOST_TURNS:
            raise SecurityError(TOO_MUCH)
        return turns


class _RecordingLoader(FileSystemLoader):
    """Remembers the source of every template that was used, for messages that name a line of it."""

    def __init__(self, folders: Sequence[str], loaded: dict[str, str]) -> None:
        super().__init__(folders)
        self._loaded = loaded

    def get_source(self, environment: Any, template: str) -> tuple[str, str, Callable[[], bool]]:
        source, path, is_current = super().get_source(environment, template)
        self._loaded[template] = source
        return source, path, is_current


def _join(parts: Iterable[Any], between: str = "") -> str:
    listed = list(parts)
    if len(between) * len(listed) + sum(len(str(part)) for part in listed) > LONGEST_VALUE:
        raise SecurityError(TOO_MUCH)
    if any(isinstance(part, Markup) for part in (*listed, between)):
        return escape(between).join(listed)
    return between.join(str(part) for part in listed)


def _translator(translations: NullTranslations) -> Callable[..., str]:
    @pass_context
    def translate(context: Context, sentence: str, **values: object) -> str:
        """Holes are `%(name)s` and nothing else: a width in a format would make text without end."""
        translated = translations.ugettext(sentence)
        return _fill(translated, values, escaped=bool(context.eval_ctx.autoescape))

    return translate


def _fill(sentence: str, values: Mapping[str, object], *, escaped: bool) -> str:
    def value(hole: re.Match[str]) -> str:
        if hole[0] == "%%":
            return "%"
        if hole[1] not in values:
            raise UndefinedError(f"{hole[1]!r} is not given to {sentence!r}")
        return str(escape(values[hole[1]]) if escaped else values[hole[1]])

    if not escaped:
        return _HOLE.sub(value, sentence)
    return Markup(_HOLE.sub(value, str(escape(sentence))))  # noqa: S704  # the sentence and its values were just escaped


_COMPILED = CompiledTemplates()
_COUNTED, _CONCATENATED = "counted turns", "short text"
_HOLE = re.compile(r"%%|%\((\w+)\)s")
