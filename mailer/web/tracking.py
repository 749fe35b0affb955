"""The pixel and the redirect, before any framework: the busiest addresses take the shortest path.

Never logs a path or a token, never sets a cookie, never tells a reader's image from a stranger's.
"""

import asyncio
import logging
import re
from collections.abc import Mapping
from concurrent.futures import Future
from urllib.parse import quote, urlsplit

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from mailer.domain.hits import PIXEL
from mailer.errors import BadToken, MailerError, NotFound, StoreError
from mailer.services.feedback import Tracker
from mailer.web.front import Front
from mailer.web.guard import log_fault
from mailer.web.troubles import BAD_LINK, NOT_THIS_WAY, page_for

logger = logging.getLogger(__name__)

GIF = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")
"""One transparent point, 43 bytes."""
PIXEL_PATH = re.compile(r"/o/(.*)\.gif", re.DOTALL)
CLICK_PATH = re.compile(r"/c/([^/]*)/([1-9][0-9]{0,3})", re.ASCII)
LONGEST_WAIT_S = 10.0
"""A reader does not wait longer for our disk; the hit is still written when the disk comes back."""
UNSAFE = re.compile(r"[\x00-\x1f\x7f\\]")
KEPT = ":/?#[]@!$&'()*+,;=%-._~"
"""What RFC 3986 lets stand in an address; anything else is written with percent signs."""


class Tracking:
    """Answers /o/ and /c/ and passes everything else on."""

    def __init__(self, front: Front, inner: ASGIApp) -> None:
        self._front = front
        self._inner = inner
        self._tracker = Tracker(front.app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(("/o/", "/c/")):
            response = await self._answer(scope)
            await response(scope, receive, send)
        else:
            await self._inner(scope, receive, send)

    async def _answer(self, scope: Scope) -> Response:
        pages = self._front.pages
        if scope["method"] not in ("GET", "HEAD"):
            return NOT_THIS_WAY.page(pages, {"Allow": "GET, HEAD"})
        if pixel := PIXEL_PATH.fullmatch(scope["path"]):
            await self._count(scope, pixel[1], PIXEL)
            return Response(GIF, media_type="image/gif")
        if click := CLICK_PATH.fullmatch(scope["path"]):
            return await self._follow(scope, click[1], int(click[2]))
        return BAD_LINK.page(pages)

    async def _follow(self, scope: Scope, token: str, link: int) -> Response:
        try:
            target = self._tracker.click_target(token, link)
        except (BadToken, NotFound):
            return BAD_LINK.page(self._front.pages)
        except MailerError as error:
            return page_for(error, self._front.pages)
        if not leads_to_the_web(target):
            return BAD_LINK.page(self._front.pages)
        await self._count(scope, token, link)
        return Response(status_code=302, headers={"Location": quote(target, safe=KEPT)})

    async def _count(self, scope: Scope, token: str, link: int) -> None:
        """Returns once the hit is on disk, or known to be uncounted: an answer never runs ahead of the record."""
        try:
            # No thread: it works in memory, and handing over to one and back costs ten times as much.
            future = self._tracker.record_hit(token, link, scope["method"], _headers(scope), self._front.clock())
            if future is not None:
                await _safe(future)
        except BadToken:
            return
        except StoreError as error:
            logger.error("a hit was not recorded: %s", error, extra={"action": "hit_lost"})
        except Exception as error:
            # Whatever is wrong with counting, the reader still gets the image or the page that the link promised.
            log_fault(error)


def leads_to_the_web(target: str) -> bool:
    """Whether a frozen link may be followed: http or https, to a host, without name or password in it."""
    if UNSAFE.search(target):
        return False
    try:
        parts = urlsplit(target)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False


async def _safe(future: "Future[None]") -> None:
    # Shielded: giving up on the wait must not cancel what the ledger is about to write.
    await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(future)), LONGEST_WAIT_S)


def _headers(scope: Scope) -> Mapping[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
