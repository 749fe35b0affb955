"""Many at work side by side, or one alone."""

from pathlib import Path

import pytest

from mailer.app.presence import BEING_CHANGED, HOLD, OTHERS_AT_WORK, alone, beside_others
from mailer.errors import Refused, StoreError
from tests.sites import open_site, write_site


def test_whoever_wants_to_be_alone_is_refused_while_another_is_at_work(tmp_path: Path) -> None:
    site = write_site(tmp_path / "site")
    with open_site(site), open_site(site), pytest.raises(Refused) as told, alone(site):
        raise AssertionError("it was not alone")
    assert told.value.sentence == OTHERS_AT_WORK
    with alone(site):
        assert (site / HOLD).exists()


def test_nobody_opens_a_site_that_is_being_changed(tmp_path: Path) -> None:
    site = write_site(tmp_path / "site")
    with alone(site), pytest.raises(Refused) as told:
        open_site(site)
    assert told.value.sentence == BEING_CHANGED
    open_site(site).close()


def test_a_site_that_cannot_be_opened_is_held_by_nobody(tmp_path: Path) -> None:
    site = write_site(tmp_path / "site")
    (site / "var").mkdir()
    (site / "var" / "mailer.db").write_text("not a database, but long enough to be looked at as one")
    with pytest.raises(StoreError):
        open_site(site)
    with alone(site):
        pass


def test_a_site_that_may_not_be_written_is_read_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file where the folder should be")
    assert beside_others(tmp_path) is None
    with pytest.raises(StoreError, match="cannot be written"), alone(tmp_path):
        raise AssertionError("it was not alone")
