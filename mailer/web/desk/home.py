"""« À faire »: what the desk shows first."""

from fastapi import APIRouter
from starlette.responses import Response

from mailer.web.desk.entry import AtDesk

router = APIRouter()


@router.get("/")
def home(desk: AtDesk) -> Response:
    """What comes next, what leaves now, what a person must decide."""
    return desk.page("home")
