"""Pictures of an issue: taken in, made fit for letters, named, shown. Never keeps where and with what one was taken."""

from dataclasses import dataclass
from pathlib import Path

from mailer.app import App
from mailer.content.images import NAME, NO_IMAGE, SUFFIXES, read_image
from mailer.content.uploads import take_in
from mailer.domain.letters import Image
from mailer.errors import BadFiles, NotFound
from mailer.services.composing.files import one_writer, path_of, read_file, released, write_file


@dataclass(frozen=True)
class Picture:
    """A picture in an issue's folder."""

    name: str
    size: int
    """Bytes."""


def add_picture(app: App, name: str, file_name: str, raw: bytes) -> Picture:
    """Beside issue.md, under a name of its own. Raises Refused for what is no picture, and as `save` does."""
    folder = _folder(app, name)
    with one_writer(app):
        read_file(app, name)
        with app.database.reading() as tx:
            released(tx, name)
        taken = {one.name: one.read_bytes() for one in folder.iterdir() if one.suffix in SUFFIXES}
        made = take_in(file_name, raw, taken)
        if made.name not in taken:
            write_file(app, name, made.content, made.name)
    return Picture(made.name, len(made.content))


def pictures(app: App, name: str) -> list[Picture]:
    """Those that are there, by name. None where the folder is gone."""
    folder = _folder(app, name)
    if not folder.is_dir():
        return []
    found = [one for one in folder.iterdir() if one.suffix.lower() in SUFFIXES and NAME.fullmatch(one.name)]
    return [Picture(one.name, one.stat().st_size) for one in sorted(found)]


def picture(app: App, name: str, file_name: str) -> Image:
    """One of them as letters show it. Raises NotFound where it is not there, or no picture."""
    try:
        image, problems = read_image(_folder(app, name), file_name, path_of(name), 1)
    except OSError as error:
        raise NotFound(NO_IMAGE, image=file_name) from error
    if image is None:
        raise NotFound(NO_IMAGE, image=file_name) from BadFiles(problems)
    return image


def _folder(app: App, name: str) -> Path:
    return (app.site / path_of(name)).parent
