"""Which contacts are probably one and the same, and what speaks for it. Proposes; never decides, never looks up.

Only contacts that share something rare are compared: an address but for a plus, a name, a number, a word.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from mailer.domain.addresses import FAMILIES
from mailer.domain.people import ContactKind
from mailer.domain.spellings import likeness, name_key, name_words, rare_words
from mailer.language import N_

MOST_OF_A_KIND = 30
"""Contacts that share a word or a name and are compared with each other; what more of them share says nothing."""
FEW_NAMESAKES = 3
"""So few of one name may be one person even where nothing else speaks for it."""
BEGINNING = 4
"""Letters of a word that are spelt rightly, mostly."""
ALIKE, NEARLY_ALIKE, SOMEWHAT_ALIKE = 0.9, 0.7, 0.5

TWINS = {"wanadoo.fr": "orange.fr", "neuf.fr": "sfr.fr", "cegetel.net": "sfr.fr", "club-internet.fr": "sfr.fr"}
TWINS |= {"googlemail.com": "gmail.com", "9online.fr": "sfr.fr"}
"""Providers that changed their name: one mailbox may answer to both. An address is never rewritten for it."""
DOTLESS = frozenset({"gmail.com"})
"""Where dots before the @ mean nothing."""
OF_A_PROVIDER = frozenset(
    (*FAMILIES, "icloud.com", "me.com", "gmx.fr", "gmx.com", "protonmail.com", "proton.me", "riseup.net", "yahoo.com",
     "mailo.com", "bbox.fr", "netcourrier.com", "posteo.net", "tutanota.com", "zaclys.net", "ouvaton.org")
)  # fmt: skip
"""Domains that say nothing of who writes there."""


class Evidence(StrEnum):
    """What speaks for two contacts being one."""

    SAME_NUMBER = N_("same number")
    """SIRET, or the RNA's."""
    PLUS_OR_DOTS = N_("same address but for a plus or dots")
    RENAMED_PROVIDER = N_("same address at a provider that changed its name")
    SAME_NAME = N_("same name")
    LIKE_NAME = N_("names spelt alike")
    SAME_CITY = N_("same city")
    SAME_STRUCTURE = N_("same structure")
    SAME_DOMAIN = N_("same domain")
    NOTHING_AGAINST = N_("few bear that name, and nothing speaks against it")


_WEIGHT = {
    Evidence.SAME_NUMBER: 6,
    Evidence.PLUS_OR_DOTS: 5,
    Evidence.RENAMED_PROVIDER: 4,
    Evidence.SAME_NAME: 3,
    Evidence.LIKE_NAME: 2,
    Evidence.SAME_STRUCTURE: 2,
    Evidence.SAME_CITY: 2,
    Evidence.SAME_DOMAIN: 2,
    Evidence.NOTHING_AGAINST: 0,
}


@dataclass(frozen=True)
class Look:
    """What two contacts are compared by."""

    id: int
    kind: ContactKind
    name: str
    city: str
    """Folded."""
    address: str
    """Canonical; empty where there is none."""
    structures: frozenset[int] = frozenset()
    numbers: frozenset[str] = frozenset()
    """SIRET, SIREN and RNA numbers, bare."""

    @property
    def domain(self) -> str:
        """The domain where it says something of who writes; else empty."""
        domain = self.address.rpartition("@")[2]
        return "" if domain in OF_A_PROVIDER else domain


@dataclass(frozen=True)
class Pair:
    """Two contacts that are probably one; the older comes first."""

    first: int
    second: int
    evidence: tuple[Evidence, ...]

    @property
    def weight(self) -> int:
        """How much speaks for it."""
        return sum(_WEIGHT[one] for one in self.evidence)


def probable_pairs(looks: Sequence[Look]) -> list[Pair]:
    """Those that are probably one, the most probable first."""
    by_id = {one.id: one for one in looks}
    found: dict[tuple[int, int], Pair] = {}
    for ids in _blocks(looks):
        namesakes = len(ids)
        for first, second in combinations(sorted(ids), 2):
            if (first, second) not in found and (pair := compare(by_id[first], by_id[second], namesakes)):
                found[first, second] = pair
    return sorted(found.values(), key=lambda pair: (-pair.weight, pair.first, pair.second))


def compare(one: Look, other: Look, namesakes: int = 2) -> Pair | None:
    """What speaks for two contacts being one; None where it is not enough, or something speaks against it."""
    if one.kind is not other.kind:
        return None
    person = one.kind is ContactKind.PERSON
    evidence = tuple(_of_persons(one, other, namesakes) if person else _of_structures(one, other))
    return Pair(min(one.id, other.id), max(one.id, other.id), evidence) if evidence else None


def _of_persons(one: Look, other: Look, namesakes: int) -> Iterator[Evidence]:
    key = name_key(one.name)
    same_name = bool(key) and key == name_key(other.name)
    address = _same_mailbox(one.address, other.address)
    around = [*_around(one, other), *([Evidence.SAME_STRUCTURE] if one.structures & other.structures else [])]
    contradicted = bool(one.city and other.city and one.city != other.city)
    if address and (same_name or not one.name or not other.name or _share_a_word(one, other)):
        yield address
    elif not same_name:
        return
    if not address and not around and (contradicted or namesakes > FEW_NAMESAKES):
        return
    if same_name:
        yield Evidence.SAME_NAME
    yield from around
    if not address and not around:
        yield Evidence.NOTHING_AGAINST


def _of_structures(one: Look, other: Look) -> Iterator[Evidence]:
    same_number = bool(one.numbers & other.numbers)
    if not same_number and (
        _contradicts(one.numbers, other.numbers) or (one.city and other.city and one.city != other.city)
    ):
        return
    around = list(_around(one, other))
    alike = likeness(one.name, other.name)
    least = SOMEWHAT_ALIKE if Evidence.SAME_DOMAIN in around else NEARLY_ALIKE if around else ALIKE
    if same_number:
        yield Evidence.SAME_NUMBER
    elif alike < least:
        return
    if alike >= SOMEWHAT_ALIKE:
        yield Evidence.SAME_NAME if alike == 1 else Evidence.LIKE_NAME
    yield from around


def _around(one: Look, other: Look) -> Iterator[Evidence]:
    if one.city and one.city == other.city:
        yield Evidence.SAME_CITY
    if one.domain and one.domain == other.domain:
        yield Evidence.SAME_DOMAIN


def _contradicts(one: frozenset[str], other: frozenset[str]) -> bool:
    """Two numbers of one kind that differ."""
    return any({len(number) for number in one} & {len(number) for number in other})


def _share_a_word(one: Look, other: Look) -> bool:
    return bool(set(name_words(one.name)) & set(name_words(other.name)))


def _same_mailbox(one: str, other: str) -> Evidence | None:
    if not one or not other or one == other:
        return None
    if _without_plus(one) == _without_plus(other):
        return Evidence.PLUS_OR_DOTS
    return Evidence.RENAMED_PROVIDER if _mailbox(one) == _mailbox(other) else None


def _without_plus(address: str) -> str:
    local, _, domain = address.rpartition("@")
    local = local.partition("+")[0]
    return f"{local.replace('.', '') if domain in DOTLESS else local}@{domain}"


def _mailbox(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return _without_plus(f"{local}@{TWINS.get(domain, domain)}")


def _blocks(looks: Sequence[Look]) -> Iterator[Sequence[int]]:
    """Contacts that share one thing which few share."""
    shared: Mapping[Hashable, list[int]] = defaultdict(list)
    for look in looks:
        for key in set(_keys(look)):
            shared[key].append(look.id)
    return (ids for ids in shared.values() if 1 < len(ids) <= MOST_OF_A_KIND)


def _keys(look: Look) -> Iterable[Hashable]:
    if look.kind is ContactKind.PERSON:
        if look.address:
            yield "mailbox", _mailbox(look.address)
        if key := name_key(look.name):
            yield "name", key
            # Of a name that many bear, those of one town.
            yield "name there", key, look.city or look.domain
        return
    yield from (("number", one) for one in look.numbers)
    if look.domain:
        yield "domain", look.domain
    for word in rare_words(look.name):
        yield "word", word
        if look.city:
            # Where the slip of hand is in the only word.
            yield "beginning there", word[:BEGINNING], look.city
