"""What figures mean, in sentences of the site's language. Counts nothing."""

from mailer.domain.rates import MeasureMode
from mailer.domain.years import PastYear
from mailer.language import N_, number, percent, say, say_plural
from mailer.services.reporting.issues import IssueReport
from mailer.services.reporting.years import CampaignYear

NOT_COUNTED = N_("Readings are not counted for this letter.")
NOTHING_DELIVERED = N_("No letter has been delivered yet: there is no reading rate.")
BOUNDS_ALONE = N_("Reading rate between {low} and {high}: machines fetched too many letters to say more.")
RATE = N_(
    "Estimated reading rate {rate} (between {low} and {high}), counted on {measured} delivered letters, automatic "
    "fetches left out; readers who block images are not seen."
)
RATE_OF_SOME = N_(
    "Estimated reading rate {rate} (between {low} and {high}), counted on {measured} of the {delivered} delivered "
    "letters, automatic fetches left out; readers who block images are not seen."
)
MORE = N_(
    "More was read than in {year}: {rate} against {before} (from {least} points on, a difference means something)."
)
LESS = N_(
    "Less was read than in {year}: {rate} against {before} (from {least} points on, a difference means something)."
)
AS_MUCH = N_(
    "As much was read as in {year}, for all that can be told: {rate} against {before}; below {least} points, the "
    "difference may be chance."
)
COUNTED_OTHERWISE = N_(
    "{before} in {year}: the way of counting changed in between, so the two figures must not be compared."
)
BROUGHT_IN = N_(
    "The figure of {year} was brought in from another program, which counts every fetch, machines too; it is compared "
    "with {rate}, counted in that way."
)
PAST = N_("{campaign}, {year}: {issues}, {sends}; {rate} (a figure brought in, not counted here).")
BREAK = N_("From {issue} on, readings are counted in another way ({measure}): do not compare with what was before.")


MEASURES = {
    "anonymous": N_("counted anonymously"),
    "consent": N_("counted among the readers who agreed"),
    "off": N_("not counted"),
}
"""By the mode that is stored with an issue."""


def rate_sentence(language: str, report: IssueReport) -> str:
    """An issue's rate with what it rests on, or why there is none."""
    if report.measure is MeasureMode.OFF:
        return say(language, NOT_COUNTED)
    if report.measured == 0:
        return say(language, NOTHING_DELIVERED)
    rates = (report.reading_rate, report.ci_low, report.ci_high)
    if None in rates:
        bounds = {"low": share_words(language, report.bound_low), "high": share_words(language, report.bound_high)}
        return say(language, BOUNDS_ALONE, bounds)
    rate, low, high = (share_words(language, one) for one in rates)
    counts = {"measured": number(language, report.measured), "delivered": number(language, report.delivered)}
    sentence = RATE if report.measured == report.delivered else RATE_OF_SOME
    return say(language, sentence, {"rate": rate, "low": low, "high": high, **counts})


def comparison(language: str, year: CampaignYear) -> str:
    """This year beside the one before; empty where there is none."""
    before, difference = year.before, year.difference
    if before is None or before.rate is None:
        return ""
    values: dict[str, object] = {
        "year": before.year,
        "before": percent(language, before.rate),
        "rate": share_words(language, year.rate_compared),
    }
    if difference is None:
        return "" if before.comparable else say(language, COUNTED_OTHERWISE, values)
    values["least"] = number(language, round(100 * difference.least, 1))
    sentence = AS_MUCH
    if difference.means_something:
        sentence = MORE if difference.change > 0 else LESS
    told = [sentence, BROUGHT_IN] if before.imported else [sentence]
    return " ".join(say(language, one, values) for one in told)


def year_sentences(language: str, year: CampaignYear) -> list[str]:
    """What must be known of a year's rate: how it compares, where counting changed, what is still open."""
    told = (comparison(language, year), *breaks(language, year), left_to_count(language, year.provisional))
    return [one for one in told if one]


def past_sentence(language: str, past: PastYear) -> str:
    """A year that was brought in, marked as such."""
    return say(
        language,
        PAST,
        {
            "campaign": past.campaign,
            "year": past.year,
            "issues": say_plural(language, "{count} issue", "{count} issues", past.issues),
            "sends": say_plural(language, "{count} letter", "{count} letters", past.sends),
            "rate": percent(language, past.rate),
        },
    )


def breaks(language: str, year: CampaignYear) -> list[str]:
    """Where the way of counting changed."""
    measures = {one.name: one.measure for one in year.reports}
    return [
        say(language, BREAK, {"issue": name, "measure": measure_words(language, measures[name])})
        for name in year.breaks
    ]


def measure_words(language: str, measure: str) -> str:
    """How readings are counted."""
    return say(language, MEASURES[measure])


def left_to_count(language: str, still: int) -> str:
    """That figures may change; empty where every count is closed."""
    if not still:
        return ""
    return say_plural(
        language,
        "{count} issue is still counted: its figures may rise until thirty days after its last letter.",
        "{count} issues are still counted: their figures may rise until thirty days after their last letters.",
        still,
    )


def share_words(language: str, share: float | None) -> str:
    """A share as a percentage; a dash where there is none."""
    return "–" if share is None else percent(language, share)
