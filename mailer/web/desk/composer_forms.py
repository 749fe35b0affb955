"""The composer's form: what each kind of block is called and asks for, and the issue that a post holds."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from starlette.datastructures import FormData, UploadFile

from mailer.content.blocks import SHAPES, Body
from mailer.content.writing import Part, Written
from mailer.domain.letters import BlockKind
from mailer.language import N_
from mailer.web.forms import words

KINDS: Mapping[BlockKind, tuple[str, str]] = {
    BlockKind.ARTICLE: (N_("Article"), N_("A title, a few lines, an image if there is one, what one can do.")),
    BlockKind.SECTION: (N_("Section title"), N_("A title over the blocks that follow; the contents list it.")),
    BlockKind.TEXT: (N_("Text"), N_("A few lines between two blocks.")),
    BlockKind.LEAD: (N_("Editorial"), N_("What the issue wants to say, signed.")),
    BlockKind.EVENT: (N_("Meeting"), N_("A date and a place; readers can add it to their calendar.")),
    BlockKind.AGENDA: (N_("Agenda"), N_("A table of dates: when, what, where.")),
    BlockKind.REVIEW: (N_("To read, to see, to hear"), N_("A list of works, one line each, with a link.")),
    BlockKind.APPEAL: (N_("Call for support"), N_("Join, give, sign: set apart in a box.")),
    BlockKind.RELAY: (N_("Another letter"), N_("The latest issue of another campaign; its title fills itself in.")),
    BlockKind.GREETING: (N_("Greeting"), N_("To whom this is written.")),
    BlockKind.CONTENTS: (N_("Contents"), N_("The list of sections; it makes itself.")),
    BlockKind.HEADER: (N_("Header"), N_("The banner; number and date fill themselves in.")),
    BlockKind.BANNER: (N_("Banner for one list"), N_("A box that only the readers of one list see.")),
    BlockKind.SIGNATURE: (N_("Signature"), N_("Who signs the letter, and when the next one comes.")),
    BlockKind.FOOTER: (N_("Footer"), N_("Why one gets this letter, how to leave: always there, and locked.")),
}
"""In the order of the menu, the most wanted first."""

LABELS: Mapping[str, str] = {
    "title": N_("Title"),
    "signature": N_("Signed"),
    "image": N_("Image"),
    "alt": N_("What the image shows"),
    "audience": N_("For the readers of"),
    "campaign": N_("Latest issue of"),
    "start": N_("Begins"),
    "end": N_("Ends"),
    "place": N_("Place"),
    "link": N_("Link"),
}
AS_IS = (N_("Part of the file"), N_("These lines are not a block that the desk knows. They stay as they are."))
LOCAL_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
FIRST_WORDS = 60
"""Characters of a block that tell it from the others."""


@dataclass(frozen=True)
class FieldForm:
    """One field of a block, as it is asked for."""

    name: str
    label: str
    value: str
    needed: bool
    kind: str
    """`line`, `moment`, `list`, `campaign`, `image` or `alt`."""


@dataclass(frozen=True)
class PartForm:
    """One block, as the page shows it."""

    key: str
    kind: str
    label: str
    help: str
    words: str
    """What tells it from the others of its kind."""
    fields: tuple[FieldForm, ...]
    has_text: bool
    text: str
    text_needed: bool
    is_open: bool = False

    @property
    def decoration(self) -> bool:
        """An image that says nothing, and is said to."""
        filled = {field.name: field for field in self.fields}
        image, alt = filled.get("image"), filled.get("alt")
        return self.kind == BlockKind.HEADER and bool(image and image.value and alt and alt.kind == "decoration")


def part_forms(written: Written, opened: Sequence[int] = ()) -> list[PartForm]:
    """Every block of the issue; those at `opened` are shown open."""
    return [part_form(part, f"p{at}", is_open=at in opened) for at, part in enumerate(written.parts)]


def part_form(part: Part, key: str, *, is_open: bool = False) -> PartForm:
    """One block."""
    if part.kind is None:
        label, help_words = AS_IS
        return PartForm(key, "", label, help_words, _first_words(part), (), True, part.text, False, is_open)
    shape = SHAPES[part.kind]
    label, help_words = KINDS[part.kind]
    fields = tuple(_field_form(part, name, needed=name in shape.required) for name in shape.fields)
    return PartForm(
        key,
        str(part.kind),
        label,
        help_words,
        _first_words(part),
        fields,
        shape.body is not Body.NONE,
        part.text,
        shape.body is Body.REQUIRED,
        is_open,
    )


def read_written(form: FormData) -> Written:
    """The issue that a form holds."""
    if "head" in form:
        return Written(None, _text(form, "head"), tuple(_parts(form)))
    front = {name.removeprefix("front."): _line(form, name) for name in form if name.startswith("front.")}
    return Written({name: value for name, value in front.items() if value}, "", tuple(_parts(form)))


def read_part(form: FormData, key: str) -> Part:
    """One block of it."""
    kind = _line(form, f"{key}.kind")
    if kind not in set(BlockKind):
        return Part(None, {}, _text(form, f"{key}.text"))
    fields = {name: _line(form, f"{key}.{name}") for name in SHAPES[BlockKind(kind)].fields}
    kept = {name: value for name, value in fields.items() if value}
    if kept.get("image") and "alt" not in kept and _line(form, f"{key}.decoration"):
        kept["alt"] = ""
    return Part(BlockKind(kind), kept, _text(form, f"{key}.text"))


def uploads(form: FormData) -> Iterator[tuple[str, str, bytes]]:
    """Files that came with the form: for which block, their name, their bytes."""
    for name, value in form.multi_items():
        if isinstance(value, UploadFile) and value.filename:
            yield name.partition(".")[0], value.filename, value.file.read()


def keys(form: FormData) -> list[str]:
    """The blocks' keys, in the order of the page."""
    return words(form, "part")


def _parts(form: FormData) -> Iterator[Part]:
    for key in keys(form):
        yield read_part(form, key)


def _field_form(part: Part, name: str, *, needed: bool) -> FieldForm:
    value = part.fields.get(name, "")
    kinds = {
        "audience": "list",
        "campaign": "campaign",
        "image": "image",
        "alt": "alt",
        "start": "moment",
        "end": "moment",
    }
    kind = kinds.get(name, "line")
    if kind == "moment" and value and not LOCAL_MOMENT.fullmatch(value):
        # A form that a browser's clock cannot show is kept as it is written.
        kind = "line"
    if name == "alt" and part.fields.get("alt") == "" and part.kind is BlockKind.HEADER:
        kind = "decoration"
    return FieldForm(name, LABELS[name], value, needed or name == "alt", kind)


def _first_words(part: Part) -> str:
    bare = re.sub(r"[*_#>|\[\]]|\([^)]*\)|^:::.*$", " ", part.text, flags=re.MULTILINE)
    said = part.fields.get("title") or part.fields.get("audience") or part.fields.get("campaign") or bare
    said = " ".join(said.split())
    return said if len(said) <= FIRST_WORDS else f"{said[:FIRST_WORDS].rsplit(' ', 1)[0]}…"


def _line(form: FormData, name: str) -> str:
    return " ".join(next(iter(words(form, name)), "").split("\n")).strip()


def _text(form: FormData, name: str) -> str:
    return next(iter(words(form, name)), "").replace("\r\n", "\n").replace("\r", "\n")
