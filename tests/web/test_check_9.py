"""Check 9: sixty requests as readers' programs, proxies, gateways and robots make them, and what each leaves behind."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import func, select
from starlette.testclient import TestClient

from mailer.app import App
from mailer.domain.hits import HitClass
from mailer.store.tables import seen
from tests.domain.test_hits import (
    APPLE_MAIL,
    APPLE_PRIVACY,
    CHROME,
    CUBOT,
    GMAIL,
    OUTLOOK,
    THUNDERBIRD,
    YAHOO,
)
from tests.web.conftest import Clock
from tests.web.letters import Letter

SCANNER, MACHINE, UNKNOWN, PROXY, HUMAN = (
    HitClass.SCANNER,
    HitClass.MACHINE,
    HitClass.UNKNOWN,
    HitClass.PROXY,
    HitClass.HUMAN,
)
BARRACUDA = "Barracuda Sentinel (EE)"
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"

Request = tuple[str, str, dict[str, str]]


def get(agent: str, *paths: str, **headers: str) -> list[Request]:
    """Fetches of one letter: `o` the pixel, a number a link."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return [("GET", path, {"User-Agent": agent, **named}) for path in paths]


def head(agent: str, *paths: str) -> list[Request]:
    return [("HEAD", path, headers) for _, path, headers in get(agent, *paths)]


AT_ONCE: list[tuple[list[Request], HitClass | None]] = [
    (get(GMAIL, "o"), UNKNOWN),
    (get(YAHOO, "o"), UNKNOWN),
    (get(APPLE_PRIVACY, "o", "o"), MACHINE),
    (get(BARRACUDA, "o", "1", "2", "3"), MACHINE),
    (get(CHROME, "o", "1", "2", "3"), SCANNER),
    (get(CHROME, "1"), SCANNER),
    (head(CHROME, "o", "1", "2", "3"), None),
    (get(CHROME, "1", Sec_Purpose="prefetch"), None),
]
"""In the minute in which the letter left: 18 requests."""

LATER: list[tuple[list[Request], HitClass | None]] = [
    (get(GMAIL, "o", "o", "o"), PROXY),
    (get(YAHOO, "o", "o", "o"), PROXY),
    (get(OUTLOOK, "o", "1", "o"), HUMAN),
    (get(THUNDERBIRD, "o", "2", "o"), HUMAN),
    (get(APPLE_MAIL, "o", "o"), HUMAN),
    (get(CUBOT, "o", "1"), HUMAN),
    (get(CHROME, "1", "2"), HUMAN),
    (get(APPLE_PRIVACY, "o", "o"), MACHINE),
    (get(APPLE_PRIVACY, "o") + get(APPLE_MAIL, "1"), HUMAN),
    (get(GMAIL, "o") + get(CHROME, "1"), HUMAN),
    (get(CHROME, "1", "2", "3"), SCANNER),
    (get("", "o"), MACHINE),
    (get("curl/8.5.0", "o", "1"), MACHINE),
    (get("python-requests/2.32", "1"), MACHINE),
    (get(GOOGLEBOT, "o", "1"), MACHINE),
    (head(CHROME, "o", "1") + head(GMAIL, "o"), None),
    (get(CHROME, "o", Purpose="prefetch"), None),
    (get(CHROME, "o", Sec_GPC="1") + get(CHROME, "1", DNT="1"), None),
    (get(CHROME, "o", X_Moz="prefetch"), None),
    (get(CHROME, "o", DNT="1") + get(CHROME, "o"), HUMAN),
]
"""Two hours later: 42 requests."""


def test_sixty_requests_leave_exactly_what_they_say_about_a_reader(
    app: App, site: Path, clock: Clock, client: TestClient, release: Callable[[str], dict[str, Letter]]
) -> None:
    assert sum(len(requests) for requests, _ in AT_ONCE + LATER) == 60
    readers = [f"lecteur{number}@courriel.example" for number in range(len(AT_ONCE) + len(LATER))]
    (site / "readers.csv").write_text("email\n" + "\n".join(readers), encoding="utf-8")
    letters = release("sirene")
    left_at, expected = clock.now, Counter[HitClass]()
    clock.pass_hours(-2)
    for reader, (requests, best) in zip(readers, AT_ONCE + LATER, strict=True):
        if reader == readers[len(AT_ONCE)]:
            clock.now = left_at
        before = stored(app)
        for method, path, headers in requests:
            address = f"/o/{letters[reader].track}.gif" if path == "o" else f"/c/{letters[reader].track}/{path}"
            assert client.request(method, address, headers=headers).status_code in (200, 302)
        expected += Counter([best] if best is not None else [])
        assert stored(app) - before == Counter([best] if best is not None else []), (reader, requests)
    assert stored(app) == expected
    assert expected == {PROXY: 2, HUMAN: 8, MACHINE: 7, UNKNOWN: 2, SCANNER: 3}


def stored(app: App) -> Counter[HitClass]:
    """How many letters have which best class."""
    app.ledger.flush()
    best = select(func.max(seen.c.hit_class)).group_by(seen.c.hash)
    with app.database.reading() as tx:
        return Counter(HitClass(value) for value in tx.execute(best).scalars())
