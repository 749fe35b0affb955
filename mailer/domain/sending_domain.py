"""What receivers see of a sender: its domain, the way back, its own server's name, SPF, DKIM, DMARC. Asks nobody."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address

from mailer.domain.dns_records import Inquiry, Reply
from mailer.domain.findings import Finding, Level
from mailer.domain.signing import Signer, judge_signing
from mailer.domain.spf import Address, grant_for, judge_spf
from mailer.language import N_

NO_SUCH_DOMAIN = N_(
    "no name server knows this domain: letters of its senders are refused everywhere. Correct the sender in lists/, "
    "or have the domain renewed."
)
NO_MAIL = N_(
    "no server takes mail for this domain: answers and returned letters are lost, and La Poste refuses senders that "
    "cannot be answered. Publish:\n    {record}"
)
NO_MAIL_UNKNOWN = N_(
    "no server takes mail for this domain: answers and returned letters are lost, and La Poste refuses senders that "
    "cannot be answered. Publish, with the name of your mail server:\n    {record}"
)
REFUSES_MAIL = N_(
    "this domain says that it takes no mail at all (MX 0 .), and a sender must. Replace it by:\n    {record}"
)
DEAD_SERVER = N_("mail for this domain goes to {host}, which has no address. Correct this record:\n    {record}")
CANNOT_TELL = N_(
    "the name servers of {name} fail, so nothing could be seen there, and receivers see no more. Ask whoever keeps "
    "the zone."
)
NO_FULL_NAME = N_(
    'the relay on this machine calls itself "{name}", which is no full name: Orange and others refuse that. For '
    'Postfix:\n    postconf -e "myhostname = mail.{domain}"'
)
NO_ADDRESS = N_(
    "the relay on this machine calls itself {name}, and that name has no address: Orange and others refuse that. "
    "Publish the address from which it sends:\n    {name}. IN A …"
)
NO_REVERSE = N_(
    "{address}, from which the relay on this machine sends, has no name of its own: Orange, Gmail and others refuse "
    "that. Have whoever rents you the machine set:\n    {record}"
)
WRONG_REVERSE = N_(
    "{address}, from which the relay on this machine sends, is called {found}, and that name does not lead back to "
    "it: Orange and others refuse that. Have whoever rents you the machine set:\n    {record}"
)


@dataclass(frozen=True)
class Sender:
    """A domain that lists write from, and the way its letters take."""

    domain: str
    return_domain: str
    relay: str
    """Host name of the relay; empty for one on this machine."""
    table: str
    """Of config.toml, where the relay is described."""
    selector: str = ""
    own_name: str = ""
    """What a relay on this machine calls itself, where it was asked."""


def judge_senders(senders: Iterable[Sender], inquiry: Inquiry) -> list[Finding]:
    """All that is worth saying, each thing once; what is not yet known is noted in the inquiry."""
    found = [one for sender in senders for one in _judge(sender, inquiry)]
    return [one for place, one in enumerate(found) if one not in found[:place]] + [*_judge_servers(inquiry)]


def _judge(sender: Sender, inquiry: Inquiry) -> list[Finding]:
    if inquiry.ask(sender.domain, "MX").reply is Reply.NO_NAME:
        return [Finding(Level.ERROR, sender.domain, None, NO_SUCH_DOMAIN)]
    addresses = _own_addresses(sender, inquiry)
    found = [*_judge_own_name(sender, addresses, inquiry)]
    for domain in dict.fromkeys((sender.domain, sender.return_domain)):
        found += _judge_mail(domain, sender, inquiry)
    grant = grant_for(sender.relay, addresses)
    found += judge_spf(sender.return_domain, sender.relay, grant, inquiry)
    signer = Signer(sender.domain, sender.return_domain, sender.selector, sender.table)
    return [*found, *judge_signing(signer, inquiry)]


def _judge_mail(domain: str, sender: Sender, inquiry: Inquiry) -> Iterator[Finding]:
    answer = inquiry.ask(domain, "MX")
    if answer.reply in (Reply.FAILED, Reply.SILENT):
        return
    hosts = [value.partition(" ")[2] for value in answer.values]
    if not hosts:
        if _leads_nowhere(domain, inquiry):
            yield _no_mail(domain, sender, inquiry)
    elif not any(hosts):
        _, host = _mail_server(domain, sender, inquiry)
        yield Finding(Level.ERROR, domain, None, REFUSES_MAIL, {"record": _mx(domain, host)})
    elif all(_leads_nowhere(host, inquiry) for host in hosts):
        yield Finding(Level.ERROR, domain, None, DEAD_SERVER, {"host": hosts[0], "record": _mx(domain, hosts[0])})


def _no_mail(domain: str, sender: Sender, inquiry: Inquiry) -> Finding:
    sure, host = _mail_server(domain, sender, inquiry)
    sentence = NO_MAIL if sure else NO_MAIL_UNKNOWN
    return Finding(Level.ERROR, domain, None, sentence, {"record": _mx(domain, host)})


def _mail_server(domain: str, sender: Sender, inquiry: Inquiry) -> tuple[bool, str]:
    """The server that takes mail for the sender's own domain, where the return path has none; and whether it is "
    "known."""
    if domain != sender.domain:
        for value in inquiry.ask(sender.domain, "MX").values:
            if host := value.partition(" ")[2]:
                return True, host
    return (True, sender.own_name) if sender.own_name else (False, f"mail.{domain}")


def _mx(domain: str, host: str) -> str:
    return f"{domain}. IN MX 10 {host}."


def _judge_own_name(sender: Sender, addresses: tuple[Address, ...], inquiry: Inquiry) -> Iterator[Finding]:
    name = sender.own_name
    if not name:
        return
    if "." not in name or name.endswith(_NOT_ON_THE_NET):
        yield Finding(Level.ERROR, sender.table, None, NO_FULL_NAME, {"name": name, "domain": sender.domain})
    elif _leads_nowhere(name, inquiry):
        yield Finding(Level.ERROR, sender.table, None, NO_ADDRESS, {"name": name})
    for address in addresses:
        yield from _judge_reverse(sender, address, inquiry)


def _judge_reverse(sender: Sender, address: Address, inquiry: Inquiry) -> Iterator[Finding]:
    answer = inquiry.ask(address.reverse_pointer, "PTR")
    values = {"address": address, "record": f"{address.reverse_pointer}. IN PTR {sender.own_name}."}
    if answer.reply in _NO_ANSWER:
        return
    if not answer.values:
        yield Finding(Level.ERROR, sender.table, None, NO_REVERSE, values)
    elif not any(address in _addresses(name, inquiry) for name in answer.values):
        yield Finding(Level.ERROR, sender.table, None, WRONG_REVERSE, {**values, "found": answer.values[0]})


def _judge_servers(inquiry: Inquiry) -> Iterator[Finding]:
    """Once a name whose servers fail; a time-out of one question among many says the same."""
    failed = sorted({question.name for question, answer in inquiry.answers.items() if answer.reply in _NO_ANSWER})
    for name in failed:
        yield Finding(Level.WARNING, name, None, CANNOT_TELL, {"name": name})


def _own_addresses(sender: Sender, inquiry: Inquiry) -> tuple[Address, ...]:
    """Those that the name of a relay on this machine leads to."""
    return _addresses(sender.own_name, inquiry) if "." in sender.own_name else ()


def _leads_nowhere(name: str, inquiry: Inquiry) -> bool:
    return all(inquiry.ask(name, kind).reply in (Reply.NOTHING, Reply.NO_NAME) for kind in ("A", "AAAA"))


def _addresses(name: str, inquiry: Inquiry) -> tuple[Address, ...]:
    return tuple(ip_address(value) for kind in ("A", "AAAA") for value in inquiry.ask(name, kind).values)


_NOT_ON_THE_NET = (".local", ".localdomain", ".lan", ".internal", ".localhost")
_NO_ANSWER = (Reply.FAILED, Reply.SILENT)
