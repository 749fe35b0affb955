"""From an approved letter to the queue, by hand or by the clock: approve, release, pause, resume, cancel, settle.

Sends nothing.
"""

from mailer.app.approvals import AudienceCount
from mailer.services.publishing.approving import approve
from mailer.services.publishing.attending import Attended, Held, attend
from mailer.services.publishing.correcting import NumberedLink, correct_link, numbered_links
from mailer.services.publishing.course import cancel, hold, pause, resume, settle
from mailer.services.publishing.preparing import Preparation, prepare
from mailer.services.publishing.releasing import release
from mailer.services.publishing.standing import (
    NOT_IN_STATE,
    NOT_RELEASED,
    IssueStatus,
    count_audience,
    open_alerts,
    show,
    slot,
    to_decide,
    under_way,
)

__all__ = [
    "NOT_IN_STATE",
    "NOT_RELEASED",
    "Attended",
    "AudienceCount",
    "Held",
    "IssueStatus",
    "NumberedLink",
    "Preparation",
    "approve",
    "attend",
    "cancel",
    "correct_link",
    "count_audience",
    "hold",
    "numbered_links",
    "open_alerts",
    "pause",
    "prepare",
    "release",
    "resume",
    "settle",
    "show",
    "slot",
    "to_decide",
    "under_way",
]
