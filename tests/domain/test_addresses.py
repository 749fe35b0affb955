"""The short way through read_address must never say anything that the full check does not."""

import pytest
from email_validator import validate_email
from hypothesis import given
from hypothesis import strategies as st

from mailer.domain.addresses import PLAIN, PLAIN_CHARACTERS, Address, Family, mask, read_address
from mailer.errors import Refused

LETTERS = "az09_+-.@"
LABELS = st.text("abz09-", min_size=1, max_size=8)
TOPS = st.sampled_from(["fr", "org", "example", "local", "localhost", "onion", "arpa", "invalid", "test", "c0", "x"])


@st.composite
def nearly_plain(draw: st.DrawFn) -> str:
    labels = draw(st.lists(LABELS, min_size=0, max_size=3))
    return f"{draw(st.text(LETTERS, min_size=1, max_size=12))}@{'.'.join([*labels, draw(TOPS)])}"


@given(nearly_plain() | st.text("abz019_+-.@", max_size=70) | st.from_regex(PLAIN, fullmatch=True))
def test_what_the_short_way_accepts_the_full_check_accepts_unchanged(text: str) -> None:
    if len(text) > PLAIN_CHARACTERS or not PLAIN.fullmatch(text):
        return
    valid = validate_email(text, check_deliverability=False, strict=True, test_environment=True)
    assert f"{valid.local_part}@{valid.ascii_domain}" == text
    assert read_address(text) == Address(text, text)


def test_an_ordinary_address_takes_the_short_way() -> None:
    assert PLAIN.fullmatch("anne-sophie.le_goff+sirene@atelier-lavoir.example")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Jean@Ex.EXAMPLE", "Jean@ex.example"),
        (" paul@ex.example. ", "paul@ex.example"),
        ("\N{NO-BREAK SPACE}paul@ex.example\N{ZERO WIDTH SPACE}", "paul@ex.example"),
        ("contact@théâtre-ex.example", "contact@xn--thtre-ex-jza3e.example"),
        ("lea+cac@ex.example", "lea+cac@ex.example"),
    ],
)
def test_an_address_is_cleaned_and_its_case_is_kept_in_writing(text: str, written: str) -> None:
    assert read_address(text) == Address(written, written.casefold())


@pytest.mark.parametrize(
    "text",
    ["", "marc.ex.example", "@ex.example", "marc@ex", "marc@ex,example", "a b@ex.example", "x@ex.local"],
)
def test_what_is_no_address_is_refused_with_its_own_words(text: str) -> None:
    with pytest.raises(Refused, match="is not an e-mail address"):
        read_address(text)


def test_an_accent_before_the_at_sign_has_its_own_sentence() -> None:
    with pytest.raises(Refused, match="accent before the @"):
        read_address("hélène@ex.example")


def test_an_address_longer_than_a_server_accepts_is_refused() -> None:
    with pytest.raises(Refused):
        read_address("a" * 65 + "@ex.example")


def test_the_receiver_family_comes_from_the_domain() -> None:
    assert read_address("a@wanadoo.fr").family is Family.ORANGE
    assert read_address("a@ex.example").family is Family.OTHER


def test_a_masked_address_shows_one_letter_and_the_domain() -> None:
    assert mask("jeanne@orange.example") == "j•••@orange.example"
