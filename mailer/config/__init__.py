"""config.toml: this installation, read once into one frozen value. Holds no secret and opens nothing.

Every key may be set by a variable: ``MAILER_`` and the key, tables joined by two underscores
(``MAILER_SMTP__HOST``). Secrets come only that way (``MAILER_SMTP__PASSWORD``,
``MAILER_RELAYS__NAME__PASSWORD``).
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from mailer.config.bounces import Bounces as Bounces
from mailer.config.bounces import Mailbox as Mailbox
from mailer.config.contacts import ContactField as ContactField
from mailer.config.contacts import Contacts
from mailer.config.relays import MAIN as MAIN
from mailer.config.relays import Families as Families
from mailer.config.relays import FamilyLimits as FamilyLimits
from mailer.config.relays import FamilyTables as FamilyTables
from mailer.config.relays import OtherRelay, RelayName
from mailer.config.relays import Smtp as Smtp
from mailer.config.retention import Retention as Retention
from mailer.config.solicitations import Solicitations as Solicitations
from mailer.config.toml import Override, Section, line_of, mistake, parse_toml
from mailer.errors import BadFiles, NotFound, Problem
from mailer.language import N_

CONFIG_FILE = "config.toml"
PREFIX = "MAILER_"
NO_SITE = N_("No config.toml in {folder} or any folder above it. Go to your site's folder, or name it with --site.")

UNREADABLE = N_("this file cannot be read: {reason}")
SECRET = N_('"{key}" does not belong in this file. Give it in the variable {variable}.')
NO_SUCH_RELAY = N_('there is no relay called "{name}" in config.toml. The relays are: {known}.')
NO_SUCH_RELAY_CLOSE = N_('there is no relay called "{name}" in config.toml. Did you mean "{close}"?')
SECRETS = (("smtp", "password"), ("backup", "passphrase"), ("metrics", "token"))
NOT_HTTPS = N_("\"public_url\" cannot be '{value}'; it begins with https://, or receivers ignore one-click links.")
NOT_A_HOST = N_("\"public_url\" cannot be '{value}'; it is a host alone, like https://lettre.example.")
TOO_LONG = N_("\"public_url\" cannot be '{value}'; longer than {limit} characters, it breaks one-click unsubscribe.")
NO_SUCH_ZONE = N_("\"timezone\" cannot be '{value}': there is no such zone. One is Europe/Paris.")

NOT_AN_ADDRESS = N_(
    '"{key}" cannot hold \'{value}\': it is a list of mail addresses, like ["coordination@example.org"].'
)
_ADDRESS = re.compile(r"[^\s@<>,;\"]+@[^\s@<>,;\".]+(\.[^\s@<>,;\".]+)+")

# List-Unsubscribe must stay on one line of 75 characters (RFC 2047 traps, RFC 8058): "<" URL "/u/" 22 ">".
LONGEST_PUBLIC_URL = 75 - len("</u/>") - 22


def _public_url(value: str) -> str:
    try:
        parts = urlsplit(value)
    except ValueError as error:
        raise mistake(NOT_A_HOST, value=value) from error
    if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
        raise mistake(NOT_HTTPS, value=value)
    if not parts.hostname or parts.path not in ("", "/") or parts.query or parts.fragment or parts.username:
        raise mistake(NOT_A_HOST, value=value)
    if len(value.rstrip("/")) > LONGEST_PUBLIC_URL:
        raise mistake(TOO_LONG, value=value, limit=LONGEST_PUBLIC_URL)
    return value.rstrip("/")


def _zone(value: str) -> str:
    if value not in available_timezones():
        raise mistake(NO_SUCH_ZONE, value=value)
    return value


def _several(value: object) -> object:
    """A variable holds one text: addresses with commas between them."""
    return [one.strip() for one in value.split(",") if one.strip()] if isinstance(value, str) else value


def _addresses(key: str) -> AfterValidator:
    def each_is_one(value: tuple[str, ...]) -> tuple[str, ...]:
        for address in value:
            if not _ADDRESS.fullmatch(address):
                raise mistake(NOT_AN_ADDRESS, key=key, value=address)
        return tuple(dict.fromkeys(value))

    return AfterValidator(each_is_one)


class Organisation(Section):
    """Who writes: printed in each letter and on each page (LCEN art. 20, GDPR art. 13)."""

    name: str
    contact: str
    postal_address: str
    website: str = ""

    @property
    def signature(self) -> str:
        """« Name, street, town », without the name twice where the postal address begins with it."""
        name, address = self.name, self.postal_address
        return address if address.startswith(name) else f"{name}, {address}"


class Database(Section):
    """Where what happened to people is kept."""

    url: str = "sqlite:///var/mailer.db"
    lease_s: float = Field(60, ge=1, le=3600)
    """How long a sender that says nothing keeps the letters in its hands."""


class Retry(Section):
    """How long a letter that is refused for now is tried again."""

    first_after_s: float = Field(300, gt=0)
    longest_s: float = Field(4 * 3600, gt=0)
    give_up_after_hours: float = Field(72, gt=0)


class Decision(Section):
    """Who decided to count readings anonymously, when, and where it is written (CNIL, 12 March 2026)."""

    decided_by: str
    decided_on: date
    reference: str


class Measure(Section):
    """What is needed before readings may be counted."""

    anonymous: Decision | None = None


class Backup(Section):
    """What a backup needs that must not lie beside it."""

    passphrase: SecretStr = SecretStr("")


class Metrics(Section):
    """Who may read /metrics from another machine: whoever shows this token. Empty: nobody."""

    token: SecretStr = SecretStr("")


class Log(Section):
    """What is said on stderr while something runs, and how."""

    format: Literal["text", "json"] = "text"
    level: Literal["debug", "info", "warning"] = "warning"


class Staff(Section):
    """Who is written to when a letter will not leave by itself; nobody where it is empty."""

    tell: Annotated[tuple[str, ...], BeforeValidator(_several), _addresses("tell")] = ()
    test_group: Annotated[tuple[str, ...], BeforeValidator(_several), _addresses("test_group")] = ()
    """Addresses at different receivers, to which test letters are sent all at once."""


class Report(Section):
    """Which of a year's rates the association publishes."""

    headline: Literal["pooled", "mean"] = "pooled"
    exceptional: bool = True
    """Whether sends that went further than their own list count in it."""


class Config(Section):
    """One installation."""

    public_url: Annotated[str, AfterValidator(_public_url)]
    language: Literal["fr", "en"] = "fr"
    timezone: Annotated[str, AfterValidator(_zone)] = "Europe/Paris"
    organisation: Organisation
    database: Database = Database()
    smtp: Smtp = Smtp()
    relays: dict[RelayName, OtherRelay] = Field(default_factory=dict)
    families: Families = Families()
    retry: Retry = Retry()
    measure: Measure = Measure()
    backup: Backup = Backup()
    metrics: Metrics = Metrics()
    log: Log = Log()
    staff: Staff = Staff()
    report: Report = Report()
    bounces: Bounces = Bounces()
    contacts: Contacts = Contacts()
    solicitations: Solicitations = Solicitations()
    retention: Retention = Retention()

    @property
    def zone(self) -> ZoneInfo:
        """The site's time zone."""
        return ZoneInfo(self.timezone)

    @property
    def relay_names(self) -> tuple[str, ...]:
        """Every relay, the one of [smtp] first."""
        return (MAIN, *self.relays)

    def relay(self, name: str) -> Smtp:
        """A relay by its name; "main" is the one of [smtp]. Raises NotFound."""
        found = self.smtp if name == MAIN else self.relays.get(name)
        if found is None:
            sentence, values = no_such_relay(name, self.relay_names)
            raise NotFound(sentence, **values)
        return found


def find_site(start: Path) -> Path:
    """The nearest folder, from `start` upwards, that holds a config.toml. Raises NotFound."""
    for folder in (start, *start.parents):
        if (folder / CONFIG_FILE).is_file():
            return folder
    raise NotFound(NO_SITE, folder=start)


def read_config(site: Path, environ: Mapping[str, str]) -> Config:
    """The site's configuration. Raises BadFiles with every mistake."""
    path = site / CONFIG_FILE
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadFiles([Problem(CONFIG_FILE, None, UNREADABLE, {"reason": str(error)})]) from error
    config, problems = parse_toml(text, CONFIG_FILE, Config, overrides=_from_environment(environ))
    problems += _secrets(text)
    if config is None or problems:
        raise BadFiles(problems)
    return config


def no_such_relay(name: str, known: tuple[str, ...]) -> tuple[str, dict[str, object]]:
    """The sentence about a name that no relay has, and what fills its holes."""
    if close := get_close_matches(name, known, 1):
        return NO_SUCH_RELAY_CLOSE, {"name": name, "close": close[0]}
    return NO_SUCH_RELAY, {"name": name, "known": ", ".join(known)}


def _secrets(text: str) -> list[Problem]:
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return []  # said already
    return [
        Problem(CONFIG_FILE, line_of(text, keys), SECRET, {"key": ".".join(keys), "variable": _variable(keys)})
        for table, secret, settings in _secret_places(content)
        if isinstance(settings, dict) and secret in settings
        for keys in [(*table, secret)]
    ]


def _secret_places(content: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str, object]]:
    for table, secret in SECRETS:
        yield (table,), secret, content.get(table)
    returns = content.get("bounces")
    yield ("bounces", "mailbox"), "password", returns.get("mailbox") if isinstance(returns, dict) else None
    others = content.get("relays")
    for name, settings in others.items() if isinstance(others, dict) else ():
        yield ("relays", name), "password", settings


def _variable(keys: tuple[str, ...]) -> str:
    return PREFIX + "__".join(keys).upper()


def _from_environment(environ: Mapping[str, str]) -> list[Override]:
    return [
        Override(name, tuple(name.removeprefix(PREFIX).lower().split("__")), value)
        for name, value in environ.items()
        if name.startswith(PREFIX) and not name.startswith(f"{PREFIX}TEST_")
    ]
