"""Blocks: what each mistake is answered."""

from pathlib import Path

import pytest

from mailer.content.blocks import cut_blocks, text_line
from mailer.domain.letters import BlockKind
from tests.content.sites import FRONT, make_site, mistakes, write


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("::: artcle\nx\n:::", 'issue.md:6: there is no block "artcle". Did you mean "article"?'),
        ("::: zzz\nx\n:::", 'issue.md:6: there is no block "zzz". The blocks are: header, banner,'),
        ("x\n\n::: article\nx", 'issue.md:8: the block "article" is not closed: put a line ":::" after its text.'),
        (
            "::: article\nx\n::: lead\ny\n:::",
            'issue.md:6: the block "article" is not closed before another one opens on line 8',
        ),
        ("x\n:::", 'issue.md:7: this ":::" closes nothing'),
        ("::: article titel='x'\nx\n:::", 'issue.md:6: after the name of the block come fields written key="value"'),
        ("::: article title=“x”\nx\n:::", "this cannot be read: title=“x”"),
        ('::: article titel="x"\nx\n:::', 'issue.md:6: a block "article" has no field "titel". Did you mean "title"?'),
        (
            '::: article zzz="x"\nx\n:::',
            'a block "article" has no field "zzz". It takes: title, signature, image, alt.',
        ),
        ('::: greeting title="x"\nx\n:::', 'a block "greeting" takes no field; "title" cannot be written here.'),
        ('::: article title="x" title="y"\nx\n:::', 'issue.md:6: the field "title" is written twice.'),
        ("::: section\n:::", 'issue.md:6: a block "section" needs title="…" on its opening line.'),
        ('::: section title=" "\n:::', 'issue.md:6: a block "section" needs title="…"'),
        ('::: event title="x"\n:::', 'a block "event" needs start="…"'),
        ("::: article\n\n:::", 'issue.md:6: the block "article" is empty'),
        ('::: section title="x"\n\ny\n:::', 'issue.md:8: a block "section" takes no text'),
        (
            "::: contents\n:::\n\n::: contents\n:::",
            'issue.md:9: an issue has one block "contents" at most; another one opens on line 6.',
        ),
        ('::: article image="a.png"\nx\n:::', 'issue.md:6: the image "a.png" needs alt="…"'),
        ('::: article image="a.png" alt=""\nx\n:::', 'issue.md:6: the image "a.png" needs alt="…"'),
        ('::: header image="a.png"\n:::', 'issue.md:6: the image "a.png" needs alt="…"'),
        ('::: article alt="a"\nx\n:::', 'issue.md:6: alt="…" is written, but no image="…".'),
        ('::: banner audience="bas"\nx\n:::', 'issue.md:6: there is no list "bas". Did you mean "base"?'),
        (
            '::: banner audience="base"\nx\n:::',
            'issue.md:6: this banner is for the list "base", which is not in the audience',
        ),
        (
            '::: relay campaign="klaxn"\n:::',
            'issue.md:6: there is no campaign "klaxn" to relay. Did you mean "klaxon"?',
        ),
        ('::: relay campaign="zzz"\n:::', 'there is no campaign "zzz" to relay. The campaigns are: klaxon, sirene.'),
        (
            '::: article title="{{name}}"\nx\n:::',
            "issue.md:6: {{ }} cannot stand here: it is the same for all readers.",
        ),
        (
            '::: event title="x" start="2023-09-14" end="2023-09-14T13:30"\n:::',
            "a date needs an hour, like 2023-09-14T12:00:00.",
        ),
        ('::: event title="x" start="demain" end="2023-09-14T13:30"\n:::', '"demain" is not a moment'),
        (
            '::: event title="x" start="2023-09-14T14:00" end="2023-09-14T13:30"\n:::',
            "this event ends before it starts.",
        ),
        ('::: event title="x" start="2024-03-31T02:30" end="2024-03-31T04:00"\n:::', "no such hour in Europe/Paris"),
    ],
)
def test_a_mistake_in_a_block_is_said_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    site = make_site(tmp_path)
    write(site, "campaigns/sirene/2023-09/a.png", b"")
    found = mistakes(site, FRONT + text + "\n")
    assert [one for one in found if said in one]


def test_all_mistakes_are_said_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = ":::\n\n::: artcle\nx\n:::\n\n::: section\n:::\n\n![](no.png) {{nom}}\n\n::: lead\n"
    front = FRONT.replace("subject", "subjekt")
    found = mistakes(make_site(tmp_path), front + text)
    assert [int(one.split(":")[1]) for one in found] == sorted(int(one.split(":")[1]) for one in found)
    for said in (
        "subjekt",
        '"subject" is missing',
        "closes nothing",
        "artcle",
        "section",
        "words between",
        "no.png",
        "nom",
        "lead",
    ):
        assert any(said in one for one in found), said


def test_text_outside_blocks_is_a_block_of_its_own() -> None:
    blocks, problems = cut_blocks(["", "Un", "", "Deux", "", "::: contents", ":::", "", "Trois"], 6, "issue.md")
    assert problems == []
    assert [(block.kind, block.text, text_line(block)) for block in blocks] == [
        (BlockKind.TEXT, "Un\n\nDeux", 7),
        (BlockKind.CONTENTS, "", 12),
        (BlockKind.TEXT, "Trois", 14),
    ]


def test_a_text_block_may_have_fences() -> None:
    [block], problems = cut_blocks(["::: text", "", "Un", ":::"], 6, "issue.md")
    assert problems == []
    assert (block.kind, block.text, text_line(block)) == (BlockKind.TEXT, "Un", 8)


def test_a_quotation_mark_may_stand_in_a_field() -> None:
    [block], problems = cut_blocks([r'::: article title="Un \"mot\""', "x", ":::"], 1, "issue.md")
    assert problems == []
    assert block.fields["title"] == 'Un "mot"'
