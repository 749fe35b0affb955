"""« Contacts »: found while one types, seen on one card, added, taken out for whoever asks what we hold."""

import json
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from mailer.app.cards import custom_fields
from mailer.app.drafts import readable_sources
from mailer.domain.accounts import Action
from mailer.domain.edits import FIELDS
from mailer.domain.people import ContactKind
from mailer.domain.regions import REGIONS
from mailer.errors import MailerError, NotFound
from mailer.language import N_
from mailer.services import contacts, merging, people, rights
from mailer.services.contacts import ContactCard
from mailer.store.search import MOST_FOUND
from mailer.web.desk.entry import AtDesk, Desk
from mailer.web.forms import Posted, one_word

router = APIRouter(prefix="/contacts")

Number = Annotated[int, Path(ge=1, lt=2**31)]

LABELS = {
    "name": N_("Name"),
    "first_name": N_("First name"),
    "last_name": N_("Last name"),
    "language": N_("Language, in two letters"),
    "postcode": N_("Postcode"),
    "city": N_("City"),
    "region": N_("Region"),
    "country": N_("Country, in two letters"),
    "level": N_("How far it reaches"),
    "theme": N_("Theme"),
    "notes": N_("Notes"),
    "address": N_("E-mail address"),
}
"""Of each field that is written by hand, as pages and histories name it."""
HISTORY = {
    **LABELS,
    "tag": N_("Tag"),
    "structure": N_("structure"),
    "network": N_("network above"),
    "membership": N_("year of membership"),
    "closed": N_("contact closed"),
}
"""What a line of the history is about."""
LEVELS = {
    "local": N_("local"),
    "departmental": N_("departmental"),
    "regional": N_("regional"),
    "national": N_("national"),
}
OF_STRUCTURES = ("level", "theme")
OF_PERSONS = ("first_name", "last_name")
NO_ADDRESS = N_("This contact has no address, so there is nothing to take out beside what stands on its card.")
ADDED = N_("{name} is there. On no letter yet: they subscribe themselves, or come in by a file.")


@router.get("/")
def search(desk: AtDesk, q: str = "") -> Response:
    """One field; what it finds."""
    desk.need(Action.PEOPLE)
    return desk.page(
        "contacts", q=q, found=contacts.find(desk.app, q), most=MOST_FOUND, to_check=people.count_to_check(desk.app)
    )


@router.get("/found")
def search_on(desk: AtDesk, q: str = "") -> Response:
    """What was found, while somebody types."""
    desk.need(Action.PEOPLE)
    return desk.part("_found", q=q, found=contacts.find(desk.app, q), most=MOST_FOUND)


@router.get("/new")
def begin(desk: AtDesk) -> Response:
    """A contact by hand."""
    desk.need(Action.PEOPLE)
    return desk.page("contact_new", sentences=[], typed={"name": "", "address": "", "kind": "person"})


@router.post("/new")
def add(form: Posted, desk: AtDesk) -> Response:
    """Adds it, on no list."""
    desk.need(Action.PEOPLE)
    if not desk.first_press(form):
        return desk.again("/desk/contacts/")
    typed = {name: one_word(form, name).strip() for name in ("name", "address", "kind")}
    kind = ContactKind.STRUCTURE if typed["kind"] == "structure" else ContactKind.PERSON
    try:
        number = contacts.add(
            desk.app, kind, {"name": typed["name"]}, desk.now, address=typed["address"], by=desk.account.name
        )
    except MailerError as error:
        return desk.page("contact_new", 422, sentences=desk.told(error), typed=typed)
    return desk.go(f"/desk/contacts/{number}", ADDED, name=typed["name"])


@router.get("/{number}")
def show(number: Number, desk: AtDesk) -> Response:
    """All that is known of one contact."""
    desk.need(Action.PEOPLE)
    return contact_page(desk, number)


@router.get("/{number}/data.{form}")
def take_out(number: Number, form: str, desk: AtDesk) -> Response:
    """Everything that is held about one person, in a file (GDPR art. 15 and 20)."""
    desk.need(Action.PEOPLE)
    address = card_of(desk, number).contact.address
    if not address or form not in ("json", "csv"):
        raise NotFound(NO_ADDRESS)
    held = rights.find(desk.app, address, desk.now)
    text = held.as_csv() if form == "csv" else json.dumps(held.as_json(), ensure_ascii=False, indent=2, default=str)
    desk.note("contact_exported", str(number))
    headers = {"Content-Disposition": f'attachment; filename="contact-{number}.{form}"', "Cache-Control": "no-store"}
    return Response(text, media_type="text/csv" if form == "csv" else "application/json", headers=headers)


class Typed(dict[str, str]):
    """What somebody typed, by field; empty where they typed nothing."""

    def __missing__(self, _: str) -> str:
        return ""


def card_of(desk: Desk, number: int) -> ContactCard:
    """The card of a contact. Raises NotFound."""
    shown = contacts.show(desk.app, str(number))
    if not shown:
        raise NotFound(contacts.NO_CONTACT, who=number)
    return shown[0]


def contact_page(
    desk: Desk, number: int, status: int = 200, sentences: list[str] | None = None, **typed: str
) -> Response:
    """The page of a contact; what somebody typed that could not be taken is still there."""
    card = card_of(desk, number)
    other = OF_PERSONS if card.contact.kind is ContactKind.STRUCTURE else OF_STRUCTURES
    known = {name: vars(card.contact)[name] or "" for name in FIELDS if name not in other}
    lists = {slug: one.title for slug, one in readable_sources(desk.app).lists.items()}
    return desk.page(
        "contact",
        status,
        card=card,
        contact=card.contact,
        fields={"address": card.contact.address or "", **known},
        labels=LABELS,
        own=custom_fields(desk.app),
        merged=merging.merged_into(desk.app, number),
        regions=REGIONS,
        lists=lists,
        sentences=sentences or [],
        levels=LEVELS,
        history=HISTORY,
        typed=Typed(typed),
    )
