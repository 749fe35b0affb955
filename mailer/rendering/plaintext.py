"""The text part, made from the blocks and not from the HTML: for people who read mail as text. Makes no markup."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field

from markdown_it.tree import SyntaxTreeNode

WIDTH = 74
"""Characters of a line; an address longer than that stays whole."""


@dataclass
class Notes:
    """The links of a text part: numbered where they stand, written out under their paragraph."""

    numbers: dict[str, int] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)

    def mark(self, target: str) -> str:
        """`[n]`, and the target waits to be written out."""
        number = self.numbers.setdefault(target, len(self.numbers) + 1)
        if target not in self.waiting:
            self.waiting.append(target)
        return f"[{number}]"

    def written_out(self) -> str:
        """The targets that waited, a line each."""
        lines = [f"[{self.numbers[target]}] {target}" for target in self.waiting]
        self.waiting.clear()
        return "\n".join(lines)


def text_of(tree: SyntaxTreeNode, notes: Notes) -> str:
    """A passage as text."""
    return _blocks(tree.children, notes, WIDTH)


def wrap(text: str, width: int = WIDTH) -> str:
    """Lines of at most `width` characters, but for addresses; line ends are kept."""
    return "\n".join(_wrap_line(line, width) for line in text.split("\n"))


def underline(title: str, character: str) -> str:
    """A title over a rule as long as itself."""
    lines = wrap(title)
    return f"{lines}\n{character * max(len(line) for line in lines.split(chr(10)))}"


def _wrap_line(line: str, width: int) -> str:
    return "\n".join(textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False)) if line else ""


def _blocks(nodes: Sequence[SyntaxTreeNode], notes: Notes, width: int, between: str = "\n\n") -> str:
    parts = [_block(node, notes, width) for node in nodes]
    return between.join(part for part in parts if part)


def _block(node: SyntaxTreeNode, notes: Notes, width: int) -> str:
    match node.type:
        case "paragraph":
            return _with_notes(wrap(_inline(node, notes), width), notes)
        case "heading":
            return _with_notes(underline(_inline(node, notes), "-"), notes)
        case "bullet_list" | "ordered_list":
            return _list(node, notes, width)
        case "blockquote":
            return textwrap.indent(_blocks(node.children, notes, width - 2), "  ")
        case "table":
            return _table(node, notes, width)
        case "fence" | "code_block":
            return textwrap.indent(node.content.rstrip("\n"), "    ")
        case "hr":
            return "* * *"
        case _:
            return _blocks(node.children, notes, width)


def _list(node: SyntaxTreeNode, notes: Notes, width: int) -> str:
    first = int(node.attrs.get("start", 1))
    marks = ["–" if node.type == "bullet_list" else f"{first + place}." for place in range(len(node.children))]
    loose = any(not child.hidden for item in node.children for child in item.children if child.type == "paragraph")
    items = []
    for mark, item in zip(marks, node.children, strict=True):
        margin = len(mark) + 1
        body = _blocks(item.children, notes, width - margin, "\n\n" if loose else "\n")
        items.append(f"{mark} {textwrap.indent(body, ' ' * margin)[margin:]}")
    return ("\n\n" if loose else "\n").join(items)


def _table(node: SyntaxTreeNode, notes: Notes, width: int) -> str:
    """A row an item, its cells joined by dashes; the columns' names say nothing that the cells do not."""
    rows = [row for group in node.children if group.type == "tbody" for row in group.children]
    return "\n".join(_row(row, notes, width) for row in rows)


def _row(row: SyntaxTreeNode, notes: Notes, width: int) -> str:
    cells = [words for words in (_inline(cell, notes) for cell in row.children) if words]
    return f"– {textwrap.indent(_with_notes(wrap(' – '.join(cells), width - 2), notes), '  ')[2:]}"


def _with_notes(text: str, notes: Notes) -> str:
    targets = notes.written_out()
    return f"{text}\n{targets}" if targets else text


def _inline(node: SyntaxTreeNode, notes: Notes) -> str:
    return "".join(_piece(child, notes) for child in node.children)


def _piece(node: SyntaxTreeNode, notes: Notes) -> str:
    match node.type:
        case "text" | "code_inline":
            return node.content
        case "softbreak":
            return " "
        case "hardbreak":
            return "\n"
        case "image":
            alt = str(node.meta.get("alt", ""))
            return f"[{alt}]" if alt else ""
        case "link":
            return _link(node, notes)
        case _:
            return _inline(node, notes)


def _link(node: SyntaxTreeNode, notes: Notes) -> str:
    words, target = _inline(node, notes), node.meta.get("target")
    if not target or words == target:
        return words
    return f"{words}\N{NO-BREAK SPACE}{notes.mark(target)}"
