"""« Bilan de l'année »: each campaign's figures in brackets, as the annual report prints them. Ready to copy."""

from collections.abc import Sequence
from dataclasses import dataclass

from mailer.domain.years import Headline, PastYear
from mailer.language import N_, percent, say, say_plural
from mailer.services.reporting.lines import define
from mailer.services.reporting.sentences import sends_words
from mailer.services.reporting.telling import past_sentence, share_words, year_sentences
from mailer.services.reporting.years import CampaignYear

PRODUCED = N_("{made} – {sends}")
NOT_COUNTED = N_("readings not counted")
RATE = N_("reading rate of {rate} over the year")
RAW = N_("{rate} counting every fetch")
UP, DOWN, ALIKE = N_("up on {year} ({before})"), N_("down from {year} ({before})"), N_("much as in {year} ({before})")
OTHERWISE = N_("{before} in {year}, counted in another way")

DEFINED = {Headline.POOLED: "pooled", Headline.MEAN: "mean"}


@dataclass(frozen=True)
class Bilan:
    """One campaign's text to copy, and what its figures mean."""

    title: str
    text: str
    notes: tuple[str, ...]
    remarks: tuple[str, ...]
    """What must be known of them: how they compare, what is still open."""


def bilans(language: str, years: Sequence[CampaignYear]) -> list[Bilan]:
    """One a campaign."""
    return [
        Bilan(year.title, bracket(language, year), _notes(language, year), tuple(year_sentences(language, year)))
        for year in years
    ]


def bilan_text(language: str, years: Sequence[CampaignYear], past: Sequence[PastYear]) -> str:
    """All of them, each text with its notes, for a terminal or a mail."""
    parts = [
        "\n".join([one.title, one.text, *(f"  – {note}" for note in (*one.notes, *one.remarks))])
        for one in bilans(language, years)
    ]
    return "\n\n".join([*parts, *(past_sentence(language, one) for one in past)])


def bracket(language: str, year: CampaignYear) -> str:
    """« [11 numéros produits en 2023 – 10 envois à 2 500 contacts + 1 envoi à 20 000 contacts ; taux …] »."""
    made = say_plural(
        language, "{count} issue produced in {year}", "{count} issues produced in {year}", year.issues, year=year.year
    )
    produced = say(language, PRODUCED, {"made": made, "sends": sends_words(language, year.sizes)})
    counts = _counts(language, year)
    between = say(language, N_("; "))
    return f"[{between.join([produced, *_rate(language, year), counts])}]"


def _rate(language: str, year: CampaignYear) -> list[str]:
    if year.rate is None:
        return [say(language, NOT_COUNTED)] if not year.measured else []
    rate = say(language, RATE, {"rate": percent(language, year.rate)})
    before = _before(language, year)
    if before and year.rate_compared != year.rate:
        return [rate, f"{say(language, RAW, {'rate': share_words(language, year.rate_compared)})}, {before}"]
    return [f"{rate}, {before}" if before else rate]


def _before(language: str, year: CampaignYear) -> str:
    before, difference = year.before, year.difference
    if before is None or before.rate is None:
        return ""
    values = {"year": before.year, "before": percent(language, before.rate)}
    if difference is None:
        return say(language, OTHERWISE, values)
    trend = (UP if difference.change > 0 else DOWN) if difference.means_something else ALIKE
    return say(language, trend, values)


def _counts(language: str, year: CampaignYear) -> str:
    counts = [
        say_plural(language, "{count} letter delivered", "{count} letters delivered", year.sends),
        say_plural(language, "{count} departure", "{count} departures", year.unsubscribed),
    ]
    if year.measured:
        counts.insert(1, say_plural(language, "{count} letter read", "{count} letters read", year.readers))
    return ", ".join(counts)


def _notes(language: str, year: CampaignYear) -> tuple[str, ...]:
    notes = [_note(language, N_("delivered"), "delivered")]
    if year.measured:
        notes += [
            _note(language, N_("read"), "readers"),
            _note(language, N_("reading rate"), "rate"),
            _note(language, N_("over the year"), DEFINED[year.headline]),
        ]
    return tuple(notes)


def _note(language: str, name: str, definition: str) -> str:
    values = {"name": say(language, name), "meaning": define(language, definition)}
    return say(language, N_("{name}: {meaning}"), values)
