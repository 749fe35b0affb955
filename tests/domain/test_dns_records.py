"""SPF, DKIM and DMARC records, and whatever people publish in their place."""

import base64
from ipaddress import ip_address

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from mailer.domain.dns_records import (
    Answer,
    Inquiry,
    KeyFault,
    Mechanism,
    Question,
    Reply,
    dmarc_records,
    read_dkim,
    read_spf,
    read_tags,
    spf_records,
)
from mailer.domain.sending_domain import Sender, judge_senders
from mailer.domain.spf import MOST_LOOKUPS, permits, walk

words = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)
mechanisms = st.sampled_from(
    ["a", "mx", "-all", "~all", "ptr", "a:x.example/24", "mx/24//64", "ip4:192.0.2.0/24", "ip6:2001:db8::/32",
     "include:x.example", "exists:%{i}.x.example", "redirect=x.example", "exp=x.example", "A:X.Example", "+MX"]
)  # fmt: skip


@given(st.lists(mechanisms, max_size=8))
def test_every_word_of_the_standard_is_understood(written: list[str]) -> None:
    record = read_spf(" ".join(["v=spf1", *written]))
    assert set(record.mistakes) <= ({"redirect="} if written.count("redirect=x.example") > 1 else set())
    assert [term.written for term in record.terms] == [word for word in written if "=" not in word]


@given(words)
def test_anything_can_be_read_as_spf_and_each_word_is_a_term_a_modifier_or_a_mistake(text: str) -> None:
    record = read_spf(f"v=spf1 {text}")
    told = {term.written for term in record.terms} | set(record.mistakes)
    assert {word for word in text.split() if "=" not in word} <= told


@given(words)
def test_anything_can_be_read_as_a_key_and_as_a_policy(text: str) -> None:
    for written in (text, f"v=DKIM1; {text}", f"v=DKIM1; p={text}", f"v=DMARC1; {text}", f"v=DMARC1; p={text}"):
        key = read_dkim(written)
        assert key.fault is not None or key.bits > 0
        assert all(one.policy in ("", "none", "quarantine", "reject") for one in dmarc_records([written]))


@given(st.dictionaries(st.from_regex(r"[a-z][a-z0-9]{0,5}", fullmatch=True), st.text("abc:/-. ", max_size=9)))
def test_tags_come_back_as_they_were_written(tags: dict[str, str]) -> None:
    written = "; ".join(f"{name}={value}" for name, value in tags.items())
    if tags:
        assert read_tags(written) == {name: value.strip() for name, value in tags.items()}


@given(st.integers(1024, 4096), st.integers(0), st.booleans())
def test_the_size_of_a_key_is_told_whichever_way_it_is_wrapped(bits: int, noise: int, bare: bool) -> None:
    modulus = (1 << (bits - 1)) | (noise % (1 << (bits - 1))) | 1
    public = rsa.RSAPublicNumbers(65537, modulus).public_key()
    shape = PublicFormat.PKCS1 if bare else PublicFormat.SubjectPublicKeyInfo
    raw = public.public_bytes(Encoding.DER, shape)
    assert read_dkim(f"p={base64.b64encode(raw).decode()}").bits == bits
    assert read_dkim(f"p={base64.b64encode(raw[: len(raw) // 2]).decode()}").fault is KeyFault.UNREADABLE


@given(st.binary(max_size=80))
def test_no_bytes_at_all_break_the_reader_of_keys(raw: bytes) -> None:
    assert read_dkim(f"k=rsa; p={base64.b64encode(raw).decode()}").bits >= 0


@pytest.mark.parametrize(
    "word", ["ipv4:192.0.2.1", "ip4:2001:db8::1", "ip6:192.0.2.1", "ip4:300.1.1.1", "ip4:", "include:", "include",
             "a/33", "mx//129", "a:", "all:x", "exists", "alll", "+", "a/24/64", "redirect="]
)  # fmt: skip
def test_a_word_that_no_receiver_understands_is_a_mistake(word: str) -> None:
    assert read_spf(f"v=spf1 {word} -all").mistakes == (word,)


def test_what_only_looks_like_spf_is_none() -> None:
    assert spf_records(["v=spf10 -all", " v=spf1 -all", "spf1", "V=SPF1 -all", "v=spf1"]) == ["V=SPF1 -all", "v=spf1"]
    assert read_spf("v=spf1 MX/24 -ALL").terms[0].mechanism is Mechanism.MX


def test_what_only_looks_like_dmarc_is_none() -> None:
    texts = ["v=DMARC1", "v=DMARC2; p=none", "p=none; v=DMARC1", "v=dmarc1; p=none", "google=x", "v=DMARC1; p=Reject;"]
    assert [record.policy for record in dmarc_records(texts)] == ["", "reject"]


def test_an_ed25519_key_is_told_by_its_length() -> None:
    assert read_dkim(f"k=ed25519; p={base64.b64encode(bytes(32)).decode()}").bits == 256
    assert read_dkim(f"k=ed25519; p={base64.b64encode(bytes(31)).decode()}").fault is KeyFault.UNREADABLE
    assert read_dkim(f"s=tlsrpt; k=ed25519; p={base64.b64encode(bytes(32)).decode()}").fault is KeyFault.WRONG_USE


def zone(**texts: str) -> Inquiry:
    """A world in which these names have these TXT records, and nothing else exists."""
    found = {Question(f"{name}.example", "TXT"): Answer(Reply.FOUND, (text,)) for name, text in texts.items()}
    return Inquiry(found)


@pytest.mark.parametrize(
    ("record", "address", "may"),
    [
        ("ip4:192.0.2.0/24 -all", "192.0.2.25", True),
        ("ip4:192.0.2.0/24 -all", "198.51.100.1", False),
        ("ip6:2001:db8::/32 -all", "2001:db8::1", True),
        ("ip6:2001:db8::/32 -all", "192.0.2.25", False),
        ("-ip4:192.0.2.25 +all", "192.0.2.25", False),
        ("?ip4:192.0.2.25 -all", "192.0.2.25", False),
        ("include:b.example -all", "198.51.100.1", True),
        ("redirect=b.example", "198.51.100.1", True),
        ("-all redirect=b.example", "198.51.100.1", False),
        ("exists:%{i}.x.example -all", "192.0.2.25", None),
        ("include:%{d}.x.example -all", "192.0.2.25", None),
        ("include:a.example -all", "192.0.2.25", False),
        ("redirect=a.example", "192.0.2.25", False),
    ],
)
def test_an_address_is_held_against_the_record_from_left_to_right(record: str, address: str, may: bool | None) -> None:
    inquiry = zone(a=f"v=spf1 {record}", b="v=spf1 ip4:198.51.100.1 -all")
    assert permits("a.example", ip_address(address), inquiry) is may


records = st.lists(
    st.sampled_from(["include:a.example", "include:b.example", "a", "mx", "redirect=c.example", "-all", "ptr", "x"]),
    max_size=12,
).map(lambda written: " ".join(["v=spf1", *written]))


@given(records, records, records)
def test_records_that_include_each_other_in_any_way_come_to_an_end(one: str, two: str, three: str) -> None:
    inquiry = zone(a=one, b=two, c=three)
    walked = walk(read_spf(one), inquiry)
    direct = sum(term.mechanism not in (Mechanism.ALL, Mechanism.IP4) for term in read_spf(one).terms)
    assert walked.lookups >= 0
    assert walked.lookups <= direct or walked.included
    assert permits("a.example", ip_address("192.0.2.1"), inquiry) in (True, False, None)
    if "include:a.example" in one.split("-all")[0] and not read_spf(one).mistakes:
        assert walked.lookups > MOST_LOOKUPS


@given(st.dictionaries(st.tuples(st.sampled_from(["TXT", "MX", "A"]), st.booleans()), st.lists(words, max_size=3)))
def test_whatever_a_zone_holds_is_judged_in_sentences(content: dict[tuple[str, bool], list[str]]) -> None:
    answers = {}
    for (kind, of_policy), texts in content.items():
        name = "_dmarc.lavoir.example" if of_policy else "lavoir.example"
        values = {"TXT": texts, "MX": [f"10 {text}" for text in texts], "A": ["192.0.2.1"]}[kind]
        answers[Question(name, kind)] = Answer(Reply.FOUND, tuple(values))
    sender = Sender("lavoir.example", "lavoir.example", "smtp.relais.example", "smtp", "s1")
    assert all(str(finding) for finding in judge_senders([sender], Inquiry(answers)))
