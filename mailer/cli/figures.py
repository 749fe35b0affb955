"""A report's figures as `--json` names them. The keys are promised: scripts rely on them."""

from typing import Any

from mailer.domain.years import PastYear, YearRates
from mailer.services.reporting import CampaignYear, IssueReport


def issue_json(report: IssueReport) -> dict[str, Any]:
    """One issue."""
    families = {
        one.family.name.lower(): {"delivered": one.delivered, "not_arrived": one.not_arrived} for one in report.families
    }
    causes = {cause.name.lower(): count for cause, count in report.causes.items()}
    derived = {"campaign": report.campaign, "click_rate": report.click_rate, "families": families, "causes": causes}
    return vars(report) | derived


def year_json(year: CampaignYear) -> dict[str, Any]:
    """A campaign's year; rates are shares, None where there is none."""
    before, difference = year.before, year.difference
    return {
        "campaign": year.campaign,
        "title": year.title,
        "issues": year.issues,
        "audience": year.audience,
        "sends": year.sends,
        "not_arrived": year.not_arrived,
        "measured": year.measured,
        "readers": year.readers,
        "machines": year.machines,
        "clicks": year.clicks,
        "unsubscribed": year.unsubscribed,
        "complaints": year.complaints,
        "reasons": year.reasons,
        **_rates(year.rates),
        "without_exceptional": _rates(year.without_exceptional) if year.without_exceptional else None,
        "headline": year.headline,
        "rate": year.rate,
        "previous": year.previous,
        "previous_imported": before.imported if before else None,
        "previous_comparable": before.comparable if before else None,
        "rate_compared": year.rate_compared,
        "change": difference.change if difference else None,
        "least_change": difference.least if difference else None,
        "breaks": year.breaks,
        "provisional": year.provisional,
        "sentence": year.sentence,
    }


def past_json(past: PastYear) -> dict[str, Any]:
    """A year that was brought in."""
    return {"issues": past.issues, "sends": past.sends, "rate_raw": past.rate, "imported": True}


def _rates(rates: YearRates) -> dict[str, float | None]:
    return {
        "rate_pooled": rates.pooled,
        "rate_mean": rates.mean,
        "rate_raw_pooled": rates.pooled_raw,
        "rate_raw_mean": rates.mean_raw,
    }
