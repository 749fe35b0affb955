"""A name server on loopback with an invented zone: it answers, fails or stays silent as a test says."""

import asyncio
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import Thread
from typing import cast

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

LOOPBACK = "127.0.0.1"
FAILS = "SERVFAIL"
SILENT = "silence"
LONGEST_DATAGRAM = 512
"""Bytes, as before EDNS: a longer answer has to be fetched over TCP."""

Zone = Mapping[str, Mapping[str, list[str]] | str]
"""By name: its records by kind, or FAILS or SILENT."""


class NameServer:
    """What it was asked, and by which way."""

    def __init__(self, zone: Zone) -> None:
        self.zone = {name.casefold(): records for name, records in zone.items()}
        self.port = 0
        self.asked: list[tuple[str, str]] = []
        self.over_tcp: set[str] = set()

    def answer(self, wire: bytes) -> dns.message.Message | None:
        """The reply, or nothing."""
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True).casefold(), dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        reply = dns.message.make_response(query, recursion_available=True)
        records = self.zone.get(name)
        if records == SILENT:
            return None
        if records == FAILS:
            reply.set_rcode(dns.rcode.SERVFAIL)
        elif isinstance(records, Mapping):
            if values := records.get(kind):
                quoted = [_quoted(value) if kind == "TXT" else value for value in values]
                reply.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *quoted))
        elif not any(known.endswith(f".{name}") for known in self.zone):
            reply.set_rcode(dns.rcode.NXDOMAIN)
        return reply

    async def serve(self, started: asyncio.Event) -> None:
        """Both ways on one port, until cancelled."""
        loop = asyncio.get_running_loop()
        tcp = await asyncio.start_server(self._talk, LOOPBACK, self.port)
        self.port = tcp.sockets[0].getsockname()[1]
        udp, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(self), (LOOPBACK, self.port))
        started.set()
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            udp.close()
            tcp.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            (length,) = struct.unpack("!H", await reader.readexactly(2))
            reply = self.answer(await reader.readexactly(length))
            if reply is not None:
                self.over_tcp.add(reply.question[0].name.to_text(omit_final_dot=True))
                wire = reply.to_wire()
                writer.write(struct.pack("!H", len(wire)) + wire)
                await writer.drain()
        writer.close()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: NameServer) -> None:
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        reply = self._server.answer(data)
        if reply is None:
            return
        wire = reply.to_wire()
        if len(wire) > LONGEST_DATAGRAM:
            reply.answer.clear()
            reply.flags |= dns.flags.TC
            wire = reply.to_wire()
        self._transport.sendto(wire, addr)


@contextmanager
def name_server(zone: Zone) -> Iterator[NameServer]:
    """The server, at work in a thread of its own."""
    server, loop, started = NameServer(zone), asyncio.new_event_loop(), asyncio.Event()
    serving = loop.create_task(server.serve(started))
    thread = Thread(target=_run, args=(loop, serving))
    thread.start()
    asyncio.run_coroutine_threadsafe(started.wait(), loop).result(10)
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(serving.cancel)
        thread.join(10)
        loop.close()


def _run(loop: asyncio.AbstractEventLoop, serving: "asyncio.Task[None]") -> None:
    with suppress(asyncio.CancelledError):
        loop.run_until_complete(serving)
    loop.run_until_complete(loop.shutdown_asyncgens())


def _quoted(text: str) -> str:
    """In pieces of at most 255 characters, as zones hold them."""
    return " ".join(f'"{text[start : start + 255]}"' for start in range(0, len(text), 255)) or '""'
