"""Quoted-printable (RFC 2045 §6.7) for letters that are encoded once and filled many times. Never decodes.

No line passes 76 characters and none begins with a dot, so that SMTP has nothing to stuff. Room is left for
values of a known width; a value of unknown width stands on lines of its own, between two soft breaks.
"""

import re
from binascii import b2a_qp

LONGEST = 75
"""Characters on a line; the « = » of a soft break makes the 76 of the RFC."""


class QuotedText:
    """Text and holes, put one after the other."""

    def __init__(self) -> None:
        self._atoms: list[str] = []
        self._column = 0

    def text(self, text: str) -> None:
        """Any text; its line ends, of whatever kind, become CRLF."""
        for number, line in enumerate(_LINE_END.split(text)):
            if number:
                self._end_line()
            for character in line:
                self._place(_ATOMS[ord(character)])

    def fixed_hole(self, mark: str, width: int) -> None:
        """A hole for a value of exactly `width` letters, digits, hyphens or underscores."""
        if self._column + width > LONGEST:
            self._soft_break()
        self._atoms.append(mark)
        self._column += width

    def free_hole(self, mark: str) -> None:
        """A hole for what `quoted_value` makes of any value."""
        if self._column:
            self._soft_break()
        self._atoms.append(mark)
        self._soft_break()

    def encoded(self) -> str:
        """All of it, in ASCII."""
        self._guard_last_space()
        return "".join(self._atoms)

    def _place(self, atom: str) -> None:
        if self._column + len(atom) > LONGEST:
            self._soft_break()
        if atom == "." and not self._column:
            atom = "=2E"
        self._atoms.append(atom)
        self._column += len(atom)

    def _soft_break(self) -> None:
        self._atoms.append("=\r\n")
        self._column = 0

    def _end_line(self) -> None:
        self._guard_last_space()
        self._atoms.append("\r\n")
        self._column = 0

    def _guard_last_space(self) -> None:
        # Relays may drop white space before a line end.
        if self._atoms and self._atoms[-1] in _LAST_SPACES:
            self._column -= 1
            self._place(_LAST_SPACES[self._atoms.pop()])


def quoted_value(value: str) -> bytes:
    """What fills a free hole. `value` is one line."""
    quoted = b2a_qp(value.encode("utf-8", "replace"))
    # A longer one it would break by rules of its own.
    if len(quoted) < LONGEST - len("=C3") and quoted[:1] != b".":
        return quoted
    page = QuotedText()
    page.text(value)
    return page.encoded().encode("ascii")


class Atoms(dict[int, str]):
    """How each character, by its code, is written: itself if it is one of `bare`, else its bytes as « =C3=A9 »."""

    def __init__(self, bare: str) -> None:
        super().__init__((ord(character), character) for character in bare)
        # Ready for names in Latin letters; other characters are written when they come.
        self.update((code, self[code]) for code in range(0x250))

    def __missing__(self, code: int) -> str:
        # Lone surrogates have no encoding; « ? » stands for them.
        return "".join(f"={byte:02X}" for byte in chr(code).encode("utf-8", "replace"))

    def write(self, text: str) -> str:
        """All of `text`, on one line."""
        return text.translate(self)


_ATOMS = Atoms("".join(chr(code) for code in (*range(32, 127), 9) if chr(code) != "="))
_LAST_SPACES = {" ": "=20", "\t": "=09"}
_LINE_END = re.compile(r"\r\n|\r|\n")
