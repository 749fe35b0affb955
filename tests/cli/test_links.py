"""`mailer issue links` and `correct-link`: a wrong link of a letter that has left."""

from datetime import UTC, datetime
from html import escape
from pathlib import Path

import pytest

from mailer.services.reading import archives
from mailer.store import issues
from tests.cli.conftest import NAME, Mailer
from tests.sites import open_site

GARDEN, NEW = "https://jardin.lavoir.example/ouverture", "https://jardin.lavoir.example/?a=1&b=2"
SAID = ("--by", "Odile", "--reason", "la page a changé d’adresse")


@pytest.mark.usefixtures("released")
def test_a_corrected_link_is_listed_with_who_and_why(mailer: Mailer) -> None:
    assert mailer("issue", "links", NAME).out.splitlines()[0] == f"  1  {GARDEN}"
    said = mailer("issue", "correct-link", NAME, "1", NEW, *SAID)
    assert (said.code, said.err) == (0, "")
    link, *_ = mailer("issue", "links", NAME, "--json").json["links"]
    assert (link["url"], [(one["before"], one["by"]) for one in link["corrections"]]) == (NEW, [(GARDEN, "Odile")])
    assert "la page a changé d’adresse" in mailer("issue", "links", NAME).out


def test_whoever_clicks_and_whoever_reads_online_gets_there(released: Path, mailer: Mailer) -> None:
    mailer("issue", "correct-link", NAME, "1", NEW, *SAID)
    with open_site(released) as app:
        with app.database.reading() as tx:
            assert issues.link(tx, 1, 1) == NEW
        page = archives.page_of(app, archives.open_shelf(app, "lettre"), "2026-03", datetime.now(UTC))
    assert escape(NEW) in page.html
    assert GARDEN not in page.html


@pytest.mark.usefixtures("released")
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("9", NEW, *SAID), "has no link 9"),
        (("1", GARDEN, *SAID), "leads there already"),
        (("1", "javascript:alert(1)", *SAID), "cannot be the target"),
        (("1", "mailto:odile@lavoir.example", *SAID), "cannot be the target"),
        (("1", NEW, "--by", "Odile"), "Say who corrects the link and why"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_changes(mailer: Mailer, words: tuple[str, ...], sentence: str) -> None:
    before = mailer("issue", "links", NAME, "--json").json
    said = mailer("issue", "correct-link", NAME, *words)
    assert (said.code, sentence in said.err) == (1, True)
    assert mailer("issue", "links", NAME, "--json").json == before


@pytest.mark.usefixtures("site")
def test_a_letter_that_has_not_left_is_changed_in_its_file(mailer: Mailer) -> None:
    assert mailer("issue", "correct-link", NAME, "1", NEW, *SAID).code == 1
