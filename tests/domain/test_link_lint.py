"""Links as they are written, and what is said once they were followed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.domain import link_lint
from mailer.domain.findings import Level
from mailer.domain.link_lint import Answered, Visit, judge_target, judge_visits


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ("https://lavoir.example http://x", link_lint.TWICE),
        ("https://lavoir.example/« ici »", link_lint.BROKEN),
        ("https://", link_lint.BROKEN),
        ("https://lavoir", link_lint.BROKEN),
        ("https://lavoir..example/", link_lint.BROKEN),
        ("https://lavoir.example:port/", link_lint.BROKEN),
        ("https://[::1", link_lint.BROKEN),
        ("mailto:odile", link_lint.BROKEN),
        ("mailto:odile@lavoir", link_lint.BROKEN),
        ("javascript:alert(1)", link_lint.NOT_SAFE),
        ("data:text/html,x", link_lint.NOT_SAFE),
        ("lavoir.example", link_lint.NOT_SAFE),
        ("https://https://lavoir.example", link_lint.TWICE),
        ("http://https//lavoir.example", link_lint.TWICE),
        ("https://odile:secret@lavoir.example/", link_lint.SECRET),
        ("https://lavoir.example/ouverture.", link_lint.SWALLOWED),
        ("https://lavoir.example/ouverture)", link_lint.SWALLOWED),
        ("https://lavoir.example/ouverture,", link_lint.SWALLOWED),
    ],
)
def test_a_link_that_cannot_work_is_told(target: str, sentence: str) -> None:
    assert [told for _, told, _ in judge_target(target)] == [sentence]


@pytest.mark.parametrize(
    "target",
    ["https://lavoir.example", "https://fr.wikipedia.example/wiki/Lavoir_(bassin)", "https://théâtre.example/été?x=é#y",
     "mailto:odile@lavoir.example", "mailto:odile@lavoir.example?subject=Bonjour%20!", "tel:+33100000000", "#haut",
     "http://127.0.0.1:8080/x", "https://web.archive.example/web/2023/https://lavoir.example/", "https://x.example/?a=1&b=2"],
)  # fmt: skip
def test_a_link_that_works_is_left_alone(target: str) -> None:
    assert list(judge_target(target)) == []


@given(st.text(max_size=60))
def test_whatever_was_pasted_is_judged(text: str) -> None:
    for target in (text, f"https://{text}", f"mailto:{text}", f"https://lavoir.example/{text}"):
        assert all(sentence.format(**values) for _, sentence, values in judge_target(target))


def test_what_was_followed_is_said_by_its_weight() -> None:
    visits = [Visit(f"https://{one.value.replace(' ', '-')}.example/", one, "404") for one in Answered]
    found = judge_visits(visits, "issue.md")
    assert {one.sentence: one.level for one in found} == {
        link_lint.GONE: Level.ERROR,
        link_lint.NO_SITE: Level.ERROR,
        link_lint.PRIVATE: Level.ERROR,
        link_lint.FAILING: Level.WARNING,
        link_lint.UNSEEN: Level.WARNING,
        link_lint.NOT_LOOKED_AT: Level.ADVICE,
        link_lint.MOVED: Level.ADVICE,
    }
    assert all(str(one) for one in found)


def test_without_a_network_one_thing_is_said() -> None:
    visits = [Visit(f"https://n{number}.example/", Answered.UNSEEN) for number in range(9)]
    (found,) = judge_visits(visits, "issue.md")
    assert (found.level, found.sentence, found.values["count"]) == (Level.ADVICE, link_lint.NO_NETWORK, 9)
    assert judge_visits([], "issue.md") == []
