"""docs/states.md tells exactly the states and arrows of the code."""

import re
from pathlib import Path

import pytest

from mailer.domain.deliveries import TRANSITIONS, DeliveryState, Scope, SkipReason
from mailer.domain.issues import IssueState
from mailer.domain.joining import RequestState

PAGE = (Path(__file__).parents[1] / "docs" / "states.md").read_text(encoding="utf-8")
DELIVERY, ISSUE = PAGE.split("## An issue")


def diagram(part: str) -> set[tuple[str, str]]:
    return {(start, end) for start, end in re.findall(r"^    (\w+) --> (\w+)$", part, re.MULTILINE)}


def sentences(part: str) -> dict[tuple[str, str], str]:
    """Each row « from | to | when » of a table of arrows."""
    rows = re.findall(r"^\| ([\w, ]+) \| (\w+) \| ([A-Z].+) \|$", part, re.MULTILINE)
    return {(start, end): told for starts, end, told in rows for start in starts.split(", ")}


def test_the_diagram_of_a_delivery_is_the_table_of_the_code() -> None:
    assert diagram(DELIVERY) == {(start.value, end.value) for start, ends in TRANSITIONS.items() for end in ends}


@pytest.mark.parametrize("part", [DELIVERY, ISSUE], ids=["delivery", "issue"])
def test_every_arrow_has_its_sentence(part: str) -> None:
    told = {arrow: sentence for arrow, sentence in sentences(part).items() if arrow[0] != "files"}
    assert set(told) == diagram(part)
    assert len(set(told.values())) >= len(told) - 1, "two arrows out of a shared row may share their sentence"


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (DELIVERY, [state.value for state in DeliveryState]),
        (DELIVERY, [reason.value for reason in SkipReason]),
        (DELIVERY, [scope.value for scope in Scope]),
        (ISSUE, [state.value for state in IssueState]),
        (ISSUE, [state.value for state in RequestState]),
    ],
    ids=["deliveries", "skip reasons", "scopes", "issues", "requests"],
)
def test_every_state_is_explained(part: str, words: list[str]) -> None:
    assert [word for word in words if not re.search(rf"^\| {word} \||`{word}`", part, re.MULTILINE)] == []
