"""What several hits together give away: a gateway that follows every link, a network that opens everyone's letters.

Holds a few seconds of hits in memory, and of addresses only hashes under a key that lives as long as the program.
Never stores anything.
"""

import secrets
from hashlib import blake2b
from ipaddress import ip_address, ip_network

from mailer.domain.hits import PIXEL, HitClass

LINKS, LINKS_WITHIN_S = 3, 10.0
"""So many links of one letter in so short a time are followed by no person."""

LETTERS, LETTERS_WITHIN_S = 20, 60.0
"""So many people's letters opened from one network (IPv4 /24, IPv6 /48) in so short a time: a gateway reads for them."""

MOST_LETTERS, MOST_NETWORKS, MOST_OF_ONE = 50_000, 20_000, 60

Letter = tuple[int, bytes]
"""An issue, and the hash of one of its letters."""

Hit = tuple[Letter, int]
"""A letter, and the number of its link."""


class _Seen:
    """A hit that is remembered for a moment."""

    __slots__ = ("at", "hit", "taken_back")

    def __init__(self, hit: Hit, at: float) -> None:
        self.hit, self.at, self.taken_back = hit, at, False


class _Memory:
    """Recent hits under some key, in two boxes: the older one is emptied when the younger is full or has its time."""

    def __init__(self, lasts_s: float, most: int) -> None:
        self._lasts_s, self._most, self._since = lasts_s, most, 0.0
        self._young: dict[Letter | bytes, dict[Hit, _Seen]] = {}
        self._old: dict[Letter | bytes, dict[Hit, _Seen]] = {}

    def add(self, key: Letter | bytes, hit: Hit, now: float, most: int) -> dict[Hit, _Seen]:
        """The recent hits under the key with this one added, at most so many, the oldest first."""
        seen = self._recent(key, now)
        known = seen.pop(hit, None)
        seen[hit] = _Seen(hit, now)
        seen[hit].taken_back = bool(known and known.taken_back)
        while len(seen) > most or next(iter(seen.values())).at <= now - self._lasts_s:
            del seen[next(iter(seen))]
        return seen

    def _recent(self, key: Letter | bytes, now: float) -> dict[Hit, _Seen]:
        if now - self._since > self._lasts_s or len(self._young) >= self._most:
            self._old = {} if now - self._since > 2 * self._lasts_s else self._young
            self._young, self._since = {}, now
        found = self._young.get(key)
        if found is None:
            found = self._young[key] = self._old.pop(key, {})
        return found


class Bursts:
    """The hits of the last seconds, of those only that a person may have made."""

    def __init__(self) -> None:
        self._letters = _Memory(LINKS_WITHIN_S, MOST_LETTERS // 2)
        self._networks = _Memory(LETTERS_WITHIN_S, MOST_NETWORKS // 2)
        self._key = secrets.token_bytes(16)
        self._hashes: dict[str, bytes | None] = {}

    def see(self, letter: Letter, link: int, host: str, now: float) -> tuple[bool, list[Hit]]:
        """Adds a hit: whether it is a scanner's, and which earlier ones turn out to be. `now`: seconds of any clock."""
        hit = (letter, link)
        seen = self._letters.add(letter, hit, now, MOST_OF_ONE)
        found = list(seen.values()) if sum(one[1] != PIXEL for one in seen) >= LINKS else []
        network = self._network(host)
        if network is not None:
            seen = self._networks.add(network, hit, now, MOST_OF_ONE)
            if len(seen) >= LETTERS and len({one[0] for one in seen}) >= LETTERS:
                found += seen.values()
        earlier = {one.hit: None for one in found if not one.taken_back and one.hit != hit}
        for one in found:
            one.taken_back = True
        return bool(found), list(earlier)

    def _network(self, host: str) -> bytes | None:
        """Its keyed hash; None for what says nothing of a reader: our own proxy in front, or no address."""
        if host not in self._hashes:
            if len(self._hashes) >= MOST_NETWORKS:
                self._hashes.clear()
            network = network_of(host)
            self._hashes[host] = network and blake2b(network, key=self._key, digest_size=8).digest()
        return self._hashes[host]


def network_of(host: str) -> bytes | None:
    """The first 24 bits of an IPv4 address, 48 of an IPv6 one; None for addresses of a house's own network."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    if address.version == 6 and address.ipv4_mapped:
        address = address.ipv4_mapped
    if any(address in network for network in _AT_HOME if network.version == address.version):
        return None
    return address.packed[:3] if address.version == 4 else address.packed[:6]


_AT_HOME = tuple(
    ip_network(one)
    for one in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7", "fe80::/10")
)


def corrected(hit_class: HitClass) -> bool:
    """Whether a burst may take such a hit back: proxies of mailboxes and machines are known for what they are."""
    return hit_class in (HitClass.HUMAN, HitClass.SCANNER)
