"""What staff read when something cannot be done: the service's own sentence, which says what to do."""

import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from mailer.errors import BadToken, MailerError, NotFound, StoreError
from mailer.language import N_
from mailer.web.desk.entry import GoElsewhere, NotAllowed
from mailer.web.desk.wording import plain_sentences
from mailer.web.pages import Pages

logger = logging.getLogger(__name__)

NOTHING_HERE = N_("There is no page here. It may have been moved or deleted; nothing else was changed.")
BROKEN = N_(
    "Something broke on our side. What was saved is safe. Try again; if it fails again, tell your administrator."
)
BY_STATUS = {
    400: N_("The form came incomplete. Nothing was changed. Go back, fill it in again and send it."),
    403: N_("This form was sent from another site, so we did nothing. Open the page here and press the button again."),
    404: NOTHING_HERE,
    405: N_("This address does not work that way. Nothing was changed."),
    413: N_("That is too much at once. Nothing was changed."),
}
STATUS = ((NotAllowed, 403), (NotFound, 404), (BadToken, 404), (StoreError, 503))


def show_desk_troubles(desk: FastAPI, pages: Pages) -> None:
    """Gives every refusal and failure its page."""

    @desk.exception_handler(GoElsewhere)
    def not_in(request: Request, error: GoElsewhere) -> Response:
        if request.headers.get("hx-request") == "true":
            return Response(status_code=401, headers={"HX-Redirect": error.path})
        return RedirectResponse(error.path, 303)

    @desk.exception_handler(MailerError)
    def refused(_: Request, error: MailerError) -> Response:
        status = next((status for kind, status in STATUS if isinstance(error, kind)), 409)
        if isinstance(error, StoreError):
            logger.error("the store failed: %s", error, extra={"action": "store_failed"})
        return _page(pages, status, *_sentences(pages, error))

    @desk.exception_handler(RequestValidationError)
    def no_such_address(_: Request, __: RequestValidationError) -> Response:
        return _page(pages, 404, pages.said(NOTHING_HERE))

    @desk.exception_handler(HTTPException)
    def by_status(_: Request, error: HTTPException) -> Response:
        return _page(pages, error.status_code, pages.said(BY_STATUS.get(error.status_code, BY_STATUS[400])))

    @desk.exception_handler(Exception)
    def broken(_: Request, __: Exception) -> Response:
        return _page(pages, 500, pages.said(BROKEN))


def _page(pages: Pages, status: int, *sentences: str) -> Response:
    return pages.page("trouble", status, desk=None, flash=(), sentences=sentences)


def _sentences(pages: Pages, error: MailerError) -> tuple[str, ...]:
    return tuple(plain_sentences(pages.language, error))
