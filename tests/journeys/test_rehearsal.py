"""The machine burns in the middle of a send. What the backup brings back sends nothing twice and forgets no refusal."""

import shutil
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from mailer.app import App
from mailer.app.oppositions import JOURNAL
from mailer.demo.receiver import Receiver, receiver_in_thread
from mailer.domain.deliveries import DeliveryState
from mailer.domain.tokens import Purpose
from mailer.services import publishing, subscriptions
from mailer.store.tables import deliveries
from tests.journeys.programs import ended, run, started, until
from tests.sites import open_site, release, subscribe, write_site

NAME = "lettre/2026-03"
READERS = [f"lectrice{number:03}@courriel.example" for number in range(400)]


def test_a_backup_from_the_middle_of_a_send_resends_nothing_and_forgets_nobody(tmp_path: Path) -> None:
    site, backup = write_site(tmp_path / "site"), tmp_path / "backup.tar.gz"
    # A relay that takes its time, so that the backup falls into the send.
    with receiver_in_thread(Receiver(on_letter=lambda *_: time.sleep(0.01))) as relay:
        settings = {"MAILER_SMTP__PORT": str(relay.port)}
        with open_site(site) as app:
            subscribe(app, READERS)
            release(app, NAME)
        with started(site, "send", **settings) as sender:
            until(lambda: len(relay.letters) >= 20)
            made = run(site, "backup", str(backup), "--json", **settings)
            assert made.code == 0, made.err
            assert sender.poll() is None, "the send had ended before the backup"
            taken_at_backup = len(relay.letters)
            assert ended(sender).code == 0
        assert len(relay.letters) == len(READERS)
        before = after_the_backup(site)
        elsewhere = tmp_path / "elsewhere"
        (elsewhere / JOURNAL).parent.mkdir(parents=True)
        shutil.copy(site / JOURNAL, elsewhere / JOURNAL)
        restored = run(elsewhere, "restore", str(backup), "--yes", "--json", **settings)
        assert restored.code == 0, restored.err
        assert restored.json["unfinished"][0]["name"] == NAME
        assert run(elsewhere, "send", "--json", **settings).json["sent"] == 0
        assert run(elsewhere, "tick", **settings).code == 0
        assert len(relay.letters) == len(READERS)
        check_restored(elsewhere, taken_at_backup, before, run(elsewhere, "issue", "show", NAME, **settings).out)


def after_the_backup(site: Path) -> int:
    """One reader leaves; another letter is released. The highest id of a letter that somebody holds."""
    with open_site(site) as app:
        subscriptions.leave(app, app.keyring.token(Purpose.LEAVE, delivery_ids(app)[7]), datetime.now(UTC))
        subscribe(app, ["nouvelle@courriel.example"], "bureau")
        release(app, "bureau/2026-03")
        return max(delivery_ids(app))


def check_restored(site: Path, taken_at_backup: int, highest: int, shown: str) -> None:
    with open_site(site) as app:
        status = publishing.show(app, NAME)
        unknown = {row.address for row in status.unsettled}
        assert status.state == "paused"
        assert sum(status.deliveries[state] for state in (DeliveryState.SENT, DeliveryState.UNKNOWN)) == len(READERS)
        # Whatever the relay took after the backup is among the unknown, and each is shown by name.
        assert len(unknown) >= len(READERS) - taken_at_backup > 0
        assert all(address in shown for address in unknown)
        gone = app.keyring.token(Purpose.PREFERENCES, delivery_ids(app)[7])
        assert subscriptions.standing(app, gone, Purpose.PREFERENCES, datetime.now(UTC)).left
        subscribe(app, ["autre@courriel.example"], "bureau")
        release(app, "bureau/2026-03")
        assert delivery_ids(app)[-1] > highest


def delivery_ids(app: App) -> list[int]:
    with app.database.reading() as tx:
        return list(tx.execute(select(deliveries.c.id).order_by(deliveries.c.id)).scalars())
