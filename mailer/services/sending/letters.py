"""The letters of one issue in a sender's hands: its frozen bytes, filled for one reader at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from mailer.domain.letters import Copy
from mailer.domain.measure import choice_of, may_measure
from mailer.domain.rates import MeasureMode
from mailer.domain.tokens import LetterTokens, Tracks
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
    stamp: "Stamp"
    sender_domain: str
    skeletons: dict[str, Skeleton]
    plain: dict[str, Skeleton]
    """For readers who may not be measured."""

    @cached_property
    def _measures(self) -> Mapping[bool | None, bool]:
        """By the reader's own word."""
        if self.tracks is None:
            return dict.fromkeys((None, True, False), False)
        # A letter that an older version froze has no plain variant; its nonce names nobody.
        return {word: not self.plain or may_measure(self.mode, choice_of(word)) for word in (None, True, False)}

    def may_measure(self, row: Claimed) -> bool:
        """Whether this reader's letter may carry a pixel and counted links."""
        return self._measures[row.choice]

    def letter(self, row: Claimed, tokens: LetterTokens, now: datetime, zone: ZoneInfo) -> list[bytes]:
        """One reader's letter, in pieces. Its tracking token is made here and kept nowhere."""
        measured = self.may_measure(row)
        skeletons = self.skeletons if measured else self.plain or self.skeletons
        date, minute = self.stamp.at(now, zone)
        track = ""
        if measured and self.tracks is not None:
            personal = row.delivery_id if self.mode is MeasureMode.CONSENT else 0
            track = self.tracks.token(minute, row.family, personal)
        message_id = f"{tokens.message}@{self.sender_domain}"
        return skeletons[row.segment].pieces(
            Copy(row.address, row.name, message_id, date, tokens.leave, tokens.preferences, track)
        )


class Stamp:
    """What letters say of the moment they leave at; thousands leave in the same second."""

    def __init__(self, released_at: datetime) -> None:
        self._released_at = released_at
        self._from = self._until = released_at
        self._said = ("", 0)

    def at(self, now: datetime, zone: ZoneInfo) -> tuple[str, int]:
        """The date as RFC 5322 writes it, and how many minutes the issue is out."""
        if not self._from <= now < self._until:
            self._from = now.replace(microsecond=0)
            self._until = self._from + timedelta(seconds=1)
            minute = int((now - self._released_at).total_seconds() // 60)
            self._said = (format_datetime(self._from.astimezone(zone)), minute)
        return self._said


def take_in_hand(tx: Connection, issue_id: int) -> IssueInHand:
    """A released issue, ready to be filled. Raises NotFound."""
    row = issues.get(tx, issue_id)
    skeletons = {segment: Skeleton.parse(blob) for segment, blob in issues.skeletons(tx, issue_id).items()}
    domain = row.sender_address.rpartition("@")[2]
    plain = {segment: Skeleton.parse(blob) for segment, blob in issues.plain_skeletons(tx, issue_id).items()}
    tracks = Tracks(row.issue_key, row.id) if row.issue_key else None
    return IssueInHand(row.id, row.name, row.measure, tracks, Stamp(row.released_at), domain, skeletons, plain)
