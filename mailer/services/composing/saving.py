"""What was written, kept: into the issue's file, or for the moment as unsaved. Never writes over anybody's text."""

from dataclasses import dataclass
from datetime import datetime

from mailer.app import App
from mailer.content.writing import Written, as_plain, from_plain, put_together
from mailer.errors import Refused
from mailer.language import N_
from mailer.services.composing.files import (
    IssueFile,
    encoded,
    make_folder,
    one_writer,
    path_of,
    read_file,
    released,
    version_of,
    write_file,
)
from mailer.store import history

IS_THERE = N_("{issue} is there again: open it, and look at what it says before you write over it.")


@dataclass(frozen=True)
class Saved:
    """The file holds it."""

    version: str
    changed: bool
    """False where it held it already."""


@dataclass(frozen=True)
class Conflict:
    """The file is not the one that the text was begun from; nothing was written."""

    version: str
    """Of the file as it is now."""
    theirs: str
    mine: str
    who: str
    """Whose text the file holds; empty where it was written outside the desk."""
    at: datetime


def save(app: App, name: str, version: str, wanted: Written, who: str, now: datetime) -> Saved | Conflict:
    """Writes the issue, begun from that version of its file. What was unsaved is so no more.

    Raises NotFound where the file is gone, WrongState once the issue has left, BadFiles or Refused; the text is then
    kept as unsaved.
    """
    # First: whatever happens from here on, the text is somewhere.
    keep_unsaved(app, name, version, wanted, who, now)
    with one_writer(app):
        file = read_file(app, name)
        text = put_together(_base(app, file, version), wanted)
        saved = save_text(app, file, version, text, who, now)
    if isinstance(saved, Saved):
        drop_unsaved(app, name, who)
    return saved


def save_text(app: App, file: IssueFile, version: str, text: str, who: str, now: datetime) -> Saved | Conflict:
    """The text into the file, where the file is still that version. Inside `one_writer` only."""
    content = encoded(file.name, text, file.raw)
    if content == file.raw:
        return Saved(file.version, changed=False)
    with app.database.transaction() as tx:
        released(tx, file.name)
        known = history.at_version(tx, file.name, file.version)
        if version != file.version:
            told = (known.who, known.at) if known else ("", file.at)
            return Conflict(file.version, file.text, text, *told)
        if known is None:
            history.keep_text(tx, file.name, file.version, file.text, "", min(file.at, now))
        history.keep_text(tx, file.name, version_of(content), text, who, now)
    write_file(app, file.name, content)
    return Saved(version_of(content), changed=True)


def write_again(app: App, name: str, wanted: Written, who: str, now: datetime) -> Saved:
    """The file of an issue that was deleted, anew. Raises Refused where it is there, and as `save` does."""
    keep_unsaved(app, name, "", wanted, who, now)
    with one_writer(app):
        if (app.site / path_of(name)).exists():
            raise Refused(IS_THERE, issue=name)
        content = encoded(name, put_together("", wanted), b"")
        with app.database.transaction() as tx:
            released(tx, name)
            history.keep_text(tx, name, version_of(content), content.decode(), who, now)
        make_folder(app, name)
        write_file(app, name, content)
    drop_unsaved(app, name, who)
    return Saved(version_of(content), changed=True)


def keep_unsaved(app: App, name: str, version: str, wanted: Written, who: str, now: datetime) -> None:
    """What somebody is writing, so that it is offered again after a crash or a lost session. Raises NotFound."""
    path_of(name)
    with app.database.transaction() as tx:
        history.keep_unsaved(tx, name, who, version, as_plain(wanted), now)


def drop_unsaved(app: App, name: str, who: str, now: datetime | None = None, *, keep: bool = False) -> None:
    """What somebody did not save of an issue is not wanted any more; `keep`: but stays in the history."""
    with app.database.transaction() as tx:
        unsaved = history.unsaved(tx, name, who)
        if unsaved is not None and keep and now is not None:
            text = put_together(history.text_at(tx, name, unsaved.version) or "", from_plain(unsaved.written))
            history.keep_text(tx, name, version_of(text.encode()), text, who, now)
        history.drop_unsaved(tx, name, who)


def _base(app: App, file: IssueFile, version: str) -> str:
    """The text that was begun from: lines that were not touched are its own."""
    if version == file.version:
        return file.text
    with app.database.reading() as tx:
        return history.text_at(tx, file.name, version) or file.text
