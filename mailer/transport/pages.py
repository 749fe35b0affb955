"""Follows links to see whether something answers, a few at a time. Reads no page; goes to no private machine."""

import asyncio
import http.client
import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urljoin, urlsplit

from mailer.domain.link_lint import Answered, Visit

AT_ONCE = 6
TIMEOUT_S = 10.0
MOST_STEPS = 5
"""Redirections in a row."""
_AGENT = "mailer (link check)"


@dataclass(frozen=True)
class Walker:
    """How links are followed."""

    timeout_s: float = TIMEOUT_S
    at_once: int = AT_ONCE
    stays_outside: bool = True
    """A link in an issue must not make this machine knock at its own network's doors."""
    tls: ssl.SSLContext | None = None

    async def visit_all(self, targets: Iterable[str]) -> list[Visit]:
        """Each web page once; never raises."""
        room = asyncio.Semaphore(self.at_once)

        async def visit(target: str) -> Visit:
            async with room:
                return await asyncio.to_thread(self._visit, target)

        wanted = [one for one in dict.fromkeys(targets) if one.startswith(("https://", "http://"))]
        return list(await asyncio.gather(*map(visit, wanted)))

    def _visit(self, target: str) -> Visit:
        try:
            return self._follow(target)
        except _Private:
            return Visit(target, Answered.PRIVATE)
        except socket.gaierror as error:
            # The name service itself was not reached, or knows no such name.
            return Visit(target, Answered.UNSEEN if error.errno == socket.EAI_AGAIN else Answered.NO_SITE)
        except TimeoutError:
            return Visit(target, Answered.FAILING, f"{self.timeout_s:g} s")
        except ssl.SSLCertVerificationError as error:
            return Visit(target, Answered.FAILING, error.verify_message)
        except (OSError, http.client.HTTPException, ValueError) as error:
            return Visit(target, Answered.FAILING, str(error) or type(error).__name__)

    def _follow(self, target: str) -> Visit:
        place, for_good = target, True
        for _ in range(MOST_STEPS):
            code, further = self._ask(place)
            if code not in _REDIRECTS or not further:
                return _judged(target, code, place if for_good and place != target else "")
            for_good = for_good and code in (301, 308)
            place = urljoin(place, further)
        return Visit(target, Answered.FAILING, str(code))

    def _ask(self, place: str) -> tuple[int, str]:
        code, further = self._request("HEAD", place)
        # Some servers know no HEAD, or say 404 to it.
        return (code, further) if code < 400 else self._request("GET", place)

    def _request(self, method: str, place: str) -> tuple[int, str]:
        parts = urlsplit(place.partition("#")[0])
        if parts.scheme not in ("http", "https"):
            raise ValueError(place)
        connection = self._connection(parts.scheme, parts.hostname or "", parts.port)
        try:
            path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
            headers = {"User-Agent": _AGENT, "Accept": "text/html,*/*;q=0.5"}
            connection.request(method, _as_ascii(path), headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.getheader("Location", "")
        finally:
            connection.close()

    def _connection(self, scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
        """Opened to an address that was looked at first, so that a name cannot lead elsewhere in between."""
        name = host.encode("idna").decode() if not host.isascii() else host
        found = socket.getaddrinfo(name, port or (443 if scheme == "https" else 80), type=socket.SOCK_STREAM)
        addresses = [one[4] for one in found]
        if self.stays_outside and not all(ip_address(address[0]).is_global for address in addresses):
            raise _Private
        opened = socket.create_connection((str(addresses[0][0]), int(addresses[0][1])), self.timeout_s)
        connection = http.client.HTTPConnection(name, port, timeout=self.timeout_s)
        if scheme == "https":
            context = self.tls or ssl.create_default_context()
            opened = context.wrap_socket(opened, server_hostname=name)
            connection.default_port = 443
        connection.sock = opened
        return connection


class _Private(Exception):
    """The link leads into a private network."""


def _judged(target: str, code: int, place: str) -> Visit:
    if code in (404, 410):
        return Visit(target, Answered.GONE, str(code))
    if code in _CLOSED:
        return Visit(target, Answered.CLOSED, str(code))
    if code >= 400:
        return Visit(target, Answered.FAILING, str(code))
    return Visit(target, Answered.MOVED, place) if place else Visit(target, Answered.WELL)


def _as_ascii(path: str) -> str:
    """Accents as a browser sends them."""
    return "".join(one if one.isascii() else "".join(f"%{byte:02X}" for byte in one.encode()) for one in path)


_REDIRECTS = (301, 302, 303, 307, 308)
_CLOSED = (401, 403, 405, 406, 429, 451, 999)
