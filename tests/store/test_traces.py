"""Traces of what readers did go when their time is over, not a moment earlier, and twice is as good as once."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, select

from mailer.store import data_requests, notices, traces
from mailer.store.database import Database
from mailer.store.tables import addresses, deliveries, heard, leavings
from mailer.store.tables import notices as rows
from tests.store.base import released_to

THEN = datetime(2026, 3, 4, tzinfo=UTC)


def test_departures_requests_and_mailed_links_go_after_their_time(database: Database) -> None:
    released_to(database, 1)
    with database.transaction() as tx:
        reader = tx.execute(select(deliveries.c.id, deliveries.c.address_id)).one()
        data_requests.add(tx, reader.address_id, THEN)
        left = {"address_id": reader.address_id, "delivery_id": reader.id, "list_slug": "lettre", "opposed": False}
        left |= {"way": "page", "at": THEN, "before": {}, "reason_said": False}
        tx.execute(insert(leavings).values(left))
        for key in ("settled", "waits"):
            notices.queue(tx, "own_data", key, "a@b.example", {"link": "/data/x"}, THEN)
        tx.execute(rows.update().where(rows.c.key == "settled").values(state="sent", settled_at=THEN))
        assert traces.erase_traces(tx, THEN - timedelta(seconds=1)) == 0
        assert [traces.erase_traces(tx, THEN) for _ in range(2)] == [3, 0]
        content = {row.key: row.content for row in tx.execute(select(rows.c.key, rows.c.content))}
        assert content == {"settled": {}, "waits": {"link": "/data/x"}}
        assert tx.execute(select(addresses.c.id)).scalars().all(), "nobody goes with it"
        told = tx.execute(select(heard.c.address_id, heard.c.at)).one()
        assert tuple(told) == (reader.address_id, THEN), "they were heard then, for as long as people are kept"
