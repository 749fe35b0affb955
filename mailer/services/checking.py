"""The sending side seen from outside: what receivers find in the DNS, and how our relays answer. Sends nothing."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from ipaddress import ip_address
from pathlib import Path

from mailer.config import CONFIG_FILE, MAIN, Config, Smtp
from mailer.content.lists import readable_lists
from mailer.domain.dns_records import Answer, Inquiry, Question, Reply
from mailer.domain.domains import is_reserved
from mailer.domain.findings import Finding, Level
from mailer.domain.letters import MailingList
from mailer.domain.sending_domain import Sender, judge_senders
from mailer.errors import MailerError, Refused
from mailer.language import N_
from mailer.transport.dns import LIFETIME_S, Resolver
from mailer.transport.letters import NOBODY, Greeting
from mailer.transport.smtp import Relay

DNS = "DNS"
OFFLINE = N_(
    "no name server answers this machine, so SPF, DKIM, DMARC and MX were not looked at. Try again where there is a "
    "network, or name a server: mailer check --resolver 192.0.2.53"
)
RESERVED = N_("{domain} is a name for examples, so no name server was asked about it. Put your own domain into lists/.")
OFFERS_TLS = N_(
    "this relay offers STARTTLS, and letters go to it in clear. Set it in config.toml:\n"
    '    [{table}]\n    security = "starttls"'
)
NOT_A_SERVER = N_('"{server}" is no name server: write its address, and its port where that is not 53: 127.0.0.1:5353')

_MOST_ROUNDS = 40


def read_server(written: str) -> tuple[str, int]:
    """`192.0.2.53`, `127.0.0.1:5353` or `[2001:db8::53]:53` as address and port. Raises Refused."""
    host, port = written, "53"
    if written.count(":") == 1 or "]:" in written:
        host, _, port = written.rpartition(":")
    try:
        address, number = ip_address(host.removeprefix("[").removesuffix("]")), int(port)
    except ValueError as error:
        raise Refused(NOT_A_SERVER, server=written) from error
    if not 0 < number < 65536:
        raise Refused(NOT_A_SERVER, server=written)
    return str(address), number


async def check_sending(
    site: Path,
    config: Config,
    server: tuple[str, int] | None = None,
    *,
    ask_relays: bool = False,
    lifetime_s: float = LIFETIME_S,
) -> list[Finding]:
    """What receivers will find wrong or doubtful. `server`: the name server to ask, in place of the system's."""
    ways = await _ways(site, config, ask=ask_relays)
    found = [finding for way in ways for finding in way.findings]
    senders = [sender for way in ways for sender in _senders(way)]
    if server is None:
        examples = sorted({one.domain for one in senders if is_reserved(one.domain)})
        found += [Finding(Level.ADVICE, DNS, None, RESERVED, {"domain": domain}) for domain in examples]
        senders = [replace(one, own_name=_real(one.own_name)) for one in senders if one.domain not in examples]
    return found + await _judge(senders, Resolver(server, lifetime_s=lifetime_s))


@dataclass(frozen=True)
class _Way:
    """A relay, the lists whose letters go that way, and what was learnt by asking it."""

    name: str
    settings: Smtp
    lists: tuple[MailingList, ...]
    greeting: Greeting = NOBODY
    findings: tuple[Finding, ...] = ()

    @property
    def table(self) -> str:
        """Its place in config.toml."""
        return "smtp" if self.name == MAIN else f"relays.{self.name}"


async def _ways(site: Path, config: Config, *, ask: bool) -> list[_Way]:
    """Those in use. A list that names no relay of this installation is a mistake of its file, told elsewhere."""
    lists, _ = readable_lists(site)
    ways = [
        _Way(name, config.relay(name), users)
        for name in config.relay_names
        if (users := tuple(one for one in lists.values() if one.relay == name)) or name == MAIN
    ]
    return [await _meet(way) for way in ways] if ask else ways


async def _meet(way: _Way) -> _Way:
    try:
        greeting = await Relay(way.settings).meet()
    except MailerError as error:
        return replace(way, findings=(Finding(Level.ERROR, CONFIG_FILE, None, error.sentence, error.values),))
    in_clear = way.settings.security == "none" and not way.settings.is_here and greeting.offers_tls
    told = (Finding(Level.WARNING, CONFIG_FILE, None, OFFERS_TLS, {"table": way.table}),) if in_clear else ()
    return replace(way, greeting=greeting, findings=told)


def _senders(way: _Way) -> Iterable[Sender]:
    settings = way.settings
    for domain in dict.fromkeys(one.sender_address.rpartition("@")[2].casefold() for one in way.lists):
        yield Sender(
            domain=domain,
            return_domain=settings.bounce_domain.casefold() or domain,
            relay="" if settings.is_here else settings.host.casefold(),
            table=way.table,
            selector=settings.dkim_selector,
            own_name=way.greeting.name if settings.is_here else "",
        )


async def _judge(senders: list[Sender], resolver: Resolver) -> list[Finding]:
    """Judged with what is known, again and again, as long as a judgement asks for more."""
    answers: dict[Question, Answer] = {}
    for _ in range(_MOST_ROUNDS):
        inquiry = Inquiry(answers)
        found = judge_senders(senders, inquiry)
        if not inquiry.open:
            return found
        answers |= await resolver.ask_all(inquiry.open)
        if all(answer.reply is Reply.SILENT for answer in answers.values()):
            return [Finding(Level.ADVICE, DNS, None, OFFLINE)]
    return found


def _real(name: str) -> str:
    return "" if is_reserved(name) else name
