"""A contact file read whole, for tests that look at every row of a small one."""

from pathlib import Path

from mailer.content.contacts import recognise
from mailer.domain.incoming import Chunk
from mailer.domain.meanings import Field, ReadAs


def read_whole(path: Path, read_as: ReadAs = ReadAs(), fields: tuple[Field, ...] = ()) -> Chunk:  # noqa: B008 - frozen
    whole = Chunk()
    for chunk in recognise(path, read_as, fields).chunks(read_as, fields):
        whole.rows += chunk.rows
        whole.doubtful += chunk.doubtful
        whole.refused += chunk.refused
        whole.noted += chunk.noted
    return whole
