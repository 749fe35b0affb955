"""The life of an issue once its letter is frozen: its states. Never acts."""

from enum import StrEnum


class IssueState(StrEnum):
    """Where a frozen issue stands; before its first approval an issue is only files."""

    APPROVED = "approved"
    """Frozen, and approved at least once; released when approvals suffice and its moment has come."""
    RELEASED = "released"
    """Its deliveries are queued; the letter never changes any more."""
    PAUSED = "paused"
    """Released and held back, with the reason."""
    CANCELLED = "cancelled"
    """Nothing more leaves; what was queued is skipped."""
