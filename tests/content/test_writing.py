"""An issue taken apart and put together again: nothing but what was edited changes."""

from dataclasses import replace
from difflib import ndiff
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.content.blocks import SHAPES, Body
from mailer.content.topwriting import KEYS
from mailer.content.writing import Part, Written, encode_like, put_together, take_apart
from mailer.domain.letters import BlockKind

ROOT = Path(__file__).parents[2]
FILES = sorted(ROOT.glob("campaigns/*/*/issue.md")) + sorted(ROOT.glob("campaigns/*/model.md"))
SIRENE = (ROOT / "campaigns/sirene/2023-09/issue.md").read_text(encoding="utf-8")

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=30)
LINE = WORDS.map(lambda words: " ".join(words.split()))


@st.composite
def parts(draw: st.DrawFn) -> Part:
    kind = draw(st.sampled_from(BlockKind))
    shape = SHAPES[kind]
    fields = {name: draw(LINE) for name in shape.fields if draw(st.booleans())}
    text = "" if shape.body is Body.NONE else "\n".join(draw(st.lists(WORDS, max_size=4)))
    return Part(kind, fields, text)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.parent.name}-{path.parent.name}-{path.stem}")
def test_an_unchanged_issue_is_the_same_file_byte_for_byte(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    written = take_apart(text)
    assert put_together(text, written) == text
    assert all(part.kind for part in written.parts)
    assert written.front is not None or path.name == "model.md"


@settings(deadline=None, max_examples=150)
@given(
    st.lists(st.sampled_from(["+++", "", "x", ":::", "::: article", '::: lead title="a"', "::: odd", " y ", "a = 1"]))
)
def test_any_text_comes_back_as_it_was(lines: list[str]) -> None:
    text = "\n".join(lines)
    assert put_together(text, take_apart(text)) == text


@settings(deadline=None, max_examples=150)
@given(st.lists(parts(), max_size=5))
def test_what_a_person_wrote_is_read_again_as_it_was_written(wanted: list[Part]) -> None:
    front = {"subject": "Objet", "slot": "2023-09-06"}
    once = take_apart(put_together("", Written(front, "", tuple(wanted))))
    assert once.front == front
    kept = [one for one in wanted if one.kind is not BlockKind.TEXT or one.text.strip()]
    assert [(one.kind, one.fields) for one in once.parts] == [(one.kind, one.fields) for one in kept]
    text = put_together("", once)
    assert take_apart(text) == replace(once, head=take_apart(text).head)


@settings(deadline=None, max_examples=100)
@given(st.dictionaries(st.sampled_from(KEYS[:4]), LINE), st.dictionaries(st.sampled_from(KEYS[:4]), LINE))
def test_front_matter_is_read_again_as_it_was_written(first: dict[str, str], then: dict[str, str]) -> None:
    def filled(values: dict[str, str]) -> dict[str, str]:
        return {key: value for key, value in values.items() if value}

    text = put_together("", Written(first, "", (Part(BlockKind.GREETING, {}, "Bonjour"),)))
    assert take_apart(text).front == filled(first)
    again = put_together(text, replace(take_apart(text), front=then))
    assert take_apart(again).front == filled(then)


def changed(before: str, after: str) -> list[str]:
    return [line for line in ndiff(before.split("\n"), after.split("\n")) if line[0] in "+-"]


def test_one_block_changed_changes_only_its_lines() -> None:
    written = take_apart(SIRENE)
    at = next(n for n, part in enumerate(written.parts) if part.kind is BlockKind.APPEAL)
    edited = replace(written.parts[at], fields={"title": 'Adhérer, "libres"'})
    after = put_together(SIRENE, replace(written, parts=(*written.parts[:at], edited, *written.parts[at + 1 :])))
    assert changed(SIRENE, after) == [
        '- ::: appeal title="Adhérer, c’est nous garder libres"',
        '+ ::: appeal title="Adhérer, \\"libres\\""',
    ]


def test_a_block_moved_added_or_removed_leaves_the_others_alone() -> None:
    written = take_apart(SIRENE)
    moved = (*written.parts[1:], written.parts[0])
    again = take_apart(put_together(SIRENE, replace(written, parts=moved)))
    assert again.parts == moved
    without = put_together(SIRENE, replace(written, parts=written.parts[:5] + written.parts[6:]))
    assert all(line[0] == "-" for line in changed(SIRENE, without))
    new = Part(BlockKind.SECTION, {"title": "Nouvelle"})
    added = put_together(SIRENE, replace(written, parts=(*written.parts[:5], new, *written.parts[5:])))
    assert all(line[0] == "+" for line in changed(SIRENE, added))


def test_two_texts_in_a_row_stay_two_and_colons_in_a_text_close_nothing() -> None:
    texts = (Part(BlockKind.TEXT, {}, "Un\n:::\ndeux"), Part(BlockKind.TEXT, {}, "trois"))
    text = put_together("", Written({"subject": "x"}, "", texts))
    assert [part.text for part in take_apart(text).parts] == ["Un\n\\:::\ndeux", "trois"]


def test_a_changed_line_of_the_front_matter_leaves_comments_and_strange_keys_alone() -> None:
    text = (
        '+++\n# à vérifier\nsubject = "Un" # court\nodd = 1\naudience = [\n  "sirene",\n  "base",\n]\n+++\n\nBonjour\n'
    )
    written = take_apart(text)
    assert written.front == {"subject": "Un", "audience": "sirene, base"}
    wanted = {"subject": "Un", "preheader": "Voilà", "audience": "sirene"}
    after = put_together(text, replace(written, front=wanted))
    assert after == (
        '+++\n# à vérifier\nsubject = "Un" # court\npreheader = "Voilà"\nodd = 1\naudience = ["sirene"]\n'
        "+++\n\nBonjour\n"
    )


def test_a_broken_front_matter_is_edited_as_lines() -> None:
    text = "+++\nsubject = oui\n+++\n\nBonjour\n"
    written = take_apart(text)
    assert (written.front, written.head) == (None, "+++\nsubject = oui\n+++\n")
    mended = put_together(text, replace(written, head='+++\nsubject = "oui"\n+++'))
    assert mended == '+++\nsubject = "oui"\n+++\n\nBonjour\n'


def test_a_file_from_windows_keeps_its_line_ends() -> None:
    assert encode_like(b"\xef\xbb\xbfa\r\nb\r\n", "a\nc\n") == b"\xef\xbb\xbfa\r\nc\r\n"
    assert encode_like(b"a\nb\r\n", "a\r\n".replace("\r\n", "\n")) == b"a\n"
