"""Who comes in at the desk: links, passwords, codes, limits, ends. With real hashes, real codes and a real database."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pyotp
import pytest

from mailer.app import App
from mailer.domain.accounts import Role, why_weak
from mailer.errors import BadToken, Refused
from mailer.services import accounts
from mailer.services.accounts import Step, Visitor, codes
from mailer.store import sessions
from tests.sites import NOON, open_site, write_site

ZOE, SECRET = "Zoé Martin", "le lavoir rouvre samedi"
HOST = "192.0.2.7"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    with open_site(write_site(tmp_path)) as opened:
        yield opened


def invited(app: App, role: Role = Role.EDITOR, now: datetime = NOON) -> str:
    return accounts.add(app, ZOE, role, now, email="zoe@lavoir.example").link.rpartition("/")[2]


def visitor(app: App, token: str, now: datetime = NOON) -> Visitor:
    found = accounts.who_is(app, token, now)
    assert found is not None
    return found


def with_telephone(app: App, role: Role = Role.SENDER) -> tuple[str, pyotp.TOTP, tuple[str, ...]]:
    """Somebody who is all the way in: session, telephone, printed codes."""
    token = accounts.accept(app, invited(app, role), SECRET, "Firefox", NOON)
    telephone = pyotp.TOTP(accounts.begin_code(app, visitor(app, token)).secret.replace(" ", ""))
    confirmed = accounts.confirm_code(app, visitor(app, token), telephone.at(NOON), NOON)
    return confirmed.session, telephone, confirmed.codes


def refused(app: App, password: str, now: datetime, host: str = HOST) -> str:
    with pytest.raises(Refused) as error:
        accounts.log_in(app, ZOE, password, host, "", now)
    return error.value.sentence


# Links and passwords ------------------------------------------------------------------------------------------------


def test_a_link_opens_once_and_for_a_week(app: App) -> None:
    token = invited(app)
    assert accounts.look(app, token, NOON).name == ZOE
    with pytest.raises(BadToken):
        accounts.look(app, token, NOON + timedelta(days=7))
    assert visitor(app, accounts.accept(app, token, SECRET, "Firefox", NOON)).step is Step.IN
    with pytest.raises(BadToken):
        accounts.accept(app, token, SECRET, "Firefox", NOON)
    with pytest.raises(BadToken):
        accounts.look(app, "x" * 32, NOON)


@pytest.mark.parametrize(
    "password", ["court", "zoé martin!!", "ZOEMARTIN 2026", "aaaaaaaaaaaaaaa", "ababababababab", "x" * 257]
)
def test_a_password_that_is_guessed_too_soon_is_refused(password: str) -> None:
    assert why_weak(password, (ZOE, "zoe"))


def test_a_name_within_a_long_sentence_is_no_harm() -> None:
    assert why_weak("zoé martin range les outils du lavoir", (ZOE, "zoe")) is None


def test_no_password_and_no_secret_is_stored_as_it_is(app: App) -> None:
    token, telephone, printed = with_telephone(app)
    everything = b"".join(path.read_bytes() for path in (app.site / "var").glob("mailer.db*"))
    for secret in (SECRET, token, telephone.secret, printed[0], printed[0].replace("-", "")):
        assert secret.encode() not in everything


def test_a_changed_password_ends_every_other_session(app: App) -> None:
    here = accounts.accept(app, invited(app), SECRET, "Firefox", NOON)
    there = accounts.log_in(app, "zoe martin", SECRET, HOST, "Vieux portable", NOON)
    with pytest.raises(Refused):
        accounts.change_password(app, visitor(app, here), "pas celui-là", "un autre matin de mars", HOST, NOON)
    assert accounts.change_password(app, visitor(app, here), SECRET, "un autre matin de mars", HOST, NOON) == 1
    assert accounts.who_is(app, there, NOON) is None
    assert visitor(app, here).step is Step.IN
    assert refused(app, SECRET, NOON)


# Codes --------------------------------------------------------------------------------------------------------------


def test_whoever_sends_needs_a_telephone_and_each_code_opens_once(app: App) -> None:
    session, telephone, printed = with_telephone(app)
    assert visitor(app, session).step is Step.IN
    later = NOON + timedelta(minutes=2)
    half = accounts.log_in(app, ZOE, SECRET, HOST, "", later)
    assert visitor(app, half, later).step is Step.CODE
    code = telephone.at(later)
    whole = accounts.show_code(app, visitor(app, half, later), code, HOST, later)
    assert visitor(app, whole, later).step is Step.IN
    assert accounts.who_is(app, half, later) is None
    again = accounts.log_in(app, ZOE, SECRET, HOST, "", later)
    with pytest.raises(Refused):
        accounts.show_code(app, visitor(app, again, later), code, HOST, later)
    assert accounts.show_code(app, visitor(app, again, later), printed[0].upper(), HOST, later)
    third = accounts.log_in(app, ZOE, SECRET, HOST, "", later)
    with pytest.raises(Refused):
        accounts.show_code(app, visitor(app, third, later), printed[0], HOST, later)


def test_without_a_telephone_a_sender_gets_no_further(app: App) -> None:
    token = accounts.accept(app, invited(app, Role.ADMIN), SECRET, "Firefox", NOON)
    assert visitor(app, token).step is Step.SET_UP
    with pytest.raises(Refused):
        accounts.confirm_code(app, visitor(app, token), "000000", NOON)
    assert visitor(app, token).step is Step.SET_UP


def test_a_new_link_does_not_go_round_the_telephone(app: App) -> None:
    """CVE-2026-128333: a reset that skips the second factor."""
    session, *_ = with_telephone(app)
    link = accounts.reset(app, ZOE, NOON).link.rpartition("/")[2]
    assert accounts.who_is(app, session, NOON) is None
    assert refused(app, SECRET, NOON)
    token = accounts.accept(app, link, "un autre matin de mars", "", NOON)
    assert visitor(app, token).step is Step.CODE
    lost = accounts.reset(app, ZOE, NOON, code=True).link.rpartition("/")[2]
    assert visitor(app, accounts.accept(app, lost, SECRET, "", NOON)).step is Step.SET_UP


def test_the_square_is_the_one_that_a_telephone_reads() -> None:
    square = codes.square("otpauth://totp/Lavoir:Zo%C3%A9?secret=ABC")
    cells = {(x, y) for x, y in darks(square.path)}
    dark_corner = [(x, y) in cells for x in range(4, 11) for y in (4, 10)]
    assert all(dark_corner)
    assert (4 + 1, 4 + 1) not in cells
    assert all(0 <= x < square.size and 0 <= y < square.size for x, y in cells)


def darks(path: str) -> Iterator[tuple[int, int]]:
    """The cells that a path of strokes covers."""
    for stroke in path.split("M")[1:]:
        at, _, length = stroke.partition("h")
        x, y = map(int, at.split())
        yield from ((x + step, y) for step in range(int(length.partition("v")[0])))


# Limits and ends ----------------------------------------------------------------------------------------------------


def test_wrong_attempts_are_limited_and_a_login_between_takes_none_back(app: App) -> None:
    """CVE-2026-128332: each login set the counter of wrong codes to nothing."""
    _, telephone, _ = with_telephone(app)
    later = NOON + timedelta(minutes=2)
    for _ in range(2):
        half = visitor(app, accounts.log_in(app, ZOE, SECRET, HOST, "", later), later)
        for _ in range(5):
            with pytest.raises(Refused):
                accounts.show_code(app, half, "000000", HOST, later)
    with pytest.raises(Refused) as error:
        accounts.show_code(app, half, telephone.at(later), HOST, later)
    assert "too many wrong attempts" in error.value.sentence
    assert "too many" in refused(app, SECRET, later, "198.51.100.1")
    assert accounts.log_in(app, ZOE, SECRET, HOST, "", later + timedelta(minutes=16))


def test_one_host_that_guesses_many_names_is_stopped(app: App) -> None:
    hashed = (app.keyring.fingerprint("account nobody"), app.keyring.fingerprint(f"host {HOST}"))
    with app.database.transaction() as tx:
        for _ in range(30):
            sessions.failed(tx, *hashed, NOON)
    accounts.accept(app, invited(app), SECRET, "", NOON)
    assert "too many" in refused(app, SECRET, NOON)
    assert accounts.log_in(app, ZOE, SECRET, "198.51.100.1", "", NOON)


def test_a_session_ends_overnight_and_after_a_month_whatever_is_done(app: App) -> None:
    token = accounts.accept(app, invited(app), SECRET, "Firefox", NOON)
    now = NOON
    while now < NOON + timedelta(days=29, hours=20):
        assert visitor(app, token, now).step is Step.IN
        now += timedelta(hours=11)
    assert accounts.who_is(app, token, NOON + timedelta(days=30)) is None
    night = accounts.log_in(app, ZOE, SECRET, HOST, "", NOON)
    assert accounts.who_is(app, night, NOON + timedelta(hours=12)) is None


def test_an_account_ends_on_its_last_day_or_at_once(app: App) -> None:
    token = accounts.accept(app, invited(app), SECRET, "Firefox", NOON)
    accounts.change(app, ZOE, Role.EDITOR, date(2026, 3, 4), "", NOON)
    midnight = datetime.fromisoformat("2026-03-04T23:00:00+00:00")
    assert accounts.who_is(app, token, midnight - timedelta(minutes=1))
    assert accounts.who_is(app, token, midnight) is None
    accounts.change(app, ZOE, Role.EDITOR, None, "", NOON)
    accounts.end(app, ZOE, NOON)
    assert accounts.who_is(app, token, NOON) is None
    assert refused(app, SECRET, NOON)


def test_the_last_administrator_cannot_lock_everybody_out(app: App) -> None:
    accounts.accept(app, invited(app, Role.ADMIN), SECRET, "", NOON)
    lea = accounts.add(app, "Léa", Role.ADMIN, NOON).link.rpartition("/")[2]
    with pytest.raises(Refused, match="last administrator"):
        accounts.end(app, ZOE, NOON)
    with pytest.raises(Refused, match="last administrator"):
        accounts.change(app, ZOE, Role.EDITOR, None, "", NOON)
    accounts.accept(app, lea, SECRET, "", NOON)
    accounts.end(app, ZOE, NOON)
