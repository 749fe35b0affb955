"""An old issue set as a page of today, from what was made harmless of it."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from mailer.language import day as in_words
from mailer.language import translations


class Harmless(Protocol):
    """What a sanitiser left of a page, and what it is called."""

    @property
    def subject(self) -> str: ...
    @property
    def summary(self) -> str: ...
    @property
    def day(self) -> date: ...
    @property
    def body(self) -> str:
        """HTML that nothing more is escaped in."""


def set_old_page(page: Harmless, templates: Sequence[Path], language: str) -> str:
    """The whole page, as the archive shows it."""
    environment = Environment(
        loader=FileSystemLoader([folder / "pages" for folder in templates]),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
    )
    # The extension adds this method at run time.
    environment.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    body = Markup(page.body)  # noqa: S704 - the sanitiser's own output
    shown = in_words(language, page.day, "d MMMM y")
    return environment.get_template("old_issue.html").render(page=page, body=body, day=shown, language=language)
