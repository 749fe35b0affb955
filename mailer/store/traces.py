"""What is erased because its time is over: traces of readers' own doings that serve no more. Decides no date."""

from datetime import datetime

from sqlalchemy import Connection, String, cast, delete, update

from mailer.domain.retention import HeardWay
from mailer.store.sql import run
from mailer.store.tables import data_requests, leavings, notices


def erase_traces(tx: Connection, before: datetime) -> int:
    """Departures that can no longer be undone, requests to see one's data, the words and links of settled notices."""
    # That they were heard then outlives what they did: nobody is asked « are you still there » too early.
    run(tx, _HEARD, before=before, way=HeardWay.ACTED.value)
    gone = tx.execute(delete(leavings).where(leavings.c.at <= before)).rowcount
    gone += tx.execute(delete(data_requests).where(data_requests.c.asked_at <= before)).rowcount
    full = notices.c.settled_at <= before, cast(notices.c.content, String) != "{}"
    return gone + tx.execute(update(notices).where(*full).values(content={})).rowcount


_HEARD = """INSERT INTO heard (address_id, way, at)
SELECT address_id, :way, max(at) FROM (
  SELECT address_id, at FROM leaving WHERE at <= :before
  UNION ALL SELECT address_id, asked_at FROM data_request WHERE asked_at <= :before) AS told
WHERE address_id IS NOT NULL GROUP BY address_id
ON CONFLICT (address_id) DO UPDATE SET way = excluded.way, at = excluded.at WHERE excluded.at > heard.at"""
