"""A link of a letter that has left, led elsewhere: by name and with a reason. The letter itself never changes."""

from dataclasses import dataclass
from datetime import datetime
from html import escape

from mailer.app import App
from mailer.errors import NotFound, Refused
from mailer.language import N_
from mailer.rendering.links import is_web, mistake_in
from mailer.services.publishing.standing import released_row
from mailer.store import archive, issues, links
from mailer.store.links import Correction

NO_SUCH_LINK = N_("{issue} has no link {number}. Its links: mailer issue links {issue}")
BAD_TARGET = N_('"{target}" cannot be the target of a counted link: write a whole address, with https:// in front.')
SAME_TARGET = N_("Link {number} of {issue} leads there already.")
SAY_WHO_AND_WHY = N_("Say who corrects the link and why: --by NAME --reason WORDS")


@dataclass(frozen=True)
class NumberedLink:
    """A counted link of an issue."""

    number: int
    url: str
    corrections: tuple[Correction, ...]
    """Oldest first."""


def numbered_links(app: App, name: str) -> list[NumberedLink]:
    """Where the counted links of a released issue lead. Raises NotFound or WrongState."""
    with app.database.reading() as tx:
        row = released_row(tx, name)
        urls, corrected = issues.links(tx, row.id), links.corrections(tx, row.id)
    return [
        NumberedLink(number, url, tuple(one for one in corrected if one.number == number))
        for number, url in enumerate(urls, 1)
    ]


def correct_link(app: App, name: str, number: int, url: str, who: str, reason: str, now: datetime) -> None:
    """Whoever clicks on the link is led to `url`, in letters already sent too, and the page on the web links to it.

    Letters without counted links keep their own. Raises NotFound, WrongState or Refused.
    """
    if not who.strip() or not reason.strip():
        raise Refused(SAY_WHO_AND_WHY)
    if mistake_in(url) or not is_web(url):
        raise Refused(BAD_TARGET, target=url)
    with app.database.transaction() as tx:
        row = released_row(tx, name)
        before = issues.link(tx, row.id, number)
        if before is None:
            raise NotFound(NO_SUCH_LINK, issue=name, number=number)
        if before == url:
            raise Refused(SAME_TARGET, issue=name, number=number)
        links.correct(tx, row.id, Correction(number, before, url, who.strip(), reason.strip(), now))
        if (page := archive.frozen_page(tx, name)) is not None:
            links.set_page(tx, row.id, page[1].replace(f'href="{escape(before)}"', f'href="{escape(url)}"'))
