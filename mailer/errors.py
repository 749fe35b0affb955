"""Every error of the product, in one tree.

MailerError                  a sentence for the person; the cause, for the log, in ``__cause__``
├── Refused                  what was asked cannot be done as things stand
│   ├── BadFiles             mistakes in files, all of them at once
│   ├── NotFound             no such issue, list, file or page
│   ├── WrongState           the issue is not in a state that allows it
│   ├── ReaderRefused        what a reader asked for on a page; the sentence is for them
│   └── BadToken             a link that we did not make, or not for this use
├── StoreError               the database cannot be read or written
├── MailboxError             the mailbox of returns cannot be read now
└── RelayError               the relay does not take letters now: nothing is counted against a reader
    ├── RelayUnreachable     no connection
    └── RelayRefuses         it answered, and would not let us in or asked us to come back later

A sentence is an English message id with named holes; the doors translate it (`mailer.language`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Problem:
    """One mistake in one file: where, and what to do about it."""

    path: str
    line: int | None
    sentence: str
    values: dict[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        place = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{place}: {self.sentence.format(**self.values)}"


class MailerError(Exception):
    """Something that a person must be told in one sentence."""

    def __init__(self, sentence: str, **values: object) -> None:
        super().__init__(sentence, values)
        self.sentence = sentence
        self.values = values

    def __str__(self) -> str:
        return self.sentence.format(**self.values)


class Refused(MailerError):
    """What was asked cannot be done as things stand."""


class BadFiles(Refused):
    """Mistakes in files, all of them at once."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("{count} mistakes to correct first.", count=len(problems))
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class NotFound(Refused):
    """No such issue, list, file or page."""


class WrongState(Refused):
    """The issue is not in a state that allows it."""


class ReaderRefused(Refused):
    """What a reader asked for on a page cannot be done; the sentence is for them, and has no holes."""


class BadToken(Refused):
    """A link that we did not make, or not for this use."""


class StoreError(MailerError):
    """The database cannot be read or written."""


class MailboxError(MailerError):
    """The mailbox of returns cannot be read now; what lies there waits."""


class RelayError(MailerError):
    """The relay does not take letters now; nothing is counted against a reader."""


class RelayUnreachable(RelayError):
    """No connection to the relay."""


class RelayRefuses(RelayError):
    """The relay answered and would not let us in, or asked us to come back later."""
