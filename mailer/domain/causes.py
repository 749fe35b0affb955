"""Why a letter did not arrive, in the words of a person, from what a server said. Decides nothing about the reader."""

from enum import StrEnum

from mailer.domain.deliveries import NO_MAILBOX_WORDS, POLICY_WORDS, Ending, Outcome, Step
from mailer.language import N_


class FailureCause(StrEnum):
    """Why letters come back; whoever reads a report needs no more than these."""

    GONE = N_("address no longer exists")
    FULL = N_("mailbox full")
    REFUSED = N_("refused by the provider")
    OTHER = N_("other reason")


def cause_of(code: int | None, words: str) -> FailureCause:
    """From the reply to a letter: its enhanced status (RFC 3463, and RFC 7505) first, then its words.

    French operators say some of it in codes of their own (Orange OFR_416 and 417, La Poste LPN007_416 to 426).
    """
    status = Outcome(Ending.REFUSED, Step.RCPT, code, words).status.partition(".")[2]
    said = words.casefold()
    for cause, statuses, told in _SIGNS:
        if status in statuses or any(sign in said for sign in told):
            return cause
    return FailureCause.REFUSED if status.startswith("7.") else FailureCause.OTHER


# In this order: a full mailbox is often said with 5.2.2 and the words of a policy, and a policy with 5.1.1 hardly ever.
_SIGNS = (
    (FailureCause.FULL, {"2.2"}, ("mailbox full", "mailbox is full", "over quota", "quota exceeded", "ofr_417")),
    (FailureCause.REFUSED, (), POLICY_WORDS),
    (
        FailureCause.GONE,
        {"1.1", "1.2", "1.3", "1.6", "1.10", "2.1"},
        (*NO_MAILBOX_WORDS, "ofr_416", "lpn007_416", "lpn007_420", "lpn007_426"),
    ),
)
