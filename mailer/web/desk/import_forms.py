"""What a person said of a contact file, read from the form that carries it from page to page. Keeps nothing."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from starlette.datastructures import FormData

from mailer.domain.meanings import Column, ReadAs, Wish
from mailer.domain.people import Basis
from mailer.web.forms import one_word, words

SWITCHES = ("repair", "accept", "payers", "tag_sheets")


@dataclass(frozen=True)
class Said:
    """How the file is read, and what its rows are."""

    read_as: ReadAs = field(default_factory=ReadAs)
    list_slug: str = ""
    basis: Basis = Basis.INFORMED
    oppositions: bool = False

    def hidden(self) -> Iterator[tuple[str, str]]:
        """The fields of a form that says the same."""
        yield from (("sheet", one) for one in self.read_as.sheets)
        yield from (("corrected", f"{name}={meaning}") for name, meaning in self.read_as.corrected)
        yield from (("value", f"{word}={wish.value}") for word, wish in self.read_as.values)
        yield from ((name, "1") for name in SWITCHES if getattr(self.read_as, name))
        yield from (
            ("columns", self.read_as.columns),
            ("tags", ", ".join(self.read_as.tags)),
            ("list", self.list_slug),
            ("basis", self.basis.value),
            ("what", "oppositions" if self.oppositions else "contacts"),
        )


def read_said(form: FormData) -> Said:
    """What the form says; what cannot be read is as if nobody had said it."""
    read_as = ReadAs(
        sheets=tuple(words(form, "sheet")),
        columns=one_word(form, "columns").strip(),
        corrected=(*_pairs(form, "corrected"), *_chosen(form, "column", "meaning", "was")),
        values=tuple(
            (word, Wish(wish))
            for word, wish in (*_pairs(form, "value"), *_chosen(form, "word", "wish"))
            if wish in set(Wish)
        ),
        tags=tuple(one.strip() for one in one_word(form, "tags").split(",") if one.strip()),
        **{name: name in form for name in SWITCHES},
    )
    basis = one_word(form, "basis")
    return Said(
        read_as,
        one_word(form, "list"),
        Basis(basis) if basis in set(Basis) else Basis.INFORMED,
        one_word(form, "what") == "oppositions",
    )


def meaning_of(column: Column) -> str:
    """A column as a form says it: `role`, `year:2023`, `custom:phone`."""
    return f"{column.meaning.value}:{column.field}" if column.field else column.meaning.value


def _pairs(form: FormData, name: str) -> Iterator[tuple[str, str]]:
    for text in words(form, name):
        first, equals, second = text.rpartition("=")
        if equals and first.strip() and second:
            yield first, second


def _chosen(form: FormData, name: str, choice: str, was: str = "") -> Iterator[tuple[str, str]]:
    """By the number in the names of their fields: what was chosen, where it is something new."""
    before = words(form, was) if was else []
    for at, (one, chosen) in enumerate(zip(words(form, name), words(form, choice), strict=False)):
        if one.strip() and chosen and before[at : at + 1] != [chosen]:
            yield one, chosen
