"""The composer: an issue as blocks in a form, that works without a script. Services write; this room only shows."""

from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.responses import Response

from mailer.content.moments import in_zone, parse_moment
from mailer.content.topwriting import KEYS
from mailer.content.writing import Part, Written
from mailer.domain.accounts import Action
from mailer.domain.letters import BlockKind
from mailer.errors import NotFound, Refused
from mailer.language import N_, day, moment
from mailer.services import composing
from mailer.services.composing import Conflict, OpenIssue
from mailer.web.desk import composer_forms as forms
from mailer.web.desk.entry import AtDesk, Desk
from mailer.web.forms import PostedIssue, words

router = APIRouter()

SAVED = N_("Saved. What stood there before is in the history.")
NOTHING_NEW = N_("Nothing to save: the file says exactly this already.")
BACK_TO_SAVED = N_("You see the saved text again. What you had not saved was dropped.")
WRITTEN_AGAIN = N_("The issue is there again, with your text.")
PICTURES_REFUSED = N_("Nothing was saved yet: your text is kept. Choose another picture, or save without one.")
ISSUE = "/issues/{campaign}/{slug}"


@dataclass(frozen=True)
class Asked:
    """What a button of the form asks for: a verb and what it is about."""

    verb: str
    about: tuple[str, ...]


@router.get(f"{ISSUE}/compose")
def show_composer(desk: AtDesk, campaign: str, slug: str, open: str = "", after: int = -1) -> Response:
    """The issue, as whoever asks had left it."""
    desk.need(Action.WRITE)
    opened = composing.open_issue(desk.app, f"{campaign}/{slug}", desk.account.name, desk.now)
    shown = [int(one) for one in open.split(",") if one.isdecimal()]
    return _composer(desk, opened, opened.written, shown=shown, after=after)


@router.post(f"{ISSUE}/compose")
def compose(desk: AtDesk, campaign: str, slug: str, form: PostedIssue) -> Response:
    """Whatever a button asks; the text that came with it is kept first."""
    desk.need(Action.WRITE)
    name, asked = f"{campaign}/{slug}", _asked(form)
    if asked.verb in ("mine", "theirs", "drop"):
        return _settle(desk, name, asked.verb, form)
    written, sentences = _with_pictures(desk, name, form)
    try:
        return _answer(desk, name, asked, form, written, sentences)
    except Refused as refused:
        # The text is unsaved, and the page shows it again with the reason.
        composing.keep_unsaved(desk.app, name, _version(form), written, desk.account.name, desk.now)
        opened = composing.open_issue(desk.app, name, desk.account.name, desk.now)
        return _composer(desk, opened, written, 409, sentences=[*sentences, *desk.told(refused)])


@router.get(f"{ISSUE}/compose/block")
def show_block(desk: AtDesk, campaign: str, slug: str, kind: str, key: str) -> Response:
    """An empty block, for a script that adds it to the page."""
    desk.need(Action.WRITE)
    opened = composing.open_issue(desk.app, f"{campaign}/{slug}", desk.account.name, desk.now)
    if kind not in set(BlockKind) or not key.isalnum():
        raise NotFound(forms.AS_IS[1])
    part = forms.part_form(Part(BlockKind(kind)), key, is_open=True)
    return desk.part("compose_block", part=part, **_choices(desk, opened))


def _answer(desk: Desk, name: str, asked: Asked, form: FormData, written: Written, said: list[str]) -> Response:
    who, version = desk.account.name, _version(form)
    if said:
        raise Refused(PICTURES_REFUSED)
    match asked.verb:
        case "save":
            return _save(desk, name, version, written)
        case "again":
            composing.write_again(desk.app, name, written, who, desk.now)
            return desk.go(_page(name), WRITTEN_AGAIN)
        case "keep":
            composing.keep_unsaved(desk.app, name, version, written, who, desk.now)
            return desk.part("compose_advice", advice=_advice(desk, name, written), name=name)
        case "remove":
            return _removed(desk, name, asked, form, written)
    written, shown = _changed(asked, form, written)
    composing.keep_unsaved(desk.app, name, version, written, who, desk.now)
    after = f"&after={asked.about[0]}" if asked.verb == "where" and asked.about else ""
    anchor = "add" if after else "advice" if asked.verb == "fix" else f"part-p{shown}"
    return desk.go(f"{_page(name)}?open={shown}{after}#{anchor}")


def _save(desk: Desk, name: str, version: str, written: Written) -> Response:
    saved = composing.save(desk.app, name, version, written, desk.account.name, desk.now)
    if isinstance(saved, Conflict):
        lines = composing.differences(saved.theirs, saved.mine)
        return desk.page("compose_conflict", 409, name=name, conflict=saved, lines=lines)
    return desk.go(_page(name), SAVED if saved.changed else NOTHING_NEW)


def _settle(desk: Desk, name: str, verb: str, form: FormData) -> Response:
    """After a conflict, or for an unsaved text: which of two texts it is to be."""
    who = desk.account.name
    if verb == "mine":
        opened = composing.open_issue(desk.app, name, who, desk.now)
        return _save(desk, name, _version(form), opened.written)
    composing.drop_unsaved(desk.app, name, who, desk.now, keep=verb == "theirs")
    return desk.go(_page(name), BACK_TO_SAVED)


def _changed(asked: Asked, form: FormData, written: Written) -> tuple[Written, int]:
    """The issue after a button that moves, adds or corrects; and the block that it is about."""
    parts = list(written.parts)
    match asked.verb, asked.about:
        case ("up" | "down") as way, (key,) if key in forms.keys(form):
            at = forms.keys(form).index(key)
            to = min(max(at + (1 if way == "down" else -1), 0), len(parts) - 1)
            parts.insert(to, parts.pop(at))
            return replace(written, parts=tuple(parts)), to
        case "add", (kind,) if kind in set(BlockKind):
            place = next(iter(words(form, "after")), "")
            to = min(int(place) + 1, len(parts)) if place.isdecimal() else len(parts)
            parts.insert(to, Part(BlockKind(kind)))
            return replace(written, parts=tuple(parts)), to
        case "restore", (place,) if place.isdecimal():
            parts.insert(int(place), forms.read_part(form, "removed"))
            return replace(written, parts=tuple(parts)), int(place)
        case "fix", (rule, place, field):
            part = int(place) if place.isdecimal() else None
            return composing.correct(written, rule, part, field), part or 0
    return written, int(asked.about[0]) if asked.about and asked.about[0].isdecimal() else 0


def _removed(desk: Desk, name: str, asked: Asked, form: FormData, written: Written) -> Response:
    """The page without a block, which it still holds so that it can be put back."""
    known = forms.keys(form)
    at = known.index(asked.about[0]) if asked.about and asked.about[0] in known else None
    if at is None:
        return desk.go(_page(name))
    rest = replace(written, parts=written.parts[:at] + written.parts[at + 1 :])
    composing.keep_unsaved(desk.app, name, _version(form), rest, desk.account.name, desk.now)
    opened = composing.open_issue(desk.app, name, desk.account.name, desk.now)
    return _composer(desk, opened, rest, removed=forms.part_form(written.parts[at], "removed"), removed_at=at)


def _with_pictures(desk: Desk, name: str, form: FormData) -> tuple[Written, list[str]]:
    """The issue that a form holds, its new pictures in their blocks; and what is wrong with pictures."""
    written, sentences = forms.read_written(form), list[str]()
    parts, known = list(written.parts), forms.keys(form)
    for key, file_name, raw in forms.uploads(form):
        if key not in known:
            continue
        try:
            new = composing.add_picture(desk.app, name, file_name, raw)
        except Refused as refused:
            sentences += desk.told(refused)
            continue
        at = known.index(key)
        parts[at] = replace(parts[at], fields={**parts[at].fields, "image": new.name})
    return replace(written, parts=tuple(parts)), sentences


def _composer(
    desk: Desk,
    opened: OpenIssue,
    written: Written,
    status: int = 200,
    *,
    shown: list[int] | tuple[int, ...] = (),
    after: int = -1,
    sentences: list[str] | None = None,
    removed: forms.PartForm | None = None,
    removed_at: int = 0,
) -> Response:
    return desk.page(
        "compose",
        status,
        issue=opened,
        name=opened.name,
        written=written,
        front={key: (written.front or {}).get(key, "") for key in KEYS},
        parts=forms.part_forms(written, shown),
        kinds=[(str(kind), *said) for kind, said in forms.KINDS.items()],
        advice=_advice(desk, opened.name, written),
        sentences=sentences or [],
        **_when(desk, written),
        after=after,
        removed=removed,
        removed_at=removed_at,
        **_choices(desk, opened),
    )


def _when(desk: Desk, written: Written) -> dict[str, str]:
    """When the issue leaves: its moment in words, and as a browser's clock shows it, empty where it cannot."""
    front = written.front or {}
    said = front.get("send_at") or front.get("slot", "")
    parsed, zone, language = parse_moment(said), desk.app.config.zone, desk.app.config.language
    at = in_zone(parsed, zone) if isinstance(parsed, datetime) else None
    words = moment(language, at, zone) if at else day(language, parsed) if parsed else said
    return {
        "leaves": words,
        "leaves_local": said[:16] if forms.LOCAL_MOMENT.fullmatch(said[:16]) and len(said) <= 19 else "",
    }


def _choices(desk: Desk, opened: OpenIssue) -> dict[str, object]:
    """What the fields of blocks choose from."""
    return {
        "path": _page(opened.name),
        "lists": opened.lists,
        "campaigns": opened.campaigns,
        "pictures": composing.pictures(desk.app, opened.name),
        "slots": list(zip(opened.slot_names(), opened.slots, strict=True)),
    }


def _advice(desk: Desk, name: str, written: Written) -> list[composing.Advice]:
    return composing.advise(desk.app, name, written)


def _asked(form: FormData) -> Asked:
    verb, *about = next(iter(words(form, "do")), "save").split(":")
    return Asked(verb, tuple(about))


def _version(form: FormData) -> str:
    return next(iter(words(form, "version")), "")


def _page(name: str) -> str:
    return f"/desk/issues/{quote(name)}/compose"
