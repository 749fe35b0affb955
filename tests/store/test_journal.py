"""A sender's record: what it says survives its process, and nothing is believed that may have been lost."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.domain.deliveries import DeliveryState, Settlement
from mailer.errors import StoreError
from mailer.store import journal as journals
from mailer.store.journal import CANNOT_WRITE, ROOM, Journal, Record, read_journal

SENT = Settlement(DeliveryState.SENT, 250, "2.0.0 Ok", counted=True)
LATER = Settlement(
    DeliveryState.QUEUED, 451, "4.7.1 plus\ntard é\udce9", counted=True, next_try_at=datetime(2026, 3, 4, tzinfo=UTC)
)
GONE = Settlement(DeliveryState.FAILED, 550, "5.1.1 inconnue", counted=True, suppress=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sender.journal"


def test_what_leaves_is_on_record_at_once_and_its_reply_with_the_next(path: Path) -> None:
    journal = Journal(path)
    journal.leaving(1)
    assert read_journal(path) == Record((1,), {})
    journal.settled(1, SENT)
    assert read_journal(path) == Record((1,), {})
    journal.leaving(2)
    assert read_journal(path) == Record((2,), {1: SENT})
    journal.settled(2, GONE)
    journal.flush()
    assert read_journal(path) == Record((), {1: SENT, 2: GONE})
    journal.close()


def test_every_reply_is_read_as_it_was_told(path: Path) -> None:
    journal = Journal(path)
    for number, settlement in enumerate((SENT, LATER, GONE), 1):
        journal.settled(number, settlement)
    journal.flush()
    read = read_journal(path)
    assert read is not None
    assert read.settled == {1: SENT, 2: LATER, 3: GONE}
    journal.close()


def test_a_letter_that_stayed_after_all_is_not_under_way(path: Path) -> None:
    journal = Journal(path)
    journal.leaving(1)
    journal.stayed(1)
    journal.stayed(2)
    journal.flush()
    assert read_journal(path) == Record((), {})
    assert not journal.is_needed
    journal.close()


def test_a_record_is_needed_until_the_database_knows_what_it_says(path: Path) -> None:
    journal = Journal(path)
    journal.leaving(1)
    journal.known([1])
    assert journal.is_needed, "under way: nothing is known of it yet"
    journal.settled(1, SENT)
    assert journal.is_needed
    journal.known([1, 99])
    assert not journal.is_needed
    journal.keep()
    assert journal.is_needed
    journal.close()


def test_a_full_record_is_shortened_to_what_the_database_does_not_know(path: Path) -> None:
    journal = Journal(path)
    words = Settlement(DeliveryState.SENT, 250, "x" * 400, counted=True)
    journal.leaving(7)
    for number in range(100, 100 + 3 * ROOM // 400):
        journal.settled(number, words)
        journal.flush()
        journal.known([number])
    assert path.stat().st_size == ROOM
    record = read_journal(path)
    assert record is not None
    assert record.under_way == (7,)
    journal.settled(7, SENT)
    journal.flush()
    assert read_journal(path) == Record((), {7: SENT} | dict(record.settled))
    journal.close()


def test_nothing_is_believed_of_another_boot_of_no_boot_or_of_no_file(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read_journal(path) is None
    Journal(path).close()
    assert read_journal(path) == Record((), {})
    boot = tmp_path / "boot_id"
    boot.write_text("another\n")
    monkeypatch.setattr(journals, "BOOT", boot)
    assert read_journal(path) is None
    boot.unlink()
    Journal(path).close()
    assert read_journal(path) is None


def test_a_torn_last_line_was_never_acted_upon(path: Path) -> None:
    journal = Journal(path)
    journal.leaving(1)
    journal.close()
    end = len(path.read_bytes().rstrip(b"\0"))
    with path.open("r+b") as file:
        file.seek(end)
        file.write(b"L12")
    assert read_journal(path) == Record((1,), {})


def test_where_there_is_no_room_the_letter_does_not_leave_and_the_record_stays_whole(path: Path) -> None:
    journal = Journal(path)
    journal.leaving(1)
    long = Settlement(DeliveryState.FAILED, 550, "x" * 600_000, counted=True)
    journal.settled(2, long)
    journal.flush()
    journal.settled(3, long)
    with room_for(ROOM // 2):
        with pytest.raises(StoreError) as told:
            journal.leaving(234_567)
        assert told.value.sentence == CANNOT_WRITE
        with pytest.raises(StoreError):
            journal.flush()
    assert read_journal(path) == Record((1,), {2: long})
    journal.known([2])
    journal.leaving(4)
    assert read_journal(path) == Record((1, 4), {3: long})
    journal.close()


def test_a_disk_without_room_for_a_record_is_told_before_any_letter_leaves(path: Path) -> None:
    with room_for(ROOM // 2), pytest.raises(StoreError) as told:
        Journal(path)
    assert told.value.sentence == CANNOT_WRITE
    assert not path.exists()


def test_a_line_with_holes_in_it_was_never_acted_upon(path: Path) -> None:
    """Memory need not be written from left to right: a killed sender may leave the end of a line without its middle."""
    journal = Journal(path)
    journal.leaving(1)
    end = len(path.read_bytes().rstrip(b"\0"))
    journal.close()
    with path.open("r+b") as file:
        file.seek(end)
        file.write(b"L1\0\0\0\nS5 [\0\n")
    assert read_journal(path) == Record((1,), {})


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as told:
        Journal(tmp_path / "nowhere" / "sender.journal")
    assert told.value.sentence == CANNOT_WRITE


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """As on a full disk, no file grows beyond so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


NUMBERS = st.integers(1, 5)
STEPS = st.one_of(
    st.tuples(st.just("leaving"), NUMBERS),
    st.tuples(st.sampled_from([SENT, LATER, GONE]), NUMBERS),
    st.tuples(st.just("stayed"), NUMBERS),
    st.tuples(st.just("known"), NUMBERS),
)


@given(st.lists(STEPS, max_size=40))
def test_a_record_says_what_was_told_last_of_each_letter(steps: list[tuple[str | Settlement, int]]) -> None:
    told: dict[int, Settlement | None] = {}
    known: set[int] = set()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "sender.journal"
        journal = Journal(path)
        for what, number in steps:
            if what == "leaving":
                journal.leaving(number)
                told[number] = None
            elif isinstance(what, Settlement):
                journal.settled(number, what)
                told[number] = what
            elif what == "stayed":
                journal.stayed(number)
                told.pop(number, None)
            else:
                journal.known([number])
                known.add(number)
        journal.flush()
        record = read_journal(path)
        journal.close()
    assert record is not None
    assert set(record.under_way) == {number for number, settlement in told.items() if settlement is None}
    said = {number: settlement for number, settlement in told.items() if settlement is not None}
    # What the database knows already may be said again, which changes nothing there.
    assert {n: s for n, s in record.settled.items() if n not in known} == {
        n: s for n, s in said.items() if n not in known
    }
