"""From an approved letter to the queue, by hand or by the clock: approve, release, pause, resume, cancel, settle.

Sends nothing.
"""

from mailer.app.approvals import AudienceCount
from mailer.services.publishing.approving import approve
from mailer.services.publishing.attending import Attended, Held, attend
from mailer.services.publishing.correcting import NumberedLink, correct_link, numbered_links
from mailer.services.publishing.course import cancel, pause, resume, settle
from mailer.services.publishing.releasing import release
from mailer.services.publishing.standing import NOT_IN_STATE, NOT_RELEASED, IssueStatus, count_audience, show, slot

__all__ = [
    "NOT_IN_STATE",
    "NOT_RELEASED",
    "Attended",
    "AudienceCount",
    "Held",
    "IssueStatus",
    "NumberedLink",
    "approve",
    "attend",
    "cancel",
    "correct_link",
    "count_audience",
    "numbered_links",
    "pause",
    "release",
    "resume",
    "settle",
    "show",
    "slot",
]
