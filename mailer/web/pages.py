"""Renders pages, public or of the desk: Jinja from templates/, in the site's language, with their own assets.

Never marks a value as safe: everything that is not a template is escaped.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from mailer.app import App
from mailer.language import moment, number, percent, say, translations
from mailer.rendering.compiled import CompiledTemplates

_COMPILED = CompiledTemplates()
ASSET_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True)
class Asset:
    """A file that pages load: style sheet, icon."""

    content: bytes
    media_type: str
    version: str


class Pages:
    """The pages of one installation; a site's own template of the same name wins."""

    def __init__(self, app: App, room: str = "pages", static: str = "/static", shared: Sequence[str] = ()) -> None:
        """`shared`: assets of another room, by their path from templates/."""
        folders = [folder / room for folder in app.templates]
        self._static = static
        self.assets = {
            path.name: _asset(path.read_bytes(), ASSET_TYPES[path.suffix])
            for folder in reversed(folders)
            for path in sorted((folder / "static").glob("*"))
            if path.suffix in ASSET_TYPES
        } | {
            path.name: _asset(path.read_bytes(), ASSET_TYPES[path.suffix])
            for folder in reversed(app.templates)
            for path in (folder / name for name in shared)
            if path.is_file()
        }
        self._zone = app.config.zone
        self.language = app.config.language
        self._environment = Environment(
            # What two rooms share is named from templates/, as in « reports/_plots.html ».
            loader=FileSystemLoader([*folders, *app.templates]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
            bytecode_cache=_COMPILED,
        )
        self._add_words(app)

    def page(
        self, name: str, /, status: int = 200, *, headers: Mapping[str, str] | None = None, **values: object
    ) -> HTMLResponse:
        """The page `<name>.html` of this room."""
        return HTMLResponse(self.written(f"{name}.html", **values), status, headers)

    def written(self, name: str, /, **values: object) -> str:
        """A template of this folder, filled: a part of a page, or a document of another kind."""
        return self._environment.get_template(name).render(values)

    def trouble(self, status: int, title: str, sentence: str, headers: Mapping[str, str] | None = None) -> HTMLResponse:
        """A page that says what cannot be shown, and what to do. `title` and `sentence` are message ids."""
        quiet = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex", **(headers or {})}
        return self.page("trouble", status, headers=quiet, title=title, sentence=sentence)

    def asset_url(self, name: str) -> str:
        """Where a page finds an asset; the address changes with its content, so that it may be cached for ever."""
        return f"{self._static}/{name}?v={self.assets[name].version}"

    def said(self, sentence: str, values: Mapping[str, object] | None = None) -> str:
        """A sentence in the language of the site."""
        return say(self.language, sentence, values)

    def day(self, when: date) -> str:
        """« 6 septembre 2023 », in the zone of the site."""
        local = when.astimezone(self._zone) if isinstance(when, datetime) else when
        return format_date(local, "long", locale=self.language)

    def month(self, when: date) -> str:
        """« sept. », in the zone of the site."""
        local = when.astimezone(self._zone) if isinstance(when, datetime) else when
        return format_date(local, "LLL", locale=self.language)

    def _add_words(self, app: App) -> None:
        # The extension adds this method at run time; newstyle fills named holes and escapes what it puts in them.
        self._environment.install_gettext_translations(  # type: ignore[attr-defined]
            translations(self.language), newstyle=True
        )
        organisation = app.config.organisation
        self._environment.globals.update(
            language=self.language,
            organisation=organisation,
            signature=organisation.signature,
            asset=self.asset_url,
            public_url=app.config.public_url,
        )
        self._environment.filters |= {
            "day": self.day,
            "month": self.month,
            "said": self.said,
            "moment": lambda when: moment(self.language, when, self._zone),
            "iso_day": lambda when: when.astimezone(self._zone).date().isoformat(),
            "hour": lambda when: f"{when.astimezone(self._zone):%H:%M}",
            "number": lambda value: number(self.language, value),
            "percent": lambda share: percent(self.language, share),
        }


def _asset(content: bytes, media_type: str) -> Asset:
    return Asset(content, media_type, hashlib.sha256(content).hexdigest()[:12])
