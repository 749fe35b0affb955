"""The letters of each layout and each notice, as SpamAssassin sees them (check 24)."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailer.domain.letters import Copy
from mailer.rendering.letters import compile_issue
from mailer.rendering.notices import Envelope, write_notice
from mailer.rendering.skeleton import Skeleton
from mailer.transport.spamassassin import Verdict, ask_spamassassin, read_report
from tests.rendering.writing import LETTERHEAD, SITE, TEMPLATES, demo

LETTERS = {
    "sirene": "sirene/2023-09",
    "klaxon": "klaxon/2023-10",
    "quinzaine": "quinzaine/2023-10-09",
    "neutral": "klaxon/2023-10",
}
"""An issue for each layout; a test holds the two together."""
NOTICES: dict[str, dict[str, object]] = {
    "reminder": {
        "stage": "day",
        "title": "La lettre du Lavoir",
        "name": "lettre/2026-03",
        "sender": "lettre@lavoir.example",
        "at": "mercredi 4 mars 2026 à 12:00",
        "until": "mercredi 4 mars 2026 à 18:00",
        "why": "lettre/2026-03 n’est pas encore approuvé.",
    },
    **{
        kind: {
            "letters": ["L’heure de la Sirène", "Le Klaxon"],
            "link": "https://lettre.lavoir.example/confirm/AAAAAAAAAAAAAAAAAAAAAA",
            "until": "11 mars 2026",
            "years": 3,
            "days": 30,
            "asked_on": "4 mars 2026",
            "new": "a•••@courriel.example",
            "sender": "lettre@lavoir.example",
            "home": "https://lettre.lavoir.example",
            "contact": "bonjour@lavoir.example",
            "name": "Ana Lima",
            "role": "relecture",
            "signature": "Le Lavoir, 3 rue du Bief, 38000 Grenoble",
        }
        for kind in (
            *("confirm", "confirm_reminder", "known", "lost_letter", "move_confirm", "moved", "own_data"),
            *("invitation", "stay"),
        )
    },
}
DATE = "Wed, 06 Sep 2023 12:00:00 +0200"


def letters() -> Iterator[tuple[str, bytes]]:
    """What readers and staff would get."""
    copy = Copy("odile@courriel.example", "Odile Urvoas", "m1@lavoir.example", DATE, "A" * 22, "B" * 22, "C" * 32)
    for layout, name in LETTERS.items():
        issue = replace(demo(name), campaign=replace(demo(name).campaign, layout=layout))
        frozen = compile_issue(issue, LETTERHEAD, TEMPLATES, {})
        yield layout, Skeleton.parse(frozen.variants[issue.audience[0]]).fill(copy)
    envelope = Envelope(
        "L'Atelier",
        "lettre@lavoir.example",
        "odile@lavoir.example",
        datetime(2026, 3, 3, 12, tzinfo=UTC),
        "n1@lavoir.example",
    )
    for kind, values in NOTICES.items():
        yield f"notices/{kind}", write_notice(kind, values, envelope, TEMPLATES, "fr")


def test_every_layout_and_every_notice_is_among_those_that_are_asked_about() -> None:
    layouts = {path.parent.name for path in (SITE / "templates" / "email").glob("*/layout.mjml")}
    assert LETTERS.keys() == layouts
    assert {path.name for path in (SITE / "templates" / "notices").iterdir()} - {"_parts"} == NOTICES.keys()


@pytest.mark.spamassassin
def test_no_letter_of_ours_comes_near_to_spam_and_its_two_parts_agree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    made = list(letters())

    async def ask() -> list[Verdict | None]:
        # Two at a time: each takes a second of a core, and has a time limit.
        room = asyncio.Semaphore(2)

        async def verdict_on(content: bytes) -> Verdict | None:
            async with room:
                return await ask_spamassassin(content)

        return await asyncio.gather(*(verdict_on(content) for _, content in made))

    for (name, _), verdict in zip(made, asyncio.run(ask()), strict=True):
        assert verdict is not None, name
        assert verdict.score < 2.0, (name, verdict)
        assert "MPART_ALT_DIFF" not in dict(verdict.rules), (name, verdict)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.spamassassin
def test_a_letter_whose_parts_differ_is_told_by_its_points() -> None:
    junk = (
        b"From: win@lavoir.example\r\nTo: o@lavoir.example\r\nSubject: FREE VIAGRA!!! 100% GUARANTEED CASH\r\n"
        b'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain\r\n\r\n"
        b"nothing of the sort here, only some words about gardens\r\n--b\r\nContent-Type: text/html\r\n\r\n"
        b"<html><body><p>Buy viagra cheap, act now, million dollars</p></body></html>\r\n--b--\r\n"
    )
    verdict = asyncio.run(ask_spamassassin(junk))
    assert verdict is not None
    assert verdict.score >= 2.0
    assert "MPART_ALT_DIFF" in dict(verdict.rules)
    assert [points for _, points in verdict.rules] == sorted((points for _, points in verdict.rules), reverse=True)


def test_where_there_is_no_spamassassin_nothing_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert asyncio.run(ask_spamassassin(b"Subject: x\r\n\r\nx\r\n")) is None


def test_a_report_that_is_none_has_no_points() -> None:
    assert read_report("Subject: x\n\nX-Spam-Status: No, score=1.0 required\n") is None
    verdict = read_report(
        "X-Spam-Status: Yes, score=7.5\n\trequired=5.0 tests=A\n\n 2.2 MPART_ALT_DIFF BODY: x\n-1.0 B_C y\n"
    )
    assert verdict is not None
    assert (verdict.score, verdict.rules) == (7.5, (("MPART_ALT_DIFF", 2.2), ("B_C", -1.0)))
