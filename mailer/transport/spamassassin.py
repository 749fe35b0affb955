"""What SpamAssassin, where this machine has it, thinks of a letter. Asks no server, learns nothing, keeps nothing."""

import asyncio
import os
import re
import shutil
from dataclasses import dataclass
from tempfile import TemporaryDirectory

PROGRAM = "spamassassin"
TIMEOUT_S = 60.0
# -L: no network. -t: a report whatever the score. -x: no preferences written.
ARGUMENTS = ("-L", "-t", "-x", "--cf=use_bayes 0")


@dataclass(frozen=True)
class Verdict:
    """Points, and the rules that gave them, the heaviest first."""

    score: float
    rules: tuple[tuple[str, float], ...]


async def ask_spamassassin(letter: bytes) -> Verdict | None:
    """None where it is not installed, or cannot say."""
    program = shutil.which(PROGRAM)
    if program is None:
        return None
    # A home of its own: what this user's filter has learnt says nothing of the letter, nor is it to learn from ours.
    with TemporaryDirectory(prefix="mailer-") as home:
        report = await _run(program, letter, home)
    return read_report(report.decode("utf-8", "replace"))


def read_report(report: str) -> Verdict | None:
    """The points in a report; None where there are none."""
    head = re.sub(r"\r?\n[ \t]+", " ", report.partition("\n\n")[0])
    status = _STATUS.search(head)
    if status is None:
        return None
    rules = [(match["name"], float(match["points"])) for match in _RULE.finditer(report)]
    return Verdict(float(status["score"]), tuple(sorted(dict(rules).items(), key=lambda rule: -rule[1])))


async def _run(program: str, letter: bytes, home: str) -> bytes:
    process = await asyncio.create_subprocess_exec(
        program,
        *ARGUMENTS,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "LC_ALL": "C", "HOME": home},
    )
    try:
        report, _ = await asyncio.wait_for(process.communicate(letter), TIMEOUT_S)
    except BaseException as error:
        if process.returncode is None:
            process.kill()
        await process.wait()
        if isinstance(error, TimeoutError):
            return b""
        raise
    return report


_STATUS = re.compile(r"^X-Spam-Status: \w+, score=(?P<score>-?\d+(?:\.\d+)?) ", re.MULTILINE)
_RULE = re.compile(r"^ *(?P<points>-?\d+\.\d) (?P<name>[A-Z][A-Z0-9_]+) ", re.MULTILINE)
