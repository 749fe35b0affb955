"""The headers that every answer of the web door carries. A page may set its own; this fills in what it left out."""

from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
ARCHIVE_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' {public_url}; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
DESK_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
PREVIEW_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data: {public_url}; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'; sandbox"
)
"""Of a letter shown inside a page of the desk: it may load its images, and nothing in it may run."""
DRAFT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src {images}; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-same-origin"
)
"""Of a letter that is being written: nothing in it may run either, and its pictures are asked for as whoever writes."""
REPORT_POLICY = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""Of a report to be printed: what may run or dress it, the page itself says by hashes."""
FILE_POLICY = "default-src 'none'; sandbox"

EVERYWHERE = {
    "Content-Security-Policy": PAGE_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}
PERSONAL = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow", "Cache-Control": "no-store"}
"""Of an address that holds a token: it must not travel further, be indexed or be kept."""
PERSONAL_PATHS = (
    *("/o/", "/c/", "/u/", "/p/", "/m/", "/wiki/", "/confirm/", "/move/", "/back/", "/data/", "/stay/"),
    *("/desk/invitation/", "/desk/review/"),
)
DESK_PATH = "/desk/"
AT_DESK = {
    "Content-Security-Policy": DESK_POLICY,
    "Referrer-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}


def headers_of(path: str) -> Mapping[str, str]:
    """What an answer under that path carries."""
    desk = AT_DESK if path.startswith(DESK_PATH) else {}
    personal = PERSONAL if path.startswith(PERSONAL_PATHS) else {}
    return EVERYWHERE | desk | personal


def draft_policy(*, images: bool) -> str:
    """What a letter that is being written may load."""
    return DRAFT_POLICY.format(images="'self' data:" if images else "'none'")


def raw_headers(path: str) -> list[tuple[bytes, bytes]]:
    """The same, for answers that are put together beforehand."""
    return [(name.lower().encode(), value.encode()) for name, value in headers_of(path).items()]


class SafeHeaders:
    """Adds the headers on the way out, errors included."""

    def __init__(self, inner: ASGIApp) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        wanted = headers_of(scope["path"])

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in wanted.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._inner(scope, receive, send_with_headers)
