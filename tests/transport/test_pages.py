"""Links followed to a real web server on loopback."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic

import pytest

from mailer.domain.link_lint import Answered, Visit
from mailer.transport.pages import Walker
from tests.ports import free_port

WALKER = Walker(timeout_s=0.5, stays_outside=False)


class Site(ThreadingHTTPServer):
    """Answers each path as its name says, and remembers what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Pages)
        self.asked: list[tuple[str, str]] = []
        self.at_once = self.most_at_once = 0
        self.released = threading.Event()
        self.lock = threading.Lock()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_port}{path}"


class _Pages(BaseHTTPRequestHandler):
    server: Site

    def log_message(self, *_: object) -> None:
        """Says nothing."""

    def do_HEAD(self) -> None:
        self._answer("HEAD")

    def do_GET(self) -> None:
        self._answer("GET")

    def _answer(self, method: str) -> None:
        site = self.server
        with site.lock:
            site.asked.append((method, self.path))
            site.at_once += 1
            site.most_at_once = max(site.most_at_once, site.at_once)
        try:
            self._say(method, self.path.strip("/").split("/"))
        finally:
            with site.lock:
                site.at_once -= 1

    def _say(self, method: str, words: list[str]) -> None:
        match words:
            case ["silence"]:
                self.server.released.wait(5)
                return
            case ["slow", *_]:
                self.server.released.wait(0.05)
            case ["get-only"] if method == "HEAD":
                words = ["404"]
            case ["round"]:
                words = ["302", "round"]
        code = int(words[0]) if words[0].isdigit() else 200
        self.send_response(code)
        if len(words) > 1 and code in (301, 302, 308):
            self.send_header("Location", "/" + "/".join(words[1:]))
        self.send_header("Content-Length", "0")
        self.end_headers()


@pytest.fixture
def site() -> Iterator[Site]:
    """The server, until the test is over."""
    with _running(Site()) as running:
        yield running


@contextmanager
def _running(site: Site) -> Iterator[Site]:
    thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield site
    finally:
        site.released.set()
        site.shutdown()
        thread.join()
        site.server_close()


def visit(*targets: str, walker: Walker = WALKER) -> list[Visit]:
    return asyncio.run(walker.visit_all(targets))


@pytest.mark.parametrize(
    ("path", "answered", "reason"),
    [
        ("/", Answered.WELL, ""),
        ("/été?lieu=café#haut", Answered.WELL, ""),
        ("/get-only", Answered.WELL, ""),
        ("/404", Answered.GONE, "404"),
        ("/410", Answered.GONE, "410"),
        ("/403", Answered.CLOSED, "403"),
        ("/429", Answered.CLOSED, "429"),
        ("/500", Answered.FAILING, "500"),
        ("/302/ici", Answered.WELL, ""),
        ("/302/404", Answered.GONE, "404"),
        ("/301/302/ici", Answered.WELL, ""),
        ("/round", Answered.FAILING, "302"),
        ("/silence", Answered.FAILING, "0.5 s"),
    ],
)
def test_what_answers_is_told(site: Site, path: str, answered: Answered, reason: str) -> None:
    assert visit(site.url(path)) == [Visit(site.url(path), answered, reason)]


def test_a_page_that_moved_for_good_is_told_with_its_new_place(site: Site) -> None:
    assert visit(site.url("/301/308/la")) == [Visit(site.url("/301/308/la"), Answered.MOVED, site.url("/la"))]


def test_each_page_is_asked_once_and_only_pages(site: Site) -> None:
    page = site.url("/page")
    assert len(visit(page, page, "mailto:odile@lavoir.example", "tel:+33100000000", "#haut")) == 1
    assert site.asked == [("HEAD", "/page")]


def test_only_a_few_are_asked_at_once(site: Site) -> None:
    visits = visit(*(site.url(f"/slow/{number}") for number in range(12)), walker=Walker(1, 3, stays_outside=False))
    assert {one.answered for one in visits} == {Answered.WELL}
    assert site.most_at_once <= 3


def test_a_machine_that_does_not_listen_and_one_that_speaks_no_tls_fail_soon(site: Site) -> None:
    began = monotonic()
    closed, plain = f"http://127.0.0.1:{free_port()}/", site.url("/").replace("http:", "https:")
    assert [one.answered for one in visit(closed, plain)] == [Answered.FAILING, Answered.FAILING]
    assert monotonic() - began < 5


def test_a_link_into_a_private_network_is_not_followed(site: Site) -> None:
    targets = [
        site.url("/admin"),
        f"http://localhost:{site.server_port}/",
        "http://10.0.0.1/",
        "http://169.254.169.254/",
    ]
    assert {one.answered for one in visit(*targets, walker=Walker(0.5))} == {Answered.PRIVATE}
    assert site.asked == []
