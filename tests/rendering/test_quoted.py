import quopri
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.rendering.headers import without_controls
from mailer.rendering.quoted import QuotedText, quoted_value

ANY_TEXT = st.text(st.characters(codec="utf-8") | st.sampled_from(". =\t\r\né🎉"), max_size=400)
ONE_LINE = ANY_TEXT.map(without_controls)


def encode(text: str) -> bytes:
    quoted = QuotedText()
    quoted.text(text)
    return quoted.encoded().encode("ascii")


def decode(encoded: bytes) -> str:
    return quopri.decodestring(encoded).decode()


def assert_sound(encoded: bytes) -> None:
    lines = encoded.split(b"\r\n")
    assert max(map(len, lines)) <= 76
    assert not [line for line in lines if line.startswith(b".") or line.endswith((b" ", b"\t"))]
    assert not re.search(rb"[^\t\r\n -~]|(?<!\r)\n|\r(?!\n)", encoded)


@given(ANY_TEXT)
def test_any_text_comes_back_with_crlf_line_ends_in_short_lines_without_leading_dot(text: str) -> None:
    encoded = encode(text)
    assert_sound(encoded)
    assert decode(encoded) == re.sub(r"\r\n|\r|\n", "\r\n", text)


@given(ANY_TEXT, ONE_LINE, ANY_TEXT)
def test_a_value_comes_back_from_between_any_texts(before: str, value: str, after: str) -> None:
    quoted = QuotedText()
    quoted.text(before)
    quoted.free_hole("\0")
    quoted.text(after)
    filled = quoted.encoded().encode().replace(b"\0", quoted_value(value))
    assert_sound(filled)
    assert decode(filled) == re.sub(r"\r\n|\r|\n", "\r\n", before) + value + re.sub(r"\r\n|\r|\n", "\r\n", after)


@given(st.integers(0, 160), st.integers(1, 75))
def test_a_fixed_hole_leaves_room_for_its_value_wherever_it_falls(column: int, width: int) -> None:
    quoted = QuotedText()
    quoted.text("x" * column)
    quoted.fixed_hole("\0", width)
    quoted.text("." * 100)
    filled = quoted.encoded().encode().replace(b"\0", b"T" * width)
    assert_sound(filled)
    assert decode(filled) == "x" * column + "T" * width + "." * 100


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        (".\r\n..", b"=2E\r\n=2E."),
        ("a \nb\t\nc ", b"a=20\r\nb=09\r\nc=20"),
        ("1=1", b"1=3D1"),
        ("\tà", b"\t=C3=A0"),
        ("\0\x85", b"=00=C2=85"),
    ],
)
def test_what_relays_could_harm_is_written_in_hexadecimal(text: str, encoded: bytes) -> None:
    assert encode(text) == encoded


def test_a_dot_that_a_soft_break_brings_to_a_line_start_is_hidden_too() -> None:
    assert encode("x" * 75 + ".") == b"x" * 75 + b"=\r\n=2E"
    assert quoted_value("." * 80) == b"=2E" + b"." * 72 + b"=\r\n=2E" + b"." * 6


def test_a_character_is_never_split_between_lines() -> None:
    lines = encode("🎉" * 20).split(b"=\r\n")
    assert all(decode(line) for line in lines)


def test_a_lone_surrogate_becomes_a_question_mark() -> None:
    assert encode("a\ud800b") == b"a=3Fb"
