"""Nothing is lost with a machine or an upgrade: backup, restore, upgrade. Sends nothing.

A backup is consistent while letters leave; what may have left after it is *unknown* once it is restored, and no
letter goes out before a person has looked.
"""

from mailer.app.sealing import is_sealed
from mailer.services.safekeeping.backups import BackupMade, back_up, back_up_into
from mailer.services.safekeeping.restoring import RestoreReport, Verified, restore, verify
from mailer.services.safekeeping.upgrading import Upgraded, upgrade

__all__ = [
    "BackupMade",
    "RestoreReport",
    "Upgraded",
    "Verified",
    "back_up",
    "back_up_into",
    "is_sealed",
    "restore",
    "upgrade",
    "verify",
]
