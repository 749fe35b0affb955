import re
from dataclasses import replace
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.errors import Refused
from mailer.rendering.headers import LONGEST_NAME, Headers, mailbox, unstructured, without_controls, write_headers

HEADERS = Headers(
    sender_name="Les Riverains de l’Aube",
    sender_address="sirene@lettre.example",
    reply_to="bonjour@riverains.example",
    subject="L'heure de la Sirène – sept. 2023 : une rentrée à plusieurs voix",
    list_title="L'heure de la Sirène",
    list_id="sirene.lettre.example",
    contact="bonjour@riverains.example",
    public_url="https://lettre.example",
    archive_url="https://lettre.example/archive/sirene/",
    feedback_id="2023-09:sirene:issue:riverains",
    language="fr",
)
CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
HOSTILE = st.text(st.characters() | st.sampled_from('\r\n\0\u2028é🎉=?_" .,<>@'), max_size=200)


def lines_of(headers: Headers) -> list[str]:
    return write_headers(headers).split("\r\n")


def parsed(block: str) -> Any:
    return message_from_bytes(block.encode("ascii") + b"\r\n", policy=policy.default)


def words_of(text: str) -> list[str]:
    return re.findall(r"=\?utf-8\?q\?[^?]*\?=", text)


def test_the_block_says_what_bulk_receivers_ask_for() -> None:
    assert lines_of(HEADERS) == [
        "From: =?utf-8?q?Les_Riverains_de_l=E2=80=99Aube?= <sirene@lettre.example>",
        "To: @@to@@",
        "Reply-To: bonjour@riverains.example",
        "Subject: =?utf-8?q?L=27heure_de_la_Sir=C3=A8ne_=E2=80=93_sept=2E_2023_=3A_?=",
        " =?utf-8?q?une_rentr=C3=A9e_=C3=A0_plusieurs_voix?=",
        "Date: @@date@@",
        "Message-ID: <@@message_id@@>",
        "List-Id: =?utf-8?q?L=27heure_de_la_Sir=C3=A8ne?= <sirene.lettre.example>",
        "List-Unsubscribe: <https://lettre.example/u/@@leave@@>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        "List-Archive: <https://lettre.example/archive/sirene/>",
        "List-Help: <mailto:bonjour@riverains.example>",
        "List-Owner: <mailto:bonjour@riverains.example>",
        "List-Post: NO",
        "Precedence: bulk",
        "Feedback-ID: 2023-09:sirene:issue:riverains",
        "Content-Language: fr",
        "MIME-Version: 1.0",
        "",
    ]


def test_a_list_without_public_archive_names_none() -> None:
    block = write_headers(replace(HEADERS, archive_url=None, reply_to=""))
    assert "List-Archive" not in block
    assert "Reply-To" not in block


@given(HOSTILE)
def test_a_subject_comes_back_whole_or_is_refused(subject: str) -> None:
    if not subject or "@@" in subject or CONTROLS.search(subject):
        with pytest.raises(Refused):
            replace(HEADERS, subject=subject)
        return
    block = write_headers(replace(HEADERS, subject=subject))
    folded = re.search(r"Subject: (.*?)\r\n(?! )", block, re.DOTALL)
    assert folded
    assert str(make_header(decode_header(folded[1].replace("\r\n", "")))) == subject
    assert parsed(block)["Subject"] == subject
    assert all(len(word) <= 75 for word in words_of(block))
    assert max(map(len, folded[0].split("\r\n"))) <= 76


@given(HOSTILE)
def test_a_title_adds_no_header(title: str) -> None:
    try:
        block = write_headers(replace(HEADERS, list_title=title, sender_name=title))
    except Refused:
        assert not title or "@@" in title or CONTROLS.search(title)
        return
    assert parsed(block).keys() == parsed(write_headers(HEADERS)).keys()
    assert parsed(block)["From"].addresses[0].addr_spec == "sirene@lettre.example"


@pytest.mark.parametrize("field", ["sender_address", "reply_to", "contact", "list_id", "feedback_id", "language"])
@pytest.mark.parametrize(
    "value", ["a\r\nBcc: x@y.example", "é@lettre.example", "a b@c.example", "<a@b.example>", "@@to@@"]
)
def test_a_field_that_a_reader_must_be_able_to_trust_takes_no_free_text(field: str, value: str) -> None:
    with pytest.raises(Refused, match=field):
        replace(HEADERS, **{field: value})


def test_an_unsubscribe_link_is_never_longer_than_75_characters() -> None:
    longest = "https://" + "l" * 32 + ".example"
    line = next(line for line in lines_of(replace(HEADERS, public_url=longest)) if line.startswith("List-Unsubscribe:"))
    assert len(line.replace("@@leave@@", "T" * 22)) == len("List-Unsubscribe: ") + 75
    with pytest.raises(Refused, match="too long"):
        replace(HEADERS, public_url=longest.replace("l.", "ll."))


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("", "a@b.example"),
        ("Marie Dupont", "Marie Dupont <a@b.example>"),
        ('J. Dupont, dite "Jo" \\o/', '"J. Dupont, dite \\"Jo\\" \\\\o/" <a@b.example>'),
        ("Léa", "=?utf-8?q?L=C3=A9a?= <a@b.example>"),
        ("=?utf-8?q?Bcc?=", "=?utf-8?q?=3D=3Futf-8=3Fq=3FBcc=3F=3D?= <a@b.example>"),
        ("a  b", '"a  b" <a@b.example>'),
        ("x@y.example", '"x@y.example" <a@b.example>'),
    ],
)
def test_a_name_is_written_bare_quoted_or_encoded_as_it_needs(name: str, written: str) -> None:
    assert mailbox(name, "a@b.example", 4) == written


@given(HOSTILE.map(without_controls))
def test_a_name_comes_back_from_its_header(name: str) -> None:
    written = mailbox(name, "a@b.example", 4)
    phrase = written.removesuffix("<a@b.example>").removesuffix("a@b.example").rstrip()
    if phrase.startswith('"'):
        read = re.sub(r"\\(.)", r"\1", phrase[1:-1])
    else:
        read = str(make_header(decode_header(phrase.replace("\r\n", ""))))
    assert read == name or (len(name) > LONGEST_NAME and name.startswith(read))
    assert max(map(len, f"To: {written}".split("\r\n"))) <= 76
    assert all(len(word) <= 75 for word in words_of(written))


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("a" * 300, "a" * 64),
        ("a" * 63 + "e\N{COMBINING ACUTE ACCENT}z", "a" * 63),
        ("a" * 62 + "👩‍👩‍👧", "a" * 62),
        ("a" * 63 + "👍🏽", "a" * 63),
        ("a" * 63 + "🇫🇷", "a" * 63),
    ],
)
def test_a_very_long_name_is_cut_where_the_eye_sees_a_boundary(name: str, kept: str) -> None:
    written = mailbox(name, "a@b.example", 4)
    assert str(make_header(decode_header(written.replace("\r\n", "")))).split(" <")[0] == kept


def test_an_address_is_never_encoded_however_long() -> None:
    address = "l" * 64 + "@" + "d" * 180 + ".example"
    assert mailbox("Léa", address, 4) == f"=?utf-8?q?L=C3=A9a?=\r\n <{address}>"
    assert mailbox("", address, 4) == address


def test_text_with_a_line_to_itself_is_bare_and_longer_text_is_encoded() -> None:
    assert unstructured("x" * 67, 9) == "x" * 67
    assert words_of(unstructured("x" * 68, 9)) == ["=?utf-8?q?" + "x" * 55 + "?=", "=?utf-8?q?" + "x" * 13 + "?="]


def test_controls_become_spaces_and_the_rest_of_a_name_stays() -> None:
    assert without_controls(" Léa\r\nBcc: x\u2028\u2029\x85\0\ud800\t🎉‍ ") == "Léa  Bcc: x      🎉‍"
    assert without_controls("Zoé\N{NO-BREAK SPACE}Ba") == "Zoé\N{NO-BREAK SPACE}Ba"
