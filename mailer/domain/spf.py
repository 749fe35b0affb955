"""Who may send for a domain: its SPF record judged (RFC 7208), the records that it includes too. Asks nobody."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_network

from mailer.domain.dns_records import Inquiry, Mechanism, Reply, Spf, Term, read_spf, spf_records
from mailer.domain.findings import Finding, Level
from mailer.language import N_

Address = IPv4Address | IPv6Address

MOST_LOOKUPS = 10
"""RFC 7208 §4.6.4; one more, and the record is void."""
_ENOUGH = 3 * MOST_LOOKUPS

NO_SPF = N_("there is no SPF record, so receivers cannot tell who may send for {domain}. Publish:\n    {record}")
NO_SPF_GUESSED = N_(
    "there is no SPF record, so receivers cannot tell who may send for {domain}. Publish this, with what your relay's "
    'operator names in place of "{guess}":\n    {record}'
)
SEVERAL = N_("there are {count} SPF records, so receivers heed none. Replace them by this one:\n    {record}")
UNREADABLE = N_('the SPF record is void, because no receiver understands "{word}" in it. It says now:\n    {record}')
TOO_MANY = N_(
    "the SPF record needs {count} lookups and receivers stop at {most}: it is void. Take out an include of a service "
    "that you do not use any more. It says now:\n    {record}"
)
DEAD = N_(
    "the SPF record is void: it includes {name}, which has no SPF record. Take that word out or correct it. It says "
    "now:\n    {record}"
)
OPEN_TO_ALL = N_('the SPF record lets anyone send in your name ("{word}"). Replace it by:\n    {record}')
NO_END = N_(
    "the SPF record does not say what becomes of letters from elsewhere, so it protects nobody. Replace it by:"
    "\n    {record}"
)
AFTER_ALL = N_(
    'what follows "{word}" in the SPF record is never read. Put it before. Replace the record by:\n    {record}'
)
OUTDATED = N_('"ptr" in the SPF record is slow and not heeded by all. Replace the record by:\n    {record}')
NOT_OURS = N_("the SPF record does not let {address} send, which is this machine's relay. Replace it by:\n    {record}")
NOT_PROVIDER = N_(
    "the SPF record does not name the servers of your relay {relay} ({include}). Replace it by:\n    {record}"
)

PROVIDERS = {
    "gandi.net": "include:_mailcust.gandi.net",
    "infomaniak.com": "include:spf.infomaniak.ch",
    "ovh.net": "include:mx.ovh.com",
}
"""By the domain of a relay, what it asks its customers to publish, from its own help pages."""


@dataclass(frozen=True)
class Grant:
    """What a record must hold so that our relay may send."""

    words: str
    sure: bool
    addresses: tuple[Address, ...] = ()
    """Of the relay, where they are known."""


def grant_for(relay: str, addresses: tuple[Address, ...]) -> Grant:
    """`relay`: its host name, empty for one on this machine; `addresses`: its own, where they are known."""
    if addresses:
        return Grant(" ".join(f"ip{one.version}:{one}" for one in addresses), True, addresses)
    for domain, include in PROVIDERS.items():
        if relay == domain or relay.endswith(f".{domain}"):
            return Grant(include, True)
    return Grant(f"a:{relay}" if relay else "mx", False)


def txt_record(name: str, text: str) -> str:
    """A record as it can be copied into a zone."""
    return f'{name}. IN TXT "{text}"'


def judge_spf(domain: str, relay: str, grant: Grant, inquiry: Inquiry) -> list[Finding]:
    """What is wrong with the SPF record of a return path's domain."""
    answer = inquiry.ask(domain, "TXT")
    if answer.reply in (Reply.FAILED, Reply.SILENT):
        return []
    written = spf_records(answer.values)
    if len(written) != 1:
        return [_missing(domain, grant) if not written else _several(domain, written)]
    record = read_spf(written[0])
    if spoilt := [*_about_void(domain, record, inquiry)]:
        return spoilt
    us = list(_about_us(domain, relay, record, grant, inquiry))
    # Whatever is wrong, one record mends all of it.
    mended = txt_record(domain, _mended(record, grant.words if us else ""))
    told = [*_about_end(record), *_about_words(record), *us]
    return [Finding(level, domain, None, sentence, {**values, "record": mended}) for level, sentence, values in told]


Told = tuple[Level, str, dict[str, object]]


@dataclass
class Walk:
    """What reading a record with all that it includes costs, and where it ends in nothing."""

    lookups: int = 0
    included: set[str] = field(default_factory=set)
    dead: list[str] = field(default_factory=list)


def walk(record: Spf, inquiry: Inquiry) -> Walk:
    """The record and all that it includes, at worst, where no early word decides."""
    done = Walk()
    _walk(record, inquiry, done)
    return done


def permits(domain: str, address: Address, inquiry: Inquiry) -> bool | None:
    """Whether the domain's record lets this address send; None where that depends on the letter (macros)."""
    return _Evaluation(address, inquiry).permits(domain)


def _missing(domain: str, grant: Grant) -> Finding:
    values: dict[str, object] = {"domain": domain, "record": txt_record(domain, f"v=spf1 {grant.words} ~all")}
    if grant.sure:
        return Finding(Level.ERROR, domain, None, NO_SPF, values)
    return Finding(Level.ERROR, domain, None, NO_SPF_GUESSED, {**values, "guess": grant.words})


def _several(domain: str, written: list[str]) -> Finding:
    """One record of the words of all, the mildest end last, so that nobody who could send is shut out."""
    words = list(dict.fromkeys(word for text in written for word in text.split()[1:]))
    record = txt_record(domain, " ".join(["v=spf1", *(word for word in words if not _END.fullmatch(word)), "~all"]))
    return Finding(Level.ERROR, domain, None, SEVERAL, {"count": len(written), "record": record})


def _about_void(domain: str, record: Spf, inquiry: Inquiry) -> Iterator[Finding]:
    now = txt_record(domain, record.written)
    if record.mistakes:
        yield Finding(Level.ERROR, domain, None, UNREADABLE, {"word": record.mistakes[0], "record": now})
        return
    walked = walk(record, inquiry)
    for name in walked.dead:
        yield Finding(Level.ERROR, domain, None, DEAD, {"name": name, "record": now})
    if walked.lookups > MOST_LOOKUPS:
        values = {"count": walked.lookups, "most": MOST_LOOKUPS, "record": now}
        yield Finding(Level.ERROR, domain, None, TOO_MANY, values)


def _about_end(record: Spf) -> Iterator[Told]:
    end = record.all
    if end is None:
        if not record.redirect:
            yield Level.WARNING, NO_END, {}
    elif end.qualifier == "+":
        yield Level.ERROR, OPEN_TO_ALL, {"word": end.written}
    elif end.qualifier == "?":
        yield Level.WARNING, NO_END, {}
    elif record.terms[-1] is not end:
        yield Level.WARNING, AFTER_ALL, {"word": end.written}


def _about_words(record: Spf) -> Iterator[Told]:
    if any(term.mechanism is Mechanism.PTR for term in record.terms):
        yield Level.ADVICE, OUTDATED, {}


def _about_us(domain: str, relay: str, record: Spf, grant: Grant, inquiry: Inquiry) -> Iterator[Told]:
    shut_out = [one for one in grant.addresses if permits(domain, one, inquiry) is False]
    if shut_out:
        yield Level.ERROR, NOT_OURS, {"address": shut_out[0]}
    name = grant.words.removeprefix("include:")
    if grant.sure and not grant.addresses and name not in walk(record, inquiry).included:
        yield Level.WARNING, NOT_PROVIDER, {"relay": relay, "include": grant.words}


def _mended(record: Spf, lacking: str) -> str:
    """The record with what lacks in front, without what is outdated, and with an end that shuts strangers out."""
    outdated = [term.written for term in record.terms if term.mechanism in (Mechanism.PTR, Mechanism.ALL)]
    words = [word for word in record.written.split()[1:] if word not in outdated]
    end = record.all
    if end is not None and end.qualifier in ("-", "~"):
        words.append(end.written)
    elif end is not None or not record.redirect:
        words.append("~all")
    return " ".join(["v=spf1", *lacking.split(), *words])


def _walk(record: Spf, inquiry: Inquiry, done: Walk) -> None:
    for term in record.terms:
        if term.mechanism is Mechanism.ALL:
            return
        if term.mechanism not in _FREE:
            done.lookups += 1
        if term.mechanism is Mechanism.INCLUDE:
            _walk_into(term.target, inquiry, done)
    if record.redirect:
        done.lookups += 1
        _walk_into(record.redirect, inquiry, done)


def _walk_into(name: str, inquiry: Inquiry, done: Walk) -> None:
    if "%" in name or done.lookups > _ENOUGH:
        return
    name = name.rstrip(".").casefold()
    done.included.add(name)
    answer = inquiry.ask(name, "TXT")
    written = spf_records(answer.values)
    if len(written) == 1:
        _walk(read_spf(written[0]), inquiry, done)
    elif not inquiry.open and answer.reply not in (Reply.FAILED, Reply.SILENT):
        done.dead.append(name)


class _Evaluation:
    """One address held against a record and those that it includes; gives up where receivers do."""

    def __init__(self, address: Address, inquiry: Inquiry) -> None:
        self._address = address
        self._inquiry = inquiry
        self._lookups = 0

    def permits(self, domain: str) -> bool | None:
        written = spf_records(self._inquiry.ask(domain, "TXT").values)
        if len(written) != 1:
            return False
        record = read_spf(written[0])
        for term in record.terms:
            self._lookups += term.mechanism not in _FREE
            if self._lookups > MOST_LOOKUPS:
                return False
            matches = self._matches(term, term.target or domain)
            if matches is not False:
                return matches and term.qualifier == "+"
        return self._redirected(record.redirect)

    def _redirected(self, target: str) -> bool | None:
        self._lookups += 1
        return bool(target) and self._lookups <= MOST_LOOKUPS and self.permits(target)

    def _matches(self, term: Term, target: str) -> bool | None:
        match term.mechanism:
            case Mechanism.ALL:
                return True
            case Mechanism.IP4 | Mechanism.IP6:
                return term.network is not None and self._address in term.network
            case Mechanism.EXISTS | Mechanism.PTR:
                return None
        if "%" in target:
            return None
        match term.mechanism:
            case Mechanism.INCLUDE:
                return self.permits(target)
            case Mechanism.MX:
                hosts = [value.partition(" ")[2] for value in self._inquiry.ask(target, "MX").values]
                return any(self._is_at(term, host) for host in hosts if host)
        return self._is_at(term, target)

    def _is_at(self, term: Term, host: str) -> bool:
        bits, kind = (term.ip4_bits, "A") if self._address.version == 4 else (term.ip6_bits, "AAAA")
        values = self._inquiry.ask(host, kind).values
        return any(self._address in ip_network(f"{value}/{bits}", strict=False) for value in values)


_FREE = (Mechanism.ALL, Mechanism.IP4, Mechanism.IP6)
_END = re.compile(r"[-+~?]?all", re.IGNORECASE)
