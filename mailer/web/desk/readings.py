"""« Lectures »: how an issue was read, and a year beside the year before; as a page, a table, a page to print."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import HTMLResponse, Response

from mailer.domain.years import PastYear
from mailer.services import reporting
from mailer.services.reporting import CampaignYear, Section
from mailer.web.desk.entry import AtDesk, Desk
from mailer.web.headers import REPORT_POLICY

router = APIRouter(prefix="/readings")

YearNumber = Annotated[int, Path(ge=1990, le=9998)]


@dataclass(frozen=True)
class YearRead:
    """A year as it was counted within the last minute."""

    campaigns: tuple[CampaignYear, ...]
    past: tuple[PastYear, ...]
    """What was brought in for it."""


@router.get("/")
def show_latest(desk: AtDesk) -> Response:
    """The latest year of which there is anything to tell."""
    years = reporting.years_told(desk.app)
    return _year_page(desk, years[0] if years else desk.today.year, years)


@router.get("/{year:int}")
def show_year(year: YearNumber, desk: AtDesk) -> Response:
    """Every issue of the year with its rate, and each campaign beside its year before."""
    return _year_page(desk, year, reporting.years_told(desk.app))


@router.get("/{year:int}/csv")
def year_table(year: YearNumber, desk: AtDesk) -> Response:
    """The same for a spreadsheet."""
    read, config = _read(desk, year), desk.app.config
    return table(str(year), reporting.year_table(config.language, config.zone, read.campaigns, read.past))


@router.get("/{year:int}/print")
def year_to_print(year: YearNumber, desk: AtDesk) -> Response:
    """The same on a page that needs nothing else."""
    read = _read(desk, year)
    return _to_print(reporting.year_page(desk.app, year, read.campaigns, read.past, desk.now), str(year))


@router.get("/{campaign}/{slug}")
def show_issue(campaign: str, slug: str, desk: AtDesk) -> Response:
    """Three figures first, then the plots, the tables, all that was counted."""
    report = desk.report(f"{campaign}/{slug}")
    section = reporting.issue_section(desk.app, report)
    return desk.page(
        "reading",
        report=report,
        year=report.released_at.astimezone(desk.app.config.zone).year,
        told=section,
        still=reporting.left_to_count(desk.app.config.language, int(report.closed_at is None)),
        rate=reporting.rate_sentence(desk.app.config.language, report),
        missing=sum(report.causes.values()),
        meanings=_meanings(desk, [section]),
    )


@router.get("/{campaign}/{slug}/csv")
def issue_table(campaign: str, slug: str, desk: AtDesk) -> Response:
    """The same for a spreadsheet."""
    config, report = desk.app.config, desk.report(f"{campaign}/{slug}")
    return table(f"{campaign}-{slug}", reporting.issue_table(config.language, config.zone, report))


@router.get("/{campaign}/{slug}/print")
def issue_to_print(campaign: str, slug: str, desk: AtDesk) -> Response:
    """The same on a page that needs nothing else."""
    report = desk.report(f"{campaign}/{slug}")
    return _to_print(reporting.issue_page(desk.app, report, desk.now), f"{campaign}-{slug}")


def table(name: str, text: str) -> Response:
    """A table as a file to keep."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(text.encode(), media_type="text/csv; charset=utf-8", headers=headers)


def _year_page(desk: Desk, year: int, years: list[int]) -> Response:
    read = _read(desk, year)
    sections = reporting.year_sections(desk.app, read.campaigns)
    return desk.page(
        "readings",
        year=year,
        years=years,
        campaigns=list(zip(read.campaigns, sections, strict=True)),
        past=[reporting.past_sentence(desk.app.config.language, one) for one in read.past],
        meanings=_meanings(desk, sections),
    )


def _read(desk: Desk, year: int) -> YearRead:
    return desk.recent.get((YearRead, year), desk.now, partial(_count, desk, year))


def _count(desk: Desk, year: int) -> YearRead:
    return YearRead(tuple(reporting.year_report(desk.app, year)), tuple(reporting.past_years(desk.app, year)))


def _meanings(desk: Desk, sections: list[Section]) -> dict[str, str]:
    """What each figure on the page means, by its name."""
    language = desk.app.config.language
    lines = [line for section in sections for line in section.lines if line.definition]
    return {line.name: reporting.define(language, line.definition) for line in lines}


def _to_print(page: str, name: str) -> Response:
    kept = {"Content-Security-Policy": REPORT_POLICY, "Content-Disposition": f'inline; filename="{name}.html"'}
    return HTMLResponse(page, headers=kept)
