"""The life of an issue once its letter is frozen: its states. Never acts."""

from enum import StrEnum

from mailer.language import N_


class IssueState(StrEnum):
    """Where a frozen issue stands; before its first approval an issue is only files."""

    APPROVED = N_("approved")
    """Frozen, and approved at least once; released when approvals suffice and its moment has come."""
    RELEASED = N_("released")
    """Its deliveries are queued; the letter never changes any more."""
    PAUSED = N_("paused")
    """Released and held back, with the reason."""
    CANCELLED = N_("cancelled")
    """Nothing more leaves; what was queued is skipped."""
