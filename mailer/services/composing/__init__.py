"""An issue written in the browser, two people at once included: the same files as by hand, and nothing overwritten.

A save names the version that it was begun from; every text that an issue had is kept with who and when.
"""

from mailer.content.cleaning import clean
from mailer.services.composing.advising import Advice, advise, correct
from mailer.services.composing.earlier import (
    CHANGED_MEANWHILE,
    DiffLine,
    changes_since,
    differences,
    earlier_texts,
    restore,
)
from mailer.services.composing.moving import move
from mailer.services.composing.opening import CampaignNext, OpenIssue, campaigns, open_issue
from mailer.services.composing.picturing import Picture, add_picture, picture, pictures
from mailer.services.composing.previewing import Preview, preview
from mailer.services.composing.saving import Conflict, Saved, drop_unsaved, keep_unsaved, save, write_again

__all__ = [
    "CHANGED_MEANWHILE",
    "Advice",
    "CampaignNext",
    "Conflict",
    "DiffLine",
    "OpenIssue",
    "Picture",
    "Preview",
    "Saved",
    "add_picture",
    "advise",
    "campaigns",
    "changes_since",
    "clean",
    "correct",
    "differences",
    "drop_unsaved",
    "earlier_texts",
    "keep_unsaved",
    "move",
    "open_issue",
    "picture",
    "pictures",
    "preview",
    "restore",
    "save",
    "write_again",
]
