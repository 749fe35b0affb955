"""The web door, put together: guard, headers, tracking, public pages, desk. Decides nothing."""

from collections.abc import Callable
from datetime import datetime

from fastapi import FastAPI
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp

from mailer.app import App
from mailer.web import (
    archive,
    feeds,
    invited,
    joining,
    measure,
    monitors,
    moving,
    own_data,
    readers,
    staying,
    upkeep,
    wiki,
)
from mailer.web.desk.door import create_desk
from mailer.web.front import Front
from mailer.web.guard import Guard
from mailer.web.headers import SafeHeaders
from mailer.web.pages import Pages
from mailer.web.tracking import Tracking
from mailer.web.troubles import show_troubles

ROUTERS = (
    readers.router,
    invited.router,
    moving.router,
    own_data.router,
    staying.router,
    measure.router,
    joining.router,
    feeds.router,
    archive.router,
    wiki.router,
    upkeep.router,
    monitors.router,
)
"""Every public page but the pixel and the redirect, which `Tracking` answers before them."""


def create_web(app: App, clock: Callable[[], datetime]) -> ASGIApp:
    """The public side of an installation; `clock` gives aware UTC time."""
    front = Front(app, Pages(app), clock)
    # The busiest addresses first: they need no net but their own.
    return Tracking(front, Guard(SafeHeaders(create_pages(front)), front.pages))


def create_pages(front: Front) -> FastAPI:
    """The pages alone. No generated documentation, no redirect that repeats a Host header."""
    site = FastAPI(
        openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False, default_response_class=HTMLResponse
    )
    site.state.front = front
    for router in ROUTERS:
        site.include_router(router)
    show_troubles(site, front.pages)
    site.mount("/desk", create_desk(front))
    return site
