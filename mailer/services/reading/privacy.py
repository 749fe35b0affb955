"""What the privacy page is made from: this installation's configuration and its lists."""

from dataclasses import dataclass

from mailer.app import App
from mailer.config import Decision, Organisation, Retention
from mailer.content.lists import read_lists
from mailer.domain.letters import MailingList


@dataclass(frozen=True)
class PrivacyPage:
    """Who keeps what about readers, on what basis, for how long, and who else handles it."""

    organisation: Organisation
    lists: tuple[MailingList, ...]
    decision: Decision | None
    relays: tuple[str, ...]
    """Servers of others that take the letters; those of this machine are nobody else's."""
    site: str
    """The host of these pages."""
    retention: Retention
    """How long who says nothing is kept."""


def privacy(app: App) -> PrivacyPage:
    """As config.toml and lists/ say it now. Raises BadFiles."""
    config = app.config
    hosts = dict.fromkeys(config.relay(name).host for name in config.relay_names)
    away = tuple(host for host in hosts if host not in ("127.0.0.1", "::1", "localhost"))
    site = config.public_url.partition("//")[2]
    lists = tuple(read_lists(app.site).values())
    return PrivacyPage(config.organisation, lists, config.measure.anonymous, away, site, config.retention)
