"""The journal of oppositions: on disk before the fact, whole lines kept, torn ones passed over."""

import os
import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.app.oppositions import JOURNAL, append_oppositions, read_oppositions
from mailer.domain.oppositions import Opposition, Refusal, read_opposition
from mailer.errors import StoreError

NOON = datetime(2026, 3, 4, 11, 0, tzinfo=UTC)


def opposition(number: int, refusal: Refusal = Refusal.OPPOSED, detail: str = "") -> Opposition:
    return Opposition(number.to_bytes(16, "big"), refusal, detail, NOON + timedelta(seconds=number))


def test_what_was_written_is_read_in_order(tmp_path: Path) -> None:
    written = [opposition(1), opposition(2, Refusal.LEFT, "lettre"), opposition(3, Refusal.SUPPRESSED, "no_mailbox")]
    append_oppositions(tmp_path, written[:1])
    append_oppositions(tmp_path, written[1:])
    assert read_oppositions(tmp_path) == written


def test_a_site_without_a_journal_has_no_oppositions_in_it(tmp_path: Path) -> None:
    append_oppositions(tmp_path, [])
    assert read_oppositions(tmp_path) == []
    assert not (tmp_path / JOURNAL).exists()


def test_only_its_owner_reads_the_journal(tmp_path: Path) -> None:
    append_oppositions(tmp_path, [opposition(1)])
    assert stat.S_IMODE((tmp_path / JOURNAL).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / JOURNAL).parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("cut", [1, 10, 60])
def test_a_torn_line_takes_no_other_with_it(tmp_path: Path, cut: int) -> None:
    append_oppositions(tmp_path, [opposition(1), opposition(2)])
    path = tmp_path / JOURNAL
    os.truncate(path, path.stat().st_size - cut)
    append_oppositions(tmp_path, [opposition(3)])
    found = read_oppositions(tmp_path)
    assert (found[0], found[-1]) == (opposition(1), opposition(3))
    # Only the end of the line was torn off: the line itself is whole.
    assert len(found) == (3 if cut == 1 else 2)


def test_many_doors_write_at_once(tmp_path: Path) -> None:
    def write(number: int) -> None:
        for _ in range(20):
            append_oppositions(tmp_path, [opposition(number)])

    doors = [threading.Thread(target=write, args=(number,)) for number in range(5)]
    for door in doors:
        door.start()
    for door in doors:
        door.join()
    assert len(read_oppositions(tmp_path)) == 100


def test_a_journal_that_cannot_be_written_is_told_and_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file where the folder should be")
    with pytest.raises(StoreError, match="cannot be written"):
        append_oppositions(tmp_path, [opposition(1)])


@given(st.text())
def test_whatever_a_line_holds_reading_it_does_not_fail(line: str) -> None:
    found = read_opposition(line)
    assert found is None or found.at.tzinfo is not None


@given(
    st.builds(
        Opposition,
        st.binary(min_size=1, max_size=16),
        st.sampled_from(Refusal),
        st.text(),
        st.datetimes(timezones=st.just(UTC)),
    )
)
def test_a_line_says_what_it_was_made_from(one: Opposition) -> None:
    assert "\n" not in one.line()
    assert read_opposition(one.line()) == one
