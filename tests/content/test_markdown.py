"""What is seen in Markdown before it is rendered."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.content.markdown import Mention, fill_in, images, links, without_targets


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Chère {{nme}},", '7: nothing is called "nme". Did you mean "name"?'),
        (
            "{{lien_desinscription}}",
            '7: nothing is called "lien_desinscription". Between {{ and }} can stand: name, leave,',
        ),
        ("[non]({{leav}})", 'nothing is called "leav". Did you mean "leave"?'),
        ("Écrivez {{leave}}", "7: {{leave}} is the whole target of a link: write [words]({{leave}})."),
        ("[non]({{leave}}/x)", "{{leave}} is the whole target of a link"),
        ("[non]({{leave|x}})", "{{leave}} is the whole target of a link"),
        ("[non]({{name}})", "7: {{name}} is for words, not for the target of a link"),
        ("Chère {{name", '7: "{{" is opened here and not closed'),
        ("Chère {{\nname}}", '7: "{{" is opened here and not closed'),
    ],
)
def test_a_mistake_in_a_readers_field_is_said(text: str, said: str) -> None:
    _, problems = fill_in(text, 7, "issue.md")
    assert [str(one) for one in problems if said in str(one)]


@pytest.mark.parametrize(
    ("text", "tidied"),
    [
        ("{{name}}, {{ name | cher·e ami·e }}", "{{name}}, {{name|cher·e ami·e}}"),
        (
            "[a]({{ leave }}) [b]({{preferences}}) [c](<{{online}}>)",
            "[a]({{leave}}) [b]({{preferences}}) [c](<{{online}}>)",
        ),
        ('[a]({{archive}} "tous") [b]( {{subscribe}} )', '[a]({{archive}} "tous") [b]( {{subscribe}} )'),
        ("{% raw %} {x}", "{% raw %} {x}"),
    ],
)
def test_right_fields_pass_and_lose_their_spaces(text: str, tidied: str) -> None:
    assert fill_in(text, 1, "issue.md") == (tidied, [])


def test_links_are_seen_with_their_lines() -> None:
    text = (
        "[un](https://a.example/?Page(x)) et ![image](a.png)\n\n"
        "[sur deux\nlignes](<https://b.example/a b>)\n<https://c.example>\n[r]: d"
    )
    assert links(text, 10) == [
        Mention("un", "https://a.example/?Page(x)", 10),
        Mention("sur deux lignes", "https://b.example/a b", 12),
        Mention("", "https://c.example", 14, bare=True),
        Mention("r", "d", 15),
    ]
    assert images(text, 10) == [Mention("image", "a.png", 10)]


def test_words_are_left_when_targets_are_taken_away() -> None:
    text = "[salarié.es](https://x.es/un.es) <https://y.es>\n[z]: https://z.es\nfin"
    assert without_targets(text) == "[salarié.es] \n\nfin"


@given(st.text('[](){}!<>"a:/ \n|', max_size=200))
def test_no_text_breaks_the_reading_and_no_line_is_lost(text: str) -> None:
    tidied, _ = fill_in(text, 1, "issue.md")
    assert tidied.count("\n") == text.count("\n") == without_targets(text).count("\n")
    last = text.count("\n") + 1
    assert all(1 <= mention.line <= last for mention in [*links(text, 1), *images(text, 1)])


@pytest.mark.parametrize(
    "text", ["[" * 20_000, "![](" * 10_000, "[a](" + "(" * 20_000, "{{" * 20_000, '[a](b "' * 5_000]
)
def test_a_text_of_brackets_takes_no_time(text: str) -> None:
    begun = time.perf_counter()
    fill_in(text, 1, "issue.md")
    links(text, 1)
    images(text, 1)
    without_targets(text)
    assert time.perf_counter() - begun < 5
