"""« Listes »: how many each list has, why people are in and out, why one of them, its form, its contacts as a file."""

from dataclasses import dataclass
from functools import partial
from io import StringIO

from fastapi import APIRouter
from starlette.responses import Response

from mailer.domain.accounts import Action
from mailer.domain.people import SubscriptionState, SuppressionReason
from mailer.domain.rule_words import in_words
from mailer.domain.standing import ONE, WORDS, Out
from mailer.errors import BadFiles, MailerError, Refused
from mailer.language import N_, say_words
from mailer.services import accounts, audiences, rights
from mailer.services.audiences import AudienceReport, ReasonIn, Story
from mailer.web.desk.entry import AtDesk, Desk
from mailer.web.desk.readings import table
from mailer.web.forms import Posted, one_word
from mailer.web.joining import form_to_paste

router = APIRouter()

NO_ADDRESS = N_("Say whose address it is.")
SUBSCRIBED = N_("They subscribed to « {list} ».")
RULED = N_("By the rule of « {list} »: {rule}.")
STANDS = {
    SubscriptionState.ACTIVE: N_("Subscribed to « {list} »."),
    SubscriptionState.PENDING: N_("Asked for « {list} », not confirmed yet."),
    SubscriptionState.LEFT: N_("Left « {list} »."),
}
OPPOSED = (SuppressionReason.OPPOSITION, SuppressionReason.ERASED)


@dataclass(frozen=True)
class Told:
    """One contact of an address, before one list or issue, in sentences."""

    who: str
    gets_it: bool
    because: str
    besides: tuple[str, ...]


@dataclass(frozen=True)
class Asked:
    """What was found of an address, by the list or issue that was asked about."""

    address: str
    stories: tuple[tuple[str, tuple[Told, ...]], ...]
    print_says: str
    """What is known of an address of which nothing but a print is left."""


@router.get("/lists/")
def show_all(desk: AtDesk) -> Response:
    """Each list with its count."""
    desk.need(Action.PEOPLE)
    return _all(desk)


@router.post("/lists/why")
def why_any(form: Posted, desk: AtDesk) -> Response:
    """One address before every list. Posted, so that no address stands in an address or a log; changes nothing."""
    desk.need(Action.PEOPLE)
    typed = one_word(form, "address").strip()
    try:
        return _all(
            desk, asked=_asked(desk, typed, [one.list.slug for one in audiences.every_list(desk.app, desk.now)])
        )
    except MailerError as error:
        return _all(desk, 422, desk.told(error), typed=typed)


@router.post("/lists/export")
def export_all(desk: AtDesk) -> Response:
    """Every contact of the base."""
    return _export(desk, "")


@router.get("/lists/{slug}")
def show_list(slug: str, desk: AtDesk) -> Response:
    """Who gets its next letter and who does not, with the reasons; its form."""
    desk.need(Action.PEOPLE)
    return _list(desk, slug)


@router.post("/lists/{slug}/why")
def why_list(slug: str, form: Posted, desk: AtDesk) -> Response:
    """One address before this list; changes nothing."""
    desk.need(Action.PEOPLE)
    typed = one_word(form, "address").strip()
    try:
        asked = _asked(desk, typed, [slug])
    except Refused as error:
        return _list(desk, slug, 422, desk.told(error), typed=typed)
    return _list(desk, slug, asked=asked)


@router.post("/lists/{slug}/export")
def export_list(slug: str, desk: AtDesk) -> Response:
    """The contacts who would get its next letter."""
    return _export(desk, slug)


@router.get("/issues/{campaign}/{slug}/audience")
def show_audience(campaign: str, slug: str, desk: AtDesk) -> Response:
    """Who gets an issue and who does not, with the reasons: whoever looks at the letter may know."""
    return _audience(desk, f"{campaign}/{slug}")


@router.post("/issues/{campaign}/{slug}/audience")
def why_issue(campaign: str, slug: str, form: Posted, desk: AtDesk) -> Response:
    """One address before this issue; changes nothing."""
    desk.need(Action.PEOPLE)
    name, typed = f"{campaign}/{slug}", one_word(form, "address").strip()
    try:
        asked = _asked(desk, typed, [name])
    except Refused as error:
        return _audience(desk, name, 422, desk.told(error), typed=typed)
    return _audience(desk, name, asked=asked)


def _all(
    desk: Desk, status: int = 200, sentences: list[str] | None = None, typed: str = "", asked: Asked | None = None
) -> Response:
    try:
        lists = audiences.every_list(desk.app, desk.now)
    except BadFiles as mistakes:
        lists, sentences = [], desk.told(mistakes)
    return desk.page("lists", status, lists=lists, sentences=sentences or [], typed=typed, asked=asked)


def _list(
    desk: Desk,
    slug: str,
    status: int = 200,
    sentences: list[str] | None = None,
    typed: str = "",
    asked: Asked | None = None,
) -> Response:
    one = audiences.list_named(desk.app, slug)
    report = audiences.count(desk.app, slug, desk.now)
    form = form_to_paste(desk.app, desk.front.pages, slug, desk.now) if one.public else ""
    return desk.page(
        "list",
        status,
        list=one,
        form=form,
        sentences=sentences or [],
        typed=typed,
        asked=asked,
        **_counts(desk, report),
    )


def _audience(
    desk: Desk,
    name: str,
    status: int = 200,
    sentences: list[str] | None = None,
    typed: str = "",
    asked: Asked | None = None,
) -> Response:
    report = audiences.count(desk.app, name, desk.now)
    given = {"sentences": sentences or [], "typed": typed, "asked": asked}
    return desk.page("audience", status, name=name, **given, **_counts(desk, report))


def _counts(desk: Desk, report: AudienceReport) -> dict[str, object]:
    """The figures of a page: readers, base, and one line a reason."""
    titles = _titles(desk)
    return {
        "readers": report.readers,
        "base": report.base or 0,
        "into": [(_reason(desk, titles, one), one.count) for one in report.into],
        "out": [(WORDS[reason], count) for reason, count in report.out.items() if count],
    }


def _asked(desk: Desk, address: str, names: list[str]) -> Asked:
    """Raises Refused for what is no address."""
    if not address:
        raise Refused(NO_ADDRESS)
    titles = _titles(desk)
    found = [(titles.get(name, name), audiences.why(desk.app, name, address, desk.now)) for name in names]
    gone = audiences.suppression_of(desk.app, address)
    says = ONE[Out.OPPOSED if gone in OPPOSED else Out.SUSPENDED] if gone is not None else ""
    stories = tuple((title, tuple(_told(desk, titles, one) for one in some)) for title, some in found if some)
    return Asked(address, stories, says)


def _told(desk: Desk, titles: dict[str, str], story: Story) -> Told:
    said = desk.pages.said
    if story.into is not None:
        because = _reason(desk, titles, story.into)
    else:
        because = said(ONE[story.out]) if story.out is not None else ""
    besides = [said(STANDS[state], {"list": titles.get(slug, slug)}) for slug, state in story.lists.items()]
    besides += [_reason(desk, titles, one) for one in story.rules]
    return Told(story.name, story.into is not None, because, tuple(one for one in besides if one != because))


def _reason(desk: Desk, titles: dict[str, str], one: ReasonIn) -> str:
    title = titles.get(one.list_slug, one.list_slug)
    if one.rule is None:
        return desk.pages.said(SUBSCRIBED, {"list": title})
    rule = in_words(one.rule, partial(say_words, desk.app.config.language))
    return desk.pages.said(RULED, {"list": title, "rule": rule})


def _titles(desk: Desk) -> dict[str, str]:
    return {slug: one.title for slug, one in audiences.known_lists(desk.app).items()}


def _export(desk: Desk, slug: str) -> Response:
    """A file may be asked for as often as one likes; the audit says so each time."""
    desk.need(Action.EXPORT)
    out = StringIO(newline="")
    rights.export_contacts(desk.app, out, desk.now, slug)
    accounts.note(desk.app, desk.visitor, "exported", slug or "contacts", desk.now)
    return table(slug or "contacts", out.getvalue())
