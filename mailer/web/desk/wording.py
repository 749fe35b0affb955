"""What the desk says where the terminal would name a command, or a state by its word. Decides nothing."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from mailer.content import columns, details, judging
from mailer.content import contacts as contact_files
from mailer.errors import MailerError
from mailer.language import N_, by_when, say, say_error, say_plural
from mailer.services import contacts, merging, monitoring
from mailer.services.foretelling import Foretelling
from mailer.services.people import reviewing
from mailer.services.publishing import approving, releasing, telling
from mailer.services.returns import alarms
from mailer.services.returns.desk import SAY_WHY
from mailer.services.sending import watch

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
    alarms.STORM: N_(
        "{family} refused {count} letters in {hours} hours because of who sends, not of who reads: {words}. Its "
        "readers are not blamed; their letters wait until it is over, or until you let them leave."
    ),
    alarms.STORM_OF_DOMAIN: N_(
        "{domain} refused {count} letters in {hours} hours because of who sends, not of who reads: {words}. Its "
        "readers are not blamed, and are written to as before. Ask its postmaster what they need."
    ),
    watch.ISSUE_REFUSED: N_(
        "{issue} is paused: the relay refused it {count} times in a row ({code} {words}). Have what it complains about "
        "corrected, then let it go on from its page."
    ),
    watch.ISSUE_UNFIT: N_(
        "{issue} is paused: {count} of its letters in a row could not be written. Ask whoever looks after the "
        "installation why, then let it go on from its page."
    ),
    SAY_WHY: N_("Our relay was told that {address} does not exist. If you know better, say how."),
    telling.SOON: N_("{title} will not leave by itself on {at}. Its page says what is missing."),
    telling.PAST: N_("{title} did not leave on {at}. Its page says what is missing."),
    telling.UNREADABLE: N_("Nothing of the campaign {title} leaves by itself: one of its files has a mistake."),
    monitoring.CLOCK_STOPPED: N_(
        "Nothing leaves by itself since {moment}: the program that sends has stopped. Ask whoever looks after the "
        "installation to start it again."
    ),
    contacts.NO_CONTACT: N_("There is no contact {who}: it may have been erased. Look for it by its name."),
    contacts.ONE_WITH_ANOTHER: N_("{name} became one with another contact. Take them apart on the card of that other."),
    contacts.NO_PERSON: N_("{name} is a structure, and only persons belong to a structure with a role."),
    merging.NO_MERGE: N_("There is nothing to take apart under {number}: it was done already."),
    merging.LATER_FIRST: N_(
        "One of the two became one with another contact since. Take that apart first (number {later})."
    ),
    reviewing.NO_DOUBT: N_("Row {number} does not wait any more."),
    reviewing.WHICH_ADDRESS: N_("Nobody can tell the address of this row: type it, or leave the row out."),
    contact_files.NO_ADDRESS_COLUMN: N_(
        "{file} has no column of addresses. Its first row names the columns, and one of them is « email », « mail » "
        "or « courriel »."
    ),
    contact_files.NO_NAMES_OF_COLUMNS: N_(
        "{file} does not name its columns: its row {line} is a contact already. Say below what they are, in order."
    ),
    contact_files.WHICH_SHEET: N_("{file} has several sheets with addresses: {sheets}. Tick those to read."),
    contact_files.NOT_KEPT: N_("these columns are not kept: {columns}. To keep one, say above what it is."),
    columns.NO_ADDRESS_NAMED: N_("One of the columns holds the addresses: call it email."),
    details.WHICH_YEAR: N_('"{written}" names no year of membership, so it is not kept.'),
    judging.GARBLED: N_('"{name}" was garbled by a wrong encoding; mended, it reads "{mended}".'),
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


def plain_words(language: str, sentence: str, values: Mapping[str, object]) -> str:
    """A sentence about a row, as the desk says it."""
    return say(language, PLAIN.get(sentence, sentence), values)


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
