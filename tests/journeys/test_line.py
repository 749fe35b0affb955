"""The whole line through the doors that people use: a file in, letters out, readers back, a reading rate."""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

from mailer.demo.receiver import Receiver, receiver_in_thread
from tests.journeys.programs import run, started, stopped, until
from tests.ports import free_port
from tests.sites import ISSUE, write_issue, write_site

NAME = "lettre/2026-03"
READERS = ("anne@courriel.example", "bao@courriel.example", "chloe@courriel.example", "driss@courriel.example")
PERSON = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.3"}


class Web:
    """The served pages, asked as programs ask."""

    def __init__(self, port: int) -> None:
        self._port = port

    def ask(self, method: str, path: str, body: str = "") -> tuple[HTTPResponse, bytes]:
        headers = PERSON | ({"Content-Type": "application/x-www-form-urlencoded"} if body else {})
        with closing(HTTPConnection("127.0.0.1", self._port, timeout=20)) as connection:
            connection.request(method, path, body=body or None, headers=headers)
            answer = connection.getresponse()
            return answer, answer.read()

    def answers(self) -> bool:
        try:
            return self.ask("GET", "/healthz")[0].status == 200
        except OSError:
            return False


class Mailbox:
    """One letter as it arrived: its HTML, and the paths of its links."""

    def __init__(self, content: bytes, public_url: str) -> None:
        self.message = message_from_bytes(content, policy=policy.default)
        body = self.message.get_body(("html",))
        assert body is not None
        html = str(body.get_content())
        found: list[str] = re.findall(rf'"{re.escape(public_url)}(/[^"#]*)"', html)
        self.paths: list[str] = list(dict.fromkeys(found))

    def first(self, beginning: str) -> str:
        return next(path for path in self.paths if path.startswith(beginning))


@contextmanager
def served(site: Path, settings: dict[str, str], port: int, *words: str) -> Iterator[Web]:
    with started(site, "serve", "--port", str(port), *words, **settings) as process:
        web = Web(port)
        until(web.answers)
        yield web
        said = stopped(process)
        assert said.code == 0, said.err


def test_from_a_file_to_a_reading_rate(tmp_path: Path) -> None:
    taken: dict[str, bytes] = {}
    site, port = write_site(tmp_path / "site"), free_port()
    file = tmp_path / "contacts.csv"
    file.write_text("email\n" + "\n".join((*READERS, "pas-une-adresse")), encoding="utf-8")
    url = f"http://127.0.0.1:{port}"
    relay = Receiver(on_letter=lambda _, recipient, content: taken.update({recipient: content}))
    with receiver_in_thread(relay):
        settings = {"MAILER_SMTP__PORT": str(relay.port), "MAILER_PUBLIC_URL": url}
        imported = run(site, "contacts", "import", str(file), "--list", "lettre", "--yes", "--json", **settings).json
        assert (imported["ready"], imported["refused"]) == (4, 1)
        assert run(site, "issue", "approve", NAME, "--by", "Odile", **settings).code == 0
        assert run(site, "issue", "release", NAME, "--yes", **settings).code == 0
        assert run(site, "send", "--json", **settings).json["sent"] == 4
        letters = {reader: Mailbox(content, url) for reader, content in taken.items()}
        with served(site, settings, port, "--no-sender") as web:
            scan(web, letters["anne@courriel.example"])
            read(web, letters["bao@courriel.example"])
            leave_at_once(web, letters["chloe@courriel.example"])
            leave_by_page(web, letters["driss@courriel.example"])
        report = run(site, "report", "issue", NAME, "--json", **settings).json
    # Everything happened within the minute of delivery, where a fetch speaks of a machine: nobody is called a reader.
    assert (report["delivered"], report["unsubscribed"], report["measure"]) == (4, 2, "anonymous")
    assert (report["readers"], report["clicks"]) == (0, 0)


def test_a_served_site_sends_what_is_released_by_itself(tmp_path: Path) -> None:
    site, port = write_site(tmp_path / "site"), free_port()
    file = tmp_path / "contacts.csv"
    file.write_text("email\n" + "\n".join(READERS), encoding="utf-8")
    with receiver_in_thread(Receiver()) as relay:
        settings = {"MAILER_SMTP__PORT": str(relay.port), "MAILER_PUBLIC_URL": f"http://127.0.0.1:{port}"}
        run(site, "contacts", "import", str(file), "--list", "lettre", "--yes", **settings)
        run(site, "issue", "approve", NAME, "--by", "Odile", **settings)
        with served(site, settings, port) as web:
            assert web.answers()
            assert run(site, "issue", "release", NAME, "--yes", **settings).code == 0
            until(lambda: len(relay.letters) == 4)
        locks = list((site / "var" / "senders").glob("*.lock"))
        assert locks == []


def test_a_served_site_releases_what_is_approved_at_its_moment_and_sends_it(tmp_path: Path) -> None:
    site, port = write_site(tmp_path / "site"), free_port()
    a_minute_ago = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    write_issue(site, NAME, ISSUE.replace("2026-03-04T12:00:00", a_minute_ago))
    file = tmp_path / "contacts.csv"
    file.write_text("email\n" + "\n".join(READERS), encoding="utf-8")
    with receiver_in_thread(Receiver()) as relay:
        settings = {"MAILER_SMTP__PORT": str(relay.port), "MAILER_PUBLIC_URL": f"http://127.0.0.1:{port}"}
        run(site, "contacts", "import", str(file), "--list", "lettre", "--yes", **settings)
        assert run(site, "issue", "approve", NAME, "--by", "Odile", **settings).code == 0
        with served(site, settings, port):
            until(lambda: len(relay.letters) == 4)


def scan(web: Web, letter: Mailbox) -> None:
    """A gateway that follows every link three times changes nothing."""
    for _ in range(3):
        for path in letter.paths:
            for method in ("HEAD", "GET"):
                assert web.ask(method, path)[0].status in (200, 302, 307), path
    page = web.ask("GET", letter.first("/u/"))[1].decode()
    assert 'value="leave"' in page


def read(web: Web, letter: Mailbox) -> None:
    """A person whose program loads the images, and who follows a link."""
    assert web.ask("GET", letter.first("/o/"))[0].headers["Content-Type"] == "image/gif"
    answer, _ = web.ask("GET", letter.first("/c/"))
    assert (answer.status, answer.headers["Location"]) == (302, "https://jardin.lavoir.example/ouverture")


def leave_at_once(web: Web, letter: Mailbox) -> None:
    """RFC 8058: without cookie, at once, twice without harm."""
    path = letter.message["List-Unsubscribe"].split("//", 1)[1].partition("/")[2].rstrip(">")
    for _ in range(2):
        answer, _ = web.ask("POST", f"/{path}", "List-Unsubscribe=One-Click")
        assert (answer.status, answer.headers["Location"], answer.headers["Set-Cookie"]) == (200, None, None)


def leave_by_page(web: Web, letter: Mailbox) -> None:
    """The button of the page that the footer's link shows."""
    path = letter.first("/u/")
    assert web.ask("GET", path)[0].status == 200
    assert web.ask("POST", path, "action=leave")[0].status == 200
