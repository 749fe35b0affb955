"""Notices to a real local relay: written in the language of the site, each at most once."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from mailer.app import App
from mailer.demo.receiver import Receiver, Script, receiver_in_thread
from mailer.domain.notices import NoticeKind, NoticeState
from mailer.services import notices
from mailer.services.notices import Sent
from mailer.store import notices as stored
from mailer.store.tables import notices as rows
from tests.sites import CONFIG, NOON, open_site, write_site

ODILE = "odile@lavoir.example"
CONTENT = {
    "stage": "day",
    "title": "La lettre du Lavoir",
    "name": "lettre/2026-03",
    "sender": "lettre@lavoir.example",
    "at": "mercredi 4 mars 2026 à 12:00",
    "until": "mercredi 4 mars 2026 à 18:00",
    "why": "lettre/2026-03 n’est pas encore approuvé <ni relu>.",
}


class Desk:
    """A site beside a relay that keeps what it takes."""

    def __init__(self, app: App, taken: list[tuple[str, str, bytes]], receiver: Receiver) -> None:
        self.app, self.taken, self.receiver, self.now = app, taken, receiver, NOON

    def queue(self, key: str = "day sirene", **content: object) -> bool:
        with self.app.database.transaction() as tx:
            return stored.queue(tx, NoticeKind.REMINDER, key, ODILE, {**CONTENT, **content}, self.now)

    def send(self) -> Sent:
        return asyncio.run(notices.send_notices(self.app, lambda: self.now))

    def row(self) -> Any:
        with self.app.database.reading() as tx:
            return tx.execute(rows.select()).one()


@contextmanager
def a_desk(folder: Path, refuse: Script | None = None, config: str = CONFIG, **settings: str) -> Iterator[Desk]:
    taken: list[tuple[str, str, bytes]] = []
    relay = Receiver(refuse_recipient=refuse, on_letter=lambda *letter: taken.append(letter))
    with receiver_in_thread(relay) as receiver:
        settings = {"MAILER_SMTP__PORT": str(receiver.port), **settings}
        with open_site(write_site(folder / "site", config), **settings) as app:
            yield Desk(app, taken, receiver)


def test_a_reminder_says_what_is_missing_until_when_and_what_to_do(tmp_path: Path) -> None:
    with a_desk(tmp_path) as desk:
        assert desk.queue()
        assert desk.send() == Sent(sent=1)
    [(sender, recipient, content)] = desk.taken
    assert (sender, recipient) == ("lettre@lavoir.example", ODILE)
    letter = message_from_bytes(content, policy=policy.default)
    assert letter["Subject"] == "La lettre du Lavoir\xa0: pas prêt pour le mercredi 4 mars 2026 à 12:00"
    assert (letter["To"], letter["Auto-Submitted"]) == (ODILE, "auto-generated")
    assert letter["From"] == "L'Atelier du Lavoir <lettre@lavoir.example>"
    assert letter["Date"].datetime == NOON
    bodies = [letter.get_body((kind,)) for kind in ("plain", "html")]
    text, html = (str(body.get_content()) for body in bodies if body is not None)
    for part in (text, html):
        flat = " ".join(part.split())
        assert "En l’état, il ne partira pas." in flat
        assert "avant le mercredi 4 mars 2026 à 18:00" in flat
        assert "mailer issue release" in flat
    assert "approuvé <ni relu>" in text
    assert "approuvé &lt;ni relu&gt;" in html
    assert b"\n." not in content.replace(b"\r", b"")
    assert content.count(b"\n") == content.count(b"\r\n")


@pytest.mark.parametrize(("stage", "words"), [("hour", "Rien n’est parti"), ("files", "ne part tout seul tant que")])
def test_the_other_stages_have_their_words(tmp_path: Path, stage: str, words: str) -> None:
    with a_desk(tmp_path) as desk:
        desk.queue(stage=stage, until="")
        desk.send()
    body = message_from_bytes(desk.taken[0][2], policy=policy.default).get_body(("plain",))
    assert body is not None
    assert words in " ".join(str(body.get_content()).split())
    assert "issue release" not in str(body.get_content())


def test_a_site_that_speaks_english_writes_english(tmp_path: Path) -> None:
    with a_desk(tmp_path, config=f'language = "en"\n{CONFIG}') as desk:
        desk.queue()
        desk.send()
    assert "not ready for" in message_from_bytes(desk.taken[0][2], policy=policy.default)["Subject"]


def test_a_key_is_written_to_once_whatever_became_of_it(tmp_path: Path) -> None:
    with a_desk(tmp_path) as desk:
        assert [desk.queue(), desk.queue()] == [True, False]
        assert [desk.send().sent, desk.send().sent] == [1, 0]
        assert not desk.queue()
        assert len(desk.taken) == 1
        assert desk.row().state == NoticeState.SENT.value


def test_a_notice_refused_for_now_is_tried_again_later_and_then_given_up(tmp_path: Path) -> None:
    with a_desk(tmp_path, lambda _: b"451 4.7.1 later") as desk:
        desk.queue()
        assert desk.send() == Sent(deferred=1)
        assert (desk.row().state, desk.row().attempts) == ("queued", 1)
        assert desk.send() == Sent()
        desk.now += timedelta(minutes=5)
        assert desk.send() == Sent(deferred=1)
        desk.now += timedelta(days=4)
        assert desk.send() == Sent(failed=1)
        assert desk.row().words == "4.7.1 later"


def test_a_notice_refused_for_good_has_failed(tmp_path: Path) -> None:
    with a_desk(tmp_path, lambda _: b"550 5.1.1 no such user") as desk:
        desk.queue()
        assert desk.send() == Sent(failed=1)
        assert (desk.row().state, desk.row().code) == ("failed", 550)


def test_a_relay_that_is_away_costs_nothing_and_is_not_called_at_once_again(tmp_path: Path) -> None:
    with a_desk(tmp_path, MAILER_SMTP__PORT="9") as desk:
        desk.queue()
        assert desk.send() == Sent(deferred=1)
        assert (desk.row().state, desk.row().attempts) == ("queued", 0)
        assert desk.send() == Sent()
        desk.now += timedelta(minutes=1)
        assert desk.send() == Sent(deferred=1)


def test_a_broken_template_keeps_the_notice_until_it_is_mended(tmp_path: Path) -> None:
    with a_desk(tmp_path) as desk:
        own = desk.app.site / "templates" / "notices" / "reminder" / "subject.txt"
        own.parent.mkdir(parents=True)
        own.write_text("{{ nothing }}")
        desk.queue()
        assert desk.send() == Sent(deferred=1)
        assert "nothing" in desk.row().words
        own.write_text("Bonjour {{ title }}")
        desk.now += timedelta(minutes=5)
        assert desk.send() == Sent(sent=1)


def test_a_sender_that_died_after_the_dot_leaves_an_unknown_notice_that_is_never_sent_again(tmp_path: Path) -> None:
    with a_desk(tmp_path) as desk:
        desk.queue()
        with desk.app.database.transaction() as tx:
            assert stored.about_to_leave(tx, 1, "dead", -1, NOON)
        assert desk.send() == Sent()
        assert desk.row().state == NoticeState.UNKNOWN.value
        desk.now += timedelta(days=1)
        assert desk.send() == Sent()
        assert desk.taken == []


def test_two_senders_at_once_write_once(tmp_path: Path) -> None:
    with a_desk(tmp_path) as desk:
        desk.queue()

        async def both() -> list[Sent]:
            return list(await asyncio.gather(*(notices.send_notices(desk.app, lambda: desk.now) for _ in range(3))))

        assert sum(one.sent for one in asyncio.run(both())) == 1
        assert len(desk.taken) == 1
