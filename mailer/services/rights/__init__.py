"""The rights of people (GDPR art. 5, 15, 17, 20, 30): what we hold is seen, taken out, erased."""

from mailer.services.rights.exporting import export_contacts as export_contacts
from mailer.services.rights.holdings import Holdings as Holdings
from mailer.services.rights.holdings import erase_own as erase_own
from mailer.services.rights.holdings import find as find
from mailer.services.rights.holdings import forget as forget
from mailer.services.rights.holdings import forget_old as forget_old
from mailer.services.rights.holdings import own_data as own_data
from mailer.services.rights.holdings import send_link as send_link
from mailer.services.rights.register import register_page as register_page
from mailer.services.rights.retention import AskedDay as AskedDay
from mailer.services.rights.retention import Question as Question
from mailer.services.rights.retention import Retained as Retained
from mailer.services.rights.retention import asked_days as asked_days
from mailer.services.rights.retention import foresee as foresee
from mailer.services.rights.retention import question as question
from mailer.services.rights.retention import retain as retain
from mailer.services.rights.retention import stay as stay
