"""Tokens: one spelling each, one purpose each, and nothing that we did not make is taken."""

from base64 import b32decode, b32encode, urlsafe_b64decode, urlsafe_b64encode
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.domain.tokens import (
    ID_BYTES,
    MAC_BYTES,
    TOKEN_CHARACTERS,
    TRACK_CHARACTERS,
    Keyring,
    Purpose,
    new_issue_key,
    read_track,
    seen_hash,
    track_issue,
    track_token,
)
from mailer.errors import BadToken

KEYRING = Keyring(b"a master key that is long enough")
ISSUE_KEY = b"k" * 32
numbers = st.integers(0, 2 ** (8 * ID_BYTES) - 1)
purposes = st.sampled_from(Purpose)
BITS = 8 * (ID_BYTES + MAC_BYTES)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def raw_of(purpose: Purpose, token: str) -> bytes:
    if purpose is Purpose.BOUNCE:
        return b32decode(token.upper() + "=" * 6)
    return urlsafe_b64decode(token + "==")


def spelt(purpose: Purpose, raw: bytes) -> str:
    if purpose is Purpose.BOUNCE:
        return b32encode(raw).decode().rstrip("=").lower()
    return urlsafe_b64encode(raw).decode().rstrip("=")


def flipped(raw: bytes, bit: int) -> bytes:
    return (int.from_bytes(raw, "big") ^ (1 << bit)).to_bytes(len(raw), "big")


@given(purposes, numbers)
def test_a_token_gives_back_the_id_it_was_made_for(purpose: Purpose, number: int) -> None:
    token = KEYRING.token(purpose, number)
    assert KEYRING.read(purpose, token) == number
    assert len(token) == (26 if purpose is Purpose.BOUNCE else TOKEN_CHARACTERS)


@given(numbers)
def test_the_tokens_that_a_letter_gets_at_once_are_those_that_it_would_get_one_by_one(number: int) -> None:
    for word, token in KEYRING.letter_tokens(number)._asdict().items():
        assert token == KEYRING.token(Purpose(word), number)


@settings(max_examples=10)
@given(purposes, numbers)
def test_every_flipped_bit_is_refused(purpose: Purpose, number: int) -> None:
    raw = raw_of(purpose, KEYRING.token(purpose, number))
    assert KEYRING.read(purpose, spelt(purpose, raw)) == number
    for bit in range(BITS):
        with pytest.raises(BadToken):
            KEYRING.read(purpose, spelt(purpose, flipped(raw, bit)))


@pytest.mark.parametrize(("made", "asked"), list(permutations(Purpose, 2)))
def test_a_token_of_one_purpose_is_refused_for_any_other(made: Purpose, asked: Purpose) -> None:
    raw = raw_of(made, KEYRING.token(made, 4711))
    with pytest.raises(BadToken):
        KEYRING.read(asked, spelt(asked, raw))


def test_a_token_of_another_installation_is_refused() -> None:
    stranger = Keyring(b"another master key, also long enough")
    for purpose in Purpose:
        with pytest.raises(BadToken):
            KEYRING.read(purpose, stranger.token(purpose, 1))


@given(numbers)
def test_a_bounce_token_survives_the_loss_of_case(number: int) -> None:
    token = KEYRING.token(Purpose.BOUNCE, number)
    assert KEYRING.read(Purpose.BOUNCE, token.upper()) == number
    assert KEYRING.read(Purpose.BOUNCE, token.title()) == number
    assert token == token.lower()


@pytest.mark.parametrize("purpose", list(Purpose))
def test_a_token_has_one_spelling(purpose: Purpose) -> None:
    token = KEYRING.token(purpose, 4711)
    others = {token[:-1] + letter for letter in LETTERS} - {token, token[:-1] + token[-1].upper()}
    for other in (
        *others,
        token + "=",
        token + "==",
        token + "=" * 6,
        token + "A",
        token[:-1],
        f" {token}",
        f"{token}\n",
    ):
        with pytest.raises(BadToken):
            KEYRING.read(purpose, other)


def test_letters_that_only_look_the_same_are_refused() -> None:
    # str.upper() turns a dotless i and a long s into plain I and S.
    number = next(n for n in range(100) if "i" in KEYRING.token(Purpose.BOUNCE, n))
    token = KEYRING.token(Purpose.BOUNCE, number)
    with pytest.raises(BadToken):
        KEYRING.read(Purpose.BOUNCE, token.replace("i", "\N{LATIN SMALL LETTER DOTLESS I}"))


@given(purposes, st.text(max_size=60) | st.text(LETTERS, min_size=20, max_size=34))
def test_nothing_that_a_stranger_writes_is_a_token(purpose: Purpose, text: str) -> None:
    with pytest.raises(BadToken):
        KEYRING.read(purpose, text)
    with pytest.raises(BadToken):
        read_track(ISSUE_KEY, text)


def test_the_refusal_says_what_to_do_and_repeats_nothing() -> None:
    with pytest.raises(BadToken, match="Open it again from the letter itself") as caught:
        KEYRING.read(Purpose.LEAVE, "not-a-token")
    assert "not-a-token" not in str(caught.value)


def test_an_address_leaves_a_fingerprint_that_only_this_installation_can_make() -> None:
    made = KEYRING.fingerprint("ana@orange.example")
    assert made == Keyring(b"a master key that is long enough").fingerprint("ana@orange.example")
    assert (
        len({made, KEYRING.fingerprint("ane@orange.example"), Keyring(b"x" * 32).fingerprint("ana@orange.example")})
        == 3
    )
    assert len(made) == 16


# Tracking -----------------------------------------------------------------------------------------------------------


@given(st.integers(0, 2**24 - 1), st.integers(-5, 100_000), st.integers(0, 255))
def test_a_tracking_token_says_the_issue_the_minute_and_the_family(issue_id: int, minute: int, family: int) -> None:
    token = track_token(ISSUE_KEY, issue_id, minute, family)
    track = read_track(ISSUE_KEY, token)
    assert (track.issue_id, track.family) == (issue_id, family)
    assert track.minute == min(max(minute, 0), 65535)
    assert track_issue(token) == issue_id
    assert len(token) == TRACK_CHARACTERS


def test_every_flipped_bit_of_a_tracking_token_is_refused() -> None:
    raw = urlsafe_b64decode(track_token(ISSUE_KEY, 7, 12, 1))
    for bit in range(8 * len(raw)):
        with pytest.raises(BadToken):
            read_track(ISSUE_KEY, urlsafe_b64encode(flipped(raw, bit)).decode())


def test_a_tracking_token_is_nothing_under_the_key_of_another_issue() -> None:
    with pytest.raises(BadToken):
        read_track(new_issue_key(), track_token(new_issue_key(), 7, 12, 1))


def test_two_letters_never_carry_the_same_tracking_token() -> None:
    tokens = {track_token(ISSUE_KEY, 7, 12, 1) for _ in range(1000)}
    assert len(tokens) == 1000
    assert len({seen_hash(ISSUE_KEY, read_track(ISSUE_KEY, token)) for token in tokens}) == 1000


def test_the_stored_hash_says_same_letter_again_and_nothing_without_the_key() -> None:
    track = read_track(ISSUE_KEY, track_token(ISSUE_KEY, 7, 12, 1))
    assert seen_hash(ISSUE_KEY, track) == seen_hash(ISSUE_KEY, track)
    assert seen_hash(new_issue_key(), track) != seen_hash(ISSUE_KEY, track)
    assert len(seen_hash(ISSUE_KEY, track)) == 16


def test_an_issue_key_is_random_and_long() -> None:
    assert new_issue_key() != new_issue_key()
    assert len(new_issue_key()) == 32
