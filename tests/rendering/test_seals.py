"""Places for a reader's values: nothing that content says can be one."""

import pytest

from mailer.domain.letters import BlockKind
from mailer.rendering.letters import compile_issue
from mailer.rendering.seals import seal_of
from tests.rendering.writing import LETTERHEAD, TEMPLATES, URL, a_block, an_issue, demo, parts

FORGERIES = ["@@leave@@", "@@name@@", "@@name/41@@", "@@track@@", "&#64;@leave@@", "@&#64;leave@&#64;", "@\\@leave@@"]


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_slot_written_in_content_reaches_readers_as_words(forgery: str) -> None:
    without = an_issue(a_block("bonjour"), title="La lettre")
    forged = an_issue(
        a_block(f"bonjour {forgery} `{forgery}`"),
        a_block(kind=BlockKind.ARTICLE, text="texte", title=forgery, signature=forgery, image="rond.png", alt=forgery),
        title=forgery,
        preheader=forgery,
    )
    for clean, dirty in zip(parts(without), parts(forged), strict=True):
        for slot in ("@@leave@@", "@@preferences@@", "@@track@@", "@@name"):
            assert dirty.count(slot) == clean.count(slot)


def test_a_slot_in_the_target_of_a_link_is_words_too() -> None:
    html, text = parts(an_issue(a_block("[x](https://a.example/@@leave@@)")))
    assert "https://a.example/@\N{WORD JOINER}@leave" in text
    assert html.count("@@leave@@") == 1


def test_no_content_can_hold_its_own_seal() -> None:
    issue = an_issue(a_block("bonjour"))
    key = seal_of(issue, LETTERHEAD).key
    html, _ = parts(an_issue(a_block(f"bonjour {key}leaveZ")))
    assert html.count("@@leave@@") == 1
    assert key in html


def test_jinja_in_content_is_words() -> None:
    attack = "{% for x in range(9) %}a{% endfor %} {# x #} ${7*7} <%= x %>"
    html, text = parts(an_issue(a_block(attack)))
    assert "{% for x in range(9) %}a{% endfor %} {# x #} ${7*7} &lt;%= x %&gt;" in html
    assert "{% for x in range(9) %}" in text


def test_a_name_is_a_slot_that_carries_its_default() -> None:
    html, text = parts(an_issue(a_block("Bonjour {{name|chères et chers}} et {{name}} !")))
    default = "chères et chers".encode().hex()
    for part in (html, text):
        assert f"Bonjour @@name/{default}@@ et @@name@@" in " ".join(part.split())


def test_private_links_are_slots_in_addresses_of_their_own() -> None:
    html, text = parts(an_issue(a_block("[a]({{leave}}) [b]({{preferences}}) [c]({{online}}) [d]({{archive}})")))
    for target in ("/u/@@leave@@", "/p/@@preferences@@", "/archive/sirene/2023-09", "/archive/sirene/"):
        assert f'href="{URL}{target}"' in html
        assert f"{URL}{target}" in text


def test_the_skeleton_knows_every_slot_of_the_demo_letters() -> None:
    for name in ("sirene/2023-09", "klaxon/2023-10", "quinzaine/2023-10-09"):
        letter = compile_issue(demo(name), LETTERHEAD, TEMPLATES, {})
        assert all(b"@@" not in blob and b"\0leave.html\0" in blob for blob in letter.variants.values())
