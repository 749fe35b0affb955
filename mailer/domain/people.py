"""People and structures as they come in, and where they stand with us. Values only."""

from enum import StrEnum

from mailer.language import N_


class ContactKind(StrEnum):
    """A contact is a person or a structure (association, network)."""

    PERSON = "person"
    STRUCTURE = "structure"


class Level(StrEnum):
    """How far a structure reaches."""

    LOCAL = "local"
    DEPARTMENTAL = "departmental"
    REGIONAL = "regional"
    NATIONAL = "national"


class ClosedReason(StrEnum):
    """Why nobody is written to any more as this contact."""

    DECEASED = N_("deceased")
    DISSOLVED = N_("dissolved")
    MERGED = N_("merged")
    """It became one with another contact, and can be taken apart again."""


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
    ERASED = "erased"
    """Its owner asked to be forgotten: no file brings the address back, only they can."""
    SUSPENDED = "suspended"
    """Until a person says otherwise: one report by mail, or a mailbox that is full or closed for too long."""


OWN_WORD = (SuppressionReason.OPPOSITION, SuppressionReason.COMPLAINT, SuppressionReason.ERASED)
"""Suppressions that the owner of the address asked for; a mailbox that is gone is a reason to write to another one."""


class DoubtOutcome(StrEnum):
    """What a person decided of a row that waited."""

    TAKEN = "taken"
    DROPPED = "dropped"
