"""Own samples, one per cause and operator, each with the verdict that it must have (expected.csv)."""

import csv
import re
from pathlib import Path
from time import process_time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailer.content.returned import read_returned
from mailer.domain.bounces.judging import judge
from mailer.domain.bounces.verdicts import Kind, judge_failure, judge_reply
from mailer.domain.bounces.wording import Cause

HERE = Path(__file__).parent
SAMPLES = HERE / "samples"
with (HERE / "expected.csv").open(encoding="utf-8") as table:
    EXPECTED = list(csv.DictReader(table, delimiter=";"))
CONTENTS = [path.read_bytes() for path in sorted(SAMPLES.glob("*.eml"))]


def told(content: bytes) -> tuple[str, str, str]:
    verdicts = judge(read_returned(content))
    return (
        " ".join(one.kind for one in verdicts),
        " ".join(one.recipient for one in verdicts),
        " ".join(one.status for one in verdicts),
    )


@pytest.mark.parametrize("row", EXPECTED, ids=lambda row: row["sample"])
def test_every_sample_has_its_verdict(row: dict[str, str]) -> None:
    assert told((SAMPLES / f"{row['sample']}.eml").read_bytes()) == (row["kind"], row["recipient"], row["status"])


def test_the_table_names_every_sample() -> None:
    assert {row["sample"] for row in EXPECTED} == {path.stem for path in SAMPLES.glob("*.eml")}
    assert {kind for row in EXPECTED for kind in row["kind"].split()} == {kind.value for kind in Kind}


@pytest.mark.parametrize("end", [b"\r\n", b"\r"], ids=["CRLF", "CR"])
def test_line_ends_change_no_verdict(end: bytes) -> None:
    assert [told(one.replace(b"\n", end)) for one in CONTENTS] == [told(one) for one in CONTENTS]


def test_a_hundred_messages_a_second_are_judged_on_one_core() -> None:
    began = process_time()
    for content in CONTENTS:
        told(content)
    assert (process_time() - began) / len(CONTENTS) < 0.01


@pytest.mark.parametrize("code", ["OFR_102", "OFR_505", "OFR_506", "OFR_510", "OFR_999", "LPN007_510", "LPN007_517"])
def test_a_french_operator_that_refuses_us_says_nothing_of_the_reader(code: str) -> None:
    kind, _, _ = judge_failure("5.0.0", f"550 5.5.0 Service refuse. {code} [1]")
    assert kind is Kind.BLOCKED


@pytest.mark.parametrize("code", ["OFR_416", "OFR004_416", "LPN007_416"])
def test_a_french_operator_that_knows_no_such_mailbox_is_believed(code: str) -> None:
    assert judge_failure("5.5.0", f"550 5.5.0 Service refuse. {code}")[0] is Kind.HARD


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ("550 5.1.1 <no.such.user@spam.example> mailbox is full", Cause.FULL),
        ("554 5.7.1 <ana@mairie.example>... User unknown", Cause.NO_MAILBOX),
        ("550 5.1.1 rejected: 192.0.2.10 is listed in our blocklist", Cause.POLICY),
        ("550 5.1.1 sender address rejected: user unknown", Cause.POLICY),
        ("550 5.4.1 Recipient address rejected: Access denied", Cause.NO_MAILBOX),
        ("554 5.7.1 Recipient address rejected: Access denied", Cause.POLICY),
        ("450 4.1.1 user unknown", Cause.NO_MAILBOX),
        ("550 5.2.0 From: Domain is invalid. Give a valid From:", Cause.POLICY),
        ("550 5.7.324 destination domain returned invalid DNSSEC records", Cause.NETWORK),
        ("550 5.1.1 RCPT TO:<ana@mairie.example> max message size exceeded", Cause.TOO_BIG),
        ("550 recipient rejected: temporarily inactive", Cause.DISABLED),
        ("550 nessun utente con questo nome", Cause.NO_MAILBOX),
        ("550 5.1.2 no.user.spam.example", Cause.OTHER),
    ],
)
def test_words_status_and_code_are_read_together(said: str, cause: Cause) -> None:
    assert judge_failure("", said)[1] is cause


def test_a_temporary_refusal_is_never_hard() -> None:
    assert judge_failure("4.1.1", "450 4.1.1 user unknown")[0] is Kind.SOFT


def test_the_reply_of_our_own_relay_is_judged_alike() -> None:
    assert judge_reply(550, "5.1.1 no such user") == (Kind.HARD, Cause.NO_MAILBOX, "5.1.1")
    assert judge_reply(550, "5.7.515 Access denied")[0] is Kind.BLOCKED


def test_a_letter_about_full_mailboxes_that_came_back_is_judged_by_the_receiver_alone() -> None:
    content = (SAMPLES / "qmail_unknown.eml").read_bytes()
    assert b"Mailbox full" in content
    assert told(content)[0] == "hard"


LINES = [line for content in CONTENTS for line in content.split(b"\n")]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_no_mutilated_message_stops_the_reading(data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from(CONTENTS)))
    for _ in range(data.draw(st.integers(1, 6))):
        start = data.draw(st.integers(0, max(len(content) - 1, 0)))
        cut = data.draw(st.integers(0, 400))
        put = data.draw(st.one_of(st.binary(max_size=40), st.sampled_from(LINES)))
        content[start : start + cut] = put
    verdicts = judge(read_returned(bytes(content)))
    assert verdicts
    assert all(one.words.isprintable() for one in verdicts)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"From x\n",
        b"Content-Type: multipart/report; boundary=a\n\n"
        + b"--a\nContent-Type: multipart/mixed; boundary=a\n\n" * 5000,
        b"Subject: " + b"=?utf-8?q?" * 20_000 + b"\n\n",
        b"From: MAILER-DAEMON@x.example\nSubject: failure notice\n\n" + b"<a@b.example>: \n" * 50_000,
        b"From: MAILER-DAEMON@x.example\nSubject: failure notice\n\n" + b"a@" * 200_000,
        b"From: MAILER-DAEMON@x.example\n\nerrors ----\n" + b"  a@b.example\n   (x\n" * 20_000,
        b"Content-Type: text/html\n\n" + b"<style" * 50_000,
        b"Content-Type: text/plain; charset=\xff\xfe\n\n\xff",
        b"\x00" * 100_000,
        b"From: \xff\xfe@\n\n" + b"user " * 100_000,
    ],
    ids=range(12),
)
def test_nothing_takes_long(content: bytes) -> None:
    began = process_time()
    assert judge(read_returned(content))
    assert process_time() - began < 1.5


def test_samples_hold_invented_people_only() -> None:
    hosts = {host for one in CONTENTS for host in re.findall(rb"@([\w.-]+\.[a-z]{2,})", one)}
    assert [host for host in sorted(hosts) if not host.endswith(b".example")] == []
