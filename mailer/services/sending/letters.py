"""The letters of one issue in a sender's hands: its frozen bytes, filled for one reader at a time."""

from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from mailer.domain.letters import Copy
from mailer.domain.measure import choice_of, may_measure
from mailer.domain.rates import MeasureMode
from mailer.domain.tokens import Keyring, Purpose, Tracks
from mailer.rendering.skeleton import Skeleton
from mailer.store import issues
from mailer.store.database import Connection
from mailer.store.deliveries import Claimed


@dataclass(frozen=True)
class IssueInHand:
    """What filling an issue's letters needs, read once a drain."""

    id: int
    name: str
    mode: MeasureMode
    tracks: Tracks | None
    """None where readings are not counted."""
    released_at: datetime
    sender_domain: str
    skeletons: dict[str, Skeleton]
    plain: dict[str, Skeleton]
    """For readers who may not be measured."""

    def may_measure(self, row: Claimed) -> bool:
        """Whether this reader's letter may carry a pixel and counted links."""
        if self.tracks is None:
            return False
        # A letter that an older version froze has no plain variant; its nonce names nobody.
        return not self.plain or may_measure(self.mode, choice_of(row.choice))

    def letter(self, row: Claimed, keys: Keyring, now: datetime, zone: ZoneInfo) -> list[bytes]:
        """One reader's letter, in pieces. Its tracking token is made here and kept nowhere."""
        measured = self.may_measure(row)
        skeletons = self.skeletons if measured else self.plain or self.skeletons
        return skeletons[row.segment].pieces(
            Copy(
                address=row.address,
                name=row.name,
                message_id=f"{keys.token(Purpose.MESSAGE, row.delivery_id)}@{self.sender_domain}",
                date=_date(now.replace(microsecond=0), zone),
                leave=keys.token(Purpose.LEAVE, row.delivery_id),
                preferences=keys.token(Purpose.PREFERENCES, row.delivery_id),
                track=self._track(row, now) if measured else "",
            )
        )

    def _track(self, row: Claimed, now: datetime) -> str:
        if self.tracks is None:
            return ""
        minute = int((now - self.released_at).total_seconds() // 60)
        return self.tracks.token(minute, row.family, row.delivery_id if self.mode is MeasureMode.CONSENT else 0)


def take_in_hand(tx: Connection, issue_id: int) -> IssueInHand:
    """A released issue, ready to be filled. Raises NotFound."""
    row = issues.get(tx, issue_id)
    skeletons = {segment: Skeleton.parse(blob) for segment, blob in issues.skeletons(tx, issue_id).items()}
    domain = row.sender_address.rpartition("@")[2]
    plain = {segment: Skeleton.parse(blob) for segment, blob in issues.plain_skeletons(tx, issue_id).items()}
    tracks = Tracks(row.issue_key, row.id) if row.issue_key else None
    return IssueInHand(row.id, row.name, row.measure, tracks, row.released_at, domain, skeletons, plain)


@lru_cache(4)
def _date(second: datetime, zone: ZoneInfo) -> str:
    """As RFC 5322 writes it; thousands of letters leave in the same second."""
    return format_datetime(second.astimezone(zone))
