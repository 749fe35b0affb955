"""The power fails under a sender: every file goes back to what it held when it was last synced, and the machine boots.

A small library (power.c) notes that content at each fsync and fdatasync of the sender, SQLite's own included. The cut
falls on a moment that the receiver chooses, most often between a letter and its reply.
"""

import os
import shutil
import subprocess
from pathlib import Path
from random import Random

import pytest

from mailer.demo.receiver import Receiver, receiver_in_thread
from mailer.domain.deliveries import DeliveryState
from mailer.services import publishing
from mailer.services.sending.books import MOST_IN_HAND
from mailer.store.journal import boot_id
from tests.journeys.programs import run, started, until
from tests.journeys.test_kills import CONNECTIONS, NAME, Executioner, check_every_letter
from tests.journeys.test_stalls import lease_is_over
from tests.sites import open_site, release, subscribe, write_site

CUTS = max(2, int(os.environ.get("MAILER_TEST_KILLS", "20")) // 10)
READERS = [f"lectrice{number}@courriel.example" for number in range(CUTS * 300)]
LEASE_S = "1"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """power.c, made."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler is installed")
    made = tmp_path_factory.mktemp("power") / "power.so"
    source = Path(__file__).with_name("power.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", made, source, "-ldl"], check=True)  # noqa: S603 - our own words
    return made


@pytest.mark.compiler
def test_a_power_cut_loses_nobody_doubles_nobody_and_leaves_in_doubt_only_what_was_claimed(
    tmp_path: Path, library: Path
) -> None:
    cut, random = Executioner(), Random("power")  # noqa: S311 a story, not a secret
    relay = Receiver(refuse_recipient=cut.hear, refuse_letter=cut.hear)
    with receiver_in_thread(relay):
        settings = {
            "MAILER_SMTP__PORT": str(relay.port),
            "MAILER_SMTP__CONNECTIONS": str(CONNECTIONS),
            "MAILER_DATABASE__LEASE_S": LEASE_S,
        }
        site = write_site(tmp_path / "site")
        with open_site(site, **settings) as app:
            subscribe(app, READERS)
            release(app, NAME)
        most_unknown = 0
        for _ in range(CUTS):
            durable = Durable(site, library, tmp_path / "kept")
            with started(site, "send", **settings, **durable.settings) as sender:
                cut.await_moment(sender, random.randint(20, 400))
                until(lambda: cut.is_done and sender.poll() is not None)
            durable.restore()
            with open_site(site, **settings) as app:
                claimed = publishing.show(app, NAME).deliveries[DeliveryState.CLAIMED]
                assert claimed <= MOST_IN_HAND
                most_unknown += claimed
                until(lambda: lease_is_over(app))
        assert run(site, "send", **settings).code == 0
        with open_site(site, **settings) as app:
            assert len(check_every_letter(app, len(READERS), relay.letters)) <= most_unknown


class Durable:
    """What a site's files would be after a power cut."""

    def __init__(self, site: Path, library: Path, kept: Path) -> None:
        """All that lies there now has been on disk for long."""
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir()
        self._var, self._kept, self._long = site / "var", kept, kept.with_name("long")
        shutil.rmtree(self._long, ignore_errors=True)
        shutil.copytree(self._var, self._long)
        self.settings = {"LD_PRELOAD": str(library), "POWER_ROOT": str(self._var), "POWER_KEPT": str(kept)}

    def restore(self) -> None:
        """The power is back, and the machine has booted."""
        shutil.rmtree(self._var)
        shutil.copytree(self._long, self._var)
        synced = [path for path in self._kept.iterdir() if "%" in path.name]
        assert any(path.name.endswith("mailer.db-wal") for path in synced), "the sender synced its outcomes"
        for path in synced:
            place = Path(path.name.replace("%", "/"))
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)
        # What SQLite shares between processes is made anew by the first.
        (self._var / "mailer.db-shm").unlink(missing_ok=True)
        another_boot = boot_id()[::-1].encode()
        for path in (self._var / "senders").glob("*.journal"):
            path.write_bytes(path.read_bytes().replace(boot_id().encode(), another_boot))
