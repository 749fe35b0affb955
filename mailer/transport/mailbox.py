"""The mailbox that returns come to, over IMAP (RFC 9051). Moves and marks messages; never deletes one, judges none."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from imaplib import IMAP4

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted, MailMessageFlags
from imap_tools.errors import ImapToolsError, MailboxLoginError

from mailer.config import Mailbox
from mailer.errors import MailboxError
from mailer.language import N_

NOT_REACHED = N_(
    "The mailbox of returns {host}:{port} cannot be reached ({reason})."
    " Check bounces.mailbox.host, port and security in config.toml."
)
WRONG_LOGIN = N_(
    "The mailbox of returns {host}:{port} refuses our login ({reason})."
    " Check bounces.mailbox.username in config.toml and MAILER_BOUNCES__MAILBOX__PASSWORD."
)
BROKE_OFF = N_(
    "The mailbox of returns {host}:{port} did not do what was asked ({reason})."
    " Nothing is lost: what was not read is read next time."
)
NEW = "UNFLAGGED UNDELETED"


class ReturnsBox:
    """An open mailbox."""

    def __init__(self, box: BaseMailBox, settings: Mailbox) -> None:
        self._box, self._settings = box, settings

    def waiting(self) -> list[str]:
        """The numbers of messages that nobody has looked at, oldest first."""
        # Without a folder for what is done, what was read is done.
        return self._box.uids(NEW if self._settings.done else f"UNSEEN {NEW}")

    def read(self, uid: str) -> bytes | None:
        """A message as it lies there, still unread; None where somebody took it meanwhile."""
        _, answer = self._box.client.uid("fetch", uid, "(BODY.PEEK[])")
        parts = [one[1] for one in answer or () if isinstance(one, tuple) and len(one) > 1]
        return bytes(parts[0]) if parts else None

    def done(self, uid: str) -> None:
        """It was understood: out of the way, and kept."""
        if self._settings.done:
            self._box.move(uid, self._settings.done)
        else:
            self._box.flag(uid, MailMessageFlags.SEEN, True)

    def mark(self, uid: str) -> None:
        """It was not: it stays, flagged for a person."""
        self._box.flag(uid, MailMessageFlags.FLAGGED, True)


@contextmanager
def open_mailbox(settings: Mailbox, context: ssl.SSLContext | None = None) -> Iterator[ReturnsBox]:
    """Logged in, in the folder of returns. Raises MailboxError, and for what breaks off while it is open."""
    place: dict[str, object] = {"host": settings.host, "port": settings.port}
    try:
        box = _connect(settings, context)
    except (OSError, IMAP4.error, ImapToolsError) as error:
        raise MailboxError(NOT_REACHED, **place, reason=_reason(error)) from error
    try:
        _enter(box, settings)
        yield ReturnsBox(box, settings)
    except MailboxLoginError as error:
        raise MailboxError(WRONG_LOGIN, **place, reason=_reason(error)) from error
    except (OSError, IMAP4.error, ImapToolsError) as error:
        raise MailboxError(BROKE_OFF, **place, reason=_reason(error)) from error
    finally:
        with suppress(OSError, IMAP4.error, ImapToolsError):
            box.client.logout()


def _connect(settings: Mailbox, context: ssl.SSLContext | None) -> BaseMailBox:
    where = {"host": settings.host, "port": settings.port, "timeout": settings.timeout_s}
    if settings.security == "none":
        return MailBoxUnencrypted(**where)
    trusted = context or ssl.create_default_context()
    return (MailBox if settings.security == "tls" else MailBoxStartTls)(**where, ssl_context=trusted)


def _enter(box: BaseMailBox, settings: Mailbox) -> None:
    box.login(settings.username, settings.password.get_secret_value(), initial_folder=settings.folder)
    if settings.done and not box.folder.exists(settings.done):
        box.folder.create(settings.done)


def _reason(error: Exception) -> str:
    """Short, on one line, and without what was said to the server."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    told = getattr(error, "command_result", None) or error.args or ("",)
    last = told[-1][0] if isinstance(told[-1], list) and told[-1] else told[-1]
    words = last.decode("utf-8", "replace") if isinstance(last, bytes) else str(last)
    return " ".join(words.split())[:200]
