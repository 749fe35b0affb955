"""A site in an empty machine, and its command line in the test's own process: no interpreter to start."""

import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailer.__main__ import main
from mailer.cli.terminal import Terminal, terminal
from mailer.demo.receiver import Receiver, receiver_in_thread
from tests.journeys.programs import Said
from tests.sites import CONFIG, open_site, release, subscribe, write_site

Mailer = Callable[..., Said]
NAME = "lettre/2026-03"
ENGLISH = f'language = "en"\n{CONFIG}'


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An invented association's site that speaks English, and the folder that we are in."""
    folder = write_site(tmp_path / "site", ENGLISH)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def mailer(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Mailer:
    """Says words to the command line as a script does, without a terminal. An exception that gets out fails."""
    for variable in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("LANG", "en_GB.UTF-8")

    def say(*words: str) -> Said:
        vars(terminal).update(vars(Terminal()))
        monkeypatch.setattr(sys, "argv", ["mailer", *words])
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
        out, err = capsys.readouterr()
        return Said(int(left.value.code or 0), out, err)

    return say


@pytest.fixture
def relay(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """A relay that takes everything, and the variable that names it."""
    with receiver_in_thread(Receiver()) as receiver:
        monkeypatch.setenv("MAILER_SMTP__PORT", str(receiver.port))
        yield receiver


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with an issue on its way to three readers, made once."""
    folder = write_site(tmp_path_factory.mktemp("prepared") / "site", ENGLISH)
    with open_site(folder) as app:
        subscribe(app, [f"lectrice{number}@courriel.example" for number in range(3)])
        release(app, NAME, datetime.now(UTC))
    return folder


@pytest.fixture
def released(site: Path, prepared: Path) -> Path:
    """The same site, of this test's own."""
    shutil.copytree(prepared, site, dirs_exist_ok=True)
    write_contacts(site / "readers.csv", 3)
    return site


def write_contacts(path: Path, readers: int) -> Path:
    """A contact file."""
    rows = [f"lectrice{number}@courriel.example;Lectrice {number}" for number in range(readers)]
    path.write_text("\n".join(["email;nom", *rows, ""]), encoding="utf-8")
    return path
