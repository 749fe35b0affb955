"""Every way that a conversation with a relay can go, and what is then true of the letter."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from mailer.config import Smtp
from mailer.domain.deliveries import Ending, Outcome, Scope, Step
from mailer.transport.smtp import Connection, Relay
from mailer.transport.wire import HUNG_UP, SENSELESS, TOO_SLOW, UNASKED
from tests.transport.scripted import GO_ON, HANG_UP, OK, SILENCE, STALL, Early, Reply, ScriptedRelay, scripted_relay

pytestmark = pytest.mark.anyio

SENDER, READER = "bounces@lettre.example", "lea@riverains.example"
LETTER = b"Subject: x\r\n\r\nBonjour\r\n"
HUGE = b"x" * 70 + b"\r\n" + (b"x" * 998 + b"\r\n") * 32_000
"""More than the buffers of both sides hold, so that its end cannot have left while nobody reads."""

SHORT_S = 0.3
ENOUGH_S = 20


@asynccontextmanager
async def connected(
    *script: Reply, timeout_s: float = ENOUGH_S, **settings: Any
) -> AsyncIterator[tuple[Connection, ScriptedRelay]]:
    spoken = {key: settings.pop(key) for key in ("ehlo", "farewell") if key in settings}
    async with scripted_relay(*script, **spoken) as scripted:
        times = {"timeout_s": timeout_s, "after_dot_timeout_s": timeout_s}
        relay = Relay(Smtp(**{"host": "127.0.0.1", "port": scripted.port, "security": "none"} | times | settings))
        async with relay.connection() as connection:
            yield connection, scripted


async def deliver(connection: Connection, recipient: str = READER, letter: bytes = LETTER) -> Outcome | None:
    async def still_ours() -> bool:
        return True

    return await connection.deliver(SENDER, recipient, still_ours, lambda: letter)


UP_TO = {Step.MAIL: (), Step.RCPT: (OK,), Step.DATA: (OK, OK), Step.BODY: (OK, OK, GO_ON)}


async def test_an_accepted_letter_arrives_as_it_was_given_with_the_final_dot() -> None:
    async with connected(OK, OK, GO_ON, b"250 2.0.0 queued as 4D1\r\n") as (connection, relay):
        assert await deliver(connection) == Outcome(Ending.ACCEPTED, Step.BODY, 250, "2.0.0 queued as 4D1")
        assert connection.usable
        assert connection.letters == 1
    assert relay.commands[1:] == [f"MAIL FROM:<{SENDER}>", f"RCPT TO:<{READER}>", "DATA", "QUIT"]
    assert relay.letters == [LETTER + b".\r\n"]


@pytest.mark.parametrize("step", UP_TO)
@pytest.mark.parametrize(("code", "ending"), [(450, Ending.DEFERRED), (550, Ending.REFUSED)])
async def test_a_refusal_at_any_step_is_told_and_the_connection_reset_for_the_next(
    step: Step, code: int, ending: Ending
) -> None:
    refusal = f"{code} 5.7.1 not this one\r\n".encode()
    async with connected(*UP_TO[step], refusal, OK, OK, OK, GO_ON, OK) as (connection, relay):
        assert await deliver(connection) == Outcome(ending, step, code, "5.7.1 not this one")
        assert connection.usable
        after = await deliver(connection)
    assert after
    assert after.ending is Ending.ACCEPTED
    assert "RSET" in relay.commands
    assert len(relay.letters) == (2 if step is Step.BODY else 1)


@pytest.mark.parametrize("step", UP_TO)
async def test_421_at_any_step_speaks_of_the_relay_and_ends_the_connection(step: Step) -> None:
    async with connected(*UP_TO[step], b"421 4.3.2 OFR_104 too many connections\r\n") as (connection, relay):
        expected = Outcome(Ending.DEFERRED, step, 421, "4.3.2 OFR_104 too many connections")
        assert expected.scope is Scope.RELAY
        assert await deliver(connection) == expected
        assert not connection.usable
    assert "RSET" not in relay.commands


@pytest.mark.parametrize("step", UP_TO)
@pytest.mark.parametrize(
    ("reply", "words", "timeout_s"),
    [
        (HANG_UP, HUNG_UP, ENOUGH_S),
        (SILENCE, TOO_SLOW, SHORT_S),
        (b"what?\r\n", SENSELESS, ENOUGH_S),
        (b"what?\r\n250 OK\r\n", SENSELESS, ENOUGH_S),
        (b"\x00\xff" * 40_000, SENSELESS, ENOUGH_S),
        (b"250-and so on\r\n" * 5_000, SENSELESS, ENOUGH_S),
        (b"199 in the making\r\n", SENSELESS, ENOUGH_S),
    ],
)
async def test_an_end_before_the_dot_is_broken_and_after_it_lost(
    step: Step, reply: Reply, words: str, timeout_s: float
) -> None:
    async with connected(*UP_TO[step], reply, timeout_s=timeout_s) as (connection, relay):
        ending = Ending.LOST if step is Step.BODY else Ending.BROKEN
        assert await deliver(connection) == Outcome(ending, step, None, words)
        assert not connection.usable
        again = await deliver(connection)
        assert again
        assert again.ending is Ending.BROKEN
    assert len(relay.letters) == (1 if step is Step.BODY else 0)


@pytest.mark.parametrize(
    ("step", "reply", "ending"),
    [
        (Step.MAIL, GO_ON, Ending.BROKEN),
        (Step.DATA, OK, Ending.BROKEN),
        (Step.BODY, b"354 more\r\n", Ending.LOST),
    ],
)
async def test_a_code_that_has_no_place_there_is_not_taken_for_a_yes(step: Step, reply: bytes, ending: Ending) -> None:
    async with connected(*UP_TO[step], reply) as (connection, _):
        outcome = await deliver(connection)
        assert outcome
        assert (outcome.ending, outcome.step) == (ending, step)
        assert not connection.usable


@pytest.mark.parametrize("stopping", [Early(HANG_UP), STALL])
async def test_a_letter_of_which_the_end_never_left_is_broken_not_lost(stopping: Reply) -> None:
    async with connected(OK, OK, GO_ON, stopping, timeout_s=1) as (connection, relay):
        outcome = await deliver(connection, letter=HUGE)
        assert outcome
        assert (outcome.ending, outcome.step) == (Ending.BROKEN, Step.BODY)
        assert not connection.usable
    assert relay.letters == []


@pytest.mark.parametrize(("reply", "ending"), [(OK, Ending.ACCEPTED), (HANG_UP, Ending.LOST)])
async def test_a_letter_that_leaves_in_many_writes_is_whole_once_its_dot_has_left(reply: Reply, ending: Ending) -> None:
    async with connected(OK, OK, GO_ON, reply) as (connection, relay):
        outcome = await deliver(connection, letter=HUGE)
        assert outcome
        assert outcome.ending is ending
    assert relay.letters == [HUGE + b".\r\n"]


async def test_a_letter_judged_before_its_end_is_refused_and_its_rest_never_read_as_commands() -> None:
    async with connected(OK, OK, GO_ON, Early(b"552 5.3.4 too big\r\n")) as (connection, _):
        assert await deliver(connection, letter=HUGE) == Outcome(Ending.REFUSED, Step.BODY, 552, "5.3.4 too big")
        assert not connection.usable


async def test_a_yes_before_the_end_of_the_letter_is_not_believed() -> None:
    async with connected(OK, OK, GO_ON, Early(OK)) as (connection, _):
        outcome = await deliver(connection, letter=HUGE)
        assert outcome
        assert outcome.ending is Ending.LOST
        assert not connection.usable


@pytest.mark.parametrize(
    ("pieces", "words"),
    [
        ((b"550-5.1.1 The account\r\n550 5.1.1 does not exist\r\n",), "5.1.1 The account does not exist"),
        (
            (b"550-5.1.1 The acc", b"ount\r\n5", b"50", b" 5.1.1 does not exist\r", b"\n"),
            "5.1.1 The account does not exist",
        ),
        ((b"550-no\r\n550-\r\n550 user here\r\n",), "no  user here"),
        ((b"550 bare line end\n",), "bare line end"),
        ((b"550\r\n",), ""),
        ((b"550 caf\xc3\xa9 \xff \x1b[2J\r\n",), "café \N{REPLACEMENT CHARACTER}  [2J"),
        ((b"550 " + b"x" * 2000 + b"\r\n",), "x" * 1000),
    ],
)
async def test_words_are_read_whole_however_they_are_cut(pieces: tuple[bytes, ...], words: str) -> None:
    async with connected(OK, pieces, OK) as (connection, _):
        assert await deliver(connection) == Outcome(Ending.REFUSED, Step.RCPT, 550, words)
        assert connection.usable


async def test_one_refused_recipient_among_ten_harms_no_other() -> None:
    yes = (OK, OK, GO_ON, OK)
    script = (*yes * 2, OK, b"550 5.1.1 no such user\r\n", OK, *yes * 7)
    async with connected(*script) as (connection, relay):
        outcomes = [await deliver(connection, f"r{number}@riverains.example") for number in range(1, 11)]
    endings = [outcome.ending for outcome in outcomes if outcome]
    assert endings == [Ending.ACCEPTED] * 2 + [Ending.REFUSED] + [Ending.ACCEPTED] * 7
    assert len(relay.letters) == 9
    assert relay.commands.count("RSET") == 1


async def test_a_421_said_in_our_silence_is_the_reply_to_the_next_letter() -> None:
    async with connected(OK, OK, GO_ON, OK + b"421 4.4.2 idle too long\r\n") as (connection, relay):
        await deliver(connection)
        assert await deliver(connection) == Outcome(Ending.DEFERRED, Step.MAIL, 421, "4.4.2 idle too long")
        assert not connection.usable
    assert relay.commands.count(f"MAIL FROM:<{SENDER}>") == 1


@pytest.mark.parametrize("unasked", [OK, b"554 5.5.0 idle too long\r\n"])
async def test_replies_that_have_run_out_of_step_are_never_taken_for_a_letters_own(unasked: bytes) -> None:
    async with connected(OK, OK + unasked) as (connection, relay):
        assert await deliver(connection) == Outcome(Ending.BROKEN, Step.DATA, None, UNASKED)
        assert not connection.usable
    assert relay.letters == []


@pytest.mark.parametrize(
    ("unasked", "outcome"),
    [
        (b"421 4.3.2 closing\r\n", Outcome(Ending.DEFERRED, Step.BODY, 421, "4.3.2 closing")),
        (OK, Outcome(Ending.BROKEN, Step.BODY, None, UNASKED)),
    ],
)
async def test_a_reply_that_comes_with_354_keeps_the_letter_here(unasked: bytes, outcome: Outcome) -> None:
    async with connected(OK, OK, (GO_ON + unasked,)) as (connection, relay):
        assert await deliver(connection) == outcome
        assert not connection.usable
    assert relay.letters == []


async def test_a_letter_that_is_not_ours_any_more_is_not_sent_and_the_next_one_is() -> None:
    async def not_ours() -> bool:
        return False

    async with connected(OK, OK, OK, OK, OK, GO_ON, OK) as (connection, relay):
        assert await connection.deliver(SENDER, READER, not_ours, lambda: LETTER) is None
        assert connection.usable
        assert await deliver(connection)
    assert relay.commands[3] == "RSET"
    assert relay.letters == [LETTER + b".\r\n"]
    assert connection.letters == 1


async def test_a_relay_that_refuses_rset_is_left() -> None:
    async with connected(b"550 no\r\n", b"502 what?\r\n") as (connection, _):
        await deliver(connection)
        assert not connection.usable


async def test_a_relay_that_hangs_up_at_rset_changes_nothing_of_its_refusal() -> None:
    async with connected(b"550 no\r\n", HANG_UP) as (connection, _):
        assert await deliver(connection) == Outcome(Ending.REFUSED, Step.MAIL, 550, "no")
        assert not connection.usable


async def test_what_the_record_before_the_dot_raises_goes_up_and_nothing_leaves() -> None:
    async def failing() -> bool:
        raise OSError("disk full")

    async with connected(OK, OK) as (connection, relay):
        with pytest.raises(OSError, match="disk full"):
            await connection.deliver(SENDER, READER, failing, lambda: LETTER)
        assert not connection.usable
    assert "DATA" not in relay.commands


async def test_what_making_the_letter_raises_goes_up_and_no_dot_leaves() -> None:
    def failing() -> bytes:
        raise ValueError("no such name")

    async def still_ours() -> bool:
        return True

    async with connected(OK, OK, GO_ON) as (connection, relay):
        with pytest.raises(ValueError, match="no such name"):
            await connection.deliver(SENDER, READER, still_ours, failing)
        assert not connection.usable
        assert connection.letters == 0
    assert relay.letters == []


@pytest.mark.parametrize("step", UP_TO)
async def test_a_cancelled_try_leaves_a_closed_connection(step: Step) -> None:
    async with connected(*UP_TO[step], SILENCE) as (connection, _):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(SHORT_S):
                await deliver(connection)
        assert not connection.usable


async def test_a_connection_rests_after_its_number_of_letters() -> None:
    async with connected(*(OK, OK, GO_ON, OK) * 2, letters_per_connection=2) as (connection, _):
        await deliver(connection)
        assert connection.usable
        await deliver(connection)
        assert not connection.usable


async def test_a_relay_that_never_says_good_bye_is_not_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailer.transport.smtp.FAREWELL_S", 0.05)
    started = asyncio.get_running_loop().time()
    async with connected(OK, OK, GO_ON, OK, farewell=SILENCE) as (connection, relay):
        await deliver(connection)
    assert relay.commands[-1] == "QUIT"
    assert asyncio.get_running_loop().time() - started < 5


@pytest.mark.parametrize(
    ("sender", "recipient", "step"),
    [
        (SENDER, "a@b.example>\r\nRCPT TO:<c@d.example", Step.RCPT),
        (SENDER, "a@b.example\n", Step.RCPT),
        (SENDER, "a b@c.example", Step.RCPT),
        (SENDER, "a@b@c.example", Step.RCPT),
        (SENDER, "a", Step.RCPT),
        (SENDER, "", Step.RCPT),
        (SENDER, "a\x85@b.example", Step.RCPT),
        ("x@y.example> SIZE=1", READER, Step.MAIL),
        ("x@y.example\r\nDATA", READER, Step.MAIL),
    ],
)
async def test_an_address_that_would_say_more_than_an_address_is_refused_unsaid(
    sender: str, recipient: str, step: Step
) -> None:
    async def never() -> bool:
        raise AssertionError("it must not come to this")

    async with connected(OK) as (connection, relay):
        outcome = await connection.deliver(sender, recipient, never, lambda: LETTER)
        assert outcome
        assert (outcome.ending, outcome.step, outcome.code) == (Ending.REFUSED, step, None)
        assert connection.usable
    assert relay.commands[1:] == ["QUIT"]


async def test_an_accent_before_the_at_is_refused_unsaid_where_the_relay_does_not_take_it() -> None:
    async with connected(OK) as (connection, relay):
        outcome = await deliver(connection, "zoé@riverains.example")
        assert outcome
        assert (outcome.ending, outcome.step) == (Ending.REFUSED, Step.RCPT)
        assert outcome.scope is Scope.RECIPIENT
        assert "SMTPUTF8" in outcome.words
    assert relay.commands[1:] == ["QUIT"]


async def test_an_accent_before_the_at_goes_where_the_relay_takes_it() -> None:
    ehlo = b"250-relay.example\r\n250 SMTPUTF8\r\n"
    async with connected(OK, OK, GO_ON, OK, ehlo=ehlo) as (connection, relay):
        assert await deliver(connection, "zoé@riverains.example")
    assert relay.commands[1:3] == [f"MAIL FROM:<{SENDER}> SMTPUTF8", "RCPT TO:<zoé@riverains.example>"]


async def test_the_null_sender_is_written_as_one() -> None:
    async def not_ours() -> bool:
        return False

    async with connected(OK, OK, OK) as (connection, relay):
        await connection.deliver("", READER, not_ours, lambda: LETTER)
    assert relay.commands[1] == "MAIL FROM:<>"
