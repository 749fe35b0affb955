"""Why a letter did not arrive, from what servers say."""

import pytest

from mailer.domain.causes import FailureCause, cause_of

GONE, FULL, REFUSED, OTHER = FailureCause


@pytest.mark.parametrize(
    ("code", "words", "cause"),
    [
        (550, "5.1.1 No such mailbox here", GONE),
        (550, "5.1.10 recipient address has a null MX", GONE),
        (550, "5.2.1 mailbox disabled", GONE),
        (550, "User unknown", GONE),
        (550, "OFR_416 adresse d au moins un destinataire invalide [416]", GONE),
        (550, "5.5.0 LPN007_420 compte archive", GONE),
        (552, "5.2.2 The email account that you tried to reach is over quota", FULL),
        (452, "4.2.2 mailbox full", FULL),
        (552, "OFR_417 boite pleine", FULL),
        (550, "5.7.1 rejected by policy", REFUSED),
        (550, "5.7.515 Access denied", REFUSED),
        (550, "OFR_506 [506]", REFUSED),
        (550, "5.5.0 LPN007_510 refused", REFUSED),
        (550, "spam detected", REFUSED),
        (554, "5.3.4 message too big", OTHER),
        (550, "", OTHER),
        (None, "", OTHER),
    ],
)
def test_a_reply_is_sorted_by_status_and_words(code: int | None, words: str, cause: FailureCause) -> None:
    assert cause_of(code, words) is cause
