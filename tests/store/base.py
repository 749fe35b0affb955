"""A small base of invented people and issues, put into a database for a test."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from time import process_time

from sqlalchemy import select

from mailer.domain.deliveries import DeliveryState, Settlement
from mailer.domain.incoming import ContactRow
from mailer.domain.letters import ArchiveMode, Attachment, Campaign, FrozenLetter, Issue, MailingList
from mailer.domain.people import Basis, ContactKind
from mailer.domain.rates import MeasureMode
from mailer.domain.tokens import Keyring
from mailer.store import audiences, deliveries, issues, people
from mailer.store.addressed import Audience
from mailer.store.database import Connection, Database
from mailer.store.people import ImportCounts
from mailer.store.tables import addresses
from mailer.store.tables import deliveries as rows

NOON = datetime(2023, 9, 6, 10, 0, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
SIRENE, BASE = Audience("sirene", everyone=False), Audience("base", everyone=True)
fingerprint = Keyring(b"k" * 32).fingerprint
KEY = b"x" * 32

SENT = Settlement(DeliveryState.SENT, 250, "2.0.0 Ok", counted=True)
LOST = Settlement(DeliveryState.UNKNOWN, None, "connection lost", counted=True)
NO_MAILBOX = Settlement(DeliveryState.FAILED, 550, "5.1.1 no such user", counted=True, suppress=True)
BROKEN = Settlement(DeliveryState.QUEUED, None, "connection reset", counted=False, next_try_at=LATER)
DEFERRED = Settlement(DeliveryState.QUEUED, 451, "4.7.1 later", counted=True, next_try_at=LATER)


def contact(address: str, name: str = "", kind: ContactKind = ContactKind.PERSON) -> ContactRow:
    return ContactRow(1, address, address.casefold(), name, kind)


def take_in(
    tx: Connection, rows: Sequence[ContactRow], list_slug: str | None = "sirene", now: datetime = NOON
) -> ImportCounts:
    return people.import_contacts(
        tx, rows, fingerprint, list_slug=list_slug, basis=Basis.INFORMED, file_name="contacts.csv", now=now
    )


def crowd(tx: Connection, size: int, list_slug: str | None = "sirene") -> None:
    take_in(tx, [contact(f"reader{number}@mairie.example", f"Reader {number}") for number in range(size)], list_slug)


def an_issue(name: str = "sirene/2023-09", list_slug: str = "sirene", *, public: bool = True) -> Issue:
    campaign, _, _ = name.partition("/")
    mailing = MailingList(
        slug=list_slug,
        title="La Sirène",
        description="",
        sender_name="Le Collectif",
        sender_address="lettre@collectif.example",
        reply_to="contact@collectif.example",
        reason="",
        everyone=False,
        public=public,
        measure=MeasureMode.ANONYMOUS,
    )
    return Issue(
        name=name,
        path=f"campaigns/{name}/issue.md",
        campaign=Campaign(campaign, "La Sirène", list_slug, "sirene", "fr", 1, ArchiveMode.PUBLIC),
        list=mailing,
        subject="Rentrée",
        preheader="",
        title="La Sirène",
        number="septembre 2023",
        slot=NOON,
        audience=(list_slug,),
        blocks=(),
        images={},
        sources={},
    )


def a_letter(
    online: str = "<html>", sources: Mapping[str, str] | None = None, attachments: tuple[Attachment, ...] = ()
) -> FrozenLetter:
    return FrozenLetter(
        subject="Rentrée",
        title="La Sirène",
        number="septembre 2023",
        variants={"sirene": b"To: \0to.header\0\r\n", "base": b"To: \0to.header\0\r\nX: base\r\n"},
        links=("https://collectif.example/un", "https://collectif.example/deux"),
        attachments=attachments,
        online=online,
        sources=sources or {"issue.md": "aa"},
    )


def freeze(tx: Connection, name: str = "sirene/2023-09", list_slug: str = "sirene") -> int:
    return issues.freeze(tx, an_issue(name, list_slug), a_letter(), measure=MeasureMode.ANONYMOUS, now=NOON)


def release(
    tx: Connection,
    name: str = "sirene/2023-09",
    audience: Sequence[Audience] = (SIRENE,),
    due_at: datetime = NOON,
    list_slug: str = "sirene",
) -> int:
    """A frozen issue, released to its audience."""
    issue_id = freeze(tx, name, list_slug)
    assert issues.release(tx, issue_id, KEY, due_at, NOON)
    audiences.queue_audience(tx, issue_id, audience, list_slug, NOON, due_at)
    return issue_id


def released_to(database: Database, size: int) -> int:
    """An issue released to so many invented readers."""
    with database.transaction() as tx:
        crowd(tx, size)
        return release(tx)


def claim(database: Database, claim_id: str = "a", limit: int = 100, lease_s: float = 60) -> list[int]:
    with database.transaction() as tx:
        return [row.delivery_id for row in deliveries.claim(tx, claim_id, limit, lease_s, LATER)]


def state_of(database: Database, delivery_id: int) -> DeliveryState:
    with database.reading() as tx:
        return DeliveryState(tx.execute(select(rows.c.state).where(rows.c.id == delivery_id)).scalar_one())


def delivery_to(tx: Connection, address: str, issue_id: int) -> int:
    found = tx.execute(
        select(rows.c.id)
        .join(addresses, addresses.c.id == rows.c.address_id)
        .where(addresses.c.canonical == address, rows.c.issue_id == issue_id)
    )
    return int(found.scalar_one())


def counts(database: Database, issue_id: int) -> dict[DeliveryState, int]:
    with database.reading() as tx:
        return deliveries.counts(tx, issue_id)


def run_together(number: int, story: Callable[[], object]) -> None:
    """Several threads that begin at the same moment; what one of them raises is raised here."""
    start, failed = Barrier(number), list[BaseException]()

    def tell() -> None:
        start.wait()
        try:
            story()
        except BaseException as error:  # raised again below, in the test's own thread
            failed.append(error)

    threads = [Thread(target=tell) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]


def quickest(database: Database, story: Callable[[Connection], object]) -> float:
    """Seconds of this process that the story takes, at best of three; nothing of it is kept."""
    return min(_seconds(database, story) for _ in range(3))


def _seconds(database: Database, story: Callable[[Connection], object]) -> float:
    with database.rehearsal() as tx:
        started = process_time()
        story(tx)
        return process_time() - started
