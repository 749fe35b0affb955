"""A site on real SQLite, opened as the program opens it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailer.app import App
from tests.sites import open_site, write_site


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    """An invented association's installation, empty of people."""
    with open_site(write_site(tmp_path / "site")) as opened:
        yield opened
