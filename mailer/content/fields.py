"""Checks that the site's TOML files share: one line of text, an address, who sends. Raised as models want them."""

import unicodedata
from email.utils import parseaddr
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

from mailer.config.toml import mistake
from mailer.domain.addresses import read_address
from mailer.errors import Refused
from mailer.language import N_

SEVERAL_LINES = N_("this must be one line of text, without line breaks or control characters.")
NOTHING_WRITTEN = N_("nothing is written between the quotation marks.")
NOT_A_SENDER = N_('"{sender}" does not name a sender; write it like "Our association <letter@example.org>".')

CONTROL = ("Cc", "Zl", "Zp", "Cs")
"""Unicode categories that would break a header or a line."""


class Strict(BaseModel):
    """A frozen table that knows all its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _line(value: str) -> str:
    if any(unicodedata.category(character) in CONTROL for character in value.strip()):
        raise mistake(SEVERAL_LINES)
    return value.strip()


def _filled(value: str) -> str:
    if not value:
        raise mistake(NOTHING_WRITTEN)
    return value


def _address(value: str) -> str:
    try:
        return read_address(value).written
    except Refused as refused:
        raise mistake(refused.sentence, **refused.values) from refused


def _sender(value: str) -> str:
    name, address = parseaddr(value)
    if not name or not address:
        raise mistake(NOT_A_SENDER, sender=value)
    return f"{name} <{_address(address)}>"


Line = Annotated[str, AfterValidator(_line)]
Words = Annotated[str, AfterValidator(_line), AfterValidator(_filled)]
AddressText = Annotated[str, AfterValidator(_line), AfterValidator(_address)]
Sender = Annotated[str, AfterValidator(_line), AfterValidator(_sender)]
