"""What follows from asking for a letter, as a table."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mailer.domain.addresses import Family
from mailer.domain.joining import (
    BETWEEN_TWO_MAILS,
    MAILS_UNANSWERED,
    VALID_FOR,
    VERSION,
    Reply,
    RequestKind,
    RequestState,
    Standing,
    host_of,
    mails_an_hour,
    reply_to,
    state_of,
    wording_of,
)

NOW = datetime(2026, 9, 2, 10, 0, tzinfo=UTC)
STRANGER = Standing(
    kind=RequestKind.JOIN,
    known=False,
    refused=False,
    already_gets_all=False,
    any_list_left=True,
    mails=0,
    mailed_at=None,
    replied="",
    asked_at=NOW,
    domain_is_full=False,
)
SUBSCRIBED = replace(STRANGER, known=True, already_gets_all=True)
LOST = replace(STRANGER, kind=RequestKind.WAY_BACK, any_list_left=False, already_gets_all=True)
LATELY, BEFORE = NOW - timedelta(hours=23), NOW - BETWEEN_TWO_MAILS


@pytest.mark.parametrize(
    ("one", "reply"),
    [
        (STRANGER, Reply.CONFIRM),
        (SUBSCRIBED, Reply.KNOWN),
        (replace(STRANGER, refused=True), Reply.NOTHING),
        (replace(SUBSCRIBED, refused=True), Reply.NOTHING),
        (replace(STRANGER, any_list_left=False), Reply.NOTHING),
        (replace(STRANGER, domain_is_full=True), Reply.LATER),
        (replace(STRANGER, domain_is_full=True, refused=True), Reply.NOTHING),
        (replace(STRANGER, mails=1, mailed_at=LATELY, replied=Reply.CONFIRM), Reply.NOTHING),
        (replace(STRANGER, mails=1, mailed_at=BEFORE, replied=Reply.CONFIRM), Reply.CONFIRM),
        (replace(STRANGER, mails=1, mailed_at=LATELY, replied=Reply.KNOWN), Reply.CONFIRM),
        (replace(SUBSCRIBED, mails=1, mailed_at=LATELY, replied=Reply.CONFIRM), Reply.NOTHING),
        (replace(STRANGER, mails=MAILS_UNANSWERED, mailed_at=BEFORE), Reply.NOTHING),
        (replace(STRANGER, asked_at=NOW - VALID_FOR), Reply.NOTHING),
        (LOST, Reply.NOTHING),
        (replace(LOST, known=True), Reply.WAY_BACK),
        (replace(LOST, known=True, refused=True), Reply.NOTHING),
        (replace(LOST, known=True, mails=1, mailed_at=LATELY, replied=Reply.WAY_BACK), Reply.NOTHING),
    ],
)
def test_what_is_written_to_whoever_asks(one: Standing, reply: Reply) -> None:
    assert reply_to(one, NOW) is reply


@pytest.mark.parametrize(
    ("confirmed", "until", "reminded", "state"),
    [
        (None, None, None, RequestState.ASKED),
        (None, NOW + VALID_FOR, None, RequestState.ASKED),
        (None, NOW + VALID_FOR, NOW, RequestState.REMINDED),
        (None, NOW, NOW, RequestState.EXPIRED),
        (NOW, NOW, NOW, RequestState.CONFIRMED),
    ],
)
def test_where_a_request_stands_follows_from_its_times(
    confirmed: datetime | None, until: datetime | None, reminded: datetime | None, state: RequestState
) -> None:
    assert state_of(confirmed, until, reminded, NOW) is state


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://wiki.voisins.example", "wiki.voisins.example"),
        ("http://LOCALHOST:8000", "localhost:8000"),
        ("null", ""),
        (None, ""),
        ("", ""),
        ("https://", ""),
        ("https://a.example/chemin?x=<script>", ""),
        ("https://" + "a" * 300, ""),
        ("https://é.example", ""),
    ],
)
def test_only_a_host_is_kept_of_where_somebody_asked(origin: str | None, host: str) -> None:
    assert host_of(origin) == host


def test_another_text_has_another_name() -> None:
    assert wording_of("a").version != wording_of("b").version
    assert VERSION.fullmatch(wording_of("a").version)


def test_large_receivers_take_more_people_an_hour() -> None:
    assert mails_an_hour(Family.ORANGE) > mails_an_hour(Family.OTHER)
