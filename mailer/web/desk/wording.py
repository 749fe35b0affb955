"""What the desk says where the terminal would name a command, or a state by its word. Decides nothing."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from mailer.domain.deliveries import SkipReason
from mailer.errors import MailerError
from mailer.language import N_, by_when, say, say_error, say_plural
from mailer.services.foretelling import Foretelling
from mailer.services.publishing import approving, releasing

PLAIN = {
    approving.EVERYONE_NEEDS_COUNT: N_(
        "It would go to {count} readers, among them a whole list of everyone. Two people approve it, each from their "
        "own account and each typing the number."
    ),
    approving.UNUSUAL_NEEDS_COUNT: N_(
        "It would go to {count} readers; the usual number is {usual}. Two people approve it, each from their own "
        "account and each typing the number."
    ),
    releasing.MORE_COUNTS: N_(
        "It would go to {count} readers, which is unusual: {needed} people approve it, each from their own account and "
        "each typing the number; {given} did."
    ),
    releasing.AUDIENCE_GREW: N_(
        "It would go to {count} readers now, and was approved for {approved}. Look at who they are, then approve it "
        "again."
    ),
    releasing.NOT_APPROVED: N_("It is not approved yet. Look at it, then approve it."),
    releasing.MORE_APPROVALS: N_("It needs {needed} approvals and has {given}: somebody else approves it too."),
    releasing.NO_READER: N_("Nobody would receive it: its audience is empty. Choose another audience."),
}
"""By the terminal's sentence, with the same holes."""

OUT_OF = N_("{sent}, {waiting}, the end is expected {when}.")
OUT_OF_NO_END = N_("{sent}, {waiting}.")
ALL_OUT = N_("{sent}, none is waiting.")
NONE_OUT = N_("No letter has left yet, {waiting}.")
NONE_OUT_END = N_("No letter has left yet, {waiting}, the end is expected {when}.")


def plain_sentences(language: str, error: MailerError) -> list[str]:
    """An error as the desk says it."""
    if (said := PLAIN.get(error.sentence)) is not None:
        return [say(language, said, error.values)]
    return say_error(language, error).splitlines()


def excluded_sentences(language: str, excluded: Mapping[str, int]) -> list[str]:
    """Who does not get a letter, and why; the largest number first."""
    largest_first = sorted(excluded.items(), key=lambda one: -one[1])
    return [said for why, count in largest_first if count and (said := _left_out(language, why, count))]


def progress_sentence(
    language: str, zone: ZoneInfo, sent: int, waiting: int, end: Foretelling | None, now: datetime
) -> str:
    """« 12 430 parties, 7 444 à partir, fin prévue vers 13 h 20. »."""
    words = {
        "sent": say_plural(language, "{count} letter left", "{count} letters left", sent),
        "waiting": say_plural(language, "{count} waits", "{count} wait", waiting),
        "when": by_when(language, end.end, now, zone) if end else "",
    }
    if not waiting:
        return say(language, ALL_OUT, words)
    if not sent:
        return say(language, NONE_OUT_END if end else NONE_OUT, words)
    return say(language, OUT_OF if end else OUT_OF_NO_END, words)


def _left_out(language: str, why: str, count: int) -> str:
    match why:
        case SkipReason.LEFT:
            return say_plural(language, "{count} person left the letter", "{count} people left the letter", count)
        case SkipReason.SUPPRESSED:
            return say_plural(
                language,
                "{count} address is never written to: it does not exist, or its owner refused",
                "{count} addresses are never written to: they do not exist, or their owners refused",
                count,
            )
        case SkipReason.PAUSED:
            return say_plural(language, "{count} person asked for a pause", "{count} people asked for a pause", count)
        case SkipReason.MONTHLY:
            return say_plural(
                language,
                "{count} person asked for one letter a month and has this month's",
                "{count} people asked for one letter a month and have this month's",
                count,
            )
    return ""
