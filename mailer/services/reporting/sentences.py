"""The sentence that an annual report prints of a campaign's year. Counts nothing."""

from collections.abc import Sequence

from mailer.domain.years import Sends
from mailer.language import percent, say, say_plural


def year_sentence(
    language: str, year: int, sends: Sequence[Sends], rate: float | None, before: tuple[int, float] | None = None
) -> str:
    """« 11 numéros produits en 2023 – 10 envois à 2 500 contacts + 1 envoi à 20 000 contacts ; taux de lecture … »."""
    count = sum(one.count for one in sends)
    made = say_plural(
        language, "{count} issue produced in {year}", "{count} issues produced in {year}", count, year=year
    )
    values: dict[str, object] = {"made": made, "sends": sends_words(language, sends)}
    if rate is None:
        return say(language, "{made} – {sends}; readings not counted", values)
    values["rate"] = percent(language, rate)
    if before is None:
        return say(language, "{made} – {sends}; reading rate {rate}", values)
    values |= {"year": before[0], "before": percent(language, before[1])}
    return say(language, "{made} – {sends}; reading rate {rate} ({before} in {year})", values)


def sends_words(language: str, sends: Sequence[Sends]) -> str:
    """« 10 envois à 2 500 contacts + 1 envoi à 20 000 contacts »."""
    return " + ".join(_send(language, one) for one in sends)


def _send(language: str, one: Sends) -> str:
    contacts = say_plural(language, "{count} contact", "{count} contacts", one.contacts)
    return say_plural(
        language, "{count} send to {contacts}", "{count} sends to {contacts}", one.count, contacts=contacts
    )
