"""People and structures as they come in, and where they stand with us. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from mailer.domain.addresses import Address


class ContactKind(StrEnum):
    """A contact is a person or a structure (association, network)."""

    PERSON = "person"
    STRUCTURE = "structure"


class SubscriptionState(StrEnum):
    """Where a contact stands on a list. *Left* beats every rule, list and import."""

    PENDING = "pending"
    ACTIVE = "active"
    LEFT = "left"


class Basis(StrEnum):
    """Why we may write (GDPR art. 6): kept with each subscription."""

    CONSENT = "consent"
    MEMBERSHIP = "membership"
    INFORMED = "informed"
    """Historical contact, informed and free to oppose."""


class SuppressionReason(StrEnum):
    """Why an address is never written to again."""

    OPPOSITION = "opposition"
    NO_MAILBOX = "no_mailbox"
    COMPLAINT = "complaint"
    SUSPENDED = "suspended"
    """Until a person says otherwise: one report by mail, or a mailbox that is full or closed for too long."""


@dataclass(frozen=True)
class ContactRow:
    """One good row of a contact file."""

    line: int
    address: Address
    name: str
    kind: ContactKind


@dataclass(frozen=True)
class RefusedRow:
    """One row that cannot be taken, and why."""

    line: int
    sentence: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class ContactFile:
    """A contact file as read: nothing lost, nothing guessed."""

    name: str
    rows: tuple[ContactRow, ...]
    refused: tuple[RefusedRow, ...]
