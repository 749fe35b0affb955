"""Who fetched a pixel or a link: the agents seen in the wild, each with what we take it for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.content.agents import SHIPPED, read_agents
from mailer.domain import hits
from mailer.domain.hits import PIXEL, READ_CLASSES, Fetch, HitClass

GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
YAHOO = "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html"
APPLE_PRIVACY = "Mozilla/5.0"
OUTLOOK = (
    "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; Win64; x64; Trident/7.0; .NET4.0C; .NET4.0E; "
    "Microsoft Outlook 16.0.17126; ms-office; MSOffice 16)"
)
THUNDERBIRD = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.5.0"
APPLE_MAIL = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
)
CUBOT = "Mozilla/5.0 (Linux; Android 11; CUBOT_NOTE_20) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Mobile"
CUBOT_ROBOT = f"{CUBOT} compatible; Examplebot/1.0"

NOTHING, SCANNER, MACHINE, UNKNOWN, PROXY, HUMAN = HitClass
LIST = read_agents(SHIPPED.parent)


def judge(fetch: Fetch) -> HitClass | None:
    """By the list that came with the program."""
    return hits.judge(fetch, LIST)


AGENTS = [
    # agent, within the minute, later
    (CHROME, SCANNER, HUMAN),
    (OUTLOOK, SCANNER, HUMAN),
    (THUNDERBIRD, SCANNER, HUMAN),
    (APPLE_MAIL, SCANNER, HUMAN),
    (CUBOT, SCANNER, HUMAN),
    (GMAIL, UNKNOWN, PROXY),
    (YAHOO, UNKNOWN, PROXY),
    (APPLE_PRIVACY, MACHINE, MACHINE),
    (f" {APPLE_PRIVACY} ", MACHINE, MACHINE),
    ("", MACHINE, MACHINE),
    ("curl/8.5.0", MACHINE, MACHINE),
    ("Wget/1.21", MACHINE, MACHINE),
    ("python-requests/2.32", MACHINE, MACHINE),
    ("Barracuda Sentinel (EE)", MACHINE, MACHINE),
    ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", MACHINE, MACHINE),
    ("Mozilla/5.0 (compatible; AhrefsBot/7.0)", MACHINE, MACHINE),
    ("Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/131.0.0.0", MACHINE, MACHINE),
    ("Proofpoint URL Defense", MACHINE, MACHINE),
    (CUBOT_ROBOT, MACHINE, MACHINE),
]


@pytest.mark.parametrize("link", [PIXEL, 3])
@pytest.mark.parametrize(("agent", "at_once", "later"), AGENTS)
def test_an_agent_is_taken_for_what_it_is(agent: str, at_once: HitClass, later: HitClass, link: int) -> None:
    headers = {"user-agent": agent}
    assert judge(Fetch("GET", headers, link, 0)) is at_once
    for minutes in (1, 60, 65535):
        assert judge(Fetch("GET", headers, link, minutes)) is later


def test_a_request_without_an_agent_is_a_machine() -> None:
    assert judge(Fetch("GET", {}, PIXEL, 60)) is MACHINE


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-purpose": "prefetch"},
        {"sec-purpose": "prefetch;prerender"},
        {"purpose": "prefetch"},
        {"x-moz": "prefetch"},
        {"sec-gpc": "1"},
        {"dnt": "1"},
    ],
)
def test_a_prefetch_or_a_refusal_to_be_measured_is_not_counted_at_all(headers: dict[str, str]) -> None:
    assert judge(Fetch("GET", {"user-agent": CHROME, **headers}, 1, 60)) is None


@pytest.mark.parametrize(
    "headers", [{"sec-gpc": "0"}, {"dnt": "0"}, {"purpose": "preview"}, {"sec-fetch-mode": "navigate"}]
)
def test_other_headers_change_nothing(headers: dict[str, str]) -> None:
    assert judge(Fetch("GET", {"user-agent": CHROME, **headers}, 1, 60)) is HUMAN


@pytest.mark.parametrize("method", ["HEAD", "POST", "OPTIONS", "get"])
def test_only_a_get_counts(method: str) -> None:
    assert judge(Fetch(method, {"user-agent": CHROME}, 1, 60)) is None


def test_only_people_and_their_proxies_read() -> None:
    assert READ_CLASSES == (PROXY, HUMAN)


def test_a_letter_keeps_the_class_that_says_most_about_a_reader() -> None:
    assert sorted(HitClass) == [NOTHING, SCANNER, MACHINE, UNKNOWN, PROXY, HUMAN]
    assert [int(each) for each in HitClass] == [0, 1, 2, 3, 4, 5], "stored in the database: never renumber"


@given(st.text(max_size=80), st.integers(-10, 70_000))
def test_any_agent_gets_a_class_and_none_reads_within_the_minute(agent: str, minutes: int) -> None:
    found = judge(Fetch("GET", {"user-agent": agent}, PIXEL, minutes))
    assert found is not None
    assert minutes >= 1 or found not in READ_CLASSES
