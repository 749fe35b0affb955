"""The last net: whatever goes wrong, the visitor gets a page and the log gets no address, token or path."""

import logging
import traceback

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mailer.web.pages import Pages
from mailer.web.troubles import BROKEN

logger = logging.getLogger(__name__)


class Guard:
    """Answers for what the pages did not catch."""

    def __init__(self, inner: ASGIApp, pages: Pages) -> None:
        self._inner = inner
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def send_and_note(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._inner(scope, receive, send_and_note)
        except Exception as error:
            log_fault(error)
            if not started:
                await BROKEN.page(self._pages)(scope, receive, send)


def log_fault(error: BaseException) -> None:
    """One line of what broke and where. Not the message: SQL errors print their parameters, addresses among them."""
    where = "".join(traceback.format_tb(error.__traceback__))
    logger.error("a page could not be made: %s\n%s", type(error).__name__, where, extra={"action": "page_failed"})
