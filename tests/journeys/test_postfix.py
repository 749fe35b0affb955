"""A real Postfix, as an association would run it: it takes a whole issue and has nothing to say against it."""

import os
from collections import Counter
from pathlib import Path

import pytest

from mailer.services import publishing
from tests.journeys.postfix import postfix
from tests.journeys.programs import run, until
from tests.sites import open_site, release, subscribe, write_site

NAME = "lettre/2026-03"
READERS = [f"lectrice{number}@courriel.example" for number in range(2_500)]


@pytest.mark.postfix
@pytest.mark.skipif(os.geteuid() != 0, reason="Postfix starts as root")
def test_postfix_takes_2500_letters_without_a_complaint(tmp_path: Path) -> None:
    with postfix() as relay:
        settings = {"MAILER_SMTP__PORT": str(relay.port)}
        with open_site(write_site(tmp_path / "site"), **settings) as app:
            subscribe(app, READERS)
            release(app, NAME)
            assert run(app.site, "send", **settings).code == 0
            assert publishing.show(app, NAME).deliveries["sent"] == len(READERS)
        until(lambda: len(relay.deliveries) >= len(READERS))
        assert Counter(relay.deliveries) == Counter((reader, "sent") for reader in READERS)
        assert relay.complaints == []
        # A hundred letters a connection, and no more connections than that needs.
        assert sum(": connect from" in line for line in relay.log) <= len(READERS) / 100 + 8
