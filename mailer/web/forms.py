"""Reads what a form posts, and refuses forms that another site submits. No cookie, no session, no hidden token:
the token in the path is the whole authority, and it is not one a browser sends by itself.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

LARGEST_BYTES = 64 * 1024
MOST_FIELDS = 200
LARGEST_ISSUE = 64 * 1024 * 1024
"""Bytes: three photos as large as a telephone makes them, with the words around."""
MOST_ISSUE_FIELDS = 5000
LARGEST_TABLE = 20 * 1024 * 1024
"""Bytes of a contact file; a larger one is imported from the terminal."""
LARGEST_FIELD = 2 * 1024 * 1024
"""Bytes of one field that is no file."""


def _reads(largest: int, fields: int, files: int) -> Callable[[Request], AsyncIterator[FormData]]:
    async def posted(request: Request) -> AsyncIterator[FormData]:
        form = await _parsed(request, _at_most(request.stream(), largest), fields, files)
        try:
            yield form
        finally:
            await form.close()

    return posted


async def _parsed(request: Request, body: AsyncGenerator[bytes, None], fields: int, files: int) -> FormData:
    try:
        if request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
            parser = MultiPartParser(
                request.headers, body, max_files=files, max_fields=fields, max_part_size=LARGEST_FIELD
            )
            return await parser.parse()
        # Whatever else a mail program calls it, a one-click body reads as a URL-encoded form.
        return await FormParser(request.headers, body, max_fields=fields).parse()
    except (MultiPartException, ClientDisconnect, LookupError, ValueError) as error:
        raise HTTPException(400) from error


Posted = Annotated[FormData, Depends(_reads(LARGEST_BYTES, MOST_FIELDS, 0))]
PostedIssue = Annotated[FormData, Depends(_reads(LARGEST_ISSUE, MOST_ISSUE_FIELDS, MOST_ISSUE_FIELDS))]
"""A whole issue, with pictures."""
PostedTable = Annotated[FormData, Depends(_reads(LARGEST_TABLE + LARGEST_BYTES, MOST_FIELDS, 1))]
"""A contact file, which lies on the disk from its first megabyte on."""
PostedColumns = Annotated[FormData, Depends(_reads(8 * LARGEST_BYTES, MOST_ISSUE_FIELDS, 0))]
"""What somebody said of the columns of a wide file."""


def words(form: FormData, name: str) -> list[str]:
    """The texts posted under a name."""
    return [value for value in form.getlist(name) if isinstance(value, str)]


def one_word(form: FormData, name: str) -> str:
    """The first text posted under a name; empty where there is none."""
    return next(iter(words(form, name)), "")


def refuse_other_sites(request: Request, public_url: str) -> None:
    """Raises 403 where a browser says that another site made it post this form."""
    fetch_site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if fetch_site is not None:
        ours = fetch_site in ("same-origin", "none")
    else:
        # Our pages send no referrer, and such forms have Origin "null" in browsers that predate Sec-Fetch-Site.
        ours = origin in (None, "null", public_url) or origin.partition("://")[2] == request.headers.get("host")
    if not ours:
        raise HTTPException(403)


async def _at_most(stream: AsyncIterator[bytes], limit: int) -> AsyncGenerator[bytes, None]:
    size = 0
    async for chunk in stream:
        size += len(chunk)
        if size > limit:
            raise HTTPException(413)
        yield chunk
