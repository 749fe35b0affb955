import random
import re
import time
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.headerregistry import HeaderRegistry
from email.message import EmailMessage
from functools import lru_cache

import pytest
from markupsafe import escape

from mailer.domain.letters import Copy
from mailer.errors import Refused
from mailer.rendering.headers import LONGEST_NAME
from mailer.rendering.skeleton import Skeleton, build_skeleton
from tests.rendering.test_headers import HEADERS

# email.policy.default, which reads the same Content-Type some twenty times a message.
READING = policy.default.clone(header_factory=lru_cache(HeaderRegistry()))
HTML = (
    '<!doctype html>\n<html lang="fr"><head>\t<title>La Sirène</title></head>\r\n'
    f'<p>Bonjour @@name/{"chère lectrice".encode().hex()}@@,</p><p title="@@name@@">@@name@@@@name@@</p>\n'
    '<a href="https://lettre.example/c/@@track@@/1">À lire</a> \n<a href="https://lettre.example/c/@@track@@/2">ici</a>\n'
    '.\n<a href="https://lettre.example/u/@@leave@@">partir</a>.<a href="https://lettre.example/p/@@preferences@@">'
    f'choisir</a><img src="https://lettre.example/o/@@track@@.gif" alt="">{"." * 100}</html>\n'
)
TEXT = (
    "Bonjour @@name/" + b"cher lecteur".hex() + "@@,\n\nÀ lire : https://lettre.example/c/@@track@@/1 \n.\n..\n"
    "@@name@@\nPartir : https://lettre.example/u/@@leave@@\nChoisir : https://lettre.example/p/@@preferences@@"
)  # fmt: skip
COPY = Copy(
    address="marie.dupont@riverains.example",
    name="Marie Dupont",
    message_id="abcdefghijklmnopqrstuv@lettre.example",
    date="Wed, 06 Sep 2023 12:00:00 +0200",
    leave="L" * 22,
    preferences="-" * 22,
    track="T_-9" * 8,
)
HOSTILE = (
    *("", " ", ".", "..", "\n.\r\n", "From me", "--=_", "=", "a=3Db", "\t"),
    *(
        "Léa",
        "José-María Ñuñez",
        "🎉" * 30,
        "👩‍👩‍👧‍👦 Zoé",
        "e\N{COMBINING ACUTE ACCENT}" * 40,
        "שלום עולם",
        "مرحبا",
        "\u202eabc",
    ),
    *("Ann\r\nBcc: x@y.example", "=?utf-8?q?Bcc=3A?=", "\u2028", "\u2029", "\x85\x9b", "\ud83d", "\0", "a\0b"),
    *("@@leave@@", "\0leave.html\0", "{{name}}", "%s {0}", "x" * 300, "é" * 300, "a b " * 75),
    *('"', "\\", "<script>", "&amp;", "a@b.example", "Dupont, Marie", "(comment)"),
)


@pytest.fixture(scope="module")
def skeleton() -> Skeleton:
    return Skeleton.parse(build_skeleton(HEADERS, HTML, TEXT))


def clean(name: str) -> str:
    return re.sub("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]", " ", name).strip()


def expected(text: str, copy: Copy, *, html: bool) -> str:
    def value(slot: re.Match[str]) -> str:
        if slot[1] != "name":
            return str(getattr(copy, slot[1]))
        shown = clean(copy.name) or clean(bytes.fromhex(slot[2] or "").decode())
        return str(escape(shown)) if html else shown

    return re.sub(r"@@(\w+)(?:/(\w+))?@@", value, text).replace("\r\n", "\n")


def hostile_copies(count: int) -> Iterator[Copy]:
    chance = random.Random(20230906)  # noqa: S311  the same names every time; nothing secret
    for _ in range(count):
        name = "".join(chance.choices(HOSTILE, k=chance.choice((1, 1, 1, 2, 3))))
        yield COPY._replace(name=name, track="".join(chance.choices("abcXYZ019-_", k=32)))


def parts_of(letter: bytes) -> tuple[EmailMessage, str, str]:
    message = message_from_bytes(letter, policy=READING)
    assert isinstance(message, EmailMessage)
    plain, html = message.iter_parts()
    contents = [str(part.get_payload(decode=True), "utf-8").replace("\r\n", "\n") for part in (plain, html)]  # type: ignore[arg-type]  # bytes, since decode=True
    assert [part.defects for part in message.walk()] == [[], [], []]
    return message, contents[0], contents[1]


def assert_lines_are_safe(letter: bytes) -> None:
    lines = letter.split(b"\r\n")
    assert b"\n" not in b"".join(lines)
    assert b"\r" not in b"".join(lines)
    assert b"\0" not in letter
    assert not [line for line in lines if line.startswith(b".")]
    assert max(map(len, lines)) <= 998
    assert max(map(len, letter.partition(b"\r\n\r\n")[2].split(b"\r\n"))) <= 76
    assert all(len(word) <= 75 for word in re.findall(rb"=\?[^?\s]+\?q\?[^?\s]*\?=", letter))


def test_ten_thousand_hostile_names_come_back_and_harm_nothing(skeleton: Skeleton) -> None:
    names = message_from_bytes(skeleton.fill(COPY), policy=policy.default).keys()
    assert len(names) == len(set(names))
    for copy in hostile_copies(10_000):
        letter = skeleton.fill(copy)
        assert_lines_are_safe(letter)
        message, text, html = parts_of(letter)
        assert message.keys() == names
        assert html == expected(HTML, copy, html=True)
        assert text == expected(TEXT, copy, html=False)


def test_names_come_back_from_the_to_header(skeleton: Skeleton) -> None:
    for copy in hostile_copies(500):
        message, _, _ = parts_of(skeleton.fill(copy))
        to = message["To"].addresses[0]
        assert to.addr_spec == copy.address
        assert len(message["To"].addresses) == 1
        # Python 3.11 shows a space between adjacent encoded words, which RFC 2047 §6.2 does not.
        raw = re.search(rb"^To: (.*?)\r\n(?! )", skeleton.fill(copy), re.DOTALL | re.MULTILINE)
        assert raw
        phrase = raw[1].decode().replace("\r\n", "").removesuffix(copy.address + ">").removesuffix("<").strip()
        quoted = phrase.startswith('"')
        read = re.sub(r"\\(.)", r"\1", phrase[1:-1]) if quoted else str(make_header(decode_header(phrase)))
        if clean(copy.name):
            assert read == clean(copy.name) or (len(read) <= LONGEST_NAME and clean(copy.name).startswith(read))


def test_the_letter_has_text_before_html_and_its_headers_once(skeleton: Skeleton) -> None:
    letter = skeleton.fill(COPY)
    message, _, _ = parts_of(letter)
    assert [part.get_content_type() for part in message.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert message["Subject"] == HEADERS.subject
    assert message["Message-ID"] == "<abcdefghijklmnopqrstuv@lettre.example>"
    assert message["Date"] == COPY.date
    assert b"\r\nTo: Marie Dupont <marie.dupont@riverains.example>\r\n" in letter
    assert b"\r\nList-Unsubscribe: <https://lettre.example/u/LLLLLLLLLLLLLLLLLLLLLL>\r\n" in letter
    assert letter.endswith(b"--\r\n")
    for name in ("From", "Date", "Message-ID", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post"):
        assert len(message.get_all(name, [])) == 1


def test_the_same_issue_gives_the_same_bytes_and_the_boundary_is_in_no_part(skeleton: Skeleton) -> None:
    assert build_skeleton(HEADERS, HTML, TEXT) == build_skeleton(HEADERS, HTML, TEXT)
    message, _, _ = parts_of(skeleton.fill(COPY._replace(name=str(skeleton.fill(COPY)))))
    boundary = message.get_boundary()
    assert boundary
    body = b"".join(part.as_bytes() for part in message.iter_parts())
    assert boundary.encode() not in body


def test_holes_are_marked_by_slot_and_context() -> None:
    blob = build_skeleton(HEADERS, "@@name/c3a9@@@@track@@", "@@name@@@@leave@@")
    marks = blob.split(b"\0")[1::2]
    assert marks == [
        b"to.header", b"date.header", b"message_id.header", b"leave.header",
        b"name.text/", b"leave.text", b"name.html/c3a9", b"track.html",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "slot", ["@@nom@@", "@@to@@", "@@date@@", "@@leave/aa@@", "@@name/zz@@", "@@name/ff@@", "@@NAME@@"]
)
def test_an_unknown_slot_is_refused_by_its_name(slot: str) -> None:
    for html, text in ((slot, ""), ("", slot)):
        with pytest.raises(Refused, match=f'"{slot}" is no value of a reader'):
            build_skeleton(HEADERS, html, text)


def test_what_only_looks_like_a_slot_is_text() -> None:
    text = "@@ name @@ a@@b @@@@ @@name @@é@@"
    _, read, _ = parts_of(Skeleton.parse(build_skeleton(HEADERS, "", text)).fill(COPY))
    assert read == text


@pytest.mark.parametrize("blob", [b"a\0leave.html", b"a\0nom.html\0b", b"\xff\0\xff\0", b"\0name.text/zz\0"])
def test_bytes_of_another_version_are_refused(blob: bytes) -> None:
    with pytest.raises(Refused, match="another version"):
        Skeleton.parse(blob)


@pytest.mark.parametrize(
    "change",
    [
        {"leave": "x"}, {"preferences": "x" * 23}, {"track": ""},
        {"address": "a@b.example\r\nBcc: c@d.example"}, {"message_id": "a\nb"}, {"date": "\r"},
    ],
)  # fmt: skip
def test_a_copy_that_would_break_the_lines_is_not_filled(skeleton: Skeleton, change: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"length|control"):
        skeleton.fill(COPY._replace(**change))


def test_an_issue_that_is_not_measured_needs_no_tracking_token() -> None:
    skeleton = Skeleton.parse(build_skeleton(HEADERS, "<p>@@name@@</p>", "@@name@@"))
    assert b"<p>=\r\nMarie Dupont=\r\n</p>" in skeleton.fill(COPY._replace(track=""))


def test_filling_costs_a_small_part_of_building() -> None:
    html = HTML + "<p>À Montbriel, l’assemblée s’est réunie.</p>\n" * 1000
    started = time.process_time()
    skeleton = Skeleton.parse(build_skeleton(HEADERS, html, TEXT))
    built = time.process_time() - started
    started = time.process_time()
    for _ in range(100):
        skeleton.fill(COPY)
    assert time.process_time() - started < 100 * built / 50
