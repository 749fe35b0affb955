"""The small tables of a report: links, receivers, reasons why letters did not arrive. Hides nothing itself."""

from dataclasses import dataclass

from mailer.domain.addresses import Family
from mailer.language import N_, number, say, say_plural
from mailer.services.reporting.issues import IssueReport

FEW = N_("fewer than 10")
FAMILIES = {
    Family.OTHER: N_("other receivers"),
    Family.ORANGE: "Orange, Wanadoo",
    Family.LAPOSTE: "La Poste",
    Family.FREE: "Free",
    Family.SFR: "SFR, Neuf",
    Family.GOOGLE: "Gmail",
    Family.MICROSOFT: "Outlook, Hotmail",
    Family.YAHOO: "Yahoo",
}
READINGS_BY_RECEIVER = N_(
    "Readings are not kept by receiver: nothing stored says where a letter that was read had gone."
)


@dataclass(frozen=True)
class Grid:
    """A table: its title, its columns, its rows, and what must be said under it."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def issue_grids(language: str, report: IssueReport) -> list[Grid]:
    """All of them that have anything to show."""
    links = links_grid(language, report)
    return [*([links] if links.rows else []), *arrival_grids(language, report)]


def arrival_grids(language: str, report: IssueReport) -> list[Grid]:
    """Where letters arrived and where not, as far as there is anything to show."""
    return [one for one in (families_grid(language, report), causes_grid(language, report)) if one.rows]


def links_grid(language: str, report: IssueReport) -> Grid:
    """The most followed links."""
    rows = tuple((one.url, number(language, one.people)) for one in report.links)
    others = report.other_links if report.links or report.clicks else 0
    note = say_plural(
        language,
        "{count} other link was followed by fewer than ten readers, or by nobody.",
        "{count} other links were each followed by fewer than ten readers, or by nobody.",
        others,
    )
    columns = (say(language, N_("link")), say(language, N_("letters clicked")))
    return Grid(say(language, N_("Most followed links")), columns, rows, note if others else "")


def families_grid(language: str, report: IssueReport) -> Grid:
    """By receiver family; small cells are hidden already."""
    rows = tuple(
        (say(language, FAMILIES[one.family]), few(language, one.delivered), few(language, one.not_arrived))
        for one in report.families
    )
    columns = tuple(say(language, name) for name in (N_("receiver"), N_("delivered"), N_("not arrived")))
    return Grid(say(language, N_("By receiver")), columns, rows, say(language, READINGS_BY_RECEIVER))


def causes_grid(language: str, report: IssueReport) -> Grid:
    """Why letters did not arrive."""
    rows = tuple((say(language, cause), number(language, count)) for cause, count in report.causes.items() if count)
    columns = (say(language, N_("reason")), say(language, N_("letters")))
    return Grid(say(language, N_("Letters that did not arrive")), columns, rows)


def few(language: str, count: int | None) -> str:
    """A count, or that it is too small to be shown."""
    return say(language, FEW) if count is None else number(language, count)
