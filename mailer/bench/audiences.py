"""How long it takes to say who gets a letter and why, in a base of as many invented contacts as wanted."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from mailer.app import App, open_app
from mailer.bench.sites import NOW, write_site
from mailer.services import audiences
from mailer.store.database import Connection

RULE = '\n[rule]\nany = [ { membership = "this_year" }, { tag = "implique" } ]\n'
EVERYONE = """title = "Tous"
sender = "Une association <lettre@association.example>"
reply_to = "bonjour@association.example"
reason = "Une fois par an."
everyone = true
measure = "anonymous"
"""
ISSUE = """+++
subject = "Une fois par an"
slot = 2023-09-06T12:00:00
audience = ["lettre", "tous"]
+++
Bonjour.
"""
YEARLY = "lettre/2023-09"


@dataclass
class Figures:
    """Milliseconds on the given stopwatch, one value a round."""

    contacts: int = 0
    readers: int = 0
    """Of the list by rule."""
    list_ms: list[float] = field(default_factory=list)
    """Counting a list by rule: a third members, some tagged, an eighth subscribed."""
    everyone_ms: list[float] = field(default_factory=list)
    """Counting an issue for that list and for everyone."""
    list_reasons_ms: list[float] = field(default_factory=list)
    """The same with the reason of every contact."""
    everyone_reasons_ms: list[float] = field(default_factory=list)


def measure_audiences(contacts: int, database: str, rounds: int, watch: Callable[[], float]) -> Figures:
    """`watch` is a stopwatch, in seconds; `database` is an empty PostgreSQL one, or empty for SQLite."""
    settings = {"MAILER_DATABASE__URL": database} if database else {}
    with TemporaryDirectory() as folder:
        site = _site(Path(folder) / "site")
        with open_app(site, settings) as app:
            with app.database.transaction() as tx:
                _fill(tx, contacts)
            figures = Figures(contacts, audiences.count(app, "lettre", NOW, with_reasons=False).readers)
            for _ in range(rounds):
                figures.list_ms.append(_count(app, "lettre", watch, with_reasons=False))
                figures.everyone_ms.append(_count(app, YEARLY, watch, with_reasons=False))
                figures.list_reasons_ms.append(_count(app, "lettre", watch, with_reasons=True))
                figures.everyone_reasons_ms.append(_count(app, YEARLY, watch, with_reasons=True))
    return figures


def _site(folder: Path) -> Path:
    site = write_site(folder)
    path = site / "lists" / "lettre.toml"
    path.write_text(path.read_text(encoding="utf-8") + RULE, encoding="utf-8")
    (site / "lists" / "tous.toml").write_text(EVERYONE, encoding="utf-8")
    issue = site / "campaigns" / YEARLY / "issue.md"
    issue.parent.mkdir()
    issue.write_text(ISSUE, encoding="utf-8")
    return site


def _count(app: App, name: str, watch: Callable[[], float], *, with_reasons: bool) -> float:
    started = watch()
    audiences.count(app, name, NOW, with_reasons=with_reasons)
    return 1000 * (watch() - started)


def _fill(tx: Connection, contacts: int) -> None:
    """Every eighth subscribed (of those some left), three tenths members, some opposed, some without an address."""
    for statement in _BASE:
        said = statement.replace("{numbers}", _NUMBERS[tx.dialect.name]).replace("{hash}", _HASH[tx.dialect.name])
        said = said.replace("{contacts}", str(contacts))
        # PostgreSQL's driver takes a single sign for a hole.
        tx.exec_driver_sql(said.replace("%", "%%") if tx.dialect.name == "postgresql" else said)
    if tx.dialect.name == "postgresql":
        tx.exec_driver_sql("ANALYZE")


_NUMBERS = {
    "sqlite": "(WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < {contacts}) SELECT i FROM c)",
    "postgresql": "generate_series(1, {contacts}) AS numbers (i)",
}
_HASH = {
    "sqlite": "CAST(printf('%08x', i * 2654435761 % 4294967296) || printf('%08x', i) AS BLOB)",
    "postgresql": "decode(md5(CAST(i AS text)), 'hex')",
}
_BASE = (
    """INSERT INTO address (id, address, canonical, domain, family, fingerprint, created_at)
SELECT i, 'r' || i || '@m.example', 'r' || i || '@m.example', 'm.example', i % 8, {hash}, '2023-01-01 00:00:00.000000'
FROM {numbers}""",
    """INSERT INTO contact (id, kind, name, address_id, postcode, region, city, search)
SELECT i, CASE WHEN i % 7 = 0 THEN 'structure' ELSE 'person' END, 'Lectrice ' || i,
  CASE WHEN i % 50 = 1 THEN NULL ELSE i END, '35' || (100 + i % 900), 'BRE', 'Rennes', 'lectrice ' || i
FROM {numbers}""",
    "INSERT INTO membership (contact_id, year, kind) SELECT i, 2023, '' FROM {numbers} WHERE i % 10 < 3",
    "INSERT INTO membership (contact_id, year, kind) SELECT i, 2022, '' FROM {numbers} WHERE i % 10 IN (2, 3, 4)",
    "INSERT INTO tag (contact_id, slug) SELECT i, 'implique' FROM {numbers} WHERE i % 20 = 7",
    """INSERT INTO subscription (contact_id, address_id, list_slug, state, basis, joined_at)
SELECT i, i, 'lettre', CASE WHEN i % 40 = 0 THEN 'left' ELSE 'active' END, 'consent', '2023-01-01 00:00:00.000000'
FROM {numbers} WHERE i % 8 = 0""",
    """INSERT INTO suppression (fingerprint, reason, at)
SELECT {hash}, 'opposition', '2023-01-01 00:00:00.000000' FROM {numbers} WHERE i % 50 = 3""",
)
