"""One open alert a kind and issue, until it is over."""

from mailer.store import alerts
from mailer.store.alerts import AlertRow
from mailer.store.database import Database
from tests.store.base import LATER, NOON, freeze


def test_an_alert_raised_again_is_brought_up_to_date(database: Database) -> None:
    with database.transaction() as tx:
        alerts.raise_alert(tx, "relay", "{host} refuses: {code}", {"host": "mx.example", "code": 421}, NOON)
        alerts.raise_alert(tx, "relay", "{host} is gone", {"host": "mx.example"}, LATER)
        assert alerts.open_alerts(tx) == [AlertRow("relay", None, "{host} is gone", {"host": "mx.example"}, NOON)]


def test_each_issue_has_its_own_alert(database: Database) -> None:
    with database.transaction() as tx:
        first, second = freeze(tx, "sirene/1"), freeze(tx, "sirene/2")
        for issue_id in (second, first, first, None, None):
            alerts.raise_alert(tx, "refused", "paused", {}, NOON, issue_id)
        assert [alert.issue_id for alert in alerts.open_alerts(tx)] == [second, first, None]


def test_an_alert_that_is_over_is_shown_no_more_and_may_be_raised_anew(database: Database) -> None:
    with database.transaction() as tx:
        alerts.raise_alert(tx, "relay", "gone", {}, NOON)
        alerts.raise_alert(tx, "disk", "full", {}, NOON)
        alerts.close_alerts(tx, "relay", LATER)
        alerts.close_alerts(tx, "relay", LATER)
        assert [alert.kind for alert in alerts.open_alerts(tx)] == ["disk"]
        alerts.raise_alert(tx, "relay", "gone", {}, LATER)
        assert [(alert.kind, alert.raised_at) for alert in alerts.open_alerts(tx)] == [("disk", NOON), ("relay", LATER)]
