"""Letters one after the other, pipelined and not: every turn that it can take, and what is then true of each letter."""

import asyncio
from typing import Any

import pytest

from mailer.config import Smtp
from mailer.domain.deliveries import Ending, Outcome, Scope, Step
from mailer.transport.smtp import Relay
from mailer.transport.wire import CLOSED, HUNG_UP, SENSELESS, TOO_SLOW, UNASKED
from tests.transport.papers import ENOUGH_S, LETTER, SENDER, Paper, Pile, connected, no_more, papers, run
from tests.transport.scripted import EHLO, GO_ON, HANG_UP, OK, PIPELINING, SILENCE, STALL, Early, Reply, scripted_relay

pytestmark = pytest.mark.anyio


@pytest.fixture(params=[False, True], ids=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    """Both loops: they keep what the system does not take in different ways."""
    return "asyncio", {"use_uvloop": request.param}


HUGE = b"x" * 70 + b"\r\n" + (b"x" * 998 + b"\r\n") * 32_000
"""More than the buffers of both sides hold, so that its end cannot have left while nobody reads."""
SHORT_S = 0.3

YES = (OK, OK, GO_ON, OK)
NO = b"550 5.7.1 not this one\r\n"
BUSY = b"421 4.3.2 OFR_104 too many connections\r\n"
BAD_SEQUENCE = b"503 5.5.1 bad sequence of commands\r\n"

dialects = pytest.mark.parametrize("ehlo", [EHLO, PIPELINING], ids=["one_by_one", "pipelined"])
steps = pytest.mark.parametrize("step", [Step.MAIL, Step.RCPT, Step.DATA, Step.BODY])
UP_TO = {Step.MAIL: (), Step.RCPT: (OK,), Step.DATA: (OK, OK), Step.BODY: (OK, OK, GO_ON)}


def envelope(number: int) -> list[str]:
    return [f"MAIL FROM:<{SENDER}>", f"RCPT TO:<r{number}@riverains.example>", "DATA"]


@dialects
async def test_letters_arrive_as_they_were_given_and_in_order(ehlo: bytes) -> None:
    one, two = papers(2)
    two.text = b"Subject: y\r\n\r\n" + b"x" * 998 + b"\r\n"
    async with connected(OK, OK, GO_ON, b"250 2.0.0 queued as 4D1\r\n", *YES, ehlo=ehlo) as (connection, relay):
        await run(connection, one, two)
        assert connection.usable
        assert connection.letters == 2
    assert one.outcome == Outcome(Ending.ACCEPTED, Step.BODY, 250, "2.0.0 queued as 4D1")
    assert two.ending is Ending.ACCEPTED
    assert relay.letters == [LETTER + b".\r\n", two.text + b".\r\n"]
    assert relay.commands[1:] == [*envelope(1), *envelope(2), "QUIT"]


async def test_pipelined_a_letter_costs_one_round_trip() -> None:
    # Each reply is kept back until all that may be said without it has come.
    first = (SILENCE, SILENCE, OK + OK + GO_ON)
    next_one = (SILENCE, SILENCE, SILENCE, OK + OK + OK + GO_ON)
    letters = papers(4)
    async with connected(*first, *next_one * 3, OK, ehlo=PIPELINING) as (connection, relay):
        await run(connection, *letters)
    assert [letter.ending for letter in letters] == [Ending.ACCEPTED] * 4
    assert len(relay.letters) == 4


async def test_one_by_one_nothing_is_said_before_the_reply_to_the_last() -> None:
    early = b"250 2.0.0 before you asked\r\n"
    for step, script in UP_TO.items():
        letter, *_ = papers(1)
        async with connected(*script, (OK if step is not Step.DATA else GO_ON) + early) as (connection, relay):
            await run(connection, letter)
        if step is not Step.BODY:
            assert letter.ending is Ending.BROKEN
        assert relay.letters == ([LETTER + b".\r\n"] if step is Step.BODY else [])


# What a relay says to the rest of an envelope whose first part it refused, and what must then be said before the next.
REFUSALS: dict[Step, tuple[Reply, ...]] = {
    Step.MAIL: (BAD_SEQUENCE, BAD_SEQUENCE),
    Step.RCPT: (b"554 5.5.1 no valid recipients\r\n",),
    Step.DATA: (),
    Step.BODY: (),
}


@steps
@pytest.mark.parametrize(("code", "ending"), [(450, Ending.DEFERRED), (550, Ending.REFUSED)])
async def test_pipelined_a_refusal_speaks_of_its_letter_only(step: Step, code: int, ending: Ending) -> None:
    refusal = f"{code} 5.7.1 not this one\r\n".encode()
    reset = (OK,) if step in (Step.RCPT, Step.DATA) else ()
    one, two, three = papers(3)
    script = (*UP_TO[step], refusal, *REFUSALS[step], *reset, *YES, *YES)
    async with connected(*script, ehlo=PIPELINING) as (connection, relay):
        await run(connection, one, two, three)
        assert connection.usable
    assert one.outcome == Outcome(ending, step, code, "5.7.1 not this one")
    assert (two.ending, three.ending) == (Ending.ACCEPTED, Ending.ACCEPTED)
    assert relay.commands[1:] == [*envelope(1), *["RSET"] * len(reset), *envelope(2), *envelope(3), "QUIT"]
    assert relay.letters == [LETTER + b".\r\n"] * (3 if step is Step.BODY else 2)


@steps
@pytest.mark.parametrize(("code", "ending"), [(450, Ending.DEFERRED), (550, Ending.REFUSED)])
async def test_one_by_one_a_refusal_speaks_of_its_letter_only(step: Step, code: int, ending: Ending) -> None:
    reset = () if step is Step.MAIL else (OK,)
    one, two = papers(2)
    script = (*UP_TO[step], f"{code} no\r\n".encode(), *reset, *YES)
    async with connected(*script) as (connection, relay):
        await run(connection, one, two)
        assert connection.usable
    assert one.outcome == Outcome(ending, step, code, "no")
    assert two.ending is Ending.ACCEPTED
    said = envelope(1)[: len(UP_TO[step]) + 1]
    assert relay.commands[1:] == [*said, *["RSET"] * len(reset), *envelope(2), "QUIT"]


async def test_one_refused_recipient_among_ten_harms_no_other() -> None:
    letters = papers(10)
    refused = (OK, b"501 5.1.3 bad address\r\n", b"554 5.5.1 no valid recipients\r\n", OK)
    async with connected(*YES * 2, *refused, *YES * 7, ehlo=PIPELINING) as (connection, relay):
        await run(connection, *letters)
    assert [paper.ending for paper in letters] == [Ending.ACCEPTED] * 2 + [Ending.REFUSED] + [Ending.ACCEPTED] * 7
    assert len(relay.letters) == 9
    assert relay.commands.count("RSET") == 1


async def test_one_refused_letter_does_not_repeat_its_neighbours() -> None:
    letters = papers(5)
    script = (*YES, *YES, OK, OK, GO_ON, b"554 5.6.0 spam\r\n", *YES, *YES)
    async with connected(*script, ehlo=PIPELINING) as (connection, relay):
        await run(connection, *letters)
    assert [paper.ending for paper in letters] == [Ending.ACCEPTED] * 2 + [Ending.REFUSED] + [Ending.ACCEPTED] * 2
    assert len(relay.letters) == 5


async def test_replies_behind_a_refused_letter_in_one_packet_are_the_next_ones() -> None:
    one, two = papers(2)
    together = (SILENCE, SILENCE, SILENCE, b"554 no\r\n" + OK + OK + GO_ON)
    async with connected(OK, OK, GO_ON, *together, OK, ehlo=PIPELINING) as (connection, _):
        await run(connection, one, two)
    assert (one.ending, two.ending) == (Ending.REFUSED, Ending.ACCEPTED)


@pytest.mark.parametrize("thrown_away", [b"250 2.0.0 OK\r\n", b"554 5.5.1 no recipient\r\n"])
async def test_a_refused_recipient_and_a_ready_relay_get_a_lone_dot(thrown_away: bytes) -> None:
    one, two = papers(2)
    reset = (OK,) if thrown_away.startswith(b"5") else ()
    script = (OK, b"550 5.1.1 no such user\r\n", GO_ON, thrown_away, *reset, *YES)
    async with connected(*script, ehlo=PIPELINING) as (connection, relay):
        await run(connection, one, two)
    assert one.outcome == Outcome(Ending.REFUSED, Step.RCPT, 550, "5.1.1 no such user")
    assert not one.is_read
    assert two.ending is Ending.ACCEPTED
    assert relay.letters == [b".\r\n", LETTER + b".\r\n"]
    assert relay.commands.count("RSET") == len(reset)


async def test_a_ready_relay_that_took_no_sender_gets_nothing_at_all() -> None:
    # A transaction that we know nothing of may be open: a lone dot might bring somebody an empty letter.
    one, two = papers(2)
    async with connected(NO, OK, GO_ON, ehlo=PIPELINING) as (connection, relay):
        pile = await run(connection, one, two)
        assert not connection.usable
    assert one.outcome == Outcome(Ending.REFUSED, Step.MAIL, 550, "5.7.1 not this one")
    assert relay.letters == []
    assert len(pile) == 1


async def test_a_relay_that_keeps_a_refused_letters_transaction_is_asked_again() -> None:
    one, two = papers(2)
    nested = (b"503 5.5.1 nested MAIL\r\n", OK, b"554 5.5.1 not now\r\n")
    async with connected(OK, OK, GO_ON, b"554 no\r\n", *nested, OK, *YES, ehlo=PIPELINING) as (connection, relay):
        await run(connection, one, two)
    assert (one.ending, two.ending) == (Ending.REFUSED, Ending.ACCEPTED)
    assert relay.commands[1:] == [*envelope(1), *envelope(2), "RSET", *envelope(2), "QUIT"]
    assert len(relay.letters) == 2


async def test_a_refused_letters_transaction_is_never_ended_by_anothers_dot() -> None:
    one, two = papers(2)
    nested = (b"503 5.5.1 nested MAIL\r\n", OK, GO_ON)
    async with connected(OK, OK, GO_ON, b"554 no\r\n", *nested, ehlo=PIPELINING) as (connection, relay):
        await run(connection, one, two)
        assert not connection.usable
    assert (one.ending, two.ending) == (Ending.REFUSED, None)
    assert not two.is_read
    assert len(relay.letters) == 1


@pytest.mark.parametrize("reply", [b"502 5.5.1 what?\r\n", HANG_UP])
@dialects
async def test_a_relay_that_does_not_reset_is_left_and_harms_no_other(ehlo: bytes, reply: Reply) -> None:
    one, two = papers(2)
    refused = (OK, NO) if ehlo is EHLO else (OK, NO, BAD_SEQUENCE)
    async with connected(*refused, reply, ehlo=ehlo) as (connection, _):
        await run(connection, one, two)
        assert not connection.usable
    assert one.ending is Ending.REFUSED
    assert two.outcome in (None, Outcome(Ending.BROKEN, Step.MAIL, None, HUNG_UP))


@dialects
@steps
async def test_421_speaks_of_the_relay_and_what_stood_behind_has_not_been_tried(step: Step, ehlo: bytes) -> None:
    one, two = papers(2)
    async with connected(*UP_TO[step], BUSY, HANG_UP, ehlo=ehlo) as (connection, relay):
        pile = await run(connection, one, two)
        assert not connection.usable
    assert one.outcome == Outcome(Ending.DEFERRED, step, 421, "4.3.2 OFR_104 too many connections")
    assert one.outcome.scope is Scope.RELAY
    assert [paper.outcome for paper in pile.taken[1:]] in ([], [None])
    assert len(relay.letters) == (1 if step is Step.BODY else 0)


async def test_421_to_the_next_letter_leaves_the_one_before_as_it_was() -> None:
    one, two, three = papers(3)
    async with connected(OK, OK, GO_ON, OK, BUSY, HANG_UP, ehlo=PIPELINING) as (connection, _):
        pile = await run(connection, one, two, three)
    assert one.ending is Ending.ACCEPTED
    assert two.outcome == Outcome(Ending.DEFERRED, Step.MAIL, 421, "4.3.2 OFR_104 too many connections")
    assert len(pile) == 1


@dialects
@steps
@pytest.mark.parametrize(
    ("reply", "words", "timeout_s"),
    [
        (HANG_UP, HUNG_UP, ENOUGH_S),
        (SILENCE, TOO_SLOW, SHORT_S),
        (b"what?\r\n", SENSELESS, ENOUGH_S),
        (b"what?\r\n250 OK\r\n", SENSELESS, ENOUGH_S),
        (b"250-and so on\r\n" * 5_000, SENSELESS, ENOUGH_S),
        (b"199 in the making\r\n", SENSELESS, ENOUGH_S),
    ],
)
async def test_an_end_before_the_dot_is_broken_and_after_it_lost(
    step: Step, ehlo: bytes, reply: Reply, words: str, timeout_s: float
) -> None:
    one, two = papers(2)
    # What is scripted behind must not be said for the next commands.
    async with connected(*UP_TO[step], reply, STALL, timeout_s=timeout_s, ehlo=ehlo) as (connection, relay):
        pile = await run(connection, one, two)
        assert not connection.usable
        assert len(await run(connection, *papers(1))) == 1
    ending = Ending.LOST if step is Step.BODY else Ending.BROKEN
    assert one.outcome == Outcome(ending, step, None, words)
    assert [paper.outcome for paper in pile.taken[1:]] in ([], [None])
    assert len(relay.letters) == (1 if step is Step.BODY else 0)


async def test_a_break_behind_an_accepted_letter_is_the_next_ones() -> None:
    one, two = papers(2)
    async with connected(OK, OK, GO_ON, OK, HANG_UP, ehlo=PIPELINING) as (connection, _):
        await run(connection, one, two)
    assert one.ending is Ending.ACCEPTED
    assert two.outcome == Outcome(Ending.BROKEN, Step.MAIL, None, HUNG_UP)


@dialects
@pytest.mark.parametrize(
    ("step", "reply", "ending"),
    [
        (Step.MAIL, GO_ON, Ending.BROKEN),
        (Step.RCPT, b"354 more\r\n", Ending.BROKEN),
        (Step.DATA, OK, Ending.BROKEN),
        (Step.BODY, b"354 more\r\n", Ending.LOST),
    ],
)
async def test_a_code_that_has_no_place_there_is_not_taken_for_a_yes(
    ehlo: bytes, step: Step, reply: bytes, ending: Ending
) -> None:
    one, two = papers(2)
    async with connected(*UP_TO[step], reply, STALL, ehlo=ehlo) as (connection, relay):
        await run(connection, one, two)
        assert not connection.usable
    assert one.outcome
    assert (one.outcome.ending, one.outcome.step) == (ending, step)
    assert len(relay.letters) == (1 if step is Step.BODY else 0)


@dialects
@pytest.mark.parametrize("stopping", [Early(HANG_UP), STALL])
async def test_a_letter_of_which_the_dot_never_left_is_broken_not_lost(ehlo: bytes, stopping: Reply) -> None:
    one, two = papers(2)
    one.text = HUGE
    async with connected(OK, OK, GO_ON, stopping, timeout_s=1, ehlo=ehlo) as (connection, relay):
        pile = await run(connection, one, two)
    # A connection that is reset dies under uvloop before it can be asked what was left: in doubt the letter is lost.
    is_in_doubt = stopping is not STALL and type(asyncio.get_running_loop()).__module__.startswith("uvloop")
    assert one.outcome
    assert one.outcome.step is Step.BODY
    assert one.ending is (Ending.LOST if is_in_doubt else Ending.BROKEN)
    assert [paper.outcome for paper in pile.taken[1:]] in ([], [None])
    assert relay.letters == []


@dialects
@pytest.mark.parametrize(
    ("early", "outcome"),
    [
        (b"552 5.3.4 too big\r\n", Outcome(Ending.REFUSED, Step.BODY, 552, "5.3.4 too big")),
        (OK, Outcome(Ending.LOST, Step.BODY, None, UNASKED)),
        (BUSY, Outcome(Ending.DEFERRED, Step.BODY, 421, "4.3.2 OFR_104 too many connections")),
    ],
)
async def test_a_letter_judged_before_its_end_ends_the_connection(ehlo: bytes, early: bytes, outcome: Outcome) -> None:
    one, two = papers(2)
    one.text = HUGE
    async with connected(OK, OK, GO_ON, Early(early), STALL, ehlo=ehlo) as (connection, _):
        pile = await run(connection, one, two)
        assert not connection.usable
    assert one.outcome == outcome
    assert [paper.outcome for paper in pile.taken[1:]] in ([], [None])


@dialects
@pytest.mark.parametrize(
    ("unasked", "outcome"),
    [
        (BUSY, Outcome(Ending.DEFERRED, Step.BODY, 421, "4.3.2 OFR_104 too many connections")),
        (OK, Outcome(Ending.BROKEN, Step.BODY, None, UNASKED)),
        (b"25", Outcome(Ending.BROKEN, Step.BODY, None, UNASKED)),
        (b"what?\r\n", Outcome(Ending.BROKEN, Step.BODY, None, UNASKED)),
    ],
)
async def test_a_reply_that_comes_with_354_keeps_the_letter_here(ehlo: bytes, unasked: bytes, outcome: Outcome) -> None:
    (one,) = papers(1)
    async with connected(OK, OK, GO_ON + unasked, STALL, ehlo=ehlo) as (connection, relay):
        await run(connection, one)
        assert not connection.usable
    assert one.outcome == outcome
    assert not one.is_read
    assert relay.letters == []


@pytest.mark.parametrize(
    "pieces",
    [
        (b"250-2.0.0 queued\r\n250 2.0.0 as 4D1\r\n",),
        (b"250-2.0.0 que", b"ued\r\n2", b"50", b" 2.0.0 as 4D1\r", b"\n"),
        tuple(bytes([byte]) for byte in b"250-2.0.0 queued\r\n250 2.0.0 as 4D1\r\n"),
        (b"250-2.0.0 queued\n250 2.0.0 as 4D1\n",),
    ],
)
@dialects
async def test_a_yes_in_many_lines_or_pieces_is_one_yes(ehlo: bytes, pieces: tuple[bytes, ...]) -> None:
    one, two = papers(2)
    async with connected(pieces, pieces, GO_ON, pieces, *YES, ehlo=ehlo) as (connection, relay):
        await run(connection, one, two)
    assert one.outcome == Outcome(Ending.ACCEPTED, Step.BODY, 250, "2.0.0 queued as 4D1")
    assert two.ending is Ending.ACCEPTED
    assert len(relay.letters) == 2


@dialects
async def test_a_letter_withdrawn_at_the_last_moment_does_not_leave(ehlo: bytes) -> None:
    one, two, three = papers(3)
    two.text = None
    async with connected(*YES * 3, ehlo=ehlo) as (connection, relay):
        pile = await run(connection, one, two, three)
        assert not connection.usable
        assert connection.letters == 1
    assert (one.ending, two.ending) == (Ending.ACCEPTED, None)
    assert len(pile) == 1
    assert relay.letters == [LETTER + b".\r\n"]


@dialects
async def test_what_making_a_letter_raises_goes_up_and_nothing_of_it_leaves(ehlo: bytes) -> None:
    one, two = papers(2)
    two.text = ValueError("no such name")
    async with connected(*YES * 2, ehlo=ehlo) as (connection, relay):
        with pytest.raises(ValueError, match="no such name"):
            await run(connection, one, two)
        assert not connection.usable
    assert (one.ending, two.ending) == (Ending.ACCEPTED, None)
    assert relay.letters == [LETTER + b".\r\n"]


@pytest.mark.parametrize(("ehlo", "ending"), [(EHLO, Ending.ACCEPTED), (PIPELINING, Ending.BROKEN)])
async def test_what_taking_the_next_letter_raises_goes_up(ehlo: bytes, ending: Ending) -> None:
    pile = Pile(*papers(1))

    def take() -> Paper | None:
        if not len(pile):
            raise OSError("disk full")
        return pile.take()

    async with connected(*YES, ehlo=ehlo) as (connection, relay):
        with pytest.raises(OSError, match="disk full"):
            await connection.run(take, no_more)
        assert not connection.usable
    assert [paper.ending for paper in pile.taken] == [ending]
    assert len(relay.letters) == (1 if ending is Ending.ACCEPTED else 0)


async def test_what_recording_an_end_raises_goes_up_and_the_others_still_end() -> None:
    def failing() -> None:
        raise OSError("disk full")

    one, two = papers(2)
    one.on_end = failing
    async with connected(OK, OK, GO_ON, HANG_UP, ehlo=PIPELINING) as (connection, _):
        with pytest.raises(OSError, match="disk full"):
            await run(connection, one, two)
    assert (one.ending, two.ending) == (Ending.LOST, None)


@dialects
@steps
async def test_a_cancelled_run_leaves_no_letter_without_an_end(ehlo: bytes, step: Step) -> None:
    one, two = papers(2)
    async with connected(*UP_TO[step], SILENCE, STALL, ehlo=ehlo) as (connection, _):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(SHORT_S):
                await run(connection, one, two)
        assert not connection.usable
    assert one.outcome == (Outcome(Ending.LOST, Step.BODY, None, CLOSED) if step is Step.BODY else None)


@dialects
@pytest.mark.parametrize("most", [1, 2, 3])
async def test_the_last_letter_of_a_connection_has_nothing_behind_it(ehlo: bytes, most: int) -> None:
    async with connected(*YES * 5, ehlo=ehlo, letters_per_connection=most) as (connection, relay):
        pile = await run(connection, *papers(5))
        assert not connection.usable
        assert connection.letters == most
    assert len(pile.taken) == most
    assert relay.commands[-2:] == ["DATA", "QUIT"]
    assert relay.commands.count("DATA") == most


async def test_refused_recipients_do_not_use_up_a_connection() -> None:
    refused = (OK, NO, BAD_SEQUENCE, OK)
    script = (*refused * 4, *YES)
    async with connected(*script, ehlo=PIPELINING, letters_per_connection=1) as (connection, _):
        pile = await run(connection, *papers(6))
    assert [paper.ending for paper in pile.taken] == [Ending.REFUSED] * 4 + [Ending.ACCEPTED]


@dialects
async def test_letters_that_come_later_go_over_the_same_connection(ehlo: bytes) -> None:
    waits = 0
    pile = Pile(*papers(1))

    async def wait() -> bool:
        nonlocal waits, pile
        waits += 1
        await asyncio.sleep(0)
        if waits == 1:
            pile = Pile(*papers(2))
        return waits < 3

    async with connected(*YES * 3, ehlo=ehlo) as (connection, relay):
        await connection.run(lambda: pile.take(), wait)
        assert connection.usable
    assert waits == 3
    assert len(relay.letters) == 3


@pytest.mark.parametrize("parting", [BUSY, b"250 2.0.0 who asked?\r\n", b"", b"what?\r\n"])
async def test_a_relay_that_leaves_while_there_is_nothing_to_send_is_noticed(parting: bytes) -> None:
    async def wait_long() -> bool:
        await asyncio.sleep(ENOUGH_S)
        return True

    (one,) = papers(1)
    async with connected(OK, OK, GO_ON, OK, Early(parting), Early(HANG_UP), ehlo=PIPELINING) as (connection, _):
        await run(connection, one, wait=wait_long)
        assert not connection.usable
    assert one.ending is Ending.ACCEPTED


async def test_what_waiting_raises_goes_up() -> None:
    async def failing() -> bool:
        raise OSError("database gone")

    async with connected(ehlo=PIPELINING) as (connection, _):
        with pytest.raises(OSError, match="database gone"):
            await connection.run(lambda: None, failing)
        assert connection.usable


@dialects
async def test_an_address_that_would_say_more_than_an_address_is_refused_unsaid(ehlo: bytes) -> None:
    bad = [
        Paper("a@b.example>\r\nRCPT TO:<c@d.example"),
        Paper("a@b.example\x00"),
        Paper("zoé@riverains.example"),
        Paper("a@b.example", sender="x@y.example\rDATA"),
    ]
    one, two, three = papers(3)
    async with connected(*YES * 3, ehlo=ehlo) as (connection, relay):
        await run(connection, bad[0], one, bad[1], bad[2], two, three, bad[3])
    assert [paper.outcome and paper.outcome.step for paper in bad] == [Step.RCPT] * 3 + [Step.MAIL]
    assert [paper.ending for paper in bad] == [Ending.REFUSED] * 4
    assert [paper.ending for paper in (one, two, three)] == [Ending.ACCEPTED] * 3
    assert relay.commands[1:] == [*envelope(1), *envelope(2), *envelope(3), "QUIT"]


async def test_an_accent_before_the_at_goes_where_the_relay_takes_it() -> None:
    ehlo = b"250-relay.example\r\n250-PIPELINING\r\n250 SMTPUTF8\r\n"
    async with connected(*YES, ehlo=ehlo) as (connection, relay):
        await run(connection, Paper("zoé@riverains.example"))
    assert relay.commands[1:3] == [f"MAIL FROM:<{SENDER}> SMTPUTF8", "RCPT TO:<zoé@riverains.example>"]


@dialects
async def test_the_reply_to_a_letter_may_take_longer_than_the_one_to_a_command(ehlo: bytes) -> None:
    async with scripted_relay(*YES[:3], SILENCE, ehlo=ehlo) as scripted:
        slow = Smtp(port=scripted.port, security="none", timeout_s=0.1, after_dot_timeout_s=1)
        async with Relay(slow).connection() as connection:
            (one,) = papers(1)
            started = asyncio.get_running_loop().time()
            await run(connection, one)
    assert one.outcome == Outcome(Ending.LOST, Step.BODY, None, TOO_SLOW)
    assert asyncio.get_running_loop().time() - started >= 1


@dialects
async def test_the_time_for_a_letter_is_never_shorter_than_that_for_a_command(ehlo: bytes) -> None:
    async with scripted_relay(*YES[:3], SILENCE, ehlo=ehlo) as scripted:
        slow = Smtp(port=scripted.port, security="none", timeout_s=0.6, after_dot_timeout_s=0.1)
        async with Relay(slow).connection() as connection:
            started = asyncio.get_running_loop().time()
            await run(connection, *papers(1))
    assert asyncio.get_running_loop().time() - started >= 0.6


async def test_a_reply_that_the_letter_waited_long_for_does_not_shorten_the_time_of_the_next() -> None:
    # The long time of a letter must not be left in force for the commands behind it.
    async with scripted_relay(*YES, SILENCE, ehlo=PIPELINING) as scripted:
        times: dict[str, Any] = {"timeout_s": 0.2, "after_dot_timeout_s": ENOUGH_S}
        async with Relay(Smtp(port=scripted.port, security="none", **times)).connection() as connection:
            one, two = papers(2)
            await run(connection, one, two)
    assert one.ending is Ending.ACCEPTED
    assert two.outcome == Outcome(Ending.BROKEN, Step.MAIL, None, TOO_SLOW)
