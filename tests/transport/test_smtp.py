"""The way in: name, port, TLS and login, against a proper server; and what is told where it does not open."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any, cast

import pytest
import trustme
from aiosmtpd.smtp import SMTP as Server
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session
from pydantic import SecretStr

from mailer.config import Smtp
from mailer.demo.receiver import Receiver
from mailer.domain.deliveries import Ending, Outcome, Step
from mailer.errors import RelayError, RelayRefuses, RelayUnreachable
from mailer.transport import refusals
from mailer.transport.smtp import Connection, Relay
from mailer.transport.wire import HUNG_UP
from tests.transport.scripted import EHLO, GO_ON, HANG_UP, OK, SILENCE, STALL, Early, Reply, Spoken, scripted_relay

pytestmark = pytest.mark.anyio

SENDER, READER = "bounces@lettre.example", "lea@riverains.example"
LETTER = b"Subject: x\r\n\r\nBonjour =C3=A0 tous\r\n" + (b"x" * 74 + b"=\r\n") * 800
HUGE = (b"x" * 74 + b"=\r\n") * 400_000
"""More than the buffers of both sides hold."""
USERNAME, PASSWORD = "sirene", "s3cret-and-long"
AUTHORITY = trustme.CA()


class Handler:
    """Keeps what comes, refuses whom the tests refuse."""

    def __init__(self) -> None:
        self.taken: list[tuple[str | None, list[str], bytes | None]] = []

    async def handle_RCPT(
        self, _server: Server, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address.startswith("gone"):
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Server, _session: Session, envelope: Envelope) -> str:
        if envelope.rcpt_tos[0].startswith("crash"):
            cast(asyncio.Transport, server.transport).abort()
        self.taken.append((envelope.mail_from, envelope.rcpt_tos, envelope.original_content))
        return "250 2.0.0 taken"


def authenticator(
    _server: Server, _session: Session, _envelope: Envelope, _mechanism: str, login: object
) -> AuthResult:
    right = LoginPassword(USERNAME.encode(), PASSWORD.encode())
    return AuthResult(success=login == right, handled=False)


def server_context(name: str = "127.0.0.1") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert(name).configure_cert(context)
    return context


def trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    AUTHORITY.configure_trust(context)
    return context


@asynccontextmanager
async def proper_server(
    security: str = "none", name: str = "127.0.0.1", **options: Any
) -> AsyncIterator[tuple[Handler, int]]:
    handler = Handler()
    loop = asyncio.get_running_loop()
    if security == "starttls":
        options |= {"tls_context": server_context(name), "require_starttls": True}
    server = await loop.create_server(
        lambda: Server(handler, hostname="relay.example", loop=loop, **options),
        "127.0.0.1",
        0,
        ssl=server_context(name) if security == "tls" else None,
    )
    try:
        yield handler, server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


def settings(port: int, **changes: Any) -> Smtp:
    return Smtp(**({"host": "127.0.0.1", "port": port, "security": "none", "timeout_s": 20} | changes))


def let_in(wanted: Smtp) -> AbstractAsyncContextManager[Connection]:
    return Relay(wanted, tls=trusting()).connection()


LOGIN = {"username": USERNAME, "password": SecretStr(PASSWORD)}


async def deliver(connection: Connection, recipient: str = READER, letter: bytes = LETTER) -> Outcome | None:
    async def still_ours() -> bool:
        return True

    return await connection.deliver(SENDER, recipient, still_ours, lambda: letter)


async def refusal_of(wanted: Smtp, tls: ssl.SSLContext | None = None) -> RelayError:
    """What is raised on the way in; it never tells the password."""
    with pytest.raises(RelayError) as raised:
        async with Relay(wanted, tls=tls).connection():
            pytest.fail("it let us in")
    told = f"{raised.value} {raised.value.values}"
    assert "{" not in str(raised.value)
    assert str(wanted.port) in told
    assert PASSWORD not in told
    return raised.value


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
async def test_letters_arrive_byte_for_byte_and_one_after_the_other(security: str) -> None:
    async with proper_server(security) as (handler, port), let_in(settings(port, security=security)) as connection:
        accepted = await deliver(connection)
        refused = await deliver(connection, "gone@riverains.example")
        again = await deliver(connection)
    assert accepted == again == Outcome(Ending.ACCEPTED, Step.BODY, 250, "2.0.0 taken")
    assert refused == Outcome(Ending.REFUSED, Step.RCPT, 550, "5.1.1 no such user")
    assert handler.taken == [(SENDER, [READER], LETTER)] * 2


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
async def test_it_logs_in_by_the_ways_that_relays_offer(mechanism: str) -> None:
    options: dict[str, Any] = {"auth_required": True, "auth_exclude_mechanism": {"PLAIN", "LOGIN"} - {mechanism}}
    async with (
        proper_server("starttls", authenticator=authenticator, **options) as (handler, port),
        let_in(settings(port, security="starttls", **LOGIN)) as connection,
    ):
        await deliver(connection)
    assert len(handler.taken) == 1


async def test_a_wrong_password_is_told_with_what_to_check() -> None:
    wrong = {"username": USERNAME, "password": SecretStr(PASSWORD[::-1])}
    async with proper_server("starttls", authenticator=authenticator, auth_required=True) as (_, port):
        refused = await refusal_of(settings(port, security="starttls", **wrong), trusting())
    assert isinstance(refused, RelayRefuses)
    assert refused.sentence == refusals.WRONG_LOGIN
    assert "MAILER_SMTP__PASSWORD" in str(refused)
    assert refused.values["code"] == 535
    assert PASSWORD[::-1] not in f"{refused} {refused.values}"


@pytest.mark.parametrize("ehlo", [EHLO, b"250-relay.example\r\n250 AUTH GSSAPI\r\n"])
async def test_a_relay_without_a_login_that_we_know_is_told(ehlo: bytes) -> None:
    async with scripted_relay(ehlo=ehlo) as relay:
        refused = await refusal_of(settings(relay.port, **LOGIN))
    assert isinstance(refused, RelayRefuses)
    assert refused.sentence == refusals.NO_LOGIN


async def test_a_login_refused_for_now_says_so_in_the_relays_words() -> None:
    ehlo = b"250-relay.example\r\n250 AUTH PLAIN\r\n"
    async with scripted_relay(b"454 4.7.0 try later.\r\n", ehlo=ehlo) as relay:
        refused = await refusal_of(settings(relay.port, **LOGIN))
    assert "454 4.7.0 try later. Check" in str(refused)


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_certificate_of_an_unknown_authority_is_not_trusted(security: str) -> None:
    async with proper_server(security) as (_, port):
        refused = await refusal_of(settings(port, security=security))
    assert isinstance(refused, RelayRefuses)
    assert refused.sentence == refusals.BAD_CERTIFICATE
    assert "unable to get local issuer" in str(refused)


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_certificate_for_another_name_is_not_trusted(security: str) -> None:
    async with proper_server(security, name="other.example") as (_, port):
        refused = await refusal_of(settings(port, security=security), trusting())
    assert refused.sentence == refusals.BAD_CERTIFICATE
    assert "127.0.0.1" in str(refused.values["reason"])


async def test_a_relay_that_does_not_offer_starttls_gets_nothing_in_clear() -> None:
    async with scripted_relay() as relay:
        refused = await refusal_of(settings(relay.port, security="starttls", **LOGIN))
    assert isinstance(refused, RelayRefuses)
    assert refused.sentence == refusals.NO_STARTTLS
    assert len(relay.commands) == 1


async def test_tls_to_a_port_that_speaks_in_clear_is_told() -> None:
    async with proper_server() as (_, port):
        refused = await refusal_of(settings(port, security="tls"))
    assert isinstance(refused, RelayRefuses)
    assert refused.sentence == refusals.NO_TLS


async def test_speaking_in_clear_to_a_tls_port_ends_in_time_with_advice() -> None:
    async with proper_server("tls") as (_, port):
        refused = await refusal_of(settings(port, security="starttls", timeout_s=0.3))
    assert isinstance(refused, RelayUnreachable)
    assert "465 goes with tls" in str(refused)


@pytest.mark.parametrize(
    ("greeting", "ehlo", "error", "sentence"),
    [
        (b"554 5.7.1 your address is listed\r\n", EHLO, RelayRefuses, refusals.NOT_NOW),
        (b"421 4.3.2 busy\r\n", EHLO, RelayRefuses, refusals.NOT_NOW),
        (b"SSH-2.0-OpenSSH_9.2\r\n", EHLO, RelayRefuses, refusals.NOT_SMTP),
        (HANG_UP, EHLO, RelayUnreachable, refusals.HUNG_UP),
        (SILENCE, EHLO, RelayUnreachable, refusals.NO_ANSWER),
        (b"220 hello\r\n", b"550 5.7.1 who are you?\r\n", RelayRefuses, refusals.NOT_NOW),
        (b"220 hello\r\n", HANG_UP, RelayUnreachable, refusals.HUNG_UP),
        (b"220 hello\r\n", SILENCE, RelayUnreachable, refusals.NO_ANSWER),
    ],
)
async def test_a_relay_that_does_not_begin_well_is_told(
    greeting: Spoken, ehlo: Spoken, error: type[RelayError], sentence: str
) -> None:
    async with scripted_relay(greeting=greeting, ehlo=ehlo) as relay:
        refused = await refusal_of(settings(relay.port, timeout_s=0.3))
    assert isinstance(refused, error)
    assert refused.sentence == sentence


async def test_a_relay_that_hangs_up_just_after_letting_us_in_costs_no_letter() -> None:
    async with scripted_relay(Early(HANG_UP)) as relay:
        # Whether the loop learns of it before or after the first command is the system's affair.
        with suppress(RelayUnreachable):
            async with let_in(settings(relay.port)) as connection:
                outcome = await deliver(connection)
                assert outcome
                assert (outcome.ending, outcome.step) == (Ending.BROKEN, Step.MAIL)
    assert len(relay.commands) == 1


async def test_a_relay_that_is_not_running_is_told() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        refused = await refusal_of(settings(unused.getsockname()[1]))
    assert isinstance(refused, RelayUnreachable)
    assert refused.sentence == refusals.NOT_REACHED
    assert "refused" in str(refused.values["reason"]).casefold()


async def test_a_name_that_nobody_bears_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
    refused = await refusal_of(settings(25, host="relais.example"))
    assert isinstance(refused, RelayUnreachable)
    assert str(refused) == "No machine is called relais.example. Check smtp.host in config.toml."


async def test_a_name_that_cannot_exist_is_told() -> None:
    refused = await refusal_of(settings(25, host="relais..example"))
    assert refused.sentence == refusals.NO_SUCH_HOST


async def test_giving_up_on_the_way_in_leaves_nothing_open() -> None:
    async with scripted_relay(greeting=SILENCE) as relay:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2), Relay(settings(relay.port)).connection():
                pytest.fail("it let us in")


async def test_what_is_raised_in_a_connection_goes_up_and_closes_it() -> None:
    async with scripted_relay(OK) as relay:
        with pytest.raises(RuntimeError, match="ours"):
            async with Relay(settings(relay.port)).connection() as connection:
                raise RuntimeError("ours")
    assert not connection.usable


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
async def test_a_relay_that_crashes_after_the_dot_leaves_the_letter_lost(security: str) -> None:
    async with proper_server(security) as (handler, port), let_in(settings(port, security=security)) as connection:
        lost = await deliver(connection, "crash@riverains.example")
        assert not connection.usable
    assert lost == Outcome(Ending.LOST, Step.BODY, None, HUNG_UP)
    assert len(handler.taken) == 1


# Once encrypted, a letter lies where nobody can see how much of it has left: without a reply it counts as lost.
@pytest.mark.parametrize(("reply", "ending"), [(OK, Ending.ACCEPTED), (HANG_UP, Ending.LOST), (STALL, Ending.LOST)])
async def test_over_tls_a_letter_is_accepted_or_it_is_lost(reply: Reply, ending: Ending) -> None:
    timeout_s = 1 if reply is STALL else 20
    async with (
        scripted_relay(OK, OK, GO_ON, reply, tls=server_context()) as relay,
        let_in(settings(relay.port, security="tls", timeout_s=timeout_s, after_dot_timeout_s=timeout_s)) as connection,
    ):
        outcome = await deliver(connection, letter=HUGE)
    assert outcome
    assert outcome.ending is ending


async def test_many_connections_of_one_relay_deliver_each_letter_once() -> None:
    numbers = iter(range(400))
    endings: list[Ending] = []

    async def send_some(relay: Relay) -> None:
        async with relay.connection() as connection:
            for number in numbers:
                outcome = await deliver(connection, f"r{number}@riverains.example")
                assert outcome
                endings.append(outcome.ending)

    async with Receiver() as receiver, asyncio.TaskGroup() as tasks:
        relay = Relay(settings(receiver.port, letters_per_connection=1000))
        for _ in range(8):
            tasks.create_task(send_some(relay))
    assert endings == [Ending.ACCEPTED] * 400
    assert sorted(letter.recipient for letter in receiver.letters) == sorted(
        f"r{n}@riverains.example" for n in range(400)
    )
    assert receiver.connections == 8


async def test_a_relay_is_met_without_a_letter_and_says_who_it_is() -> None:
    async with Receiver() as receiver:
        receiver.ehlo = receiver.ehlo.replace(b"receiver.example", b"Mail.Lavoir.example at your service")
        greeting = await Relay(Smtp(host="127.0.0.1", port=receiver.port, security="none")).meet()
    assert (greeting.name, greeting.offers_tls) == ("mail.lavoir.example", False)
    assert receiver.letters == []
