"""Who is at work on a site: many programs side by side, or one alone. The system lets go of a dead program's hold."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mailer.errors import Refused, StoreError
from mailer.language import N_

HOLD = Path("var") / "at-work.lock"
OTHERS_AT_WORK = N_(
    "Another mailer command or service is at work on this site: a send, serve or worker. "
    "Stop it, then do this again (systemctl stop mailer-web mailer-worker)."
)
BEING_CHANGED = N_("This site is being restored or upgraded at this moment. Wait until that is done, then do it again.")
CANNOT_HOLD = N_("{path} cannot be written: {reason}. Give this user the right to.")


def beside_others(site: Path) -> int | None:
    """A hold that ends when its handle is closed; None where the site cannot be written. Raises Refused."""
    try:
        handle = _opened(site)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        raise Refused(BEING_CHANGED) from error
    return handle


@contextmanager
def alone(site: Path) -> Iterator[None]:
    """Inside the block no other program of ours opens this site on this machine. Raises Refused or StoreError."""
    try:
        handle = _opened(site)
    except OSError as error:
        raise StoreError(CANNOT_HOLD, path=site / HOLD, reason=error.strerror) from error
    with os.fdopen(handle, "r+b", buffering=0):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Refused(OTHERS_AT_WORK) from error
        yield


def _opened(site: Path) -> int:
    path = site / HOLD
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
