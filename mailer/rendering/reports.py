"""A report as one page that needs nothing else: templates/reports/, filled. Never counts and never writes a file."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError

from mailer.errors import BadFiles, Problem
from mailer.language import translations
from mailer.rendering.notices import BAD_TEMPLATE

REGISTER = "reports/register.html"
PAGE, SCRIPT, STYLES = "reports/report.html", "reports/_download.js", ("reports/_plot.css", "reports/_page.css")


def render_report(values: Mapping[str, object], folders: Sequence[Path], language: str, page: str = PAGE) -> str:
    """The page; a site's own template of the same name wins. Raises BadFiles."""
    environment = Environment(
        loader=FileSystemLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    # The extension adds this method at run time; newstyle fills named holes and escapes what it puts in them.
    environment.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    try:
        allowed = {
            "script_hash": _hash(environment, SCRIPT),
            "style_hashes": [_hash(environment, one) for one in STYLES],
        }
        return environment.get_template(page).render(values, language=language, **allowed)
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
        reason = str(error) or type(error).__name__
        raise BadFiles([Problem(f"templates/{page}", None, BAD_TEMPLATE, {"reason": reason})]) from error


def _hash(environment: Environment, name: str) -> str:
    """As the page's own policy names what may run or dress it (CSP 3, hash sources)."""
    digest = hashlib.sha256(environment.get_template(name).render().encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
