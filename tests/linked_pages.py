"""A small web site on loopback whose links are followed: each path says how it answers."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_WAITS = {"silence": 5.0, "slow": 0.05}
"""Seconds, by the first word of a path; less where the test is over."""


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
        site, words = self.server, self.path.strip("/").split("/")
        with site.lock:
            site.asked.append((method, self.path))
            site.at_once += 1
            site.most_at_once = max(site.most_at_once, site.at_once)
        if words[0] in _WAITS:
            site.released.wait(_WAITS[words[0]])
        # Before the answer: whoever has it may ask again at once.
        with site.lock:
            site.at_once -= 1
        if words != ["silence"]:
            self._say(method, words)

    def _say(self, method: str, words: list[str]) -> None:
        match words:
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


@contextmanager
def running() -> Iterator[Site]:
    """The site, at work in a thread of its own."""
    site = Site()
    thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield site
    finally:
        site.released.set()
        site.shutdown()
        thread.join()
        site.server_close()
