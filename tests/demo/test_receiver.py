import asyncio
import smtplib
import socket
from collections.abc import Iterator
from time import monotonic

import pytest

from mailer.demo.receiver import Receiver, receiver_in_thread

SENDER = "bounces@lettre.example"
LETTER = b"Subject: x\r\n\r\n.one\r\n..two\r\n" + b"x" * 60_000 + b"\r\n\r\n.\r\nend\r\n"

Taken = list[tuple[str, str, bytes]]


def refuse(recipient: str) -> bytes | None:
    if recipient.startswith("gone"):
        return b"550 5.1.1 no such user"
    return b"421 4.3.2 too busy" if recipient.startswith("busy") else None


@pytest.fixture
def taken() -> Taken:
    return []


@pytest.fixture
def receiver(taken: Taken) -> Iterator[Receiver]:
    scripted = Receiver(
        refuse_recipient=refuse,
        refuse_letter=lambda recipient: b"554 5.6.0 not this" if recipient.startswith("fussy") else None,
        on_letter=lambda sender, recipient, content: taken.append((sender, recipient, content)),
    )
    with receiver_in_thread(scripted) as running:
        yield running


@pytest.fixture
def client(receiver: Receiver) -> Iterator[smtplib.SMTP]:
    with smtplib.SMTP("127.0.0.1", receiver.port, "sender.example", timeout=10) as client:
        yield client


def dialogue(receiver: Receiver, *writes: bytes) -> list[bytes]:
    """The first words of each reply to what is written and to QUIT."""
    with socket.create_connection(("127.0.0.1", receiver.port), timeout=10) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for write in (*writes, b"QUIT\r\n"):
            connection.sendall(write)
        with connection.makefile("rb") as replies:
            return [line[:3] for line in replies if line[3:4] == b" "]


def test_a_letter_is_taken_byte_for_byte(receiver: Receiver, client: smtplib.SMTP, taken: Taken) -> None:
    assert client.sendmail(SENDER, ["a@b.example", "c@d.example"], LETTER) == {}
    assert taken == [(SENDER, "a@b.example", LETTER), (SENDER, "c@d.example", LETTER)]
    assert [(letter.sender, letter.recipient) for letter in receiver.letters] == [
        (SENDER, "a@b.example"),
        (SENDER, "c@d.example"),
    ]


def test_it_offers_what_fast_senders_use(client: smtplib.SMTP) -> None:
    client.ehlo()
    assert set(client.esmtp_features) == {"pipelining", "8bitmime", "size"}


def test_a_refused_recipient_is_told_in_the_scripted_words(client: smtplib.SMTP, taken: Taken) -> None:
    refused = client.sendmail(SENDER, ["a@b.example", "gone@b.example"], LETTER)
    assert refused == {"gone@b.example": (550, b"5.1.1 no such user")}
    assert [recipient for _, recipient, _ in taken] == ["a@b.example"]


def test_a_refused_letter_is_not_recorded(receiver: Receiver, client: smtplib.SMTP) -> None:
    with pytest.raises(smtplib.SMTPDataError, match="not this"):
        client.sendmail(SENDER, "fussy@b.example", LETTER)
    assert receiver.letters == []


def test_421_hangs_up(receiver: Receiver, client: smtplib.SMTP) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        client.sendmail(SENDER, "busy@b.example", LETTER)
    assert receiver.letters == []
    assert client.sock is None


@pytest.mark.parametrize("cut", range(1, 12))
def test_the_end_of_a_letter_is_found_wherever_it_is_cut(receiver: Receiver, taken: Taken, cut: int) -> None:
    opening = b"EHLO s.example\r\nMAIL FROM:<s@b.example>\r\nRCPT TO:<a@b.example>\r\nDATA\r\n"
    ending = b"last\r\n.\r\nNOOP\r\n"
    replies = dialogue(receiver, opening, b"..x.\r\n.y\r\n", ending[:cut], ending[cut:])
    assert replies == [b"220", b"250", b"250", b"250", b"354", b"250", b"250", b"221"]
    assert [content for _, _, content in taken] == [b".x.\r\ny\r\nlast\r\n"]


def test_byte_by_byte_and_all_at_once_are_the_same(receiver: Receiver, taken: Taken) -> None:
    envelope = b"MAIL FROM:<s@b.example> SIZE=9\r\nRCPT TO:<a@b.example>\r\nDATA\r\n"
    everything = b"EHLO s\r\n" + envelope + b"one\r\n.\r\n" + envelope + b".\r\n" + envelope + b"\r\n.\r\n"
    once = dialogue(receiver, everything)
    slowly = dialogue(receiver, *(everything[at : at + 1] for at in range(len(everything))))
    assert once == slowly
    assert [content for _, _, content in taken] == [b"one\r\n", b"", b"\r\n"] * 2


def test_commands_out_of_order_are_refused(receiver: Receiver) -> None:
    commands = (b"RCPT TO:<a@b.example>", b"DATA", b"MAIL FROM: nobody", b"VRFY x", b"MAIL FROM:<>", b"RSET", b"DATA")
    replies = dialogue(receiver, b"HELO s\r\n" + b"\r\n".join(commands) + b"\r\n")
    assert replies == [b"220", b"250", b"503", b"503", b"501", b"500", b"250", b"250", b"503", b"221"]


def test_connections_are_counted(receiver: Receiver) -> None:
    dialogue(receiver)
    dialogue(receiver)
    assert receiver.connections == 2


def test_it_runs_in_the_callers_loop_too_and_leaves_no_connection_open() -> None:
    async def visit() -> bytes:
        async with Receiver() as receiver:
            reader, writer = await asyncio.open_connection("127.0.0.1", receiver.port)
            greeting = await reader.readline()
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()
        return greeting

    assert asyncio.run(visit()).startswith(b"220 ")


def test_a_port_in_use_is_told_to_the_caller(receiver: Receiver) -> None:
    with pytest.raises(OSError, match="in use"), receiver_in_thread(Receiver(port=receiver.port)):
        pass


def test_a_receiver_that_does_not_pipeline_does_not_offer_it() -> None:
    with (
        receiver_in_thread(Receiver(offers_pipelining=False)) as running,
        smtplib.SMTP("127.0.0.1", running.port, "sender.example", timeout=10) as client,
    ):
        client.ehlo()
        assert set(client.esmtp_features) == {"8bitmime", "size"}


def test_a_slow_receiver_says_the_same_later() -> None:
    with receiver_in_thread(Receiver(delay_s=0.05)) as running:
        started = monotonic()
        replies = dialogue(running, b"MAIL FROM:<s@b.example>\r\nRCPT TO:<busy@b.example>\r\nDATA\r\nx\r\n.\r\n")
        assert replies == [b"220", b"250", b"250", b"354", b"250", b"221"]
        assert monotonic() - started >= 0.05


@pytest.mark.parametrize("cut", range(1, 12))
def test_where_nobody_reads_letters_their_end_is_found_all_the_same(cut: int) -> None:
    opening = b"EHLO s.example\r\nMAIL FROM:<s@b.example>\r\nRCPT TO:<a@b.example>\r\nDATA\r\n"
    ending = b"last\r\n.\r\nNOOP\r\n"
    with receiver_in_thread(Receiver(keeps_letters=False)) as running:
        replies = dialogue(running, opening, LETTER.replace(b"\r\n.", b"\r\n.."), ending[:cut], ending[cut:])
        assert replies == [b"220", b"250", b"250", b"250", b"354", b"250", b"250", b"221"]
        assert running.taken == 1
        assert running.letters == []
