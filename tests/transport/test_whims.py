"""Whatever a relay does, every letter ends once, and what is said of it is what the relay's own log says."""

import asyncio
from collections import Counter, deque
from collections.abc import Sequence

import pytest
import uvloop
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.config import Smtp
from mailer.domain.deliveries import Ending, Outcome, Scope
from mailer.transport.smtp import Relay
from tests.transport.papers import ENOUGH_S, Paper, no_more
from tests.transport.whims import Plan, Whim, Whims, whimsical_relay

COMMAND_WHIMS = st.sampled_from([Whim.YES] * 4 + [Whim.LATER, Whim.NEVER, Whim.LEAVE, Whim.HANG_UP])
PLANS = st.builds(
    Plan,
    mail=COMMAND_WHIMS,
    rcpt=COMMAND_WHIMS,
    data=COMMAND_WHIMS,
    body=st.sampled_from([*Whim, Whim.YES, Whim.YES]),
    is_ready_for_nobody=st.booleans(),
    keeps_transaction=st.booleans(),
)
LETTERS = st.lists(st.lists(PLANS, max_size=2), min_size=1, max_size=7)
CUTS = st.lists(st.integers(0, 40), max_size=5)
FINAL = (Ending.ACCEPTED, Ending.REFUSED, Ending.LOST)

REASONS = {Ending.REFUSED: {Whim.NEVER}, Ending.LOST: {Whim.HANG_UP, Whim.TAKE_AND_HANG_UP}}


class Sending:
    """Sends letters until each has its last outcome, as a sender would."""

    def __init__(self, count: int) -> None:
        self.outcomes: list[list[Outcome | None]] = [[] for _ in range(count)]
        self._waiting = deque(range(count))
        self._taken: list[Paper] = []

    def take(self) -> Paper | None:
        if not self._waiting:
            return None
        number = self._waiting.popleft()
        paper = Paper(f"r{number}@riverains.example", text(number), f"b{number}@lettre.example")
        paper.on_end = lambda: self._note(number, paper)
        self._taken.append(paper)
        return paper

    async def over(self, whims: Whims, most: int) -> int:
        """How many connections it took."""
        relay, connections = Relay(Smtp(port=whims.port, security="none", letters_per_connection=most)), 0
        while self._waiting:
            connections += 1
            async with relay.connection() as connection:
                await connection.run(self.take, no_more)
            # Nothing is left between two connections.
            assert [len(paper.endings) for paper in self._taken] == [1] * len(self._taken)
        return connections

    def _note(self, number: int, paper: Paper) -> None:
        outcome = paper.outcome
        self.outcomes[number].append(outcome)
        if not outcome or outcome.ending not in FINAL:
            assert not outcome or outcome.ending is Ending.DEFERRED or outcome.scope is Scope.RELAY
            self._waiting.append(number)


def text(number: int) -> bytes:
    return b"Subject: %d\r\n\r\nBonjour\r\n" % number


async def play(letters: Sequence[list[Plan]], cuts: Sequence[int], most: int, *, pipelines: bool) -> None:
    sending = Sending(len(letters))
    async with (
        asyncio.timeout(ENOUGH_S),
        whimsical_relay(dict(enumerate(letters)), pipelines=pipelines, cuts=cuts) as whims,
    ):
        connections = await sending.over(whims, most)
    # Each plan, and each letter, may cost a connection at most.
    assert connections <= len(letters) + sum(map(len, letters))
    agree(sending, whims)


def agree(sending: Sending, whims: Whims) -> None:
    """The relay's log has the last word."""
    times = Counter(number for number, _ in whims.taken)
    for number, outcomes in enumerate(sending.outcomes):
        last = outcomes[-1]
        assert last
        assert [one.ending for one in outcomes if one and one.ending in FINAL] == [last.ending]
        met = {whim for plan in whims.plans.get(number, ()) for whim in plan.whims}
        assert last.ending is Ending.ACCEPTED or met & REASONS[last.ending]
        assert times[number] in {Ending.ACCEPTED: (1,), Ending.REFUSED: (0,), Ending.LOST: (0, 1)}[last.ending]
    assert all(received == text(number) for number, received in whims.taken)


@settings(max_examples=300, deadline=None)
@given(LETTERS, CUTS, st.integers(1, 9), st.booleans(), st.booleans())
def test_the_relays_log_and_the_outcomes_agree(
    letters: list[list[Plan]], cuts: list[int], most: int, pipelines: bool, fast: bool
) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop if fast else None) as runner:
        runner.run(play(letters, cuts, most, pipelines=pipelines))


@pytest.mark.anyio
@pytest.mark.parametrize("pipelines", [True, False])
async def test_421_after_each_hundred_letters_costs_a_connection_and_no_letter(pipelines: bool) -> None:
    leaves = {number: [Plan(mail=Whim.LEAVE)] for number in range(100, 1000, 101)}
    sending = Sending(1000)
    async with whimsical_relay(leaves, pipelines=pipelines, cuts=()) as whims:
        connections = await sending.over(whims, 10_000)
    assert connections == len(leaves) + 1
    agree(sending, whims)
    assert Counter(number for number, _ in whims.taken) == Counter(range(1000))


@pytest.mark.anyio
async def test_a_list_that_is_refused_for_now_is_tried_again_and_loses_nobody() -> None:
    greylisted = {number: [Plan(rcpt=Whim.LATER)] for number in range(200)}
    sending = Sending(200)
    async with whimsical_relay(greylisted, pipelines=True, cuts=()) as whims:
        assert await sending.over(whims, 10_000) == 1
    assert {tuple(one and one.ending for one in outcomes) for outcomes in sending.outcomes} == {
        (Ending.DEFERRED, Ending.ACCEPTED)
    }
    agree(sending, whims)
