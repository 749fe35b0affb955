"""What a command says: sentences on stderr or stdout, one JSON object on stdout when asked. Knows no command."""

import json
import logging
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console

from mailer.app import App, open_app
from mailer.config import CONFIG_FILE, Config, find_site, read_config
from mailer.errors import MailerError, NotFound
from mailer.language import LANGUAGES, N_, say, say_error, say_plural, say_words

NOT_A_SITE = N_("No config.toml in {folder}, so it is no site. Name the folder that holds it with --site.")

WIDE = 120
"""Columns of a file or a pipe, which have no width: nothing is cut to fit one."""


class Terminal:
    """The person or script at the other end of a command."""

    def __init__(self) -> None:
        self.site: Path | None = None
        self.json = False
        self.csv = False
        self.language = _language_of(os.environ)
        self.zone = ZoneInfo("UTC")
        self.passed_on: list[str] = []
        """Options that a process which this one starts is to have too."""
        self.on_config: Callable[[Config], None] = lambda _: None
        # What people write is shown as they wrote it: no [markup], no :emoji:.
        self.out = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
        if not self.out.is_terminal:
            self.out.width = WIDE
        self.err = Console(stderr=True, highlight=False, soft_wrap=True, markup=False, emoji=False)

    def open(self) -> App:
        """The installation that the command is about. Raises MailerError."""
        self.config()
        return open_app(self.folder(), os.environ)

    def config(self) -> Config:
        """The site's configuration, which from here on decides language and zone. Raises BadFiles or NotFound."""
        config = read_config(self.folder(), os.environ)
        self.language, self.zone = config.language, config.zone
        self.on_config(config)
        return config

    def folder(self) -> Path:
        """The site's folder. Raises NotFound."""
        if self.site is None:
            return find_site(Path.cwd())
        if not (self.site / CONFIG_FILE).is_file():
            raise NotFound(NOT_A_SITE, folder=self.site)
        return self.site

    def folder_or_empty(self) -> Path:
        """The site's folder, or the one that is to become a site: named with --site, or the one that we are in."""
        if self.site is not None:
            return self.site
        try:
            return find_site(Path.cwd())
        except NotFound:
            return Path.cwd()

    def now(self) -> datetime:
        """The clock of this door."""
        return datetime.now(UTC)

    def say(self, sentence: str, **values: object) -> None:
        """A sentence for the person; on stderr when stdout carries JSON."""
        self.line(say(self.language, sentence, values))

    def say_count(self, one: str, many: str, count: int, **values: object) -> None:
        """A counted sentence for the person."""
        self.line(say_plural(self.language, one, many, count, **values))

    def text(self, sentence: str, **values: object) -> str:
        """The sentence in the person's language."""
        return say(self.language, sentence, values)

    def words(self, words: str) -> str:
        """What a relay said, or what we say of it, in the person's language where they are our own words."""
        return say_words(self.language, words)

    def line(self, text: str) -> None:
        """A line that is in the person's language already; on stderr when stdout carries JSON or a table."""
        (self.err if self.json or self.csv else self.out).print(text)

    def show(self, renderable: object) -> None:
        """A table or other rich thing; nothing when stdout carries JSON or a table for a spreadsheet."""
        if not self.json and not self.csv:
            self.out.print(renderable)

    def result(self, value: object) -> None:
        """The one JSON object, when asked."""
        if self.json:
            sys.stdout.write(json.dumps(_plain(value), ensure_ascii=False) + "\n")

    def table(self, text: str) -> None:
        """The one table for a spreadsheet, when asked."""
        if self.csv:
            sys.stdout.write(text)

    def refuse(self, error: MailerError) -> None:
        """An error's sentence; its cause goes to the log at DEBUG."""
        self.err.print(say_error(self.language, error), style="red" if self.err.is_terminal else None)
        logging.getLogger("mailer").debug("refused", exc_info=error)


def _language_of(environ: Mapping[str, str]) -> str:
    """Before the site's own language is known: the terminal's, French where it says nothing."""
    wanted = (environ.get("LC_ALL") or environ.get("LC_MESSAGES") or environ.get("LANG") or "fr")[:2]
    return wanted if wanted in LANGUAGES else "fr"


def _plain(value: object) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(_plain(key)): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(one) for one in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Path) else value


terminal = Terminal()
