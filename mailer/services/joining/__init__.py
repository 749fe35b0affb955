"""From « I would like this letter » to a subscription that its owner confirmed, with the proof.

The door is told the same whoever asked: what is known of an address decides only what is mailed to it, later.
"""

from mailer.services.joining.answering import Attended, answer, attend
from mailer.services.joining.asking import Ask, Offer, Taken, ask, ask_way_back, form_to_paste, offer
from mailer.services.joining.confirming import Joining, Stage, confirm, look
from mailer.services.joining.proving import proofs

__all__ = [
    "Ask",
    "Attended",
    "Joining",
    "Offer",
    "Stage",
    "Taken",
    "answer",
    "ask",
    "ask_way_back",
    "attend",
    "confirm",
    "form_to_paste",
    "look",
    "offer",
    "proofs",
]
