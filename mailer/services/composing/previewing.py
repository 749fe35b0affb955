"""The letter as it would leave now, from a text that nobody saved: made by the code that makes what is sent."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from mailer.app import App
from mailer.app.drafts import letter_parts_now, load_text
from mailer.content.writing import Written, put_together
from mailer.errors import BadFiles, Problem

DARK = re.compile(r"\(\s*prefers-color-scheme\s*:\s*dark\s*\)")
ALWAYS, NEVER = "(min-width:0)", "(max-width:0)"
"""A frame follows the system's scheme; a preview shows the one that was asked for."""
PIXEL = re.compile(r'"[^"\s]*/o/A+\.gif"')
NO_PIXEL = '"data:,"'


@dataclass(frozen=True)
class Preview:
    """One audience's letter; without HTML where mistakes are in the way."""

    html: str = ""
    text: str = ""
    problems: Sequence[Problem] = field(default=())


def preview(
    app: App, name: str, written: Written, now: datetime, *, audience: str = "", dark: bool = False, images: str = ""
) -> Preview:
    """`images`: where the pictures of the issue's folder are shown, instead of where they will be. Raises NotFound."""
    try:
        issue = load_text(app, name, put_together("", written))
        slug = audience if audience in issue.audience else issue.audience[0]
        html, text = letter_parts_now(app, issue, slug, now)
    except BadFiles as mistakes:
        return Preview(problems=mistakes.problems)
    html = PIXEL.sub(NO_PIXEL, DARK.sub(ALWAYS if dark else NEVER, html))
    for picture in issue.images.values():
        html = html.replace(f"{app.config.public_url}/media/{picture.file_name}", f"{images}{picture.name}")
    return Preview(html, text)
