"""What config.toml says of relays and receiver families, in the words of the domain. Decides nothing."""

from mailer.config import Config, Smtp
from mailer.config.relays import LimitKeys
from mailer.domain.addresses import FAMILIES, Family
from mailer.domain.pace import Limits, RelayLimits
from mailer.errors import StoreError
from mailer.store import people
from mailer.store.database import Database


def limits_of(relay: Smtp) -> RelayLimits:
    """What a relay takes, as quotas count it."""
    by_family = {family: _limits(relay.families.of(family.name.lower())) for family in Family}
    return RelayLimits(_limits(relay), {family: limits for family, limits in by_family.items() if limits})


def connections_of(relay: Smtp, family: Family) -> int:
    """How many of a relay's connections may serve one family at once."""
    own = relay.families.of(family.name.lower()).connections
    return min(own, relay.connections) if own else relay.connections


def family_table(config: Config) -> dict[str, Family]:
    """The family of each domain: what the program knows, and what config.toml says, which wins."""
    said = config.families.by_name()
    return FAMILIES | {domain: Family[name.upper()] for name, domains in said.items() for domain in domains}


def refresh_families(database: Database, config: Config) -> None:
    """Stored addresses follow the table of families, where it changed since."""
    table = family_table(config)
    try:
        with database.reading() as tx:
            if people.families_are(tx, table):
                return
        with database.transaction() as tx:
            people.refresh_families(tx, table)
    except StoreError:
        # A database that may only be read can still be read; whoever writes to it next sees to this.
        return


def _limits(keys: LimitKeys) -> Limits:
    return Limits(keys.per_second, keys.per_hour, keys.per_day)
