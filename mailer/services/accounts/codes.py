"""The second step: codes of a telephone (TOTP, RFC 6238), and ten to keep for when it is lost. Draws no picture."""

import hashlib
import secrets
from base64 import b32encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import pyotp
import segno

from mailer.app import App
from mailer.store import accounts
from mailer.store.accounts import AccountRow
from mailer.store.database import Connection

HALF_MINUTE_S = 30
KEPT = 10
BORDER = 4
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that are mistaken for each other on paper."""


@dataclass(frozen=True)
class Square:
    """A QR code as a path in a square."""

    path: str
    size: int


@dataclass(frozen=True)
class Enrolment:
    """What a telephone needs to make codes: shown once, to its owner."""

    secret: str
    uri: str
    square: Square


def enrolment(app: App, account: AccountRow, seed: bytes) -> Enrolment:
    """For the telephone, of the account and that seed."""
    totp = _totp(app, seed)
    uri = totp.provisioning_uri(name=account.name, issuer_name=app.config.organisation.name)
    return Enrolment(" ".join(_in_fours(totp.secret)), uri, square(uri))


def square(text: str) -> Square:
    """The QR code of a text, one horizontal stroke a run of dark cells."""
    matrix = tuple(segno.make(text, micro=False, error="m").matrix_iter(border=BORDER))
    strokes = (
        f"M{start} {y}h{end - start}v1H{start}z" for y, row in enumerate(matrix) for start, end in _dark_runs(row)
    )
    return Square("".join(strokes), len(matrix))


def new_codes() -> list[str]:
    """Ten to print and keep."""
    return ["-".join("".join(secrets.choice(LETTERS) for _ in range(5)) for _ in range(2)) for _ in range(KEPT)]


def hash_of_code(code: str) -> bytes:
    """What is stored of a kept code."""
    return hashlib.sha256(f"code {_bare(code)}".encode()).digest()


def take(app: App, tx: Connection, account: AccountRow, code: str, now: datetime) -> bool:
    """Whether the code opens the second step now; it never will again."""
    if account.code_seed is None:
        return False
    step = step_of(app, account.code_seed, code, now)
    if step is not None:
        return accounts.take_step(tx, account.id, step)
    return accounts.spend_recovery_code(tx, account.id, hash_of_code(code), now)


def code_at(app: App, account: AccountRow, at: datetime) -> str:
    """What the telephone shows at that moment."""
    return _totp(app, account.code_seed or b"").at(at)


def step_of(app: App, seed: bytes, code: str, now: datetime) -> int | None:
    """The half minute that the code belongs to: this one or a neighbour, as clocks differ."""
    present, totp, shown = int(now.timestamp()) // HALF_MINUTE_S, _totp(app, seed), _bare(code)
    around = (present - 1, present, present + 1)
    right = [step for step in around if secrets.compare_digest(totp.at(step * HALF_MINUTE_S).encode(), shown.encode())]
    return right[-1] if right else None


def _totp(app: App, seed: bytes) -> pyotp.TOTP:
    return pyotp.TOTP(b32encode(app.keyring.code_secret(seed)).decode())


def _bare(code: str) -> str:
    return "".join(sign for sign in code.lower() if sign.isalnum())


def _in_fours(text: str) -> list[str]:
    return [text[at : at + 4] for at in range(0, len(text), 4)]


def _dark_runs(row: Iterable[int]) -> list[tuple[int, int]]:
    cells = tuple(row)
    edges = [
        at for at, (before, here) in enumerate(zip((0, *cells), (*cells, 0), strict=True)) if bool(before) != bool(here)
    ]
    return list(zip(edges[::2], edges[1::2], strict=True))
