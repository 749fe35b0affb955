"""The register of processing (GDPR art. 30) of this installation, written from its configuration and its base."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mailer.app import App
from mailer.app.drafts import load_lists
from mailer.config import Config
from mailer.domain.letters import MailingList
from mailer.domain.people import Basis
from mailer.language import N_, day, number, say
from mailer.rendering.reports import REGISTER, render_report
from mailer.store.register import Held, held_counts

BASES = {
    Basis.CONSENT.value: N_("consent (article 6.1 a)"),
    Basis.MEMBERSHIP.value: N_("membership (article 6.1 b)"),
    Basis.INFORMED.value: N_("legitimate interest, informed and free to oppose (articles 6.1 f and 21)"),
    "": N_("not noted: to be said before the next letter"),
}
EVERYONE = N_("legitimate interest in writing to those whom we have been in touch with (articles 6.1 f and 21)")
HERE = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True)
class ListLine:
    """A list as the register prints it."""

    title: str
    reason: str
    bases: tuple[tuple[str, str], ...]
    """Each basis in words, with how many people stand on it."""


def register_page(app: App, now: datetime) -> str:
    """One page that needs nothing else, for the binder of the association. Raises BadFiles."""
    config = app.config
    with app.database.reading() as tx:
        held = held_counts(tx)
    lists = list(load_lists(app).values())
    values = {
        "organisation": config.organisation,
        "made": day(config.language, now.astimezone(config.zone).date()),
        "lists": [_line(config.language, one, held) for one in lists],
        "counts": {
            name: number(config.language, count)
            for name, count in (
                ("contacts", held.contacts),
                ("addresses", held.addresses),
                ("suppressed", held.suppressed),
                ("returned", held.returned),
            )
        },
        "relays": _relays(config),
        "mailbox": config.bounces.mailbox.host,
        "database": _database(config),
        "retention": config.retention,
        "report_days": config.bounces.keep_days,
        "decision": config.measure.anonymous,
        "decided_on": day(config.language, config.measure.anonymous.decided_on) if config.measure.anonymous else "",
        "site": config.public_url.partition("//")[2],
        "tls": all(config.relay(name).security != "none" for name in config.relay_names),
        "sealed": bool(config.backup.passphrase.get_secret_value()),
    }
    return render_report(values, app.templates, config.language, REGISTER)


def _line(language: str, one: MailingList, held: Held) -> ListLine:
    found = [
        (say(language, BASES[basis], {}), number(language, held.bases[one.slug, basis]))
        for basis in BASES
        if held.bases.get((one.slug, basis))
    ]
    if one.everyone:
        found = [(say(language, EVERYONE, {}), number(language, held.contacts))]
    return ListLine(one.title, one.reason, tuple(found))


def _relays(config: Config) -> Sequence[str]:
    hosts = dict.fromkeys(config.relay(name).host for name in config.relay_names)
    return [host for host in hosts if host not in HERE]


def _database(config: Config) -> str:
    """Where the base lies, without its login; empty for a file of this machine."""
    place = config.database.url.partition("//")[2].rpartition("@")[2].partition("/")[0]
    return "" if config.database.url.startswith("sqlite") else place
