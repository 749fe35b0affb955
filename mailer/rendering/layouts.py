"""A layout: templates/email/<name>/ with `layout.mjml` and `theme.toml`, over the parts that layouts share.

Turns pieces into the HTML and the text of a letter. A mistake is told with the layout's file and, where it can be
known, its line; the content was judged before.
"""

import hashlib
import re
import tomllib
import traceback
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from jinja2 import TemplateError, TemplateSyntaxError

from mailer.errors import BadFiles, Problem
from mailer.language import N_, translations
from mailer.rendering.mjml_compiler import BadMarkup, compile_mjml, inline_theme
from mailer.rendering.mjml_lint import lint
from mailer.rendering.plaintext import Notes, text_of, underline, wrap
from mailer.rendering.sandbox import LayoutEnvironment

NO_LAYOUT = N_('there is no layout "{layout}". The layouts are: {known}.')
NO_LAYOUT_CLOSE = N_('there is no layout "{layout}". Did you mean "{close}"?')
BAD_THEME = N_("this theme cannot be read: {reason}")
BAD_TEMPLATE = N_("this template cannot be used: {reason}")

PARTS = "email/_parts"
THEME = "theme.toml"


class Layout:
    """One layout, opened for one letter. Raises BadFiles."""

    def __init__(self, name: str, folders: Sequence[Path], language: str) -> None:
        self._folder = f"email/{name}"
        _check_exists(name, folders)
        self._theme = _read_theme(self._folder, folders)
        self._environment = LayoutEnvironment(folders, translations(language))
        self._environment.filters |= {"wrap": wrap, "underline": underline, "plain": text_of}

    def html(self, values: Mapping[str, Any]) -> str:
        """The letter's HTML: Jinja, MJML, then the theme's rules."""
        source = self._render(f"{self._folder}/layout.mjml", values)
        theme = self._render(f"{PARTS}/content.css", {})
        self._lint()
        try:
            return inline_theme(compile_mjml(source), theme)
        except BadMarkup as bad:
            raise BadFiles([bad.problem(f"templates/{self._folder}/layout.mjml")]) from bad

    def text(self, values: Mapping[str, Any]) -> str:
        """The letter's text part."""
        gaps = {"gap": _GAP, "wide_gap": _WIDE_GAP, "notes": Notes()}
        text = self._render(f"{PARTS}/letter.txt", {**values, **gaps})
        return _ANY_GAP.sub(_empty_lines, text).strip() + "\n"

    @property
    def sources(self) -> dict[str, str]:
        """sha256 of every template that the letter was set with so far, by path from the site's folder."""
        texts = {**self._environment.loaded, f"{self._folder}/{THEME}": _theme_text(self._theme)}
        return {f"templates/{name}": _hash(text) for name, text in texts.items()}

    def _lint(self) -> None:
        used = {name: text for name, text in self._environment.loaded.items() if name.endswith((".mjml", ".css"))}
        if problems := [one for name, text in used.items() for one in lint(text, f"templates/{name}")]:
            raise BadFiles(problems)

    def _render(self, name: str, values: Mapping[str, Any]) -> str:
        self._environment.start_counting()
        try:
            return self._environment.get_template(name).render(theme=self._theme, **values)
        except (TemplateError, TypeError, ValueError, ArithmeticError, RecursionError, LookupError) as error:
            raise BadFiles([_problem(error, name)]) from error


def template_hashes(paths: Iterable[str], folders: Sequence[Path]) -> dict[str, str]:
    """What `Layout.sources` would say of these templates now. Without those that are gone or cannot be read."""
    found = {}
    for path in paths:
        name = path.removeprefix("templates/")
        try:
            text = _first_of(name, folders).read_text(encoding="utf-8")
            found[path] = _hash(_theme_text(tomllib.loads(text)) if name.endswith(f"/{THEME}") else text)
        except (OSError, ValueError):
            continue
    return found


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _theme_text(theme: Mapping[str, Any]) -> str:
    """The same for every way to write the same theme."""
    return repr(sorted(theme.items()))


def _first_of(name: str, folders: Sequence[Path]) -> Path:
    return next((folder / name for folder in folders if (folder / name).is_file()), folders[-1] / name)


def _check_exists(name: str, folders: Sequence[Path]) -> None:
    known = sorted(
        {path.parent.name for folder in folders for path in folder.glob("email/*/layout.mjml")} - {Path(PARTS).name}
    )
    if name not in known:
        close = get_close_matches(name, known, 1)
        values: dict[str, object] = {"layout": name, "close": close[0] if close else "", "known": ", ".join(known)}
        raise BadFiles([Problem("templates/email", None, NO_LAYOUT_CLOSE if close else NO_LAYOUT, values)])


def _read_theme(folder: str, folders: Sequence[Path]) -> dict[str, Any]:
    path = f"{folder}/{THEME}"
    try:
        return tomllib.loads(_first_of(path, folders).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadFiles([Problem(f"templates/{path}", None, BAD_THEME, {"reason": str(error)})]) from error


def _problem(error: Exception, name: str) -> Problem:
    """The place that Jinja wrote into the traceback is the template's own, innermost last."""
    if isinstance(error, TemplateSyntaxError):
        return Problem(f"templates/{error.name or name}", error.lineno, BAD_TEMPLATE, {"reason": str(error.message)})
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_template(frame.filename)]
    reason = str(error) or type(error).__name__
    if not frames:
        return Problem(f"templates/{name}", None, BAD_TEMPLATE, {"reason": reason})
    where = frames[-1]
    path = "templates/email/" + where.filename.replace("\\", "/").rpartition("/email/")[2]
    return Problem(path, where.lineno, BAD_TEMPLATE, {"reason": reason})


def _empty_lines(gap: re.Match[str]) -> str:
    return "\n\n\n" if _WIDE_GAP in gap[0] else "\n\n"


def _is_template(file_name: str) -> bool:
    return file_name.endswith((".mjml", ".txt", ".css"))


# Signs that no letter holds stand for empty lines, however many conditions of the template meet there.
_GAP, _WIDE_GAP = "\f", "\v"
_ANY_GAP = re.compile(r"\s*[\f\v]\s*")
