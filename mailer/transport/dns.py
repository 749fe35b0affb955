"""Asks the name servers, many questions at once, each with a known end. Judges nothing; a test gives its own server."""

import asyncio
from collections.abc import Iterable
from typing import Any

import dns.asyncresolver
import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver

from mailer.domain.dns_records import Answer, Question, Reply

TIMEOUT_S = 2.0
"""How long one server may take, before it or the next is asked again."""
LIFETIME_S = 5.0
"""How long a question may take in all."""
AT_ONCE = 16


class Resolver:
    """The system's name servers, or one given by address and port."""

    def __init__(
        self, server: tuple[str, int] | None = None, *, timeout_s: float = TIMEOUT_S, lifetime_s: float = LIFETIME_S
    ) -> None:
        self._server = server
        self._timeout_s = timeout_s
        self._lifetime_s = lifetime_s
        self._room = asyncio.Semaphore(AT_ONCE)

    async def ask_all(self, questions: Iterable[Question]) -> dict[Question, Answer]:
        """The answers, all asked at once; never raises."""
        wanted = list(questions)
        return dict(zip(wanted, await asyncio.gather(*map(self._ask, wanted)), strict=True))

    async def _ask(self, question: Question) -> Answer:
        async with self._room:
            try:
                found = await self._resolver().resolve(question.name, question.kind)
            except dns.resolver.NXDOMAIN:
                return Answer(Reply.NO_NAME)
            except dns.resolver.NoAnswer:
                return Answer(Reply.NOTHING)
            except dns.resolver.NoNameservers as error:
                return Answer(Reply.FAILED if _was_answered(error) else Reply.SILENT)
            except (dns.exception.Timeout, dns.resolver.NoResolverConfiguration, OSError):
                return Answer(Reply.SILENT)
            # A name with empty or too long labels: nothing can be published under it.
            except (dns.exception.DNSException, UnicodeError, ValueError):
                return Answer(Reply.NO_NAME)
        return Answer(Reply.FOUND, tuple(sorted(_written(one) for one in found)))

    def _resolver(self) -> dns.asyncresolver.Resolver:
        resolver = dns.asyncresolver.Resolver(configure=self._server is None)
        if self._server is not None:
            resolver.nameservers, resolver.port = [self._server[0]], self._server[1]
        resolver.timeout, resolver.lifetime = self._timeout_s, self._lifetime_s
        return resolver


def _was_answered(error: dns.resolver.NoNameservers) -> bool:
    """Whether some server answered at all: one that cannot be reached has no response beside its error."""
    tried: list[Any] = error.kwargs.get("errors", [])
    return any(attempt[-1] is not None for attempt in tried)


def _written(record: Any) -> str:
    if record.rdtype == dns.rdatatype.TXT:
        # Long records come in pieces, which belong together without a space (RFC 7208 §3.3).
        return b"".join(record.strings).decode("utf-8", "replace")
    if record.rdtype == dns.rdatatype.MX:
        return f"{record.preference} {_name(record.exchange)}"
    return _name(record.target) if record.rdtype == dns.rdatatype.PTR else str(record.address)


def _name(name: dns.name.Name) -> str:
    return name.to_text().removesuffix(".")
