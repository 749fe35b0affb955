"""The pages of an archive, public or behind its secret link: issues by year, words looked for, one issue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from starlette.responses import HTMLResponse, Response

from mailer.domain.pages import seams
from mailer.services import reading
from mailer.services.reading import ArchivedIssue, IssuePage, Shelf
from mailer.web.front import Front
from mailer.web.headers import ARCHIVE_POLICY, FILE_POLICY
from mailer.web.invitations import invitation


@dataclass(frozen=True)
class Month:
    """A month of a year at a glance, with its issues, oldest first."""

    day: date
    issues: tuple[ArchivedIssue, ...]


@dataclass(frozen=True)
class Year:
    """A year of an archive: its issues, newest first, and its twelve months."""

    year: int
    issues: tuple[ArchivedIssue, ...]
    months: tuple[Month, ...]


def shelf_page(front: Front, shelf: Shelf, query: str) -> Response:
    """An archive by year, or its issues that hold some words."""
    now = front.clock()
    if query.strip():
        hits = reading.search(front.app, [shelf], query, now)
        return front.pages.page("archive_search", shelf=shelf, query=query[:200], hits=hits)
    years = by_year(front, reading.issues_of(front.app, shelf, now))
    return front.pages.page("archive_list", shelf=shelf, letter=shelf.letter, years=years, **invitation(front))


def issue_page(front: Front, shelf: Shelf, slug: str) -> Response:
    """The letter's own page, unchanged, between a bar that leads on and a foot that invites."""
    page = reading.page_of(front.app, shelf, slug, front.clock())
    policy = ARCHIVE_POLICY.format(public_url=front.app.config.public_url)
    return HTMLResponse(_framed(front, page), headers={"Content-Security-Policy": policy})


def pdf_file(front: Front, shelf: Shelf, slug: str) -> Response:
    """The issue on paper, under a name that says what it is."""
    content = reading.pdf_of(front.app, shelf, slug, front.clock())
    name = f'inline; filename="{shelf.letter.slug}-{slug}.pdf"'
    headers = {"Content-Security-Policy": FILE_POLICY, "Content-Disposition": name}
    return Response(content, media_type="application/pdf", headers=headers)


def by_year(front: Front, issues: Sequence[ArchivedIssue]) -> list[Year]:
    """The issues by the years of the site's calendar."""
    zone = front.app.config.zone
    days = {id(issue): issue.released_at.astimezone(zone).date() for issue in issues}
    return [_year(year, tuple(found), days) for year, found in groupby(issues, key=lambda issue: days[id(issue)].year)]


def _year(year: int, issues: tuple[ArchivedIssue, ...], days: dict[int, date]) -> Year:
    of_month = {
        month: tuple(issue for issue in reversed(issues) if days[id(issue)].month == month) for month in range(1, 13)
    }
    months = tuple(Month(date(year, month, 1), found) for month, found in of_month.items())
    return Year(year, issues, months)


def _framed(front: Front, page: IssuePage) -> str:
    at = seams(page.html)
    if at is None:
        return page.html
    head, top, foot = (
        front.pages.written(f"_issue_{part}.html", page=page, shelf=page.shelf, issue=page.issue, **invitation(front))
        for part in ("head", "top", "foot")
    )
    html = page.html
    return (
        html[: at.head_end]
        + head
        + html[at.head_end : at.body_start]
        + top
        + (html[at.body_start : at.body_end] + foot + html[at.body_end :])
    )
