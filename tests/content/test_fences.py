"""Where an issue's text is cut: whatever is written, no line is lost and nothing breaks."""

from hypothesis import given
from hypothesis import strategies as st

from mailer.content.blocks import SHAPES, cut_blocks
from mailer.content.fences import FENCE, Piece, cut, read_fields
from mailer.domain.letters import BlockKind

WORDS = st.sampled_from([*BlockKind, "artcle", "x", ""])
FIELDS = st.sampled_from(
    ["", ' title="A"', ' title="A" title="B"', ' image="a.png" alt=""', " title=A", ' t="', "\N{NO-BREAK SPACE}"]
)
LINES = st.one_of(
    st.builds(lambda colons, word, fields: ":" * colons + " " + word + fields, st.integers(2, 6), WORDS, FIELDS),
    st.sampled_from(["", "  ", "text", "- point", ":::", ":::: ", "    :::"]),
    st.text(max_size=30).map(lambda text: "".join(text.splitlines())),
)


@given(st.lists(LINES, max_size=40), st.integers(1, 500))
def test_every_line_that_is_no_fence_is_in_one_piece_and_in_order(lines: list[str], first_line: int) -> None:
    pieces, _ = cut(lines, first_line, "issue.md")
    placed = [(piece.first_line + at, line) for piece in pieces for at, line in enumerate(piece.lines)]
    assert placed == [(number, line) for number, line in enumerate(lines, first_line) if not FENCE.fullmatch(line)]


@given(st.lists(LINES, max_size=40))
def test_any_text_gives_blocks_or_problems_and_each_problem_has_a_line_of_it(lines: list[str]) -> None:
    blocks, problems = cut_blocks(lines, 1, "issue.md")
    assert blocks or problems or not any(line.strip() for line in lines)
    for problem in problems:
        assert problem.line is not None
        assert 1 <= problem.line <= len(lines)
        assert str(problem)


@given(st.dictionaries(st.from_regex(r"[a-z]+", fullmatch=True), st.text(st.characters(exclude_categories=["C"]))))
def test_fields_are_read_as_they_were_written(fields: dict[str, str]) -> None:
    written = " ".join(
        f'{key}="' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' for key, value in fields.items()
    )
    read, problems = read_fields(Piece("article", written, 1, ()), "issue.md")
    assert problems == []
    assert read == {key: value.strip() for key, value in fields.items()}


def test_the_number_of_colons_means_nothing() -> None:
    pieces, problems = cut([":::::: article", "text", ":::"], 1, "issue.md")
    assert problems == []
    assert pieces == [Piece("article", "", 1, ("text",))]


def test_every_kind_of_block_has_a_shape() -> None:
    assert set(SHAPES) == set(BlockKind)
