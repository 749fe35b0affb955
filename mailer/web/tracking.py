"""The pixel and the redirect, before any framework: the busiest addresses take the shortest path.

Never logs a path or a token, never sets a cookie, never tells a reader's image from a stranger's.
"""

import asyncio
import logging
import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlsplit

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mailer.domain.hits import LOOKED_AT, PIXEL
from mailer.errors import BadToken, MailerError, NotFound, StoreError
from mailer.services.feedback import Place, Tracker
from mailer.store.hits import Hit
from mailer.web.front import Front
from mailer.web.guard import log_fault
from mailer.web.headers import SafeHeaders, raw_headers
from mailer.web.troubles import BAD_LINK, NOT_THIS_WAY, page_for

logger = logging.getLogger(__name__)

GIF = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")
"""One transparent point, 43 bytes."""
PIXEL_PATH = re.compile(r"/o/(.*)\.gif", re.DOTALL)
CLICK_PATH = re.compile(r"/c/([^/]*)/([1-9][0-9]{0,3})", re.ASCII)
UNSAFE = re.compile(r"[\x00-\x1f\x7f\\]")
KEPT = ":/?#[]@!$&'()*+,;=%-._~"
"""What RFC 3986 lets stand in an address; anything else is written with percent signs."""
MOST_TARGETS = 10_000
LONGEST_WAIT_S = 10.0
"""A reader does not wait longer for a database that is far behind."""
_NAMES = frozenset(name.encode() for name in LOOKED_AT)


class Tracking:
    """Answers /o/ and /c/ and passes everything else on. Its two usual answers are put together beforehand."""

    def __init__(self, front: Front, inner: ASGIApp) -> None:
        self._front = front
        self._inner = inner
        self._tracker = Tracker(front.app)
        self._redirects: dict[str, Message | None] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(("/o/", "/c/")):
            await self._inner(scope, receive, send)
            return
        if scope["method"] in ("GET", "HEAD"):
            if pixel := PIXEL_PATH.fullmatch(scope["path"]):
                if waiting := self._show(scope, pixel[1]):
                    await self._count_later(waiting)
                await send(_IMAGE)
                await send(_IMAGE_BODY)
                return
            click = CLICK_PATH.fullmatch(scope["path"])
            answer, waiting = self._follow(scope, click[1], int(click[2])) if click else (self._bad_link(), ())
            if waiting:
                await self._count_later(waiting)
        else:
            answer = NOT_THIS_WAY.page(self._front.pages, {"Allow": "GET, HEAD"})
        if isinstance(answer, Response):
            await SafeHeaders(answer)(scope, receive, send)
        else:
            await send(answer)
            await send(_NO_BODY)

    def _show(self, scope: Scope, token: str) -> Sequence[Hit]:
        try:
            return self._count(scope, self._tracker.place(token), PIXEL)
        except BadToken:
            return ()
        except StoreError as error:
            _hit_lost(error)
        except Exception as error:
            log_fault(error)
        return ()

    def _follow(self, scope: Scope, token: str, link: int) -> tuple[Message | Response, Sequence[Hit]]:
        try:
            place = self._tracker.place(token)
            answer = self._redirect(place.target(link))
        except (BadToken, NotFound):
            return self._bad_link(), ()
        except MailerError as error:
            return page_for(error, self._front.pages), ()
        if answer is None:
            return self._bad_link(), ()
        return answer, self._count(scope, place, link)

    def _bad_link(self) -> Response:
        return BAD_LINK.page(self._front.pages)

    def _redirect(self, target: str) -> Message | None:
        if target not in self._redirects:
            if len(self._redirects) >= MOST_TARGETS:
                self._redirects.clear()
            self._redirects[target] = _redirect_to(target) if leads_to_the_web(target) else None
        return self._redirects[target]

    def _count(self, scope: Scope, place: Place, link: int) -> Sequence[Hit]:
        """The hit outlives this process when this returns, or is known to be uncounted: an answer never runs ahead of
        its record. Gives back what finds no room yet."""
        try:
            # No thread: it works in memory, and handing over to one and back costs ten times as much.
            now = self._front.clock()
            hits = self._tracker.hits(place, link, scope["method"], _headers(scope), _host(scope), now)
            if hits:
                ledger = self._front.app.ledger
                if not ledger.has_room:
                    return hits
                ledger.record(hits)
        except StoreError as error:
            _hit_lost(error)
        except Exception as error:
            # Whatever is wrong with counting, the reader still gets the image or the page that the link promised.
            log_fault(error)
        return ()

    async def _count_later(self, hits: Sequence[Hit]) -> None:
        ledger = self._front.app.ledger
        await asyncio.to_thread(ledger.wait_for_room, LONGEST_WAIT_S)
        try:
            ledger.record(hits)
        except StoreError as error:
            _hit_lost(error)


def leads_to_the_web(target: str) -> bool:
    """Whether a frozen link may be followed: http or https, to a host, without name or password in it."""
    if UNSAFE.search(target):
        return False
    try:
        parts = urlsplit(target)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False


def _redirect_to(target: str) -> Message:
    location = (b"location", quote(target, safe=KEPT).encode("ascii"))
    headers = [location, (b"content-length", b"0"), *raw_headers("/c/")]
    return {"type": "http.response.start", "status": 302, "headers": headers}


def _headers(scope: Scope) -> Mapping[str, str]:
    return {name.decode(): value.decode("latin-1") for name, value in scope["headers"] if name in _NAMES}


def _host(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


def _hit_lost(error: StoreError) -> None:
    logger.error("a hit was not recorded: %s", error, extra={"action": "hit_lost"})


_IMAGE: Message = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"image/gif"), (b"content-length", b"43"), *raw_headers("/o/")],
}
_IMAGE_BODY: Message = {"type": "http.response.body", "body": GIF}
_NO_BODY: Message = {"type": "http.response.body", "body": b""}
