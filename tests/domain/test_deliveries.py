"""What follows from a try at the relay, and which changes of state there are."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.domain.deliveries import (
    TRANSITIONS,
    DeliveryState,
    Ending,
    Outcome,
    RetryPolicy,
    Scope,
    Step,
    next_step,
    no_such_mailbox,
)

NOW = datetime(2023, 9, 6, 10, 0, tzinfo=UTC)
POLICY = RetryPolicy(first_after=timedelta(minutes=5), longest=timedelta(hours=4), give_up_after=timedelta(hours=72))
Q, C, S = DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.SENDING
ACCEPTED = Outcome(Ending.ACCEPTED, Step.BODY, 250, "2.0.0 Ok: queued as 4RgXyz")

# The table of the design, arrow by arrow; docs/states.md tells the same (tests/test_states.py).
ARROWS = {
    "queued": {"claimed", "skipped"},
    "claimed": {"queued", "sending", "sent", "failed", "unknown", "skipped"},
    "sending": {"sent", "queued", "failed", "unknown"},
    "unknown": {"sent", "queued", "failed", "bounced"},
    "sent": {"bounced"},
    "failed": set(),
    "bounced": set(),
    "skipped": {"sent", "unknown"},
}


def test_the_changes_of_state_are_those_of_the_design_and_no_other() -> None:
    assert {state.value: {to.value for to in TRANSITIONS[state]} for state in DeliveryState} == ARROWS


def test_nothing_that_was_sent_is_ever_queued_again() -> None:
    for over in (DeliveryState.SENT, DeliveryState.BOUNCED, DeliveryState.FAILED):
        assert TRANSITIONS[over] <= {DeliveryState.BOUNCED}
    assert DeliveryState.QUEUED not in TRANSITIONS[DeliveryState.SKIPPED]


# (outcome, state, counted, suppress)
STEPS = [
    (ACCEPTED, "sent", True, False),
    (Outcome(Ending.LOST, Step.BODY), "unknown", True, False),
    (Outcome(Ending.REFUSED, Step.RCPT, 550, "5.1.1 <a@b.example>: unknown"), "failed", True, True),
    (Outcome(Ending.REFUSED, Step.RCPT, 550, "5.7.1 Service refused. OFR_506"), "failed", True, False),
    (Outcome(Ending.REFUSED, Step.RCPT, 552, "5.2.2 Mailbox full"), "failed", True, False),
    (Outcome(Ending.REFUSED, Step.MAIL, 550, "5.7.1 Sender not allowed"), "failed", True, False),
    (Outcome(Ending.REFUSED, Step.BODY, 554, "5.6.0 Bad content"), "failed", True, False),
    (Outcome(Ending.DEFERRED, Step.RCPT, 451, "4.7.1 Greylisted"), "queued", True, False),
    (Outcome(Ending.DEFERRED, Step.BODY, 452, "4.3.1 Insufficient storage"), "queued", True, False),
    # What the relay says of itself is not counted against a reader.
    (Outcome(Ending.DEFERRED, Step.RCPT, 421, "4.7.0 Too many connections"), "queued", False, False),
    (Outcome(Ending.BROKEN, Step.RCPT), "queued", False, False),
    (Outcome(Ending.BROKEN, Step.BODY), "queued", False, False),
    (Outcome(Ending.DEFERRED, Step.CONNECT, 454, "4.7.0 Try later"), "queued", False, False),
    (Outcome(Ending.REFUSED, Step.CONNECT, 554, "5.7.1 No service for you"), "queued", False, False),
]  # fmt: skip


@pytest.mark.parametrize(("outcome", "state", "counted", "suppress"), STEPS)
def test_what_follows_from_a_first_try(outcome: Outcome, state: str, counted: bool, suppress: bool) -> None:
    settled = next_step(outcome, 1, NOW, NOW, POLICY)
    assert (settled.state, settled.counted, settled.suppress) == (state, counted, suppress)
    assert (settled.code, settled.words) == (outcome.code, outcome.words)
    assert (settled.next_try_at is not None) == (state == "queued")


def test_a_letter_refused_for_now_waits_longer_each_time_and_is_given_up_in_the_end() -> None:
    greylisted = Outcome(Ending.DEFERRED, Step.RCPT, 451, "4.7.1 Greylisted")
    second = next_step(greylisted, 2, NOW, NOW, POLICY)
    assert second.next_try_at == NOW + timedelta(minutes=10)
    just_before = NOW + POLICY.give_up_after - timedelta(seconds=1)
    assert next_step(greylisted, 20, NOW, just_before, POLICY).state is DeliveryState.QUEUED
    over = next_step(greylisted, 21, NOW, NOW + POLICY.give_up_after, POLICY)
    assert (over.state, over.suppress, over.next_try_at) == (DeliveryState.FAILED, False, None)


def test_a_relay_that_is_down_for_a_week_makes_no_letter_fail() -> None:
    broken = Outcome(Ending.BROKEN, Step.DATA)
    settled = next_step(broken, 1, NOW, NOW + timedelta(days=7), POLICY)
    assert (settled.state, settled.counted) == (DeliveryState.QUEUED, False)


outcomes = st.builds(
    Outcome,
    st.sampled_from(Ending),
    st.sampled_from(Step),
    st.none() | st.integers(200, 599),
    st.text(max_size=30) | st.sampled_from(["5.1.1 x", "4.2.2 full", "user unknown"]),
)


@given(outcomes, st.integers(1, 100), st.timedeltas(timedelta(0), timedelta(days=9)))
def test_whatever_the_relay_answers_the_next_state_may_follow_sending_and_claimed(
    outcome: Outcome, attempts: int, since: timedelta
) -> None:
    settled = next_step(outcome, attempts, NOW - since, NOW, POLICY)
    assert settled.state in TRANSITIONS[S] & TRANSITIONS[C]
    if outcome.ending is Ending.LOST:
        assert settled.state is DeliveryState.UNKNOWN, "it may be out: never back to the queue by itself"
    if settled.suppress:
        assert settled.state is DeliveryState.FAILED
    if settled.state is DeliveryState.QUEUED:
        assert settled.next_try_at is not None
        assert settled.next_try_at >= NOW


@pytest.mark.parametrize(
    ("attempts", "minutes"),
    [(0, 5), (1, 5), (2, 10), (3, 20), (4, 40), (5, 80), (6, 160), (7, 240), (8, 240), (10**6, 240)],
)
def test_the_wait_doubles_up_to_the_longest(attempts: int, minutes: int) -> None:
    assert POLICY.wait(attempts) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("outcome", "scope"),
    [
        (Outcome(Ending.REFUSED, Step.RCPT, 550), Scope.RECIPIENT),
        (Outcome(Ending.DEFERRED, Step.RCPT, 450), Scope.RECIPIENT),
        (Outcome(Ending.DEFERRED, Step.BODY, 451), Scope.RECIPIENT),
        (Outcome(Ending.LOST, Step.BODY), Scope.RECIPIENT),
        (ACCEPTED, Scope.RECIPIENT),
        (Outcome(Ending.REFUSED, Step.MAIL, 553), Scope.ISSUE),
        (Outcome(Ending.REFUSED, Step.DATA, 554), Scope.ISSUE),
        (Outcome(Ending.REFUSED, Step.BODY, 554), Scope.ISSUE),
        (Outcome(Ending.DEFERRED, Step.MAIL, 421), Scope.RELAY),
        (Outcome(Ending.DEFERRED, Step.BODY, 421), Scope.RELAY),
        (Outcome(Ending.BROKEN, Step.MAIL), Scope.RELAY),
        (Outcome(Ending.REFUSED, Step.CONNECT, 554), Scope.RELAY),
    ],
)
def test_a_failure_speaks_of_the_reader_the_issue_or_the_relay(outcome: Outcome, scope: Scope) -> None:
    assert outcome.scope is scope


@pytest.mark.parametrize(
    ("step", "code", "words", "gone"),
    [
        (Step.RCPT, 550, "5.1.1 <ana@orange.example>: Recipient address rejected: User unknown", True),
        (Step.RCPT, 550, "5.1.10 Recipient not found", True),
        (Step.RCPT, 551, "User unknown; please try elsewhere", True),
        (Step.RCPT, 550, "Requested action not taken: mailbox not found", True),
        (Step.RCPT, 550, "No such user here", True),
        (Step.RCPT, 550, "This account DOES NOT EXIST", True),
        (Step.RCPT, 550, "5.7.1 Unknown user said our filter", False),
        (Step.RCPT, 550, "5.2.1 Mailbox disabled", False),
        (Step.RCPT, 550, "5.5.0 User unknown", False),
        (Step.RCPT, 552, "User unknown and over quota", False),
        (Step.RCPT, 550, "Service refused, please try later. OFR_506", False),
        (Step.RCPT, 550, "5.5.0 Service refuse. Veuillez essayer plus tard. LPN007_510", False),
        (Step.RCPT, 550, "Sender verify failed: domain does not exist", False),
        (Step.RCPT, 550, "", False),
        (Step.BODY, 550, "5.1.1 User unknown", False),
        (Step.MAIL, 550, "5.1.1 User unknown", False),
    ],
)
def test_an_address_is_given_up_only_where_the_relay_says_the_mailbox_does_not_exist(
    step: Step, code: int, words: str, gone: bool
) -> None:
    assert no_such_mailbox(Outcome(Ending.REFUSED, step, code, words)) is gone
    assert no_such_mailbox(Outcome(Ending.DEFERRED, step, code, words)) is False


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("5.1.1 User unknown", "5.1.1"),
        ("4.7.1", "4.7.1"),
        ("2.0.0 Ok", "2.0.0"),
        ("User 5.1.1 unknown", ""),
        ("5.1 short", ""),
        ("192.0.2 odd", ""),
        ("3.1.1 no such class", ""),
        ("5.x.1 odd", ""),
        ("", ""),
    ],
)
def test_the_enhanced_status_is_read_only_where_it_opens_the_words(words: str, status: str) -> None:
    assert Outcome(Ending.REFUSED, Step.RCPT, 550, words).status == status
