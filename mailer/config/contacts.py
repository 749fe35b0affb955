"""[contacts.fields.NAME]: what this site keeps of contacts beside what every site keeps."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from mailer.config.toml import Section, mistake
from mailer.language import N_

NOT_A_FIELD_NAME = N_(
    '"{name}" cannot be the name of a field: use small letters, figures and single underscores, as in '
    "[contacts.fields.first_met]."
)
NO_CHOICES = N_('a field of the type "choice" needs "choices", a list of at least two texts.')
CHOICES_OF_WHAT = N_('"choices" goes with type = "choice" only.')

_NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
FEWEST_CHOICES = 2


def _field_name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise mistake(NOT_A_FIELD_NAME, name=value)
    return value


class ContactField(Section):
    """One field: what it is called on pages, and what may be written in it."""

    label: str
    type: Literal["text", "number", "date", "boolean", "choice"] = "text"
    choices: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _choices_where_they_belong(self) -> Self:
        if self.type == "choice" and len(set(self.choices)) < FEWEST_CHOICES:
            raise mistake(NO_CHOICES)
        if self.type != "choice" and self.choices:
            raise mistake(CHOICES_OF_WHAT)
        return self


class Contacts(Section):
    """What is kept of contacts here."""

    fields: dict[Annotated[str, AfterValidator(_field_name)], ContactField] = Field(default_factory=dict)
