"""A command imports what it needs: a sender stays small, however much the rest of the program weighs."""

import subprocess
import sys

HEAVY = ("PIL", "mjml", "markdown_it", "premailer", "lxml", "jinja2", "icalendar", "fastapi", "alembic")


def test_a_sender_imports_nothing_that_compiles_letters_or_serves_pages() -> None:
    asked = f"import sys, mailer.cli.sending; print([one for one in {HEAVY} if one in sys.modules])"
    said = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True)  # noqa: S603 - our own words
    assert said.stdout == "[]\n"
