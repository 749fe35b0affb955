"""Sender and recipient of a letter as a relay reads them. Nothing that is no address ever reaches the wire."""

import re
from typing import NamedTuple

from mailer.domain.deliveries import Ending, Outcome, Step
from mailer.language import N_

NOT_WRITABLE = N_("this address holds a character that no relay takes")
NEEDS_SMTPUTF8 = N_("this address has an accent, and the relay takes none (SMTPUTF8)")


class Envelope(NamedTuple):
    """Whose letter it is, and for whom."""

    # A tuple, like a reply: made for each letter.

    sender: str
    """Empty for the null sender."""
    recipient: str

    def commands(self) -> tuple[bytes, bytes]:
        """MAIL and RCPT, without CRLF."""
        accents = "" if self.sender.isascii() and self.recipient.isascii() else " SMTPUTF8"
        return f"MAIL FROM:<{self.sender}>{accents}".encode(), f"RCPT TO:<{self.recipient}>".encode()

    def unwritable(self, *, takes_accents: bool) -> Outcome | None:
        """Why it cannot be said to this relay, if it cannot."""
        if _PLAIN.fullmatch(f"{self.sender} {self.recipient}"):
            return None  # as nearly all are
        for step, address in ((Step.MAIL, self.sender), (Step.RCPT, self.recipient)):
            is_null_sender = step is Step.MAIL and not address
            if not _WRITABLE.fullmatch(address) and not is_null_sender:
                return Outcome(Ending.REFUSED, step, words=NOT_WRITABLE)
            if not address.isascii() and not takes_accents:
                return Outcome(Ending.REFUSED, step, words=NEEDS_SMTPUTF8)
        return None


_SIGN = r"[^\s\x00-\x20\x7f-\xa0\ud800-\udfff<>@]"
_PLAIN = re.compile(r"[!-;=?A-~]+@[!-;=?A-~]+ [!-;=?A-~]+@[!-;=?A-~]+")
_WRITABLE = re.compile(f"{_SIGN}+@{_SIGN}+")
