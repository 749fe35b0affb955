"""What several hits together give away, and what they do not; nothing is remembered for long or without bound."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.domain.bursts import LETTERS, LINKS, MOST_OF_ONE, Bursts, Letter, network_of

READER: Letter = (1, b"a" * 16)


def letter(number: int) -> Letter:
    return 1, number.to_bytes(16, "big")


def test_three_links_in_ten_seconds_are_a_scanner_s_and_so_was_what_came_before() -> None:
    bursts = Bursts()
    assert bursts.see(READER, 0, "", 100.0) == (False, [])
    assert bursts.see(READER, 1, "", 101.0) == (False, [])
    assert bursts.see(READER, 2, "", 102.0) == (False, [])
    assert bursts.see(READER, 3, "", 103.0) == (True, [(READER, 0), (READER, 1), (READER, 2)])
    assert bursts.see(READER, 4, "", 104.0) == (True, []), "taken back once"


def test_a_person_who_follows_links_one_after_the_other_stays_one() -> None:
    bursts = Bursts()
    assert not any(bursts.see(READER, link, "", link * 6.0)[0] for link in range(1, 9))


def test_the_same_two_links_again_and_again_are_no_scan() -> None:
    bursts = Bursts()
    assert not any(bursts.see(READER, link, "", 1.0)[0] for link in (0, 1, 2) * 20)


def test_a_network_that_opens_everyone_s_letters_is_a_scanner() -> None:
    bursts = Bursts()
    seen = [bursts.see(letter(number), 0, f"203.0.113.{number}", number / 10) for number in range(LETTERS + 1)]
    assert not any(scans for scans, _ in seen[: LETTERS - 1])
    assert seen[LETTERS - 1] == (True, [(letter(number), 0) for number in range(LETTERS - 1)])
    assert seen[LETTERS] == (True, [])


def test_slowly_or_from_our_own_proxy_many_letters_are_no_scan() -> None:
    bursts = Bursts()
    assert not any(bursts.see(letter(number), 0, "203.0.113.9", number * 4.0)[0] for number in range(60))
    assert not any(bursts.see(letter(number), 0, "127.0.0.1", 1000.0)[0] for number in range(60))


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("203.0.113.9", bytes((203, 0, 113))),
        ("::ffff:203.0.113.9", bytes((203, 0, 113))),
        ("2001:db8:1:2::9", bytes.fromhex("20010db80001")),
        ("10.1.2.3", None),
        ("172.20.0.1", None),
        ("192.168.1.1", None),
        ("::1", None),
        ("fd00::1", None),
        ("fe80::1%eth0", None),
        ("", None),
        ("testclient", None),
        ("a\0b", None),
    ],
)
def test_a_network_is_what_says_something_of_a_reader(host: str, network: bytes | None) -> None:
    assert network_of(host) == network


hits = st.tuples(st.integers(0, 3), st.integers(0, 5), st.sampled_from(["", "203.0.113.1", "198.51.100.7"]))


@settings(max_examples=60)
@given(st.lists(st.tuples(hits, st.floats(0, 6)), max_size=80))
def test_only_hits_that_were_seen_are_taken_back_and_never_the_one_at_hand(
    steps: list[tuple[tuple[int, int, str], float]],
) -> None:
    bursts, now = Bursts(), 0.0
    seen: set[tuple[Letter, int]] = set()
    for (number, link, host), later in steps:
        now += later
        scans, earlier = bursts.see(letter(number), link, host, now)
        assert set(earlier) <= seen
        assert (letter(number), link) not in earlier
        assert len(earlier) <= 2 * MOST_OF_ONE
        assert scans or not earlier
        seen.add((letter(number), link))
    assert LINKS <= MOST_OF_ONE
