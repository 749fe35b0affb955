"""Days as spreadsheets hold them: day first, serial numbers, months in words; what is partial stays partial."""

import re
from datetime import date, timedelta

from mailer.content.columns import YEAR, plain

FIRST, LAST = 1900, 2100
EPOCH = date(1899, 12, 30)
"""Day 0 of spreadsheets, whose calendar has a 29 February 1900."""
SERIAL = re.compile(r"[34]\d{4}")
"""From 1982 to 2036: other five-digit numbers are no days."""
ISO = re.compile(r"(\d{4})-(\d{1,2})(?:-(\d{1,2}))?(?:[T ].*)?")
DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})(?:\s.*)?")
MONTH_FIRST = re.compile(r"(\d{1,2})[/.-](\d{4})")
IN_WORDS = re.compile(r"(?:(\d{1,2})(?:er)?\s+)?(\D+?)\s+(\d{4})")
MONTHS = {
    word: number
    for number, words in enumerate(
        (
            "janvier janv jan january", "fevrier fevr fev february feb", "mars mar march", "avril avr april apr",
            "mai may", "juin june jun", "juillet juil july jul", "aout august aug", "septembre sept sep september",
            "octobre oct october", "novembre nov november", "decembre dec december",
        ),
        1,
    )
    for word in words.split()
}  # fmt: skip


def day_in(cell: str) -> str:
    """`2022-04-03`, `2022-03` or `2022`; empty where the cell says no day."""
    text = " ".join(cell.split())
    if SERIAL.fullmatch(text):
        return (EPOCH + timedelta(days=int(text))).isoformat()
    if YEAR.fullmatch(text):
        return text
    if found := ISO.fullmatch(text):
        return _written(int(found[1]), int(found[2]), int(found[3] or 0))
    if found := DAY_FIRST.fullmatch(text):
        return _written(_whole(found[3]), int(found[2]), int(found[1]))
    if found := MONTH_FIRST.fullmatch(text):
        return _written(int(found[2]), int(found[1]), 0)
    if (found := IN_WORDS.fullmatch(text)) and (
        month := MONTHS.get(plain(found[2]).split()[-1:][0] if plain(found[2]) else "")
    ):
        return _written(int(found[3]), month, int(found[1] or 0))
    return ""


def _whole(year: str) -> int:
    """« 22 » as 2022, « 87 » as 1987."""
    short = int(year)
    return short if len(year) == 4 else short + (2000 if short < 70 else 1900)


def _written(year: int, month: int, day: int) -> str:
    try:
        known = date(year, month, day or 1)
    except ValueError:
        return ""
    if not FIRST <= year <= LAST:
        return ""
    return known.isoformat() if day else f"{year}-{month:02}"
