"""One's own data behind a link of an hour: shown, taken away, erased. Only a POST erases."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from mailer.domain.deliveries import DeliveryState
from mailer.language import N_, moment
from mailer.services import rights
from mailer.services.rights import Holdings
from mailer.web.forms import Posted, refuse_other_sites, words
from mailer.web.front import AtFront, Front

router = APIRouter()

YES = N_("yes")
TITLES = {
    "address": N_("Your address"),
    "contact": N_("Who you are"),
    "import_batch": N_("Where it comes from"),
    "subscription": N_("Your letters"),
    "suppression": N_("Why we do not write to you"),
    "choice": N_("How often"),
    "leaving": N_("Letters that you left"),
    "move": N_("Changes of address"),
    "data_request": N_("Links to this page"),
    "heard": N_("When we last heard of you"),
    "question": N_("Whether we may keep your address"),
    "retried": N_("Why we write to you again"),
    "notice": N_("Other messages that we wrote"),
    "delivery": N_("Letters that we sent"),
}
COLUMNS = {
    "address": N_("address"),
    "answered_at": N_("answered"),
    "asked_at": N_("asked for"),
    "at": N_("when"),
    "basis": N_("why we may write"),
    "changed_at": N_("chosen"),
    "code": N_("reply"),
    "confirmed_at": N_("confirmed"),
    "created_at": N_("known since"),
    "ended_at": N_("ended"),
    "file_name": N_("file"),
    "first_attempt_at": N_("first tried"),
    "imported_at": N_("brought in"),
    "issue": N_("letter"),
    "joined_at": N_("since"),
    "kind": N_("kind"),
    "left_at": N_("left on"),
    "list_slug": N_("list"),
    "monthly": N_("one a month"),
    "name": N_("name"),
    "opposed": N_("all letters"),
    "paused_until": N_("paused until"),
    "queued_at": N_("written"),
    "reason": N_("reason"),
    "settled_at": N_("ended"),
    "skip_reason": N_("not sent because"),
    "state": N_("state"),
    "subject": N_("subject"),
    "undone_at": N_("undone"),
    "way": N_("how"),
    "words": N_("words of the relay"),
}

VALUES = frozenset(
    {
        N_("active"),
        N_("asked"),
        N_("cancelled"),
        N_("complaint"),
        N_("consent"),
        N_("done"),
        N_("dropped"),
        N_("erased"),
        N_("informed"),
        N_("membership"),
        N_("monthly"),
        N_("move_confirm"),
        N_("moved"),
        N_("no_mailbox"),
        N_("one_click"),
        N_("opposed"),
        N_("opposition"),
        N_("own_data"),
        N_("page"),
        N_("paused"),
        N_("pending"),
        N_("person"),
        N_("reminder"),
        N_("reply"),
        N_("stay"),
        N_("structure"),
        N_("suppressed"),
        "left",
        "undone",
        *DeliveryState,
    }
)
"""Words of ours that stand in the rows, said in the language of the page."""


@dataclass(frozen=True)
class Shown:
    """A table of the page: its rows as pairs of words and values, without what is empty."""

    name: str
    title: str
    rows: list[list[tuple[str, str]]]


@router.api_route("/data/{token}", methods=["GET", "HEAD"])
def show_data(token: str, front: AtFront) -> Response:
    """All that we hold about the address that the link was mailed to."""
    holdings = rights.own_data(front.app, token, front.clock())
    return front.pages.page("data", holdings=holdings, tables=list(_shown(front, holdings)))


@router.post("/data/{token}")
def act_on_data(token: str, form: Posted, request: Request, front: AtFront) -> Response:
    """A file to take away, or the erasure."""
    refuse_other_sites(request, front.app.config.public_url)
    match (*words(form, "action"), *words(form, "as"), *words(form, "sure")):
        case ("take", "json"):
            return _as_json(rights.own_data(front.app, token, front.clock()))
        case ("take", "csv"):
            return _as_csv(rights.own_data(front.app, token, front.clock()))
        case ("erase", "yes"):
            rights.erase_own(front.app, token, front.clock())
            return front.pages.page("data_erased")
        case _:
            raise HTTPException(400)


def _as_json(holdings: Holdings) -> Response:
    content = json.dumps(holdings.as_json(), ensure_ascii=False, indent=1)
    return _file(content, "application/json", "json")


def _as_csv(holdings: Holdings) -> Response:
    return _file(holdings.as_csv(), "text/csv; charset=utf-8", "csv")


def _file(content: str, media_type: str, ending: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="mes-donnees.{ending}"'}
    return Response(content.encode("utf-8"), media_type=media_type, headers=headers)


def _shown(front: Front, holdings: Holdings) -> Iterator[Shown]:
    for name, rows in holdings.tables.items():
        yield Shown(name, TITLES.get(name, name), [list(_pairs(front, row)) for row in rows])


def _pairs(front: Front, row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in row.items():
        if value not in (None, "", False):
            yield COLUMNS.get(name, name), _said(front, value)


def _said(front: Front, value: Any) -> str:
    if isinstance(value, datetime):
        return moment(front.app.config.language, value, front.app.config.zone)
    if value is True:
        return front.pages.said(YES)
    return front.pages.said(str(value)) if value in VALUES else str(value)
