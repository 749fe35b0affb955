"""The header block of an issue's letter: RFC 5322, 2047, 2369, 2919 and 8058. Never holds a reader's value.

The standard library's generator is not used: it writes a long List-Unsubscribe, or an accented local part, as
encoded words, which silently kills one-click unsubscribing.
"""

import re
import string
import unicodedata
from dataclasses import dataclass, fields
from urllib.parse import quote

from mailer.domain.tokens import TOKEN_CHARACTERS
from mailer.errors import Refused
from mailer.language import N_
from mailer.rendering.quoted import Atoms

NOT_A_HEADER = N_(
    'The letter\'s {field} cannot be "{value}": it is empty, or holds a line break or a sign that no header takes.'
)
TOO_LONG = N_("The public URL {url} is too long: a one-click unsubscribe link holds at most {longest} characters.")

LONGEST_LINE = 76
"""Of a line with encoded words (RFC 2047 §2)."""
LONGEST_URI = 75
"""With its angle brackets; beyond it, relays written in Python encode the link and kill it."""
LONGEST_NAME = 64


@dataclass(frozen=True)
class Headers:
    """What the header block of an issue says, the same for every reader. Raises Refused."""

    sender_name: str
    sender_address: str
    reply_to: str
    """Empty where answers go to the sender."""
    subject: str
    list_title: str
    list_id: str
    contact: str
    """The address that answers for the list."""
    public_url: str
    archive_url: str | None
    """The list's public archive; None where it has none."""
    feedback_id: str
    language: str

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None and not _fits(field.name, value):
                raise Refused(NOT_A_HEADER, field=field.name, value=value)
        if len(self.leave_uri) - len(LEAVE_SLOT) + TOKEN_CHARACTERS > LONGEST_URI:
            raise Refused(TOO_LONG, url=self.public_url, longest=LONGEST_URI)

    @property
    def leave_uri(self) -> str:
        """The one-click target, in its angle brackets."""
        return f"<{self.public_url}/u/{LEAVE_SLOT}>"


def write_headers(headers: Headers) -> str:
    """The block without its closing empty line, CRLF, with `@@slot@@` where a reader's value goes."""
    desk = f"<mailto:{quote(headers.contact, safe='@+')}>"
    lines = [
        ("From", mailbox(headers.sender_name, headers.sender_address, len("From: "))),
        ("To", "@@to@@"),
        ("Reply-To", headers.reply_to),
        ("Subject", unstructured(headers.subject, len("Subject: "))),
        ("Date", "@@date@@"),
        ("Message-ID", "<@@message_id@@>"),
        ("List-Id", mailbox(headers.list_title, headers.list_id, len("List-Id: "))),
        ("List-Unsubscribe", headers.leave_uri),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("List-Archive", f"<{headers.archive_url}>" if headers.archive_url else ""),
        ("List-Help", desk),
        ("List-Owner", desk),
        ("List-Post", "NO"),
        ("Precedence", "bulk"),
        ("Feedback-ID", headers.feedback_id),
        ("Content-Language", headers.language),
        ("MIME-Version", "1.0"),
    ]
    return "".join(f"{name}: {value}\r\n" for name, value in lines if value)


def mailbox(name: str, address: str, column: int) -> str:
    """`name <address>`, folded; the address, never encoded, alone without a name. `column` is where it begins."""
    name = _shortened(name)
    if not name:
        return address
    phrase = _phrase(name, column)
    last_line = phrase.rpartition("\n")[2]
    used = len(last_line) + (column if last_line == phrase else 0)
    fold = "\r\n " if used + len(address) + 3 > LONGEST_LINE else " "
    return f"{phrase}{fold}<{address}>"


def unstructured(text: str, column: int) -> str:
    """Free text as a header takes it: bare where it can be, else encoded words."""
    bare = text.isascii() and "=?" not in text and text == text.strip() and column + len(text) <= LONGEST_LINE
    return text if bare else _encoded_words(text, column)


def without_controls(text: str) -> str:
    """`text` on one line: line ends of every kind, controls and lone surrogates become spaces."""
    # An ordinary name is told in one fast look.
    return text.strip() if text.isprintable() else _CONTROLS.sub(" ", text).strip()


def _phrase(name: str, column: int) -> str:
    if _ATOMS.fullmatch(name) and "=?" not in name:
        return name
    if name.isascii() and "=?" not in name:
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        if column + len(escaped) + 2 <= LONGEST_LINE:
            return f'"{escaped}"'
    return _encoded_words(name, column)


def _encoded_words(text: str, column: int) -> str:
    room = LONGEST_LINE - column - _FRAME
    whole = _Q_ATOMS.write(text)
    if len(whole) <= room:
        return f"=?utf-8?q?{whole}?="
    words, word = [], ""
    for character in text:
        atom = _Q_ATOMS[ord(character)]
        if len(word) + len(atom) > room:
            words.append(word)
            word, room = "", LONGEST_LINE - len(" ") - _FRAME
        word += atom
    return "\r\n ".join(f"=?utf-8?q?{word}?=" for word in (*words, word))


def _shortened(name: str) -> str:
    """At most LONGEST_NAME characters, cut where the eye sees a boundary."""
    if len(name) <= LONGEST_NAME:
        return name
    end = LONGEST_NAME
    while end > LONGEST_NAME // 2 and _are_joined(name[end - 1], name[end]):
        end -= 1
    return name[:end].rstrip()


def _are_joined(before: str, after: str) -> bool:
    """Marks, emoji joined by U+200D or of a skin colour, and the halves of a flag are seen as one."""
    if before == _ZWJ or after == _ZWJ or unicodedata.category(after).startswith("M"):
        return True
    return after in _SKINS or (before in _FLAG_HALVES and after in _FLAG_HALVES)


def _fits(field: str, value: str) -> bool:
    if not value:
        return field == "reply_to"
    # « @@ » would be taken for a reader's value when the block is cut.
    if "@@" in value or _CONTROLS.search(value):
        return False
    return field in _FREE_TEXT or bool((_ADDRESS if field in _ADDRESSES else _WORD).fullmatch(value))


LEAVE_SLOT = "@@leave@@"
_FREE_TEXT = ("sender_name", "subject", "list_title")
_ADDRESSES = ("sender_address", "reply_to", "contact")
_ADDRESS = re.compile(r"[!-;=?A-~]+@[!-;=?A-~]+")
_WORD = re.compile(r"[!-;=?-~]+")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_Q_ATOMS = Atoms(string.ascii_letters + string.digits + "!*+-/")
_Q_ATOMS[ord(" ")] = "_"
_FRAME = len("=?utf-8?q??=")
_ZWJ = "\N{ZERO WIDTH JOINER}"
_SKINS = frozenset(map(chr, range(0x1F3FB, 0x1F400)))
_FLAG_HALVES = frozenset(map(chr, range(0x1F1E6, 0x1F200)))
