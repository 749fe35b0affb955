"""Where the links of frozen letters lead, and how that was corrected. Judges no target."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from mailer.store.link_tables import link_corrections
from mailer.store.tables import issues, links


@dataclass(frozen=True)
class Correction:
    """A link that leads elsewhere since somebody said so."""

    number: int
    before: str
    after: str
    by: str
    reason: str
    at: datetime


def correct(tx: Connection, issue_id: int, correction: Correction) -> None:
    """From now on the link leads elsewhere: in letters already sent, where it is counted, and on the web page."""
    of_issue = links.c.issue_id == issue_id
    tx.execute(update(links).where(of_issue, links.c.number == correction.number).values(url=correction.after))
    tx.execute(insert(link_corrections).values(issue_id=issue_id, **vars(correction)))


def corrections(tx: Connection, issue_id: int) -> list[Correction]:
    """Every correction of the issue's links, oldest first."""
    columns = (link_corrections.c[name] for name in Correction.__dataclass_fields__)
    found = select(*columns).where(link_corrections.c.issue_id == issue_id).order_by(link_corrections.c.id)
    return [Correction(**row._asdict()) for row in tx.execute(found)]


def set_page(tx: Connection, issue_id: int, online: str) -> None:
    """The issue's page on the web, its links corrected."""
    tx.execute(update(issues).where(issues.c.id == issue_id).values(online=online))
