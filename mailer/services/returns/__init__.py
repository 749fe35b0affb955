"""What comes back from mailboxes: judged, joined to its reader, acted upon by the policy of `config.toml`."""

from mailer.services.returns.classifying import Judged as Judged
from mailer.services.returns.classifying import classify as classify
