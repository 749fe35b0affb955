"""Whether a domain that is said not to exist does: what its name servers say of it. Pure; asks nobody."""

from collections.abc import Mapping
from enum import StrEnum

from mailer.domain.dns_records import Answer, Question, Reply


class DomainState(StrEnum):
    """What the name servers say."""

    GONE = "gone"
    """No such name, or one that takes no mail (RFC 7505)."""
    ALIVE = "alive"
    UNTOLD = "untold"
    """Nobody answered: nothing is known."""


KINDS = ("MX", "A", "AAAA")


def questions(domain: str) -> list[Question]:
    """What is asked: where its mail goes, and whether it has a machine at all (RFC 5321 §5.1)."""
    return [Question(domain, kind) for kind in KINDS]


def state_of(domain: str, answers: Mapping[Question, Answer]) -> DomainState:
    """Gone is only what every answer agrees on."""
    told = [answers.get(question, Answer(Reply.SILENT)) for question in questions(domain)]
    exchangers = told[0]
    if exchangers.reply is Reply.FOUND:
        takes_none = all(value.split()[-1:] in ([], ["."]) or value.split() == ["0"] for value in exchangers.values)
        return DomainState.GONE if takes_none else DomainState.ALIVE
    if any(one.reply is Reply.FOUND for one in told):
        return DomainState.ALIVE
    if any(one.reply in (Reply.SILENT, Reply.FAILED) for one in told):
        return DomainState.UNTOLD
    return DomainState.GONE
