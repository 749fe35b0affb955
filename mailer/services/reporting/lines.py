"""A report as lines that are printed alike in a terminal and on a page: a name, a figure, its definition."""

from dataclasses import dataclass

from mailer.domain.choices import REASONS, LeaveReason
from mailer.domain.rates import MeasureMode
from mailer.domain.years import Headline, YearRates
from mailer.language import N_, number, say
from mailer.services.reporting.grids import few
from mailer.services.reporting.issues import IssueReport
from mailer.services.reporting.telling import measure_words, share_words
from mailer.services.reporting.years import CampaignYear

DEFINITIONS = {
    "issues": N_("letters of the campaign that left in the year, by the calendar of the site"),
    "audience": N_("addresses that the letter was queued for, once each"),
    "delivered": N_("taken by the receiver's server, and not come back since"),
    "not_arrived": N_("refused for good by the receiver's server, or come back later"),
    "measured": N_("delivered letters that could tell that they were read"),
    "readers": N_(
        "letters whose image or link was fetched by a person, or by a mailbox on behalf of its person; once each"
    ),
    "machines": N_("letters fetched by machines only: nobody can tell whether a person read them"),
    "rate": N_("letters read, divided by letters measured less those that machines hide"),
    "interval": N_("what chance alone may change, 95 times in 100 (Wilson's interval)"),
    "bounds": N_("if nobody read the letters that machines hide, and if everybody did"),
    "raw": N_("any fetch counts, machines too: as other programs count, and only to be compared with them"),
    "clicks": N_("letters of which a person followed at least one link"),
    "click_rate": N_("letters clicked, divided by letters read"),
    "unsubscribed": N_("readers who left by this letter, until its count closed"),
    "reasons": N_("readers who left a list of this campaign in the year and chose to say why; most say nothing"),
    "complaints": N_("readers who reported the letter as unwanted, as far as receivers say it"),
    "pooled": N_("all letters of the year taken together: a large send weighs as much as it has letters"),
    "mean": N_("the mean of the issues' rates: each issue weighs the same"),
}
"""What each count means; whoever prints a figure prints this with it."""


@dataclass(frozen=True)
class Line:
    """A figure by its name; `definition` is a key of DEFINITIONS, empty where the name says all."""

    name: str
    value: str
    definition: str = ""


def define(language: str, key: str) -> str:
    """The definition in a language."""
    return say(language, DEFINITIONS[key])


def issue_lines(language: str, report: IssueReport) -> list[Line]:
    """One issue's figures."""
    lines = [
        _count(language, N_("audience"), report.audience, "audience"),
        _count(language, N_("delivered"), report.delivered, "delivered"),
        _count(language, N_("not arrived"), sum(report.causes.values()), "not_arrived"),
    ]
    if report.measure is not MeasureMode.OFF:
        lines += _reading(language, report)
    return [
        *lines,
        _count(language, N_("left"), report.unsubscribed, "unsubscribed"),
        _count(language, N_("complaints"), report.complaints, "complaints"),
        Line(say(language, N_("readings")), measure_words(language, report.measure)),
    ]


def year_lines(language: str, year: CampaignYear) -> list[Line]:
    """A campaign's year, each rate both ways and with and without exceptional sends."""
    lines = [
        _count(language, N_("issues"), year.issues, "issues"),
        _count(language, N_("letters queued"), year.audience, "audience"),
        _count(language, N_("delivered"), year.sends, "delivered"),
        _count(language, N_("not arrived"), year.not_arrived, "not_arrived"),
    ]
    if year.measured:
        lines += [
            _count(language, N_("measured"), year.measured, "measured"),
            _count(language, N_("read"), year.readers, "readers"),
            _count(language, N_("hidden by machines"), year.machines, "machines"),
            *rate_lines(language, year),
            _count(language, N_("clicked"), year.clicks, "clicks"),
        ]
    return [
        *lines,
        _count(language, N_("left"), year.unsubscribed, "unsubscribed"),
        *(_reason(language, reason, count) for reason, count in year.reasons.items()),
        _count(language, N_("complaints"), year.complaints, "complaints"),
    ]


def rate_lines(language: str, year: CampaignYear) -> list[Line]:
    """Both ways of taking issues together; nothing where readings are not counted."""
    if not year.measured:
        return []
    with_all = _both(
        language, year.rates, N_("reading rate, all letters together"), N_("reading rate, mean of the issues")
    )
    if year.without_exceptional is None:
        without = []
    else:
        names = N_("the same without exceptional sends, together"), N_("the same without exceptional sends, mean")
        without = _both(language, year.without_exceptional, *names)
    raw = year.rates.headline(year.headline, raw=True)
    return [*with_all, *without, _rate(language, N_("any fetch counted"), raw, "raw")]


def _reading(language: str, report: IssueReport) -> list[Line]:
    return [
        _count(language, N_("measured"), report.measured, "measured"),
        _count(language, N_("read"), report.readers, "readers"),
        _count(language, N_("hidden by machines"), report.machines, "machines"),
        _rate(language, N_("reading rate"), report.reading_rate, "rate"),
        _between(language, N_("chance, 95 %"), (report.ci_low, report.ci_high), "interval"),
        _between(language, N_("bounds"), (report.bound_low, report.bound_high), "bounds"),
        _rate(language, N_("any fetch counted"), report.rate_raw, "raw"),
        _count(language, N_("clicked"), report.clicks, "clicks"),
        _rate(language, N_("clicked among readers"), report.click_rate, "click_rate"),
    ]


def _reason(language: str, reason: LeaveReason, count: int | None) -> Line:
    words = say(language, REASONS[reason])
    return Line(say(language, N_("left: {reason}"), {"reason": words}), few(language, count), "reasons")


def _both(language: str, rates: YearRates, pooled: str, mean: str) -> list[Line]:
    return [
        _rate(language, pooled, rates.headline(Headline.POOLED), "pooled"),
        _rate(language, mean, rates.headline(Headline.MEAN), "mean"),
    ]


def _count(language: str, name: str, count: int, definition: str) -> Line:
    return Line(say(language, name), number(language, count), definition)


def _rate(language: str, name: str, share: float | None, definition: str) -> Line:
    return Line(say(language, name), share_words(language, share), definition)


def _between(language: str, name: str, ends: tuple[float | None, float | None], definition: str) -> Line:
    low, high = (share_words(language, end) for end in ends)
    return Line(say(language, name), f"{low} – {high}", definition)
