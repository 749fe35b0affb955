"""What a restored database does for those who had asked: nothing, until they ask again."""

from datetime import timedelta

from mailer.domain.addresses import read_address
from mailer.domain.joining import Asking, RequestKind
from mailer.store import joining, restoring
from mailer.store.database import Database
from tests.store.base import NOON, fingerprint

ADDRESS = read_address("camille@courriel.example")
ASKING = Asking(ADDRESS, fingerprint(ADDRESS.canonical), RequestKind.JOIN)
LISTS = {"sirene": "La Sirène"}


def test_nobody_who_asked_before_a_backup_is_answered_or_reminded_after_its_restoring(database: Database) -> None:
    later = NOON + timedelta(days=4)
    with database.transaction() as tx:
        request_id = joining.take(tx, ASKING, LISTS, NOON)
        restoring.doubt_unsettled(tx, "restored", NOON)
        assert not joining.any_waiting(tx, later)
        assert joining.to_remind(tx, later, later, 10) == []
        assert joining.take(tx, ASKING, LISTS, later) == request_id, "one open request an address"
        assert [row.id for row in joining.waiting(tx, later, 10)] == [request_id]


def test_two_askings_of_one_address_are_one_request_for_both_lists(database: Database) -> None:
    with database.transaction() as tx:
        first = joining.take(tx, ASKING, LISTS, NOON)
        assert joining.take(tx, ASKING, {"klaxon": "Le Klaxon"}, NOON) == first
        assert {one.list_slug for one in joining.lists_of(tx, first)} == {"sirene", "klaxon"}
        assert joining.asked_since(tx, NOON - timedelta(hours=1)) == 1
