"""Questions to a real name server on loopback, each with a known end."""

import asyncio
from time import monotonic

from mailer.domain.dns_records import Answer, Question, Reply
from mailer.transport.dns import Resolver
from tests.nameserver import FAILS, LOOPBACK, SILENT, NameServer, Zone, name_server
from tests.ports import free_port

LONG = "v=DKIM1; k=rsa; p=" + "A" * 700
ZONE: Zone = {
    "lavoir.example": {"MX": ["20 mx2.lavoir.example.", "10 mx.lavoir.example."], "TXT": ["v=spf1 mx -all", "x=1"]},
    "mx.lavoir.example": {"A": ["192.0.2.25"], "AAAA": ["2001:db8::25"]},
    "s1._domainkey.lavoir.example": {"TXT": [LONG]},
    "25.2.0.192.in-addr.arpa": {"PTR": ["mx.lavoir.example."]},
    "nulle.example": {"MX": ["0 ."]},
    "panne.example": FAILS,
    "muet.example": SILENT,
}


def ask(server: NameServer, *questions: Question) -> dict[Question, Answer]:
    return asyncio.run(Resolver((LOOPBACK, server.port), timeout_s=0.2, lifetime_s=0.4).ask_all(questions))


def test_each_kind_of_record_comes_back_as_text() -> None:
    with name_server(ZONE) as server:
        answers = ask(
            server,
            Question("lavoir.example", "MX"),
            Question("lavoir.example", "TXT"),
            Question("mx.lavoir.example", "A"),
            Question("mx.lavoir.example", "AAAA"),
            Question("25.2.0.192.in-addr.arpa", "PTR"),
            Question("nulle.example", "MX"),
        )
    assert all(answer.reply is Reply.FOUND for answer in answers.values())
    assert [answer.values for answer in answers.values()] == [
        ("10 mx.lavoir.example", "20 mx2.lavoir.example"),
        ("v=spf1 mx -all", "x=1"),
        ("192.0.2.25",),
        ("2001:db8::25",),
        ("mx.lavoir.example",),
        ("0 ",),
    ]


def test_a_record_in_pieces_too_long_for_a_datagram_arrives_whole() -> None:
    question = Question("s1._domainkey.lavoir.example", "TXT")
    with name_server(ZONE) as server:
        assert ask(server, question)[question].values == (LONG,)
        assert server.over_tcp == {question.name}


def test_nothing_no_name_a_failure_and_silence_are_four_different_ends() -> None:
    names = ("mx.lavoir.example", "ailleurs.example", "panne.example", "muet.example", "deux..points.example", "é" * 80)
    with name_server(ZONE) as server:
        answers = ask(server, *(Question(name, "TXT") for name in names))
    replies = [answer.reply for answer in answers.values()]
    assert replies == [Reply.NOTHING, Reply.NO_NAME, Reply.FAILED, Reply.SILENT, Reply.NO_NAME, Reply.NO_NAME]


def test_where_no_server_listens_all_is_silent_and_soon() -> None:
    began = monotonic()
    resolver = Resolver((LOOPBACK, free_port()), timeout_s=0.2, lifetime_s=0.4)
    questions = [Question(f"n{number}.example", "TXT") for number in range(40)]
    answers = asyncio.run(resolver.ask_all(questions))
    assert {answer.reply for answer in answers.values()} == {Reply.SILENT}
    assert monotonic() - began < 5
