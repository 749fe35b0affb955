"""A reader's own choices, made from the links of a letter: see, leave, undo, choose, rest. Never asks who is asking:
the token is the authority, so the same call from a mail program and from a page does the same.

Whatever is refused is in the journal of oppositions before it is in the database, and whatever is taken back only
after: no restored backup brings back who refused.
"""

from mailer.services.subscriptions.choosing import choose, one_a_month, pause, resume
from mailer.services.subscriptions.inviting import Invitation, accept, look
from mailer.services.subscriptions.leaving import leave, oppose, say_reason, undo
from mailer.services.subscriptions.standing import LetterChoice, Standing, standing

__all__ = [
    "Invitation",
    "LetterChoice",
    "Standing",
    "accept",
    "choose",
    "leave",
    "look",
    "one_a_month",
    "oppose",
    "pause",
    "resume",
    "say_reason",
    "standing",
    "undo",
]
