"""A page printed to PDF by Debian's Chromium, which asks nothing of any network meanwhile."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from mailer.errors import Refused
from mailer.language import N_

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
AT_MOST_S = 60
NO_CHROMIUM = N_(
    "Chromium is not installed here, and it is what prints. Install it (apt-get install chromium), or print the page "
    "from your browser."
)
NOT_PRINTED = N_("Chromium could not print this page. Try again; if it still fails, print the page from your browser.")


def print_page(page: str, files: Mapping[str, bytes], *, programs: Sequence[str] = PROGRAMS) -> bytes:
    """The page on A4, as PDF; `files` lie beside it under the names that it calls them. Raises Refused."""
    program = next((found for name in programs if (found := shutil.which(name))), None)
    if program is None:
        raise Refused(NO_CHROMIUM)
    with tempfile.TemporaryDirectory(prefix="mailer-print-") as made:
        folder = Path(made)
        (folder / "page.html").write_text(page, encoding="utf-8")
        for name, content in files.items():
            (folder / name).write_bytes(content)
        _run(program, folder)
        printed = folder / "page.pdf"
        if not printed.is_file() or not printed.read_bytes().startswith(b"%PDF"):
            raise Refused(NOT_PRINTED)
        return printed.read_bytes()


def _run(program: str, folder: Path) -> None:
    command = [
        program,
        "--headless",
        # Root has no sandbox; anyone else keeps it.
        *(["--no-sandbox"] if os.geteuid() == 0 else []),
        "--disable-gpu",
        "--disable-extensions",
        "--disable-background-networking",
        # Whatever the page names beside its own files is not there.
        "--host-resolver-rules=MAP * ~NOTFOUND",
        f"--user-data-dir={folder / 'profile'}",
        "--no-pdf-header-footer",
        f"--print-to-pdf={folder / 'page.pdf'}",
        (folder / "page.html").as_uri(),
    ]
    try:
        subprocess.run(command, capture_output=True, timeout=AT_MOST_S, check=True)  # noqa: S603 - our own words
    except (OSError, subprocess.SubprocessError) as error:
        raise Refused(NOT_PRINTED) from error
