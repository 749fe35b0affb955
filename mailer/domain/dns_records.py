"""What domains publish about their mail, read as the standards say: SPF, DKIM and DMARC records. Asks nobody."""

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_network


class Reply(StrEnum):
    """How a question to the DNS ended."""

    FOUND = "found"
    NOTHING = "nothing"
    """The name exists, and has no record of that kind."""
    NO_NAME = "no name"
    FAILED = "failed"
    """A server answered that it could not say (SERVFAIL, REFUSED)."""
    SILENT = "silent"


@dataclass(frozen=True)
class Question:
    """One record asked for: `TXT`, `MX`, `A`, `AAAA` or `PTR` of a name."""

    name: str
    kind: str


@dataclass(frozen=True)
class Answer:
    """What came back; each value as text, names without their final dot."""

    reply: Reply
    values: tuple[str, ...] = ()


class Inquiry:
    """The answers so far. What a judgement asks beyond them is noted in `open`, to be looked up and judged again."""

    def __init__(self, answers: Mapping[Question, Answer]) -> None:
        self.answers = answers
        self.open: set[Question] = set()

    def ask(self, name: str, kind: str) -> Answer:
        """The answer, or one with nothing in it until there is one."""
        question = Question(name.rstrip(".").casefold(), kind)
        if question not in self.answers:
            self.open.add(question)
        return self.answers.get(question, Answer(Reply.NOTHING))


class Mechanism(StrEnum):
    """The mechanisms of SPF (RFC 7208 §5)."""

    ALL = "all"
    INCLUDE = "include"
    A = "a"
    MX = "mx"
    PTR = "ptr"
    IP4 = "ip4"
    IP6 = "ip6"
    EXISTS = "exists"


@dataclass(frozen=True)
class Term:
    """One mechanism of an SPF record."""

    written: str
    qualifier: str
    """`+`, `-`, `~` or `?`."""
    mechanism: Mechanism
    target: str
    """A name; empty for the domain itself."""
    network: IPv4Network | IPv6Network | None = None
    ip4_bits: int = 32
    ip6_bits: int = 128


@dataclass(frozen=True)
class Spf:
    """An SPF record."""

    written: str
    terms: tuple[Term, ...]
    redirect: str
    mistakes: tuple[str, ...]
    """Words that no receiver understands; one is enough to make the record void (RFC 7208 §4.6)."""

    @property
    def all(self) -> Term | None:
        """What is said of everyone else."""
        return next((term for term in self.terms if term.mechanism is Mechanism.ALL), None)


def spf_records(texts: Iterable[str]) -> list[str]:
    """Those of a name's TXT records that are SPF (RFC 7208 §4.5)."""
    return [text for text in texts if text.casefold() == "v=spf1" or text.casefold().startswith("v=spf1 ")]


def read_spf(text: str) -> Spf:
    """An SPF record, with what is wrong in it."""
    terms, mistakes, redirects = list[Term](), list[str](), list[str]()
    for word in text.split()[1:]:
        if modifier := _MODIFIER.fullmatch(word):
            if modifier["name"].casefold() == "redirect":
                redirects.append(modifier["value"])
        elif (term := _read_term(word)) is not None:
            terms.append(term)
        else:
            mistakes.append(word)
    if len(redirects) > 1 or "" in redirects:
        mistakes.append("redirect=")
    return Spf(text, tuple(terms), redirects[0] if redirects else "", tuple(mistakes))


def read_tags(text: str) -> dict[str, str] | None:
    """`v=DMARC1; p=none`: tags by their name in small letters (RFC 6376 §3.2). None where that is not what it is."""
    tags: dict[str, str] = {}
    for part in text.rstrip("; \t").split(";"):
        name, equals, value = part.partition("=")
        name = name.strip().casefold()
        if not equals or not _TAG_NAME.fullmatch(name) or name in tags:
            return None
        tags[name] = value.strip()
    return tags


@dataclass(frozen=True)
class Dmarc:
    """A DMARC record (RFC 9989 §4.7)."""

    written: str
    policy: str
    """`none`, `quarantine` or `reject`; empty where the record says none of these."""
    subdomain_policy: str
    strict_spf: bool
    reports: str
    """Where receivers report to; empty for nowhere."""


def dmarc_records(texts: Iterable[str]) -> list[Dmarc]:
    """Those of a name's TXT records that are DMARC; others are passed over, as receivers do."""
    found = []
    for text in texts:
        tags = read_tags(text)
        if tags is None or not text.lstrip().casefold().startswith("v") or tags.get("v") != "DMARC1":
            continue
        policy = _policy(tags.get("p", ""))
        subdomains = _policy(tags.get("sp", "")) or policy
        found.append(Dmarc(text, policy, subdomains, tags.get("aspf", "").casefold() == "s", tags.get("rua", "")))
    return found


class KeyFault(StrEnum):
    """Why a published DKIM key does not count."""

    UNREADABLE = "unreadable"
    REVOKED = "revoked"
    WRONG_USE = "wrong use"
    """For another service, or for a hash that is not used any more."""


@dataclass(frozen=True)
class Dkim:
    """A DKIM key record (RFC 6376 §3.6.1)."""

    kind: str
    """`rsa`, `ed25519` or a word that is neither."""
    bits: int
    """0 where it cannot be told."""
    testing: bool
    fault: KeyFault | None


def read_dkim(text: str) -> Dkim:
    """A key record."""
    tags = read_tags(text)
    if tags is None or "p" not in tags or tags.get("v", "DKIM1") != "DKIM1":
        return Dkim("", 0, testing=False, fault=KeyFault.UNREADABLE)
    kind = tags.get("k", "rsa").casefold() or "rsa"
    testing = "y" in _listed(tags.get("t", ""))
    key = "".join(tags["p"].split())
    if not key:
        return Dkim(kind, 0, testing, KeyFault.REVOKED)
    bits = _key_bits(kind, key)
    unusable = not {"*", "email"} & _listed(tags.get("s", "*")) or "sha256" not in _listed(tags.get("h", "sha256"))
    fault = KeyFault.UNREADABLE if not bits else KeyFault.WRONG_USE if unusable else None
    return Dkim(kind, bits, testing, fault)


def _read_term(word: str) -> Term | None:
    match = _TERM.fullmatch(word)
    if match is None:
        return None
    mechanism = Mechanism(match["mechanism"].casefold())
    qualifier, target, colon = match["qualifier"] or "+", match["target"] or "", match["target"] is not None
    bits = match["bits"] or ""
    match mechanism:
        case Mechanism.IP4 | Mechanism.IP6:
            return _network_term(word, qualifier, mechanism, target + bits)
        case Mechanism.ALL:
            return None if colon or bits else Term(word, qualifier, mechanism, "")
        case Mechanism.INCLUDE | Mechanism.EXISTS | Mechanism.PTR:
            needed = mechanism is not Mechanism.PTR
            return None if bits or ((needed or colon) and not target) else Term(word, qualifier, mechanism, target)
        case Mechanism.A | Mechanism.MX:
            return None if colon and not target else _address_term(word, qualifier, mechanism, target, bits)


def _network_term(word: str, qualifier: str, mechanism: Mechanism, written: str) -> Term | None:
    try:
        network = ip_network(written, strict=False)
    except ValueError:
        return None
    return Term(word, qualifier, mechanism, "", network) if f"ip{network.version}" == mechanism else None


def _address_term(word: str, qualifier: str, mechanism: Mechanism, target: str, bits: str) -> Term | None:
    lengths = _BITS.fullmatch(bits)
    if lengths is None:
        return None
    four, six = int(lengths["four"] or 32), int(lengths["six"] or 128)
    return Term(word, qualifier, mechanism, target, None, four, six) if four <= 32 and six <= 128 else None


def _policy(word: str) -> str:
    return word.casefold() if word.casefold() in ("none", "quarantine", "reject") else ""


def _listed(value: str) -> set[str]:
    return {word.strip().casefold() for word in value.split(":")}


def _key_bits(kind: str, key: str) -> int:
    """0 where it is no key of its kind."""
    try:
        raw = base64.b64decode(key, validate=True)
    except (binascii.Error, ValueError):
        return 0
    if kind == "ed25519":
        return 256 if len(raw) == 32 else 0
    return _rsa_bits(raw) if kind == "rsa" else 0


def _rsa_bits(raw: bytes) -> int:
    """Of the modulus in a SubjectPublicKeyInfo, or in the bare RSAPublicKey that some publish (RFC 8017 A.1.1)."""
    outer = _der(raw, _SEQUENCE)
    if outer[:1] == bytes([_SEQUENCE]):
        outer = _der(_der(_after(outer), _BIT_STRING)[1:], _SEQUENCE)
    return int.from_bytes(_der(outer, _INTEGER)).bit_length()


def _der(raw: bytes, tag: int) -> bytes:
    """The content of the first DER value, empty where it is of another tag or cut short."""
    start, length = _extent(raw)
    return raw[start : start + length] if raw[:1] == bytes([tag]) and len(raw) >= start + length else b""


def _after(raw: bytes) -> bytes:
    start, length = _extent(raw)
    return raw[start + length :]


def _extent(raw: bytes) -> tuple[int, int]:
    """Where the first value's content begins, and its length."""
    if len(raw) < 2 or raw[1] < 0x80:
        return 2, raw[1] if len(raw) > 1 else 0
    octets = raw[1] & 0x7F
    return 2 + octets, int.from_bytes(raw[2 : 2 + octets])


_INTEGER, _BIT_STRING, _SEQUENCE = 0x02, 0x03, 0x30
_MODIFIER = re.compile(r"(?P<name>[a-zA-Z][\w.-]*)=(?P<value>.*)")
_TAG_NAME = re.compile(r"[a-z][a-z0-9_]*")
_TERM = re.compile(
    rf"(?P<qualifier>[-+~?])?(?P<mechanism>{'|'.join(sorted(Mechanism, key=len, reverse=True))})"
    r"(?::(?P<target>[^/]*))?(?P<bits>/.*)?",
    re.IGNORECASE,
)
_BITS = re.compile(r"(?:/(?P<four>\d{1,2}))?(?://(?P<six>\d{1,3}))?", re.ASCII)
