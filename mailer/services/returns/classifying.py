"""Messages judged, one verdict a recipient. Needs no site, writes nothing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from mailer.content.mailfiles import read_messages
from mailer.content.returned import guess_recipients, read_returned
from mailer.domain.bounces.facts import Returned
from mailer.domain.bounces.judging import judge
from mailer.domain.bounces.verdicts import FAILURES, Kind, Verdict


@dataclass(frozen=True)
class Judged:
    """A verdict, and the file that the message lies in."""

    path: Path
    verdict: Verdict


def classify(paths: Iterable[Path]) -> Iterator[Judged]:
    """The verdicts of every message in files, folders, maildirs and mboxes. Raises NotFound or Refused."""
    for path, content in read_messages(paths):
        for verdict in judge_message(content)[1]:
            yield Judged(path, verdict)


def judge_message(content: bytes) -> tuple[Returned, tuple[Verdict, ...]]:
    """The facts of a message and its verdicts; where our own reading names nobody, flufl.bounce is asked."""
    returned = read_returned(content)
    verdicts = judge(returned)
    nameless = len(verdicts) == 1 and not verdicts[0].recipient and verdicts[0].kind in FAILURES | {Kind.DEFERRED}
    if nameless and (found := guess_recipients(content)):
        verdicts = tuple(replace(verdicts[0], recipient=one) for one in found)
    return returned, verdicts
