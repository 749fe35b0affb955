"""One slot of a cadence moved to another moment, written into campaign.toml. All other lines stay as they are."""

import re
import tomllib
from datetime import date, datetime

HEADING = "[cadence.moved_to]"


def with_move(text: str, planned: date, moment: datetime, note: str) -> str | None:
    """The file's text with `planned = moment`, the note beside; None where its table is written in another way.

    `moment` is one of the cadence's own clock, without a zone.
    """
    lines = text.rstrip("\n").split("\n")
    here = next((at for at, line in enumerate(lines) if line.split("#")[0].strip() == HEADING), None)
    if here is None:
        lines += ["", HEADING]
        here = len(lines) - 1
    key = re.compile(rf"""\s*["']?{planned.isoformat()}["']?\s*=""")
    end = next((at for at in range(here + 1, len(lines)) if lines[at].lstrip().startswith("[")), len(lines))
    kept = [line for line in lines[here + 1 : end] if not key.match(line)]
    comment = " ".join(note.split())
    move = f"{planned.isoformat()} = {moment.isoformat(timespec='seconds')}  # {comment}"
    written = "\n".join([*lines[: here + 1], move, *kept, *lines[end:]]) + "\n"
    return written if _says(written, planned, moment) else None


def _says(text: str, planned: date, moment: datetime) -> bool:
    try:
        moved = tomllib.loads(text)["cadence"]["moved_to"]
    except (tomllib.TOMLDecodeError, KeyError, TypeError):
        return False
    return isinstance(moved, dict) and moved.get(planned.isoformat()) == moment
