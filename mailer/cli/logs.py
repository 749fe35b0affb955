"""What is said on stderr while something runs: sentences, or one JSON object a line. Never an address, never a token.

Whoever logs gives a sentence, `extra={"action": …}` and ids. The last net is here: whatever looks like an address or
like a personal link is taken out of every line above DEBUG, a relay's own words included.
"""

import json
import logging
import re
import sys
from datetime import UTC, datetime

from mailer.config import Log

TEXT = "%(levelname)s %(name)s: %(message)s"
ADDRESS = re.compile(r"[^\s<>\"'(),:;]+@[^\s<>\"'(),:;]+")
PERSONAL_LINK = re.compile(r"/(o|c|u|p|confirm|move|back|data)/[^\s\"'<>]+")
TOKEN = re.compile(r"(?<![\w/.-])(?=[\w-]*[A-Z])(?=[\w-]*[a-z])(?=[\w-]*\d)[\w-]{22,32}(?![\w.-])")
KNOWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}
"""What every record has; anything else was given as an id or a count."""


def set_up(form: str, level: int) -> None:
    """The one handler, on stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else Sentences(TEXT))
    logging.basicConfig(level=level, handlers=[handler], force=True)


def follow(wanted: Log, *, as_json: bool, verbose: bool) -> None:
    """What config.toml says, where the command line did not say otherwise."""
    level = logging.DEBUG if verbose else logging.getLevelNamesMapping()[wanted.level.upper()]
    set_up("json" if as_json else wanted.format, level)


def without_people(text: str) -> str:
    """The text without what names a person: addresses, personal links, tokens."""
    for what, instead in ((ADDRESS, "[address]"), (PERSONAL_LINK, r"/\1/[token]"), (TOKEN, "[token]")):
        text = what.sub(instead, text)
    return text


class Sentences(logging.Formatter):
    """For a person."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; at DEBUG as it is."""
        line = super().format(record)
        return line if record.levelno <= logging.DEBUG else without_people(line)


class JsonLines(logging.Formatter):
    """For a program: one object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """time, level, action, sentence, logger, and whatever ids and counts were given."""
        sentence = record.getMessage()
        if record.exc_info:
            sentence += f"\n{self.formatException(record.exc_info)}"
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "action": getattr(record, "action", None),
            "sentence": sentence,
            "logger": record.name,
        }
        line |= {name: value for name, value in vars(record).items() if name not in KNOWN and name not in line}
        if record.levelno > logging.DEBUG:
            line = {name: without_people(value) if isinstance(value, str) else value for name, value in line.items()}
        return json.dumps(line, ensure_ascii=False, default=lambda value: without_people(str(value)))
