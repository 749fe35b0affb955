"""A message that came back, as facts: a report's fields, its sentences, the letter that it returns. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Recipient:
    """One recipient's fields of a delivery report (RFC 3464 §2.3); empty where the report says nothing."""

    final: str = ""
    original: str = ""
    action: str = ""
    """In lower case."""
    status: str = ""
    diagnostic: str = ""
    """Without its type."""
    remote_mta: str = ""


@dataclass(frozen=True)
class Original:
    """What came back of the letter itself: of its headers, never its text."""

    headers: Mapping[str, str] = field(default_factory=dict)
    """Lower-case names."""

    @property
    def recipient(self) -> str:
        """Whom it was written to; empty where that is not one address."""
        return self.headers.get("to", "")


@dataclass(frozen=True)
class Returned:
    """A message as it lies in the mailbox of returns."""

    headers: Mapping[str, str] = field(default_factory=dict)
    """Lower-case names; of a header that stands several times, the first."""
    kind: str = ""
    """Its content type, such as multipart/report."""
    report_type: str = ""
    text: str = ""
    """The sentences written for a person, without the returned letter."""
    has_letter: bool = False
    """Whether a letter or its headers came back with it as a part of its own."""
    is_report: bool = False
    """Whether it holds the fields of a delivery report (message/delivery-status)."""
    recipients: tuple[Recipient, ...] = ()
    feedback: Mapping[str, str] | None = None
    """The fields of a feedback report (RFC 5965 §3); None where there are none."""
    original: Original = Original()
    delivered_to: tuple[str, ...] = ()
    """The addresses that it came to, where its own headers tell."""

    def header(self, name: str) -> str:
        """A header's value; empty where it has none."""
        return self.headers.get(name, "")
