"""Listens: uvicorn around the web door, in the foreground or in a thread. Writes no access log, ever."""

import gc
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from threading import Event, Thread, current_thread, main_thread

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mailer.app import App
from mailer.errors import Refused
from mailer.language import N_
from mailer.services.feedback import recover
from mailer.web.door import create_web

CANNOT_LISTEN = N_("Nothing can listen on {host} port {port}: {reason}. Choose another with --host and --port.")
STOPPED = N_("The web server stopped before it could answer.")
LONGEST_START_S = 30.0
LONGEST_STOP_S = 10
LONGEST_HEAD = 65_536
"""Bytes; RFC 9112 asks for at least 8,000 of a request line."""
OBJECTS_UNTIL_TIDIED = 20_000


def serve_web(app: App, host: str, port: int, clock: Callable[[], datetime]) -> None:
    """Serves until SIGINT or SIGTERM, then returns. Raises Refused where the address is taken, or StoreError."""
    with listen(host, port) as listening:
        recover(app)
        serve_application(create_web(app, clock), listening)


def serve_application(application: ASGIApp, listening: socket.socket) -> None:
    """Any application, served as the web door is."""
    _tidy_less_often()
    _Server(_settings(application)).run(sockets=[listening])


@contextmanager
def web_in_thread(app: App, clock: Callable[[], datetime], listening: socket.socket | None = None) -> Iterator[str]:
    """The web door beside the caller's own work; gives its base URL. Without a socket, a free loopback port."""
    with listening or listen() as bound:
        server = _Server(_settings(create_web(app, clock)))
        thread = Thread(target=server.run, kwargs={"sockets": [bound]}, name="web", daemon=True)
        thread.start()
        try:
            if not server.ready.wait(LONGEST_START_S):
                raise Refused(STOPPED)
            yield base_url(bound)
        finally:
            server.should_exit = True
            thread.join(LONGEST_STOP_S + 1)


def listen(host: str = "127.0.0.1", port: int = 0) -> socket.socket:
    """A listening socket; port 0 takes a free one, so that its number is known before anything is configured."""
    try:
        listening = socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=512
        )
    except OSError as error:
        raise Refused(CANNOT_LISTEN, host=host, port=port, reason=error.strerror) from error
    # asyncio sets this only on sockets made by itself; without it each answer waits 40 ms for an acknowledgement.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def base_url(listening: socket.socket) -> str:
    """`http://127.0.0.1:49152`."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _tidy_less_often() -> None:
    """What the program is made of never becomes garbage: looking through it again and again keeps readers waiting."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_UNTIL_TIDIED)


class _Server(uvicorn.Server):
    """Tells when it answers."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stops on SIGINT and SIGTERM. uvicorn would raise them again afterwards and end a caller with work left."""
        if current_thread() is not main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


class _Http(HttpToolsProtocol):
    """uvicorn's, which by itself takes heads of any length."""

    _in_head, _head_bytes = False, 0

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > LONGEST_HEAD:
                self.transport.abort()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._in_head = False


def _settings(application: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        http=_Http,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips="127.0.0.1,::1",
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=LONGEST_STOP_S,
    )
