"""What several hits together give away: a gateway that follows every link, a network that opens everyone's letters.

Holds a few seconds of hits in memory, and of addresses only hashes under a key that lives as long as the program.
Never stores anything.
"""

import secrets
from socket import AF_INET, AF_INET6, inet_pton

from mailer.domain.hits import PIXEL

LINKS, LINKS_WITHIN_S = 3, 10.0
"""So many links of one letter in so short a time are followed by no person."""

LETTERS, LETTERS_WITHIN_S = 20, 60.0
"""So many people's letters opened from one network (IPv4 /24, IPv6 /48) in so short a time: a gateway
opens them."""

MOST_LETTERS, MOST_NETWORKS, MOST_OF_ONE = 50_000, 20_000, 60

Letter = tuple[int, bytes]
"""An issue, and the hash of one of its letters."""

Hit = tuple[Letter, int]
"""A letter, and the number of its link."""


_Seen = tuple[Hit, float, bool]
"""A hit that is remembered for a moment, when it was, and whether it was taken back."""

_Chain = tuple[Hit, float, bool, int, "_Chain | None"]
"""The latest one under a key, how many there are with it, and the one before: one plain tuple a hit, since most are
the first and the last under their key."""


class _Memory:
    """Recent hits under some key, in two boxes: the older one is emptied when the younger is full or has its time."""

    def __init__(self, lasts_s: float, most: int) -> None:
        self._lasts_s, self._most, self._since = lasts_s, most, 0.0
        self._young: dict[object, _Chain] = {}
        self._old: dict[object, _Chain] = {}

    def add(self, key: object, hit: Hit, now: float) -> int:
        """How many are remembered under the key with this one: cheap, for most letters are opened once."""
        if now - self._since > self._lasts_s or len(self._young) >= self._most:
            self._old = {} if now - self._since > 2 * self._lasts_s else self._young
            self._young, self._since = {}, now
        before = self._young.get(key) or self._old.get(key)
        count = before[3] + 1 if before else 1
        self._young[key] = (hit, now, False, count, before)
        return count

    def tidy(self, key: object, now: float) -> tuple[_Seen, ...]:
        """All that are remembered under the key: each hit once, and only recent ones."""
        latest: dict[Hit, _Seen] = {}
        one: _Chain | None = self._young[key]
        while one is not None:
            hit, at, taken_back, _, one = one
            if at > now - self._lasts_s:
                known = latest.setdefault(hit, (hit, at, taken_back))
                latest[hit] = (hit, known[1], taken_back or known[2])
        kept = tuple(latest.values())[:MOST_OF_ONE][::-1]
        self._keep(key, kept)
        return kept

    def take_back(self, key: object, seen: tuple[_Seen, ...]) -> None:
        """They are known for a scanner's from now on."""
        self._keep(key, tuple((hit, at, True) for hit, at, _ in seen))

    def _keep(self, key: object, seen: tuple[_Seen, ...]) -> None:
        last: _Chain | None = None
        for count, (hit, at, taken_back) in enumerate(seen, 1):
            last = (hit, at, taken_back, count, last)
        if last is not None:
            self._young[key] = last


class Bursts:
    """The hits of the last seconds, of those only that a person may have made."""

    def __init__(self) -> None:
        self._letters = _Memory(LINKS_WITHIN_S, MOST_LETTERS // 2)
        self._networks = _Memory(LETTERS_WITHIN_S, MOST_NETWORKS // 2)
        self._key = secrets.token_bytes(16)

    def see(self, letter: Letter, link: int, host: str, now: float) -> tuple[bool, list[Hit]]:
        """Adds a hit: whether it is a scanner's, and which earlier ones turn out to be. `now`: seconds of any clock."""
        hit = (letter, link)
        found: tuple[_Seen, ...] = ()
        if self._letters.add(letter, hit, now) >= LINKS:
            found = self._follows_links(letter, now)
        network = network_of(host)
        if network is not None:
            # Python's own keyed hash (SipHash): one way for who does not know the key, as cheap as a look-up.
            key = hash(self._key + network)
            if self._networks.add(key, hit, now) >= LETTERS:
                found += self._opens_letters(key, now)
        if not found:
            return False, []
        return True, list({one: None for one, _, taken_back in found if not taken_back and one != hit})

    def _follows_links(self, letter: Letter, now: float) -> tuple[_Seen, ...]:
        seen = self._letters.tidy(letter, now)
        if sum(its[1] != PIXEL for its, _, _ in seen) < LINKS:
            return ()
        self._letters.take_back(letter, seen)
        return seen

    def _opens_letters(self, network: int, now: float) -> tuple[_Seen, ...]:
        seen = self._networks.tidy(network, now)
        if len({its[0] for its, _, _ in seen}) < LETTERS:
            return ()
        self._networks.take_back(network, seen)
        return seen


def network_of(host: str) -> bytes | None:
    """The first 24 bits of an IPv4 address, 48 of an IPv6 one; None for what says nothing of a reader: no address, or
    one of the house's own network, such as a proxy in front that hides everyone."""
    try:
        if ":" not in host:
            address = inet_pton(AF_INET, host)
        else:
            address = inet_pton(AF_INET6, host.partition("%")[0])
            if address.startswith(_MAPPED):
                address = address[len(_MAPPED) :]
    except (OSError, ValueError):
        return None
    if len(address) == 4:
        return None if _is_private(address) else address[:3]
    return None if address == _LOOPBACK or address[0] & 0xFE == 0xFC or address[:2] == b"\xfe\x80" else address[:6]


def _is_private(address: bytes) -> bool:
    first, second = address[0], address[1]
    return first in (10, 127) or (first == 172 and 16 <= second < 32) or (first == 192 and second == 168)


_MAPPED = bytes(10) + b"\xff\xff"
_LOOPBACK = bytes(15) + b"\x01"
