"""« Contacts »: somebody found, their card, corrections by hand, what we hold about them, their erasure."""

import json
from collections.abc import Callable, Mapping

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.responses import Response

from mailer.domain.accounts import Action
from mailer.domain.people import ClosedReason, ContactKind, Level
from mailer.domain.regions import REGIONS
from mailer.errors import MailerError, NotFound, Refused
from mailer.language import N_
from mailer.services import accounts, contacts, rights
from mailer.services.contacts import ContactCard
from mailer.web.desk.entry import AtDesk, Desk
from mailer.web.forms import Posted, one_word

router = APIRouter(prefix="/contacts")

LABELS = {
    "name": N_("Name"),
    "first_name": N_("First name"),
    "last_name": N_("Last name"),
    "address": N_("E-mail address that is written to"),
    "postcode": N_("Postcode"),
    "city": N_("City"),
    "region": N_("Region"),
    "country": N_("Country, in two letters"),
    "language": N_("Language, in two letters"),
    "level": N_("Reach"),
    "theme": N_("Theme"),
    "notes": N_("Notes"),
    "tag": N_("Tag"),
    "membership": N_("Membership"),
    "structure": N_("Structure"),
    "network": N_("Network"),
    "closed": N_("Closed"),
    "merge": N_("Duplicate"),
}
"""Of what is written by hand, and of what the history names."""

OF_PERSONS = ("name", "first_name", "last_name", "address", "postcode", "city", "country", "language", "notes")
OF_STRUCTURES = ("name", "address", "theme", "postcode", "city", "country", "language", "notes")
LEVELS = {
    Level.LOCAL: N_("local"),
    Level.DEPARTMENTAL: N_("departmental"),
    Level.REGIONAL: N_("regional"),
    Level.NATIONAL: N_("national"),
}

SAVED = N_("Saved. No imported file changes back what was written by hand.")
NOTHING_CHANGED = N_("Nothing changed: it was so already.")
ADDED = N_("Added. It is on no list yet: people subscribe themselves, or come in by an import.")
CLOSED = N_("Closed: nobody is written to as this contact any more.")
REOPENED = N_("Open again.")
ERASED = N_("Erased. Nothing is left but a coded print, so that no file brings the address back.")
NOT_TYPED = N_("Nothing was erased: what you typed is not the address. Type {address}, exactly.")
NO_ADDRESS = N_(
    "This contact has no address, so there is nothing to export or erase by address. Close the card instead."
)


@router.get("/")
def search(desk: AtDesk, q: str = "") -> Response:
    """Answers while somebody types; a plain form does as well."""
    desk.need(Action.PEOPLE)
    found = contacts.find(desk.app, q) if q.strip() else []
    show = desk.part if desk.by_htmx else desk.page
    return show("_found" if desk.by_htmx else "contacts", query=q.strip(), found=found)


@router.get("/new")
def new(desk: AtDesk, structure: bool = False) -> Response:
    """The form of a contact that nobody knows yet."""
    desk.need(Action.PEOPLE)
    return _new(desk, ContactKind.STRUCTURE if structure else ContactKind.PERSON)


@router.post("/new")
def add(form: Posted, desk: AtDesk) -> Response:
    """A contact added by hand."""
    desk.need(Action.PEOPLE)
    if not desk.first_press(form):
        return desk.again("/desk/contacts/")
    kind = ContactKind.STRUCTURE if one_word(form, "kind") == ContactKind.STRUCTURE else ContactKind.PERSON
    written = {name: value for name in _fields(kind) if name != "address" and (value := one_word(form, name).strip())}
    try:
        number = contacts.add(
            desk.app, kind, written, desk.now, address=one_word(form, "address").strip(), by=desk.account.name
        )
    except MailerError as error:
        return _new(desk, kind, 422, desk.told(error), form)
    return desk.go(f"/desk/contacts/{number}", ADDED)


@router.get("/{number:int}")
def show(number: int, desk: AtDesk) -> Response:
    """All that is known of one contact."""
    desk.need(Action.PEOPLE)
    return contact_page(desk, number)


@router.get("/{number:int}/data.json")
def own_data(number: int, desk: AtDesk) -> Response:
    """All that we hold about them, for them (GDPR art. 15 and 20)."""
    desk.need(Action.PEOPLE)
    held = rights.find(desk.app, _address(_card(desk, number)), desk.now)
    accounts.note(desk.app, desk.visitor, "exported", str(number), desk.now)
    text = json.dumps(held.as_json(), ensure_ascii=False, indent=1)
    return Response(text, media_type="application/json", headers=_named(f"contact-{number}.json"))


@router.post("/{number:int}/{verb}")
def act(number: int, verb: str, form: Posted, desk: AtDesk) -> Response:
    """What the pressed button says, once; where it cannot be done the card says why, and all is as before."""
    desk.need(Action.PEOPLE)
    if verb not in VERBS:
        raise NotFound(contacts.NO_CONTACT, who=f"{number}/{verb}")
    path = f"/desk/contacts/{number}"
    if not desk.first_press(form):
        return desk.again(path)
    try:
        said = VERBS[verb](desk, number, form)
    except MailerError as error:
        return contact_page(desk, number, 422, desk.told(error))
    return desk.go("/desk/contacts/" if verb == "erase" else path, said)


def contact_page(desk: Desk, number: int, status: int = 200, sentences: list[str] | None = None) -> Response:
    """The card of a contact. Raises NotFound."""
    card = _card(desk, number)
    return desk.page(
        "contact",
        status,
        card=card,
        contact=card.contact,
        fields=_fields(card.contact.kind),
        own_fields=desk.app.config.contacts.fields,
        labels=LABELS,
        regions=REGIONS,
        levels=LEVELS,
        sentences=sentences or [],
    )


def _edit(desk: Desk, number: int, form: FormData) -> str:
    known = _known(desk, _card(desk, number))
    written = {name: one_word(form, name) for name in known if name in form}
    changed = {
        name: text for name, text in written.items() if text.replace("\r\n", "\n").strip() != known[name].strip()
    }
    if not changed:
        return NOTHING_CHANGED
    done = contacts.edit(desk.app, str(number), changed, desk.now, by=desk.account.name)
    return SAVED if done else NOTHING_CHANGED


def _tag(desk: Desk, number: int, form: FormData) -> str:
    off = bool(one_word(form, "off"))
    written = one_word(form, "off") if off else one_word(form, "tag")
    done = contacts.tag(desk.app, str(number), written, desk.now, by=desk.account.name, off=off)
    return SAVED if done else NOTHING_CHANGED


def _member(desk: Desk, number: int, form: FormData) -> str:
    off = one_word(form, "off")
    kind = one_word(form, "kind")
    contacts.member(
        desk.app, str(number), off or one_word(form, "year"), desk.now, kind=kind, by=desk.account.name, off=bool(off)
    )
    return SAVED


def _join(desk: Desk, number: int, form: FormData) -> str:
    by, role = desk.account.name, one_word(form, "role")
    if off := one_word(form, "off"):
        done: int = contacts.part(desk.app, str(number), off, desk.now, role=role, by=by)
    else:
        done = contacts.join(desk.app, str(number), one_word(form, "structure"), desk.now, role=role, by=by)
    return SAVED if done else NOTHING_CHANGED


def _under(desk: Desk, number: int, form: FormData) -> str:
    contacts.put_under(desk.app, str(number), one_word(form, "network").strip(), desk.now, by=desk.account.name)
    return SAVED


def _close(desk: Desk, number: int, form: FormData) -> str:
    dissolved = one_word(form, "reason") == ClosedReason.DISSOLVED
    reason = ClosedReason.DISSOLVED if dissolved else ClosedReason.DECEASED
    contacts.close(desk.app, str(number), reason, desk.now, by=desk.account.name)
    accounts.note(desk.app, desk.visitor, "contact_closed", str(number), desk.now)
    return CLOSED


def _reopen(desk: Desk, number: int, _: FormData) -> str:
    contacts.reopen(desk.app, str(number), desk.now, by=desk.account.name)
    return REOPENED


def _erase(desk: Desk, number: int, form: FormData) -> str:
    """The audit names a number: the address is what was to be forgotten."""
    address = _address(_card(desk, number))
    if one_word(form, "typed").strip().casefold() != address.casefold():
        raise Refused(NOT_TYPED, address=address)
    rights.forget(desk.app, address, desk.now)
    accounts.note(desk.app, desk.visitor, "erased", str(number), desk.now)
    return ERASED


VERBS: Mapping[str, Callable[[Desk, int, FormData], str]] = {
    "edit": _edit,
    "tag": _tag,
    "member": _member,
    "join": _join,
    "under": _under,
    "close": _close,
    "reopen": _reopen,
    "erase": _erase,
}
"""By the last part of the address."""


def _new(
    desk: Desk, kind: ContactKind, status: int = 200, sentences: list[str] | None = None, form: FormData | None = None
) -> Response:
    typed = {name: one_word(form, name) if form else "" for name in _fields(kind)}
    return desk.page(
        "contact_new",
        status,
        kind=kind,
        fields=_fields(kind),
        labels=LABELS,
        typed=typed,
        sentences=sentences or [],
    )


def _fields(kind: ContactKind) -> tuple[str, ...]:
    return OF_STRUCTURES if kind is ContactKind.STRUCTURE else OF_PERSONS


def _known(desk: Desk, card: ContactCard) -> dict[str, str]:
    """What the form shows, by field."""
    names = (*_fields(card.contact.kind), "region", "level")
    known = {name: str(vars(card.contact)[name] or "") for name in names}
    return known | {f"field.{name}": card.fields.get(name, "") for name in desk.app.config.contacts.fields}


def _card(desk: Desk, number: int) -> ContactCard:
    found = contacts.show(desk.app, str(number))
    if not found:
        raise NotFound(contacts.NO_CONTACT, who=number)
    return found[0]


def _address(card: ContactCard) -> str:
    if not card.contact.address:
        raise Refused(NO_ADDRESS)
    return card.contact.address


def _named(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
