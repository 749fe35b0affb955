"""Accounts of the desk: invited, let in, watched over. Decides who somebody is, never what they see."""

from mailer.services.accounts.entering import Step, Visitor, log_in, log_out, show_code, who_is
from mailer.services.accounts.inviting import Invited, accept, add, change, end, every, lines, look, reset
from mailer.services.accounts.own import begin_code, browsers, change_password, confirm_code, end_others
from mailer.services.accounts.remembering import note, press, say_next, take_words
from mailer.store.accounts import AccountRow as Account

__all__ = [
    "Account",
    "Invited",
    "Step",
    "Visitor",
    "accept",
    "add",
    "begin_code",
    "browsers",
    "change",
    "change_password",
    "confirm_code",
    "end",
    "end_others",
    "every",
    "lines",
    "log_in",
    "log_out",
    "look",
    "note",
    "press",
    "reset",
    "say_next",
    "show_code",
    "take_words",
    "who_is",
]
