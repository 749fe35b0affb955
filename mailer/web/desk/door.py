"""The desk, put together under /desk/: its pages, its assets, what it says when something cannot be done."""

from fastapi import Depends, FastAPI, Request
from starlette.responses import HTMLResponse, Response

from mailer.web.desk import (
    account,
    acting,
    attention,
    composer,
    composer_side,
    contact_acting,
    contacts,
    doubts,
    duplicates,
    home,
    importing,
    installation,
    issues,
    lists,
    login,
    readings,
    returned,
    reviewing,
    settings,
)
from mailer.web.desk.entry import refuse_others
from mailer.web.desk.recent import Recent
from mailer.web.desk.troubles import show_desk_troubles
from mailer.web.front import Front
from mailer.web.pages import Pages
from mailer.web.upkeep import asset_answer

ROUTERS = (
    login.router,
    account.router,
    home.router,
    composer_side.router,
    composer.router,
    issues.router,
    acting.router,
    reviewing.router,
    attention.router,
    returned.router,
    installation.router,
    importing.router,
    doubts.router,
    duplicates.router,
    contacts.router,
    contact_acting.router,
    lists.router,
    readings.router,
    settings.router,
)
"""Every page of the desk. A group of pages is a module of this room with a `router`."""


def create_desk(front: Front) -> FastAPI:
    """The pages of the staff; each post is refused where another site made the browser send it."""
    desk = FastAPI(
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        default_response_class=HTMLResponse,
        dependencies=[Depends(refuse_others)],
    )
    desk.state.front = front
    desk.state.desk_pages = Pages(front.app, "desk", "/desk/static", ("reports/_plot.css",))
    desk.state.recent = Recent()
    desk.add_api_route("/static/{name}", _asset, methods=["GET", "HEAD"])
    for router in ROUTERS:
        desk.include_router(router)
    show_desk_troubles(desk, desk.state.desk_pages)
    return desk


def _asset(name: str, request: Request, v: str = "") -> Response:
    """A file of templates/desk/static, held in memory."""
    return asset_answer(request.app.state.desk_pages, name, v)
