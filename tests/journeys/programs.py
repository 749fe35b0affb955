"""The program as a machine runs it: processes of their own, their words, and what to wait for."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LONGEST_S = 60.0
"""Two busy cores may take long to start a Python; nothing here takes a tenth of it."""


@dataclass(frozen=True)
class Said:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one JSON object on stdout; fails where anything else is there too."""
        read = json.loads(self.out)
        assert isinstance(read, dict)
        assert self.out.count("\n") == 1
        return read


def run(site: Path, *words: str, **settings: str) -> Said:
    """A command from its start to its end."""
    with started(site, *words, **settings) as process:
        return ended(process)


@contextmanager
def started(site: Path, *words: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
    """A command at work; whatever happens, it is gone after the block."""
    process = subprocess.Popen(  # noqa: S603 our own words
        [sys.executable, "-m", "mailer", "--site", str(site), *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(**settings),
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def ended(process: subprocess.Popen[str]) -> Said:
    """Waits for the end of a command; fails where it does not come."""
    out, err = process.communicate(timeout=LONGEST_S)
    return Said(process.returncode, out, err)


def stopped(process: subprocess.Popen[str]) -> Said:
    """Asks a command to stop, as a system does."""
    process.send_signal(signal.SIGTERM)
    return ended(process)


def environment(**settings: str) -> dict[str, str]:
    """A terminal that speaks English and says nothing of any other installation."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MAILER_", "LC_", "LANG"))}
    return kept | {"LANG": "en_GB.UTF-8"} | settings


def until(condition: Callable[[], object], *, seconds: float = LONGEST_S) -> None:
    """Looks again and again until something is so."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.01)
