"""Letters outside campaigns, one at a time: their states. Never acts."""

from enum import StrEnum

from mailer.language import N_


class NoticeState(StrEnum):
    """Where a notice stands, in the words of a delivery."""

    QUEUED = N_("queued")
    SENDING = N_("sending")
    """Recorded before the final dot, so that no crash can send it a second time."""
    SENT = N_("sent")
    FAILED = N_("failed")
    UNKNOWN = N_("unknown")
    """It may have left: never sent again."""


class NoticeKind(StrEnum):
    """What a notice is about, and the folder of templates/notices that sets it."""

    REMINDER = "reminder"
    CONFIRM = "confirm"
    CONFIRM_REMINDER = "confirm_reminder"
    KNOWN = "known"
    LOST_LETTER = "lost_letter"
    MOVE_CONFIRM = "move_confirm"
    MOVED = "moved"
    OWN_DATA = "own_data"
    INVITATION = "invitation"
    STAY = "stay"
    """May we keep this address?"""
