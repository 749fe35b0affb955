"""A site begun, and templates copied to it so that they can be changed. Never touches a file that is there."""

import shutil
import tempfile
from dataclasses import asdict, dataclass
from datetime import date
from email.utils import quote
from pathlib import Path

from mailer.app import shipped_templates
from mailer.config import read_config
from mailer.content.files import close_to
from mailer.domain.rates import MeasureMode
from mailer.errors import NotFound, Refused
from mailer.language import N_, say
from mailer.rendering.sites import site_files

NOT_EMPTY = N_("{folder} is not empty, and stays as it is. Name a folder that is not there yet.")
CANNOT_WRITE = N_("{path} cannot be written: {reason}.")
NO_TEMPLATE = N_('There is no template "{name}". See which there are: mailer templates list')
NO_TEMPLATE_CLOSE = N_('There is no template "{name}". Did you mean "{close}"?')
EJECTED = N_("{path} is there already, and stays as it is. Remove it to have the program's own again.")
NOT_DECIDED = N_(
    "To count readings anonymously, somebody must have decided it: say who, when and where it is written, or choose "
    '"off".'
)
LETTER_TITLE = N_("{name}: the letter")
SUBJECT = N_("{name} – [[month_short]] [[year]]: [To complete: what it is about]")

KINDS = ("email", "notices", "pages")


@dataclass(frozen=True)
class Beginning:
    """What somebody who begins a site was asked."""

    name: str
    contact: str
    """The association's address: replies come here, and so do the clock's warnings."""
    postal_address: str
    public_url: str
    measure: MeasureMode
    decided_by: str = ""
    decided_on: date | None = None
    reference: str = ""
    relay: str = "127.0.0.1"
    port: int = 25
    security: str = "none"
    username: str = ""
    sender: str = ""
    """The address that letters come from; the contact's where it is empty."""


def begin_site(folder: Path, beginning: Beginning, language: str) -> list[str]:
    """A site in a folder that is new or empty, whole or not at all; the paths of its files in it.

    Raises Refused, or BadFiles where an answer cannot stand in `config.toml`.
    """
    if beginning.measure is MeasureMode.ANONYMOUS and not (
        beginning.decided_by and beginning.decided_on and beginning.reference
    ):
        raise Refused(NOT_DECIDED)
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise Refused(NOT_EMPTY, folder=folder)
    files = {
        ".gitignore": "var/\n",
        **site_files(language, [shipped_templates()], _values(beginning, language)),
    }
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _write(folder, files)
    except OSError as error:
        raise Refused(CANNOT_WRITE, path=folder, reason=error.strerror) from error
    return sorted(files)


def template_names() -> list[str]:
    """What can be ejected: each layout and notice as a folder, each page as a file."""
    root = shipped_templates()
    names = (
        path.relative_to(root).as_posix()
        for kind in KINDS
        for path in (root / kind).iterdir()
        if not path.name.startswith((".", "__"))
    )
    return sorted(names)


def eject(site: Path, name: str) -> list[str]:
    """Copies a template of the program to the site, where it wins; the paths there. Raises NotFound or Refused."""
    known = template_names()
    if name not in known:
        close = close_to(name, known)
        raise NotFound(NO_TEMPLATE_CLOSE if close else NO_TEMPLATE, name=name, close=close or "")
    source, target = shipped_templates() / name, site / "templates" / name
    if target.exists():
        raise Refused(EJECTED, path=target.relative_to(site))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copyfile)(source, target)
    except OSError as error:
        raise Refused(CANNOT_WRITE, path=target.relative_to(site), reason=error.strerror) from error
    found = sorted(target.rglob("*")) if target.is_dir() else [target]
    return [path.relative_to(site).as_posix() for path in found if path.is_file()]


def _values(beginning: Beginning, language: str) -> dict[str, object]:
    name = beginning.name
    return {
        **asdict(beginning),
        "measure": beginning.measure.value,
        "sender": f"{_display_name(name)} <{beginning.sender or beginning.contact}>",
        "letter_title": say(language, LETTER_TITLE, {"name": name}),
        "subject": say(language, SUBJECT, {"name": name}),
    }


def _display_name(name: str) -> str:
    """Quoted where the header of a letter asks for it (RFC 5322, 3.2.3)."""
    return f'"{quote(name)}"' if any(sign in name for sign in '()<>[]:;@\\,."') else name


def _write(folder: Path, files: dict[str, str]) -> None:
    """Beside it first, read as the program would, then put in place: nobody sees half a site."""
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as beside:
        begun = Path(beside) / "site"
        for name, text in files.items():
            path = begun / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        read_config(begun, {})
        if folder.is_dir():
            folder.rmdir()
        begun.rename(folder)
