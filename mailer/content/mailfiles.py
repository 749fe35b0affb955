"""Messages in files, folders, maildirs and mboxes, one after the other. Changes none of them."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from mailer.content.returned import split_messages
from mailer.errors import NotFound, Refused
from mailer.language import N_

NO_SUCH_PATH = N_("{path} is neither a file nor a folder. Name a message, an mbox, a maildir or a folder of these.")
UNREADABLE = N_("{path} cannot be read: {reason}")
HALF_WRITTEN = "tmp"
"""The folder of a maildir in which messages are not whole yet."""


def read_messages(paths: Iterable[Path]) -> Iterator[tuple[Path, bytes]]:
    """Each message with its file, in the order of the names. Raises NotFound or Refused."""
    for path in paths:
        for file in _files(path):
            for message in split_messages(_content(file)):
                yield file, message


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    if not path.is_dir():
        raise NotFound(NO_SUCH_PATH, path=path)
    for file in sorted(path.rglob("*")):
        inside = file.relative_to(path)
        hidden = any(part.startswith(".") and part[1:2] in ("", ".") for part in inside.parts) or file.name[:1] == "."
        if file.is_file() and not hidden and not _is_half_written(file) and not file.name.startswith("dovecot"):
            yield file


def _is_half_written(file: Path) -> bool:
    return file.parent.name == HALF_WRITTEN and (file.parent.parent / "cur").is_dir()


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Refused(UNREADABLE, path=file, reason=error.strerror) from error
