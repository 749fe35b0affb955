"""Closes a file with a passphrase, in the age format (age-encryption.org): `age -d` opens it without us."""

from pathlib import Path

import pyrage

from mailer.errors import Refused
from mailer.language import N_

HEADER = b"age-encryption.org/"
NOT_OPENED = N_("{path} cannot be decrypted: this is not its passphrase, or the file is damaged.")
NO_PASSPHRASE = N_(
    "{path} needs a passphrase. Give it in the variable MAILER_BACKUP__PASSPHRASE, or do this on a terminal."
)


def is_sealed(path: Path) -> bool:
    """Whether the file is in the age format; False too where it cannot be read, which whoever opens it will say."""
    try:
        with path.open("rb") as file:
            return file.read(len(HEADER)) == HEADER
    except OSError:
        return False


def seal(path: Path, sealed: Path, passphrase: str) -> None:
    """Writes the closed copy. Needs twice the file's size in memory. Raises OSError."""
    sealed.write_bytes(pyrage.passphrase.encrypt(path.read_bytes(), passphrase))


def unseal(sealed: Path, path: Path, passphrase: str) -> None:
    """Writes the opened copy. Raises Refused or OSError."""
    if not passphrase:
        raise Refused(NO_PASSPHRASE, path=sealed)
    try:
        content = pyrage.passphrase.decrypt(sealed.read_bytes(), passphrase)
    except pyrage.DecryptError as error:
        raise Refused(NOT_OPENED, path=sealed) from error
    path.write_bytes(content)
