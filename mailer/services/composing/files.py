"""An issue's own file: read with its version, and written in one step, by one person at a time."""

import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mailer.app import App
from mailer.content.campaigns import FOLDER, campaign_names
from mailer.content.files import LARGEST_TEXT, SLUG, TOO_LARGE, read_text
from mailer.content.issues import BAD_NAME, ISSUE_FILE
from mailer.content.writing import encode_like
from mailer.errors import BadFiles, NotFound, Problem, Refused, WrongState
from mailer.language import N_
from mailer.store import issues
from mailer.store.database import Connection
from mailer.store.issues import IssueRow

LOCK = Path("var") / "composing.lock"

GONE = N_(
    "The file of {issue} is not there any more: somebody moved or deleted it. What you wrote is kept, and can be "
    "written again in its place."
)
LEFT_ALREADY = N_("{issue} has left: its letter never changes, and neither do its files. Begin a new issue.")
CANNOT_WRITE = N_("{path} cannot be written: {reason}.")


@dataclass(frozen=True)
class IssueFile:
    """An issue.md as it is on disk now."""

    name: str
    text: str
    version: str
    """The sha256 of its bytes."""
    raw: bytes
    at: datetime
    """When it was last written."""


def path_of(name: str) -> str:
    """Of an issue's file, from the site's folder. Raises NotFound for a name that cannot be one."""
    campaign, _, slug = name.partition("/")
    if not SLUG.fullmatch(campaign) or not SLUG.fullmatch(slug):
        raise NotFound(BAD_NAME, issue=name)
    return f"{FOLDER}/{name}/{ISSUE_FILE}"


def read_file(app: App, name: str) -> IssueFile:
    """The file. Raises NotFound where it is gone, and BadFiles where it is no text."""
    path = path_of(name)
    try:
        raw = (app.site / path).read_bytes()
        at = datetime.fromtimestamp((app.site / path).stat().st_mtime, UTC)
    except OSError as error:
        raise NotFound(GONE, issue=name) from error
    text, problems = read_text(app.site, path)
    if problems and text == "" and raw.strip():
        raise BadFiles(problems)
    return IssueFile(name, text, version_of(raw), raw, at)


def version_of(raw: bytes) -> str:
    """What names exactly these bytes."""
    return hashlib.sha256(raw).hexdigest()


def released(tx: Connection, name: str) -> IssueRow | None:
    """The issue's row. Raises WrongState where it has left."""
    row = issues.find(tx, name)
    if row is not None and row.released_at is not None:
        raise WrongState(LEFT_ALREADY, issue=name)
    return row


def encoded(name: str, text: str, like: bytes) -> bytes:
    """The bytes that a text becomes. Raises BadFiles for one that is too long to be a letter."""
    raw = encode_like(like, text)
    if len(raw) > LARGEST_TEXT:
        raise BadFiles([Problem(path_of(name), None, TOO_LARGE, {"size": len(raw), "most": LARGEST_TEXT})])
    return raw


def write_file(app: App, name: str, content: bytes, file_name: str = ISSUE_FILE) -> None:
    """One file of an issue, whole or not at all, on disk when this returns. Raises Refused."""
    replace_file((app.site / path_of(name)).with_name(file_name), content)


def replace_file(path: Path, content: bytes) -> None:
    """Another content for a file of the site, whole or not at all, on disk when this returns. Raises Refused."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        with beside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise Refused(CANNOT_WRITE, path=path, reason=error.strerror) from error
    finally:
        beside.unlink(missing_ok=True)


def make_folder(app: App, name: str) -> None:
    """The folder of an issue whose folder is gone, in a campaign that is there. Raises NotFound or Refused."""
    folder = (app.site / path_of(name)).parent
    if folder.parent.name not in campaign_names(app.site):
        raise NotFound(GONE, issue=name)
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise Refused(CANNOT_WRITE, path=f"{FOLDER}/{name}", reason=error.strerror) from error


@contextmanager
def one_writer(app: App) -> Iterator[None]:
    """Inside the block nobody else at the desk writes an issue's files. Raises Refused."""
    path = app.site / LOCK
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise Refused(CANNOT_WRITE, path=path, reason=error.strerror) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
