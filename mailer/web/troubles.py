"""What a visitor reads when a page cannot be shown: what happened, what is safe, what to do. Never why, inside.

The sentences of services speak to the people who run the installation and may name files or what was asked for;
only this room's own reach the public.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from mailer.errors import BadFiles, BadToken, MailerError, NotFound, ReaderRefused, StoreError
from mailer.language import N_
from mailer.web.pages import Pages

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Trouble:
    """One kind of page that says no."""

    status: int
    title: str
    sentence: str

    def page(self, pages: Pages, headers: Mapping[str, str] | None = None) -> HTMLResponse:
        """The page, in the site's language."""
        return pages.trouble(self.status, self.title, self.sentence, headers)


NOT_UNDERSTOOD = Trouble(
    400,
    N_("We did not understand"),
    N_("Nothing was changed. Go back to the page, choose again and press the button."),
)
FROM_ELSEWHERE = Trouble(
    403,
    N_("This choice came from another site"),
    N_("So we did nothing. Open the link in your letter and make your choice on our page."),
)
NO_PAGE = Trouble(
    404,
    N_("There is no page here"),
    N_("The address may have been cut or mistyped. All our public letters are in the archive."),
)
BAD_LINK = Trouble(
    404,
    N_("This link does not work"),
    N_(
        "It was probably cut on its way. Open it again from the letter itself. If it still fails, write to us: "
        "a person will do it for you."
    ),
)
NOT_THIS_WAY = Trouble(
    405,
    N_("This address does not work that way"),
    N_("Nothing was changed. Open it in a browser, as a page."),
)
TOO_LARGE = Trouble(413, N_("That is too much at once"), N_("Nothing was changed. Our forms need only a few words."))
BROKEN = Trouble(
    500,
    N_("Something broke on our side"),
    N_("It is not your doing. Try again in a few minutes; if it still fails, write to us."),
)
CLOSED = Trouble(
    503,
    N_("We cannot answer right now"),
    N_("Our records cannot be reached, and nothing was changed. Try again in a few minutes: this page will be back."),
)

NOT_DONE = N_("This cannot be done")

BY_STATUS = {one.status: one for one in (NOT_UNDERSTOOD, FROM_ELSEWHERE, NO_PAGE, NOT_THIS_WAY, TOO_LARGE, CLOSED)}
SHORTLY = {"Retry-After": "120"}


def show_troubles(site: FastAPI, pages: Pages) -> None:
    """Gives every refusal and failure of the pages its own page."""

    @site.exception_handler(MailerError)
    def refused(_: Request, error: MailerError) -> Response:
        return page_for(error, pages)

    @site.exception_handler(RequestValidationError)
    def no_such_address(_: Request, __: RequestValidationError) -> Response:
        return NO_PAGE.page(pages)

    @site.exception_handler(HTTPException)
    def by_status(_: Request, error: HTTPException) -> Response:
        return BY_STATUS.get(error.status_code, NOT_UNDERSTOOD).page(pages, error.headers)

    @site.exception_handler(Exception)
    def broken(_: Request, __: Exception) -> Response:
        return BROKEN.page(pages)


def page_for(error: MailerError, pages: Pages) -> HTMLResponse:
    """The page that answers an error of the product."""
    match error:
        case BadToken():
            return BAD_LINK.page(pages)
        case ReaderRefused():
            return Trouble(409, NOT_DONE, error.sentence).page(pages)
        case NotFound():
            return NO_PAGE.page(pages)
        case StoreError():
            logger.error("the store failed: %s", error, extra={"action": "store_failed"})
            return CLOSED.page(pages, SHORTLY)
        case BadFiles():
            logger.error("the site's files have mistakes: %s", error, extra={"action": "files_bad"})
            return BROKEN.page(pages)
        case _:
            logger.error("a page was refused: %s", type(error).__name__, extra={"action": "page_failed"})
            return BROKEN.page(pages)
