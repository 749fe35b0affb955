"""What is erased because its time is over: traces of readers' own doings that serve no more. Decides no date."""

from datetime import datetime

from sqlalchemy import Connection, String, cast, delete, update

from mailer.store.tables import data_requests, leavings, notices


def erase_traces(tx: Connection, before: datetime) -> int:
    """Departures that can no longer be undone, requests to see one's data, the words and links of settled notices."""
    gone = tx.execute(delete(leavings).where(leavings.c.at <= before)).rowcount
    gone += tx.execute(delete(data_requests).where(data_requests.c.asked_at <= before)).rowcount
    full = notices.c.settled_at <= before, cast(notices.c.content, String) != "{}"
    return gone + tx.execute(update(notices).where(*full).values(content={})).rowcount
