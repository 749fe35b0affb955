"""Why somebody of the base does not get an issue: one reason each, the strongest. Values only."""

from enum import StrEnum

from mailer.language import N_


class Out(StrEnum):
    """In this order: the first that is true of a contact is told."""

    CLOSED = "closed"
    NO_ADDRESS = "no_address"
    OPPOSED = "opposed"
    """An opposition, or an erasure, which is one too."""
    SUSPENDED = "suspended"
    """The mailbox does not exist, complained, or is suspended until somebody looks."""
    LEFT = "left"
    PENDING = "pending"
    """Asked for the letter, and did not confirm yet."""
    INFORMED = "informed"
    """Historical contacts, whom a rule describes: they were promised one letter a year."""
    OUTSIDE = "outside"
    """On no list of the audience, and in no rule of it."""
    EXCLUDED = "excluded"
    """By what the issue itself asks of its readers."""
    PAUSED = "paused"
    MONTHLY = "monthly"
    EXCEPTIONAL = "exceptional"
    """Had this year's exceptional letter."""
    SOLICITED = "solicited"
    """Was asked as often as one person may be."""
    SHARED = "shared"
    """The letter goes to another contact of the same address, or to another address of the contact."""


WORDS = {
    Out.CLOSED: N_("closed: deceased, dissolved or merged into another"),
    Out.NO_ADDRESS: N_("without an address"),
    Out.OPPOSED: N_("opposed to every letter"),
    Out.SUSPENDED: N_("suspended: the mailbox does not answer, or complained"),
    Out.LEFT: N_("left this letter"),
    Out.PENDING: N_("have not confirmed yet"),
    Out.INFORMED: N_("historical contacts: only the yearly letter"),
    Out.OUTSIDE: N_("on no list and in no rule of this audience"),
    Out.EXCLUDED: N_("excluded by the issue's own rules"),
    Out.PAUSED: N_("asked for a pause"),
    Out.MONTHLY: N_("asked for one letter a month, and had it"),
    Out.EXCEPTIONAL: N_("had this year's exceptional letter"),
    Out.SOLICITED: N_("were asked often enough lately"),
    Out.SHARED: N_("get it already: shared address, or another address of theirs"),
}
"""As a line under a count says it."""

ONE = {
    Out.CLOSED: N_("This contact is closed, so nothing is written to them."),
    Out.NO_ADDRESS: N_("This contact has no address."),
    Out.OPPOSED: N_("This address opposed to every letter of ours. Only its owner can take that back."),
    Out.SUSPENDED: N_("This address is suspended: the mailbox does not exist, is full for too long, or complained."),
    Out.LEFT: N_("This address left this letter. No rule and no file brings it back, only its owner."),
    Out.PENDING: N_("They asked for the letter, and did not press the button of the confirmation yet."),
    Out.INFORMED: N_(
        "A rule of the audience describes them, but they are a historical contact: they get the yearly letter alone, "
        "until they subscribe or become a member."
    ),
    Out.OUTSIDE: N_("No list and no rule of this audience holds them."),
    Out.EXCLUDED: N_('The issue itself leaves them out ("only", "exclude" or "renewal").'),
    Out.PAUSED: N_("They asked for a pause, which has not ended by then."),
    Out.MONTHLY: N_("They asked for one letter a month, and have this month's."),
    Out.EXCEPTIONAL: N_("They had an exceptional letter less than eleven months before."),
    Out.SOLICITED: N_("They were asked for something as often as one person may be."),
    Out.SHARED: N_("The letter goes to another contact of the same address, or to another address of this contact."),
}
"""As the story of one contact says it."""
