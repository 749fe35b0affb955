"""A letter as the transport takes it from a sender, and where it stands on a connection."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from mailer.domain.deliveries import Outcome, Step
from mailer.transport.envelopes import Envelope
from mailer.transport.replies import Reply


class Letter(Protocol):
    """One letter for one recipient, in a sender's hands."""

    @property
    def sender(self) -> str:
        """Of the envelope."""

    @property
    def recipient(self) -> str:
        """Of the envelope."""

    def content(self) -> Sequence[bytes] | None:
        """Called at most once, when the relay is ready to read: the letter in pieces, CRLF at each line's end and the
        last, no line that begins with a dot. None: it must not leave any more."""

    def ended(self, outcome: Outcome | None) -> None:
        """Called once. None: nothing has left and the try does not count; `content` was not called, or gave none."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a relay takes, and how long it may think."""

    pipelines: bool
    takes_accents: bool
    timeout_s: float
    after_dot_s: float


@dataclass(frozen=True, slots=True)
class Greeting:
    """What a relay said of itself when we came in."""

    name: str
    """As it calls itself, which a Postfix also does when it hands letters on."""
    offers_tls: bool
    """And we did not take it."""


NOBODY = Greeting("", offers_tls=False)


@dataclass(eq=False, slots=True)
class Try:
    """A letter on its way over one connection."""

    letter: Letter
    envelope: Envelope
    unsaid: "list[tuple[React, bytes]]" = field(default_factory=list)
    """Commands not written yet, and what is to be done with their replies."""
    step: Step = Step.MAIL
    """What the next reply for it belongs to."""
    has_transaction: bool = False
    """The relay took its MAIL."""
    is_behind_refusal: bool = False
    """Its envelope was written before the letter in front of it was refused."""
    is_to_repeat: bool = False
    is_ended: bool = False

    @property
    def is_wanted(self) -> bool:
        """Whether it still waits for what becomes of this envelope."""
        return not self.is_ended and not self.is_to_repeat


React = Callable[[Try, Reply], None]
