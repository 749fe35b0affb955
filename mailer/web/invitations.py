"""What every form of ours to subscribe carries: its words, and when it was shown. Takes nothing in."""

from typing import Any

from mailer.domain.tokens import Purpose
from mailer.services import joining, measuring
from mailer.web.front import Front


def invitation(front: Front) -> dict[str, Any]:
    """For the templates `_subscribe_form.html` and `_subscribe_here.html`."""
    return {
        "wording": joining.offer(front.app).wording,
        "measure_wording": measuring.shown_wording(front.app)[0],
        "shown": front.app.keyring.token(Purpose.FORM, int(front.clock().timestamp())),
    }
