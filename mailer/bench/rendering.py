"""Rendering measured: an issue compiled once, and its letter filled for one reader after the other."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from mailer.app import App, open_app
from mailer.app.drafts import compile_letter, load_issue
from mailer.bench.sites import NOW, bring_in, release, write_issue, write_readers, write_site
from mailer.domain.letters import Copy
from mailer.rendering.skeleton import Skeleton
from mailer.services.sending.letters import IssueInHand, take_in_hand
from mailer.store import deliveries
from mailer.store.claims import Claimed

NAME = "lettre/essai"
TIMES = 5000


@dataclass
class Figures:
    """One value a round."""

    compile_ms: list[float] = field(default_factory=list)
    fill_us: list[float] = field(default_factory=list)
    """Values put into the prepared bytes."""
    whole_us: list[float] = field(default_factory=list)
    """The same as a sender does it, with the reader's tokens made."""
    letter_kb: float = 0.0


def measure_rendering(rounds: int, watch: Callable[[], float]) -> Figures:
    """`watch` is a stopwatch, in seconds."""
    figures = Figures()
    with TemporaryDirectory() as folder:
        site = write_site(Path(folder) / "site")
        write_issue(site, NAME)
        with open_app(site, {}) as app:
            bring_in(app, write_readers(Path(folder) / "readers.csv", 3))
            release(app, NAME)
            issue, row = _in_hand(app)
            for _ in range(rounds):
                _measure(app, issue, row, figures, watch)
    return figures


def _in_hand(app: App) -> tuple[IssueInHand, Claimed]:
    with app.database.transaction() as tx:
        row = deliveries.claim(tx, "bench", 1, 60, NOW)[0]
        return take_in_hand(tx, row.issue_id), row


def _measure(app: App, issue: IssueInHand, row: Claimed, figures: Figures, watch: Callable[[], float]) -> None:
    skeleton = issue.skeletons[row.segment]
    token, date = "A" * 22, "Wed, 06 Sep 2023 12:00:00 +0200"
    copy = Copy(row.address, row.name, f"{token}@ex.example", date, token, token, "A" * 32)
    figures.letter_kb = len(skeleton.fill(copy)) / 1000
    started = watch()
    compile_letter(app, load_issue(app, NAME), NOW)
    figures.compile_ms.append(1000 * (watch() - started))
    figures.fill_us.append(_us_each(lambda: _fill(skeleton, copy), watch))
    figures.whole_us.append(_us_each(lambda: _whole(app, issue, row), watch))


def _fill(skeleton: Skeleton, copy: Copy) -> bytes:
    return skeleton.fill(copy)


def _whole(app: App, issue: IssueInHand, row: Claimed) -> bytes:
    tokens = app.keyring.letter_tokens(row.delivery_id)
    return b"".join(issue.letter(row, tokens, NOW, app.config.zone))


def _us_each(work: Callable[[], object], watch: Callable[[], float]) -> float:
    started = watch()
    for _ in range(TIMES):
        work()
    return 1e6 * (watch() - started) / TIMES
