"""[smtp], [relays.NAME], [families]: the servers that take our letters, what they allow, whose readers are whose.

`Families` and `FamilyTables` name the receiver families of `mailer.domain.addresses`; a test holds the two together.
"""

import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, ValidationInfo, field_validator, model_validator

from mailer.config.toml import Section, mistake
from mailer.language import N_

MAIN = "main"
"""The relay that [smtp] describes."""

NOT_A_DOMAIN = N_('"{domain}" is no domain; write what stands after the @, like orange.fr (an accent as xn--…).')
IN_TWO_FAMILIES = N_('"{domain}" is in two families, {first} and {second}; leave it in one of them.')
NOT_A_RELAY_NAME = N_(
    '"{name}" cannot be the name of a relay: use small letters, figures and single underscores, as in [relays.rapide].'
)
MAIN_IS_SMTP = N_('"main" is the relay of the table [smtp]; give this one another name.')

IN_CLEAR = N_(
    '"username" cannot go with security = "none": the password would travel in clear to {host}. '
    'Set security to "starttls" or "tls".'
)

NOT_A_SELECTOR = N_(
    '"dkim_selector" cannot be "{value}": it is the name of a key, like s1; what stands before ._domainkey in the DNS.'
)

_DOMAIN = re.compile(r"(?:[a-z0-9]+(?:-+[a-z0-9]+)*\.)+[a-z0-9-]{2,}")
_SELECTOR = re.compile(r"[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?)*", re.IGNORECASE)
_RELAY_NAME = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*")


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _selector(value: str) -> str:
    if value and not _SELECTOR.fullmatch(value):
        raise mistake(NOT_A_SELECTOR, value=value)
    return value.casefold()


class LimitKeys(Section):
    """How many letters may leave in any second, hour and day; 0 where nothing limits them."""

    per_second: int = Field(0, ge=0)
    per_hour: int = Field(0, ge=0)
    per_day: int = Field(0, ge=0)


class FamilyLimits(LimitKeys):
    """What a relay may hand to one receiver family."""

    connections: int = Field(0, ge=0)
    """At most so many of the relay's connections; 0 for all of them."""


class FamilyTables(Section):
    """One table for each receiver family that is limited."""

    orange: FamilyLimits = FamilyLimits()
    laposte: FamilyLimits = FamilyLimits()
    free: FamilyLimits = FamilyLimits()
    sfr: FamilyLimits = FamilyLimits()
    google: FamilyLimits = FamilyLimits()
    microsoft: FamilyLimits = FamilyLimits()
    yahoo: FamilyLimits = FamilyLimits()
    other: FamilyLimits = FamilyLimits()

    def of(self, family: str) -> FamilyLimits:
        """The limits of a family, by its name in small letters."""
        limits: FamilyLimits = getattr(self, family)
        return limits


class Smtp(LimitKeys):
    """A relay: a provider's, or one's own Postfix."""

    host: str = "127.0.0.1"
    port: int = Field(25, ge=1, le=65535)
    security: Literal["none", "starttls", "tls"] = "starttls"
    username: str = ""
    password: SecretStr = SecretStr("")
    connections: int = Field(8, ge=1, le=100)
    letters_per_connection: int = Field(100, ge=1)
    timeout_s: float = Field(60, gt=0)
    after_dot_timeout_s: float = Field(600, gt=0)
    """For the reply to a letter (RFC 5321 §4.5.3.2.6); `timeout_s` where that is longer."""
    bounce_domain: str = ""
    """Domain of the envelope sender; each list's own sender domain when empty."""
    dkim_selector: Annotated[str, AfterValidator(_selector)] = ""
    """Name of the key that it signs with, for `mailer check` to look at; empty where it is not known."""
    families: FamilyTables = FamilyTables()

    @property
    def is_here(self) -> bool:
        """Whether it is a relay on this machine."""
        return _is_this_machine(self.host)

    @field_validator("username")
    @classmethod
    def _not_in_clear(cls, username: str, so_far: ValidationInfo) -> str:
        host = so_far.data.get("host", "")
        if username and so_far.data.get("security") == "none" and not _is_this_machine(host):
            raise mistake(IN_CLEAR, host=host)
        return username


class OtherRelay(Smtp):
    """[relays.NAME]: as [smtp], but where it is must be said, or a slip in a variable's name would make a relay."""

    host: str


def _domain(value: str) -> str:
    domain = value.strip().casefold().removeprefix("@")
    if not _DOMAIN.fullmatch(domain):
        raise mistake(NOT_A_DOMAIN, domain=value)
    return domain


Domains = tuple[Annotated[str, AfterValidator(_domain)], ...]


class Families(Section):
    """Domains that belong to a family beside those that the program knows."""

    orange: Domains = ()
    laposte: Domains = ()
    free: Domains = ()
    sfr: Domains = ()
    google: Domains = ()
    microsoft: Domains = ()
    yahoo: Domains = ()
    other: Domains = ()

    @model_validator(mode="after")
    def _one_family_each(self) -> Self:
        found: dict[str, str] = {}
        for family, domains in self.by_name().items():
            for domain in domains:
                if found.setdefault(domain, family) != family:
                    raise mistake(IN_TWO_FAMILIES, domain=domain, first=found[domain], second=family)
        return self

    def by_name(self) -> Mapping[str, Domains]:
        """The domains by the name of their family."""
        return {family: getattr(self, family) for family in type(self).model_fields}


def _relay_name(name: str) -> str:
    if name == MAIN:
        raise mistake(MAIN_IS_SMTP)
    if not _RELAY_NAME.fullmatch(name):
        raise mistake(NOT_A_RELAY_NAME, name=name)
    return name


RelayName = Annotated[str, AfterValidator(_relay_name)]
"""A name that can be written in a variable too."""
