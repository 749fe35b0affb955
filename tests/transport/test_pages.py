"""Links followed to a real web server on loopback."""

import asyncio
from collections.abc import Iterator
from time import monotonic

import pytest

from mailer.domain.link_lint import Answered, Visit
from mailer.transport.pages import Walker
from tests.linked_pages import Site, running
from tests.ports import free_port

WALKER = Walker(timeout_s=0.5, stays_outside=False)


@pytest.fixture
def site() -> Iterator[Site]:
    """The server, until the test is over."""
    with running() as started:
        yield started


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
