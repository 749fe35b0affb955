"""The journal of releases: on disk before the database knows, readable after any crash."""

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.app.journal import RELEASES, Released, append_release, read_releases
from mailer.errors import StoreError

NOON = datetime(2023, 9, 6, 10, 0, tzinfo=UTC)


def test_what_is_appended_is_read_in_order(tmp_path: Path) -> None:
    assert read_releases(tmp_path) == []
    append_release(tmp_path, "sirene/2023-09", NOON)
    append_release(tmp_path, "sirene/2023-10", NOON + timedelta(days=28))
    assert read_releases(tmp_path) == [
        Released("sirene/2023-09", NOON),
        Released("sirene/2023-10", NOON + timedelta(days=28)),
    ]


def test_only_its_owner_reads_it(tmp_path: Path) -> None:
    append_release(tmp_path, "sirene/2023-09", NOON)
    assert stat.S_IMODE((tmp_path / RELEASES).stat().st_mode) == 0o600


@given(st.binary(max_size=60))
def test_a_torn_line_costs_no_other(tmp_path_factory: pytest.TempPathFactory, torn: bytes) -> None:
    site = tmp_path_factory.mktemp("site")
    append_release(site, "sirene/2023-09", NOON)
    with (site / RELEASES).open("ab") as file:
        file.write(torn)
    append_release(site, "sirene/2023-10", NOON)
    found = [one.issue for one in read_releases(site)]
    assert (found[0], found[-1]) == ("sirene/2023-09", "sirene/2023-10")


def test_several_programs_write_whole_lines(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: append_release(tmp_path, f"sirene/{number}", NOON), range(20)))
    assert sorted(one.issue for one in read_releases(tmp_path)) == sorted(f"sirene/{number}" for number in range(20))


def test_a_journal_that_cannot_be_written_or_read_is_told(tmp_path: Path) -> None:
    (tmp_path / RELEASES).mkdir(parents=True)
    with pytest.raises(StoreError, match="nothing was released"):
        append_release(tmp_path, "sirene/2023-09", NOON)
    with pytest.raises(StoreError, match="cannot be read"):
        read_releases(tmp_path)
