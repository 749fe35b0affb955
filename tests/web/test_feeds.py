"""The Atom feed as a feed reader takes it: RFC 4287's required elements, identities that stay, answers given once."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree as Xml

import pytest
from starlette.testclient import TestClient

from tests.web.letters import Letter

ATOM = "{http://www.w3.org/2005/Atom}"
FEED = "/archive/sirene/feed.atom"


def feed(client: TestClient, path: str = FEED) -> Xml.Element:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/atom+xml")
    return Xml.fromstring(answer.content)  # noqa: S314 - our own words


def text(element: Xml.Element, name: str) -> str:
    found = element.findall(ATOM + name)
    assert len(found) == 1, name
    assert found[0].text
    return found[0].text


@pytest.mark.usefixtures("sirene")
def test_a_feed_has_what_rfc_4287_requires(client: TestClient) -> None:
    root = feed(client)
    assert root.tag == f"{ATOM}feed"
    entries = root.findall(f"{ATOM}entry")
    assert len(entries) == 1
    for element in (root, *entries):
        assert urlsplit(text(element, "id")).scheme == "urn"
        assert text(element, "title")
        assert datetime.fromisoformat(text(element, "updated")).tzinfo is not None
        alternate = [one for one in element.findall(f"{ATOM}link") if one.get("rel") == "alternate"]
        assert len(alternate) == 1
        assert str(alternate[0].get("href")).startswith("https://lettre.collectif.example/archive/sirene/")
    assert root.find(f"{ATOM}author/{ATOM}name") is not None
    itself = next(one for one in root.findall(f"{ATOM}link") if one.get("rel") == "self")
    assert itself.get("href") == f"https://lettre.collectif.example{FEED}"
    assert text(entries[0], "summary") == "Ce qui bouge chez nous"
    assert text(entries[0], "title") == "L'heure de la Sirène – une rentrée à plusieurs voix"


@pytest.mark.usefixtures("sirene")
def test_identities_outlive_titles_and_addresses(client: TestClient, site: Path) -> None:
    before = [one.text for one in feed(client).iter(f"{ATOM}id")]
    assert len(set(before)) == 2
    file = site / "lists" / "sirene.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("L'heure de la Sirène", "Autre titre"), encoding="utf-8")
    after = feed(client)
    assert text(after, "title") == "Autre titre"
    assert [one.text for one in after.iter(f"{ATOM}id")] == before


@pytest.mark.usefixtures("sirene")
def test_what_a_reader_has_is_not_sent_again(client: TestClient) -> None:
    first = client.get(FEED)
    etag, modified = first.headers["etag"], first.headers["last-modified"]
    for headers in ({"If-None-Match": f'"other", W/{etag}'}, {"If-None-Match": "*"}, {"If-Modified-Since": modified}):
        again = client.get(FEED, headers=headers)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == etag
    for headers in (
        {"If-None-Match": '"other"'},
        {"If-None-Match": '"other"', "If-Modified-Since": modified},
        {"If-Modified-Since": "Mon, 01 Jan 2024 00:00:00 GMT"},
        {"If-Modified-Since": "yesterday"},
    ):
        assert client.get(FEED, headers=headers).status_code == 200


def test_a_new_issue_changes_what_is_answered(client: TestClient, release: Callable[[str], dict[str, Letter]]) -> None:
    empty = client.get(FEED)
    assert text(feed(client), "updated") == "1970-01-01T00:00:00+00:00"
    release("sirene")
    assert client.get(FEED, headers={"If-None-Match": empty.headers["etag"]}).status_code == 200


@pytest.mark.usefixtures("sirene")
def test_a_page_names_its_feed_and_a_private_letter_has_none(client: TestClient) -> None:
    for path in ("/archive/", "/archive/sirene/", "/archive/sirene/2026-09"):
        assert 'type="application/atom+xml"' in client.get(path).text
    assert client.get("/archive/quinzaine/feed.atom").status_code == 404
