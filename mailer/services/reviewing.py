"""An issue read by several before it leaves: by a link without account or at the desk; comments beside blocks."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailer.app import App
from mailer.app.drafts import load_issue
from mailer.domain.letters import Block, Issue
from mailer.errors import BadToken, Refused
from mailer.language import N_
from mailer.store import audit, issues, reviews
from mailer.store.database import Connection
from mailer.store.reviews import CommentRow, ReviewLinkRow, ReviewRow

VALID_FOR = timedelta(days=14)
LONGEST_COMMENT = 2_000
LONGEST_NAME = 80
MOST_COMMENTS = 500

SPENT = N_("This link works no more: it is too old, or the letter has left. Ask whoever sent it for a new one.")
SAY_WHO = N_("Say who you are, so that whoever corrects the letter can ask you.")
SAY_WHAT = N_("Nothing was written. Write what you would change, then send it.")
TOO_LONG = N_("That is too long: at most {most} characters a comment. Nothing is lost, it is still in the form.")
TOO_MANY = N_("There are very many comments on this letter already. Speak to whoever prepares it.")
LEFT = N_("{issue} has left: nothing can be changed in it any more.")


@dataclass(frozen=True)
class BlockRead:
    """A block as those who read see it, and what was said beside it."""

    number: int
    """Its place, from 1; 0 for the letter as a whole."""
    kind: str
    title: str
    text: str
    comments: tuple[CommentRow, ...]


@dataclass(frozen=True)
class Reading:
    """An issue as those who read it see it."""

    issue: Issue
    digest: str
    blocks: tuple[BlockRead, ...]
    elsewhere: tuple[CommentRow, ...]
    """Beside blocks that are gone."""
    readings: tuple[ReviewRow, ...]

    @property
    def open_comments(self) -> int:
        """How many nobody has settled yet."""
        every = [comment for block in self.blocks for comment in block.comments] + list(self.elsewhere)
        return sum(comment.settled_at is None for comment in every)


def ask(app: App, name: str, by: str, now: datetime, account_id: int | None = None) -> tuple[str, datetime]:
    """A new link to the issue, and until when it works. Raises NotFound, BadFiles or Refused."""
    load_issue(app, name)
    token, until = secrets.token_urlsafe(24), now + VALID_FOR
    with app.database.transaction() as tx:
        _refuse_left(tx, name)
        reviews.add_link(tx, name, _hash_of(token), by, now, until)
        audit.note(tx, account_id, by, "review_asked", name, now)
    return f"{app.config.public_url}/desk/review/{token}", until


def links(app: App, name: str, now: datetime) -> list[ReviewLinkRow]:
    """Those that work."""
    with app.database.reading() as tx:
        return [one for one in reviews.links(tx, name) if one.ended_at is None and one.until > now]


def end_links(app: App, name: str, now: datetime) -> int:
    """None works any more; how many did."""
    with app.database.transaction() as tx:
        return reviews.end_links(tx, name, now)


def behind(app: App, token: str, now: datetime) -> str:
    """The issue that a link leads to. Raises BadToken."""
    with app.database.reading() as tx:
        link = reviews.link(tx, _hash_of(token))
        row = issues.find(tx, link.issue) if link else None
    if link is None or link.ended_at is not None or link.until <= now or (row and row.released_at):
        raise BadToken(SPENT)
    return link.issue


def look(app: App, name: str) -> Reading:
    """The issue as its files are now, with all that was said. Raises NotFound or BadFiles."""
    issue = load_issue(app, name)
    with app.database.reading() as tx:
        said, read = reviews.said(tx, name), reviews.readings(tx, name)
    blocks = tuple(_block(at, block, said) for at, block in enumerate(issue.blocks, 1))
    whole = BlockRead(0, "", "", "", tuple(one for one in said if one.block == 0))
    gone = tuple(one for one in said if one.block > len(issue.blocks))
    return Reading(issue, issue.text_digest, (whole, *blocks), gone, tuple(read))


def open_comments(app: App, name: str) -> int:
    """How many nobody has settled yet."""
    with app.database.reading() as tx:
        return sum(one.settled_at is None for one in reviews.said(tx, name))


def say(app: App, name: str, block: int, who: str, words: str, now: datetime) -> None:
    """A comment beside a block. Raises Refused for one that says nothing, or too much."""
    who, words = _who(who), words.strip()
    if not words:
        raise Refused(SAY_WHAT)
    if len(words) > LONGEST_COMMENT:
        raise Refused(TOO_LONG, most=LONGEST_COMMENT)
    issue = load_issue(app, name)
    at = block if 0 <= block <= len(issue.blocks) else 0
    about = _title(issue.blocks[at - 1]) if at else ""
    with app.database.transaction() as tx:
        _refuse_left(tx, name)
        if len(reviews.said(tx, name)) >= MOST_COMMENTS:
            raise Refused(TOO_MANY)
        reviews.say(tx, name, at, about, who, words, now)


def read(app: App, name: str, who: str, now: datetime) -> None:
    """That person read the issue as it is now: « relu par 2/2 »."""
    who = _who(who)
    issue = load_issue(app, name)
    with app.database.transaction() as tx:
        _refuse_left(tx, name)
        reviews.read(tx, name, who, issue.text_digest, now)


def settle(app: App, name: str, comment_id: int, who: str, now: datetime) -> bool:
    """What a comment asks was done, or was decided against."""
    with app.database.transaction() as tx:
        return reviews.settle(tx, name, comment_id, who, now)


def _who(text: str) -> str:
    who = " ".join(text.split())[:LONGEST_NAME]
    if not who:
        raise Refused(SAY_WHO)
    return who


def _refuse_left(tx: Connection, name: str) -> None:
    row = issues.find(tx, name)
    if row is not None and row.released_at is not None:
        raise Refused(LEFT, issue=name)


def _block(at: int, block: Block, said: Sequence[CommentRow]) -> BlockRead:
    beside = tuple(one for one in said if one.block == at)
    return BlockRead(at, block.kind.value, _title(block), block.text.strip(), beside)


def _title(block: Block) -> str:
    """What people call it: its title, or its first words."""
    return block.fields.get("title") or " ".join(block.text.split()[:8])


def _hash_of(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
