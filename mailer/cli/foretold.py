"""How the end of sending is said: when, and what it waits for. Knows no command."""

from datetime import datetime, timedelta

from mailer.cli.terminal import terminal
from mailer.domain.addresses import Family
from mailer.domain.foretelling import Brake, Per
from mailer.language import N_, by_when, number
from mailer.services.foretelling import Foretelling

WILL_END = N_("At the pace that your relays allow, sending will end {when} (limit: {limit}).")
SOON = timedelta(minutes=1)

_LIMITS = {
    Per.SECOND: N_("{who}, {count} a second"),
    Per.HOUR: N_("{who}, {count} an hour"),
    Per.DAY: N_("{who}, {count} in 24 hours"),
    Per.CONNECTIONS: N_("{who}, the number of connections"),
    Per.HOLD: N_("{who}, which asked us to wait"),
}
_NAMES = {
    Family.ORANGE: "Orange",
    Family.LAPOSTE: "La Poste",
    Family.FREE: "Free",
    Family.SFR: "SFR",
    Family.GOOGLE: "Google",
    Family.MICROSOFT: "Microsoft",
    Family.YAHOO: "Yahoo",
}


def foretold_end(found: Foretelling | None, now: datetime) -> str:
    """The sentence; empty where sending ends at once."""
    if found is None or found.brake is None or found.end - now < SOON:
        return ""
    when = by_when(terminal.language, found.end, now, terminal.zone)
    return terminal.text(WILL_END, when=when, limit=_limit(found.relay, found.brake))


def _limit(relay: str, brake: Brake) -> str:
    if brake.family is None:
        who = terminal.text(N_("the relay {name}"), name=relay)
    else:
        who = _NAMES.get(brake.family) or terminal.text(N_("the other receivers"))
    return terminal.text(_LIMITS[brake.per], who=who, count=number(terminal.language, brake.letters))
