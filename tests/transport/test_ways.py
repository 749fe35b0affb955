"""Whole runs over every way in: in clear, STARTTLS, TLS, with a login; and to Debian's smtp-sink."""

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from mailer.config import Smtp
from mailer.demo.receiver import Receiver
from mailer.domain.deliveries import Ending, Outcome, Step
from mailer.transport.loops import run_fast
from mailer.transport.smtp import Relay
from mailer.transport.wire import HUNG_UP
from tests.ports import free_port
from tests.transport.papers import LETTER, SENDER, Paper, Pile, no_more, papers, run
from tests.transport.scripted import GO_ON, HANG_UP, OK, PIPELINING, SILENCE, STALL, Reply, scripted_relay
from tests.transport.test_smtp import LOGIN, authenticator, let_in, proper_server, server_context, settings

pytestmark = pytest.mark.anyio

SMTP_SINK = Path("/usr/sbin/smtp-sink")
YES = (OK, OK, GO_ON, OK)


@pytest.fixture(params=[False, True], ids=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    return "asyncio", {"use_uvloop": request.param}


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
async def test_letters_arrive_byte_for_byte_and_a_refusal_harms_no_other(security: str) -> None:
    one, two, three = papers(3)
    two.recipient = "gone@riverains.example"
    three.text = b"Subject: x\r\n\r\n" + (b"x" * 74 + b"=\r\n") * 800
    async with proper_server(security) as (handler, port), let_in(settings(port, security=security)) as connection:
        await run(connection, one, two, three)
        assert connection.usable
    assert (one.ending, three.ending) == (Ending.ACCEPTED, Ending.ACCEPTED)
    assert two.outcome == Outcome(Ending.REFUSED, Step.RCPT, 550, "5.1.1 no such user")
    assert [(recipients, content) for _, recipients, content in handler.taken] == [
        ([one.recipient], one.text),
        ([three.recipient], three.text),
    ]


# aiosmtpd knows no TLS but STARTTLS.
@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_letters_go_on_after_a_login(security: str) -> None:
    options: dict[str, Any] = {
        "authenticator": authenticator,
        "auth_required": True,
        "auth_require_tls": security == "starttls",
    }
    letters = papers(5)
    async with (
        proper_server(security, **options) as (
            handler,
            port,
        ),
        let_in(settings(port, security=security, **LOGIN)) as connection,
    ):
        await run(connection, *letters)
    assert len(handler.taken) == 5
    assert {letter.ending for letter in letters} == {Ending.ACCEPTED}


async def test_inside_tls_letters_are_pipelined_too() -> None:
    next_one = (SILENCE, SILENCE, SILENCE, OK + OK + OK + GO_ON)
    script = (SILENCE, SILENCE, OK + OK + GO_ON, *next_one * 2, OK)
    letters = papers(3)
    async with (
        scripted_relay(*script, ehlo=PIPELINING, tls=server_context()) as relay,
        let_in(settings(relay.port, security="tls")) as connection,
    ):
        await run(connection, *letters)
    assert {letter.ending for letter in letters} == {Ending.ACCEPTED}
    assert relay.letters == [LETTER + b".\r\n"] * 3


# Once encrypted, a letter lies where nobody can see how much of it has left: without a reply it counts as lost.
@pytest.mark.parametrize("reply", [HANG_UP, STALL])
async def test_over_tls_a_letter_without_a_reply_is_lost_and_the_next_one_is_not(reply: Reply) -> None:
    one, two = papers(2)
    one.text = (b"x" * 74 + b"=\r\n") * 400_000
    async with (
        scripted_relay(OK, OK, GO_ON, reply, ehlo=PIPELINING, tls=server_context()) as relay,
        let_in(settings(relay.port, security="tls", timeout_s=1, after_dot_timeout_s=1)) as connection,
    ):
        await run(connection, one, two)
    assert (one.ending, two.ending) == (Ending.LOST, None)


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
async def test_a_relay_that_crashes_after_the_dot_leaves_the_letter_lost(security: str) -> None:
    one, two = papers(2)
    one.recipient = "crash@riverains.example"
    async with proper_server(security) as (handler, port), let_in(settings(port, security=security)) as connection:
        pile = await run(connection, one, two)
        assert not connection.usable
    assert one.outcome == Outcome(Ending.LOST, Step.BODY, None, HUNG_UP)
    assert len(pile) == 1
    assert len(handler.taken) == 1


@pytest.mark.parametrize("pipelines", [True, False])
@pytest.mark.parametrize("delay_s", [0.0, 0.001])
async def test_many_connections_hand_over_each_letter_once(pipelines: bool, delay_s: float) -> None:
    pile = Pile(*papers(800))

    async def send_some(relay: Relay) -> None:
        while len(pile):
            async with relay.connection() as connection:
                await connection.run(pile.take, no_more)

    async with Receiver(offers_pipelining=pipelines, delay_s=delay_s) as receiver:
        relay = Relay(settings(receiver.port, letters_per_connection=30))
        async with asyncio.TaskGroup() as tasks:
            for _ in range(8):
                tasks.create_task(send_some(relay))
    letters = pile.taken
    assert [letter.ending for letter in letters] == [Ending.ACCEPTED] * 800
    assert Counter(letter.recipient for letter in receiver.letters) == Counter(letter.recipient for letter in letters)
    assert receiver.taken == 800


async def test_a_relay_that_takes_its_time_loses_nothing() -> None:
    letters = papers(4)
    async with Receiver(delay_s=0.2) as slow, let_in(settings(slow.port, timeout_s=2)) as connection:
        await run(connection, *letters)
    assert [letter.ending for letter in letters] == [Ending.ACCEPTED] * 4
    assert slow.taken == 4


@asynccontextmanager
async def smtp_sink(folder: Path, *options: str) -> AsyncIterator[int]:
    port = free_port()
    sink = subprocess.Popen(  # noqa: ASYNC220, S603 - fixed words; its start waits for nothing
        [SMTP_SINK, *_as_nobody(), *options, "-d", f"{folder}/%M.", f"127.0.0.1:{port}", "100"],
        stderr=subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(10):
            while not await _answers(port):
                assert sink.poll() is None
        yield port
    finally:
        sink.terminate()
        sink.communicate()


def _as_nobody() -> tuple[str, ...]:
    return ("-u", "nobody") if os.geteuid() == 0 else ()


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        await asyncio.sleep(0.01)
        return False
    writer.close()
    await writer.wait_closed()
    return True


@pytest.fixture
def dumps() -> Iterator[Path]:
    """A folder that a program which is not root may write to, and nobody keeps."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.postfix
@pytest.mark.parametrize("options", [(), ("-p",)], ids=["pipelined", "one_by_one"])
async def test_debians_smtp_sink_takes_what_each_reader_is_sent(dumps: Path, options: tuple[str, ...]) -> None:
    pile = Pile(*(Paper(f"r{n}@riverains.example", b"Subject: %d\r\n\r\n%d\r\n" % (n, n)) for n in range(300)))
    async with smtp_sink(dumps, *options) as port:
        relay = Relay(Smtp(port=port, security="none", letters_per_connection=100))
        while len(pile):
            async with relay.connection() as connection:
                await connection.run(pile.take, no_more)
    assert {letter.ending for letter in pile.taken} == {Ending.ACCEPTED}
    numbers = {_number_in(dump) for dump in read_all(dumps)}
    assert numbers == set(range(300))


def read_all(folder: Path) -> list[str]:
    return [path.read_text() for path in folder.iterdir()]


def _number_in(dump: str) -> int:
    """That of the letter, which must be its reader's."""
    number = int(dump.strip().rsplit("\n", 1)[1])
    assert f"X-Mail-Args: <{SENDER}>\nX-Rcpt-Args: <r{number}@riverains.example>\n" in dump
    assert f"\nSubject: {number}\n" in dump
    return number


def test_work_is_done_on_the_fast_loop() -> None:
    async def loop() -> str:
        return type(asyncio.get_running_loop()).__module__

    assert run_fast(loop()).startswith("uvloop")
