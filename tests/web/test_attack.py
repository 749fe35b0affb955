"""Check 15: whoever steals the database, its write-ahead log, every journal, log and returned letter finds no way from
a contact to an anonymous hit. The search is shown to find what is planted."""

import logging
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import insert, text, update

from mailer.app import App, open_app
from mailer.domain.tokens import TrackReader, decode_track, seen_hash
from mailer.services import feedback, returns
from mailer.store import issues, tables
from mailer.store.tables import metadata, seen
from mailer.web import create_web
from tests.services.returning import REPORT, UNKNOWN
from tests.store.conftest import postgresql_server, postgresql_url
from tests.web.conftest import Clock
from tests.web.letters import Letter, held
from tests.web.visitor import visitor

__all__ = ["postgresql_server", "postgresql_url"]
LETTERS, READ = 500, 60


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def app(request: pytest.FixtureRequest, site: Path) -> Iterator[App]:
    readers = "\n".join(f"lectrice{number}@courriel.example" for number in range(LETTERS))
    (site / "readers.csv").write_text(f"email\n{readers}", encoding="utf-8")
    sqlite = request.param == "sqlite"
    settings = {} if sqlite else {"MAILER_DATABASE__URL": request.getfixturevalue("postgresql_url")}
    with open_app(site, settings) as opened:
        if not sqlite:
            with opened.database.transaction() as tx:
                tx.exec_driver_sql(f"TRUNCATE {', '.join(metadata.tables)} RESTART IDENTITY CASCADE")
        yield opened


@dataclass
class Loot:
    """All that a thief may hold, and what would join a reader to a hit."""

    app: App
    log: str
    tokens: list[bytes]
    hashes: list[bytes]

    def leaks(self) -> set[str]:
        """Every way from a contact to a hit that is found."""
        return {*self._words(), *self._sequence()}

    def _words(self) -> Iterator[str]:
        tables = repr(held(self.app)).encode("latin-1", "backslashreplace")
        files = {
            path.name: path.read_bytes().strip(b"\0") for path in (self.app.site / "var").rglob("*") if path.is_file()
        }
        places = {"log": self.log.encode(), "tables": tables, **files}
        for name, content in places.items():
            if any(one in content for one in self.tokens):
                yield f"token in {name}"
            if not name.startswith("mailer.db") and any(one in content for one in self.hashes):
                yield f"hash in {name}"

    def _sequence(self) -> Iterator[str]:
        with self.app.database.reading() as tx:
            stored = [bytes(one) for one in tx.execute(text("SELECT hash FROM seen WHERE link = 0")).scalars()]
            if tx.dialect.name == "postgresql":
                writers = tx.execute(text("SELECT count(DISTINCT xmin::text) FROM seen")).scalar_one()
                if writers > 1:
                    yield "transactions tell the order"
        if stored != sorted(stored):
            yield "rows lie in their order"
        for journal in (self.app.site / "var" / "hits").iterdir():
            if any(journal.read_bytes()):
                yield "the journal is not blank"


def _spelt(raw: bytes) -> Iterator[bytes]:
    """As itself, in hexadecimal, and as Python writes it."""
    yield from (raw, raw.hex().encode(), repr(raw)[2:-1].encode())


def _nonce(letter: Letter) -> bytes:
    return urlsafe_b64decode(letter.track)[6:14]


def _hashes(app: App, letters: Iterable[Letter]) -> list[bytes]:
    with app.database.reading() as tx:
        key = issues.key(tx, 1)
    assert key is not None
    reader = TrackReader(key.issue_key)
    return [seen_hash(key.issue_key, reader.read(decode_track(letter.track))) for letter in letters]


def test_of_five_hundred_letters_nothing_leads_from_a_contact_to_a_hit(
    app: App, clock: Clock, release: Callable[[str], dict[str, Letter]], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "mailer")
    letters = release("sirene")
    assert len({letter.track for letter in letters.values()}) == LETTERS
    read = Random(15).sample(sorted(letters), READ)  # noqa: S311 - who reads first does not matter
    tokens = [one for letter in letters.values() for one in (letter.track.encode(), *_spelt(_nonce(letter)))]
    loot = Loot(app, "", tokens, [one for its in _hashes(app, letters.values()) for one in _spelt(its)])
    with visitor(create_web(app, clock)) as client:
        for at, reader in enumerate(read):
            client.get(f"/o/{letters[reader].track}.gif")
            if at % 20 == 0:
                app.ledger.flush()
    app.ledger.flush()
    ingest_bounce(app, clock, letters[read[0]], read[0])
    clock.pass_hours(2)
    assert feedback.forget_order(app, clock())
    loot.log = caplog.text
    assert len(held(app, "seen")["seen"]) == READ
    assert held(app, "returned")["returned"], "the bounce was kept"
    assert loot.leaks() == set()
    assert {*plant(app, loot, letters[read[1]])} <= loot.leaks()


def ingest_bounce(app: App, clock: Clock, letter: Letter, reader: str) -> None:
    """The whole letter comes back, pixel and all."""
    with app.database.transaction() as tx:
        tx.exec_driver_sql("UPDATE delivery SET state = 'sent'")
    headers = letter.raw.decode()
    assert letter.track[:20] in headers.replace("=\r\n", "")
    report = REPORT.format(to="r@collectif.example", recipient=reader, said=UNKNOWN, salt="", action="failed",
                           status="5.1.1", headers=headers).encode()  # fmt: skip
    returns.ingest(app, report, clock())


def plant(app: App, loot: Loot, letter: Letter) -> Iterator[str]:
    """One leak of each kind; what the search must say of it."""
    loot.log += f"GET /o/{letter.track}.gif"
    yield "token in log"
    (app.site / "var" / "notes.txt").write_bytes(_nonce(letter).hex().encode())
    yield "token in notes.txt"
    [its_hash] = _hashes(app, [letter])
    with app.database.transaction() as tx:
        tx.execute(update(tables.issues).values(title=its_hash.hex()))
    yield "hash in tables"
    (app.site / "var" / "hits" / "old.hits").write_bytes(its_hash)
    yield from ("hash in old.hits", "the journal is not blank")
    if app.database.engine.dialect.name == "postgresql":
        for first in (255, 0):
            with app.database.transaction() as tx:
                row = {"issue_id": 1, "hash": bytes([first]) * 16, "link": 0, "hit_class": 5}
                tx.execute(insert(seen).values(row))
        yield from ("transactions tell the order", "rows lie in their order")
