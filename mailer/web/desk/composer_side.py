"""Beside the composer's form: the letter in a frame, pictures, earlier texts, a new issue."""

from datetime import date
from urllib.parse import quote

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.responses import JSONResponse, PlainTextResponse, Response

from mailer.domain.accounts import Action
from mailer.errors import Refused
from mailer.language import N_
from mailer.services import composing, editing
from mailer.services.composing import Conflict
from mailer.services.editing import Wanted
from mailer.web.desk import composer_forms as forms
from mailer.web.desk.composer import ISSUE
from mailer.web.desk.entry import AtDesk, Desk
from mailer.web.forms import Posted, PostedIssue, words
from mailer.web.headers import draft_policy

router = APIRouter()

BROUGHT_BACK = N_("That text is back. What stood there before it is in the history too.")
BEGUN = N_("The issue is begun from its model. What is between brackets is yours to write.")
NO_DAY = N_("This is no day: choose it in the calendar, or leave it empty for the next slot.")


@router.get("/compose/frame")
def show_frame(desk: AtDesk, images: bool = True) -> Response:
    """The empty frame that a letter is shown in; what it may load is settled here."""
    desk.need(Action.WRITE)
    return _framed(desk.pages.written("compose_frame.html", sentences=[]), images=images)


@router.post(f"{ISSUE}/compose/preview")
def show_preview(desk: AtDesk, campaign: str, slug: str, form: PostedIssue) -> Response:
    """The letter of the text in the form, which is not kept."""
    desk.need(Action.WRITE)
    name = f"{campaign}/{slug}"
    shown = composing.preview(
        desk.app,
        name,
        forms.read_written(form),
        desk.now,
        audience=_one(form, "for"),
        dark="dark" in form,
        images=f"/desk/issues/{quote(name)}/compose/picture/",
    )
    if shown.problems:
        sentences = [desk.pages.said(one.sentence, one.values) for one in shown.problems]
        page = desk.pages.written("compose_frame.html", sentences=sentences)
        return _framed(page, 422)
    if _one(form, "show") == "text":
        return PlainTextResponse(shown.text, headers=_frame_headers(images=False))
    return _framed(shown.html, images="no_images" not in form)


@router.get(f"{ISSUE}/compose/picture/{{file_name}}")
def show_picture(desk: AtDesk, campaign: str, slug: str, file_name: str) -> Response:
    """A picture of the issue's folder."""
    desk.need(Action.WRITE)
    found = composing.picture(desk.app, f"{campaign}/{slug}", file_name)
    return Response(found.content, media_type=found.media_type, headers={"Cache-Control": "private, max-age=60"})


@router.post(f"{ISSUE}/compose/picture")
def take_picture(desk: AtDesk, campaign: str, slug: str, form: PostedIssue) -> Response:
    """A picture brought in while the form is open; says its name, or why it cannot be taken."""
    desk.need(Action.WRITE)
    for _, file_name, raw in forms.uploads(form):
        try:
            new = composing.add_picture(desk.app, f"{campaign}/{slug}", file_name, raw)
        except Refused as refused:
            return JSONResponse({"sentence": " ".join(desk.told(refused))}, 422)
        return JSONResponse({"name": new.name, "size": new.size})
    return JSONResponse({"sentence": ""}, 422)


@router.post("/compose/paste")
def clean_paste(desk: AtDesk, form: PostedIssue) -> Response:
    """What was on the clipboard, as the Markdown that a letter can hold."""
    desk.need(Action.WRITE)
    return PlainTextResponse(composing.clean(_one(form, "html")))


@router.get(f"{ISSUE}/compose/history")
def show_history(desk: AtDesk, campaign: str, slug: str) -> Response:
    """The texts that the issue had: who, when."""
    name = f"{campaign}/{slug}"
    return desk.page("compose_history", name=name, texts=composing.earlier_texts(desk.app, name))


@router.get(f"{ISSUE}/compose/history/{{text_id}}")
def show_changes(desk: AtDesk, campaign: str, slug: str, text_id: int) -> Response:
    """What the file says now, laid over an earlier text."""
    name = f"{campaign}/{slug}"
    version, lines = composing.changes_since(desk.app, name, text_id)
    kept = next(one for one in composing.earlier_texts(desk.app, name) if one.id == text_id)
    return desk.page("compose_changes", name=name, kept=kept, version=version, lines=lines)


@router.post(f"{ISSUE}/compose/history/{{text_id}}")
def bring_back(desk: AtDesk, campaign: str, slug: str, text_id: int, form: Posted) -> Response:
    """An earlier text becomes the file."""
    desk.need(Action.WRITE)
    name, who = f"{campaign}/{slug}", desk.account.name
    saved = composing.restore(desk.app, name, text_id, _one(form, "version"), who, desk.now)
    if isinstance(saved, Conflict):
        return desk.go(f"/desk/issues/{quote(name)}/compose/history/{text_id}", composing.CHANGED_MEANWHILE)
    return desk.go(f"/desk/issues/{quote(name)}/compose", BROUGHT_BACK)


@router.get("/issues/new")
def show_new(desk: AtDesk) -> Response:
    """Which campaign a new issue is of."""
    desk.need(Action.WRITE)
    return _new(desk)


@router.post("/issues/new")
def begin(desk: AtDesk, form: Posted) -> Response:
    """An issue from the model of its campaign, for the next slot or a day."""
    desk.need(Action.WRITE)
    try:
        wanted = Wanted(date.fromisoformat(_one(form, "day"))) if _one(form, "day") else None
    except ValueError:
        return _new(desk, 422, sentences=[desk.pages.said(NO_DAY)])
    try:
        new = editing.new_issue(desk.app, _one(form, "campaign"), wanted, desk.now)
    except Refused as refused:
        return _new(desk, 422, sentences=desk.told(refused))
    return desk.go(f"/desk/issues/{quote(new.name)}/compose", BEGUN)


def _new(desk: Desk, status: int = 200, sentences: list[str] | None = None) -> Response:
    return desk.page(
        "compose_new", status, campaigns=composing.campaigns(desk.app, desk.now), sentences=sentences or []
    )


def _framed(html: str, status: int = 200, *, images: bool = True) -> Response:
    return Response(html, status, _frame_headers(images=images), "text/html; charset=utf-8")


def _frame_headers(*, images: bool) -> dict[str, str]:
    return {"Content-Security-Policy": draft_policy(images=images), "X-Frame-Options": "SAMEORIGIN"}


def _one(form: FormData, name: str) -> str:
    return next(iter(words(form, name)), "")
