"""A contact file that came through a page: kept aside, private, until it is imported or a day has passed."""

import os
import re
import secrets
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from mailer.app import App
from mailer.content.contacts import sheet_names
from mailer.errors import NotFound
from mailer.language import N_

FOLDER = Path("var") / "uploads"
REPORT = "report"
"""The folder beside the file with what would become of each row."""
KEPT = timedelta(days=1)
LONGEST_NAME = 100
KEY = re.compile(r"[\w-]{24}", re.ASCII)

FILE_GONE = N_("This file is not kept any more: it was imported, or a day has passed. Choose it again.")


def keep(app: App, file_name: str, source: IO[bytes], now: datetime) -> str:
    """Writes the file where nobody else on this machine reads it; the key to find it by. Older ones go."""
    _forget_old(app, now)
    key = secrets.token_urlsafe(18)
    folder = app.site / FOLDER / key
    folder.mkdir(parents=True, mode=0o700)
    path = folder / _safe(file_name)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as kept:
        shutil.copyfileobj(source, kept)
    os.utime(folder, (now.timestamp(), now.timestamp()))
    return key


def kept(app: App, key: str) -> Path:
    """The file of that key. Raises NotFound."""
    folder = app.site / FOLDER / key
    found = [path for path in folder.glob("*") if path.is_file()] if KEY.fullmatch(key) else []
    if not found:
        raise NotFound(FILE_GONE)
    return found[0]


def report_of(app: App, key: str) -> Path:
    """Where what would become of each row is written. Raises NotFound."""
    folder = kept(app, key).parent / REPORT
    folder.mkdir(exist_ok=True, mode=0o700)
    return folder / "report.csv"


def let_go(app: App, key: str) -> None:
    """The file was imported, or is not wanted. Raises NotFound."""
    shutil.rmtree(kept(app, key).parent)


def sheets_of(app: App, key: str) -> list[str]:
    """The sheets of a workbook; none of another file. Raises NotFound or Refused."""
    return sheet_names(kept(app, key))


def _forget_old(app: App, now: datetime) -> None:
    for folder in (app.site / FOLDER).glob("*"):
        if folder.stat().st_mtime < (now - KEPT).timestamp():
            shutil.rmtree(folder, ignore_errors=True)


def _safe(file_name: str) -> str:
    """The last part of a name, as it can be a file of ours."""
    last = re.split(r"[/\\]", file_name)[-1]
    name = "".join(one for one in last if one.isprintable()).strip(" .")
    stem, dot, suffix = name.rpartition(".")
    return (f"{stem[:LONGEST_NAME]}{dot}{suffix[:10]}" if dot else name[:LONGEST_NAME]) or "contacts"
