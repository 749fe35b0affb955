"""The buttons on a contact's page: corrected, tagged, put into structures, closed, taken apart, erased."""

from collections.abc import Callable, Mapping

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.responses import Response

from mailer.domain.accounts import Action
from mailer.domain.people import ClosedReason
from mailer.errors import MailerError, NotFound, Refused
from mailer.language import N_
from mailer.services import contacts, merging, rights
from mailer.web.desk.contacts import LABELS, Number, card_of, contact_page
from mailer.web.desk.entry import AtDesk, Desk
from mailer.web.forms import Posted, one_word

router = APIRouter(prefix="/contacts")

SAVED = N_("Saved: {fields}. No imported file changes that back.")
NOTHING_CHANGED = N_("Nothing changed: it was so already.")
DONE = N_("Done.")
CLOSED = N_("{name} is closed: nobody is written to as this contact any more.")
OPEN_AGAIN = N_("{name} is open again.")
TAKEN_APART = N_("{first} and {second} are two again. Who left or refused since stays out.")
ERASED = N_(
    "Erased. Only a coded print is left, so that no file brings this person back. Older backups still hold them."
)
NOT_THIS_ADDRESS = N_("Nothing was erased: what you typed is not the address of this contact.")
WHICH_STRUCTURE = N_("No structure is found by that. Its number, its address or its whole name.")
SEVERAL = N_("Several structures are called that: type the number of the one that you mean.")


def act(verb: str, number: int, form: FormData, desk: Desk) -> Response:
    """What the pressed button says, once; where it cannot be done, the page says why, and all is as before."""
    desk.need(Action.PEOPLE)
    path = f"/desk/contacts/{number}"
    if not desk.first_press(form):
        return desk.again(path)
    try:
        return VERBS[verb](desk, number, form)
    except MailerError as error:
        card_of(desk, number)
        typed = {name: text for name, text in form.items() if isinstance(text, str) and name != "press"}
        return contact_page(desk, number, 422, desk.told(error), **typed)


def _edit(desk: Desk, number: int, form: FormData) -> Response:
    known = (*LABELS, *(f"{contacts.OWN_FIELD}{name}" for name in desk.app.config.contacts.fields))
    written = {name: one_word(form, name) for name in known if name in form}
    if not written.get("address", "x").strip():
        # An address that nobody writes to any more is closed, or its owner leaves: it is not emptied.
        written.pop("address")
    changed = contacts.edit(desk.app, str(number), written, desk.now, by=desk.account.name)
    if not changed:
        return _back(desk, number, NOTHING_CHANGED)
    said = [desk.pages.said(LABELS[name]) if name in LABELS else name for name in changed]
    return _back(desk, number, SAVED, fields=", ".join(said))


def _tag(desk: Desk, number: int, form: FormData) -> Response:
    off = one_word(form, "off")
    contacts.tag(desk.app, str(number), off or one_word(form, "tag"), desk.now, by=desk.account.name, off=bool(off))
    return _back(desk, number, DONE)


def _member(desk: Desk, number: int, form: FormData) -> Response:
    off, by = one_word(form, "off"), desk.account.name
    year, kind = off or one_word(form, "year"), one_word(form, "kind")
    contacts.member(desk.app, str(number), year, desk.now, kind=kind, by=by, off=bool(off))
    return _back(desk, number, DONE)


def _join(desk: Desk, number: int, form: FormData) -> Response:
    place = _structure(desk, one_word(form, "structure"))
    role, address = one_word(form, "role"), one_word(form, "role_address").strip()
    contacts.join(desk.app, str(number), place, desk.now, role=role, address=address, by=desk.account.name)
    return _back(desk, number, DONE)


def _part(desk: Desk, number: int, form: FormData) -> Response:
    place, role = one_word(form, "structure"), one_word(form, "role")
    contacts.part(desk.app, str(number), place, desk.now, role=role, by=desk.account.name)
    return _back(desk, number, DONE)


def _under(desk: Desk, number: int, form: FormData) -> Response:
    written = one_word(form, "network").strip()
    network = _structure(desk, written) if written else ""
    contacts.put_under(desk.app, str(number), network, desk.now, by=desk.account.name)
    return _back(desk, number, DONE)


def _close(desk: Desk, number: int, form: FormData) -> Response:
    reason = ClosedReason.DISSOLVED if one_word(form, "reason") == "dissolved" else ClosedReason.DECEASED
    name = contacts.close(desk.app, str(number), reason, desk.now, by=desk.account.name)
    return _back(desk, number, CLOSED, name=name)


def _reopen(desk: Desk, number: int, _: FormData) -> Response:
    name = contacts.reopen(desk.app, str(number), desk.now, by=desk.account.name)
    return _back(desk, number, OPEN_AGAIN, name=name)


def _take_apart(desk: Desk, number: int, form: FormData) -> Response:
    merge = one_word(form, "merge")
    mine = [one.number for one in merging.merged_into(desk.app, number) if str(one.number) == merge]
    if not mine:
        raise NotFound(merging.NO_MERGE, number=merge)
    first, second = merging.undo(desk.app, mine[0], desk.now, by=desk.account.name)
    desk.note("taken_apart", str(mine[0]))
    return _back(desk, number, TAKEN_APART, first=first, second=second)


def _erase(desk: Desk, number: int, form: FormData) -> Response:
    address = card_of(desk, number).contact.address or ""
    if not address or one_word(form, "erase").strip().casefold() != address.casefold():
        raise Refused(NOT_THIS_ADDRESS)
    rights.forget(desk.app, address, desk.now)
    desk.note("contact_erased", str(number))
    return desk.go("/desk/contacts/", ERASED)


VERBS: Mapping[str, Callable[[Desk, int, FormData], Response]] = {
    "edit": _edit,
    "tag": _tag,
    "member": _member,
    "join": _join,
    "part": _part,
    "under": _under,
    "close": _close,
    "reopen": _reopen,
    "take-apart": _take_apart,
    "erase": _erase,
}
"""By the last part of the address."""


def _serve(verb: str) -> None:
    @router.post(f"/{{number}}/{verb}")
    def pressed(number: Number, form: Posted, desk: AtDesk) -> Response:
        return act(verb, number, form, desk)


for each in VERBS:
    _serve(each)


def _back(desk: Desk, number: int, sentence: str, **holes: object) -> Response:
    return desk.go(f"/desk/contacts/{number}", sentence, **holes)


def _structure(desk: Desk, written: str) -> str:
    """A structure as somebody types it: its number, its address, or its name. Raises Refused."""
    text = written.strip()
    if "@" in text or text.removeprefix("#").isdecimal():
        return text
    found = [one for one in contacts.find(desk.app, text) if one.kind == "structure"]
    same = [one for one in found if one.name.casefold() == text.casefold()]
    if len(same or found) == 1:
        return str((same or found)[0].id)
    raise Refused(SEVERAL if found else WHICH_STRUCTURE)
