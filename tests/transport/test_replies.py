"""Replies read whole, in whatever pieces they come."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailer.transport.replies import LONGEST_REPLY, Reply, ReplyReader, all_taken

WORDS = st.binary(max_size=20).map(lambda words: words.translate(None, b"\r\n"))
REPLIES = st.lists(st.builds(Reply, st.integers(200, 599), st.lists(WORDS, min_size=1, max_size=3).map(tuple)))


def written(reply: Reply, end: bytes) -> bytes:
    *first, last = reply.lines
    return b"".join((*(b"%d-%b%b" % (reply.code, line, end) for line in first), b"%d %b%b" % (reply.code, last, end)))


def read_in_pieces(text: bytes, cuts: set[int]) -> tuple[list[Reply], ReplyReader]:
    reader = ReplyReader()
    replies: list[Reply] = []
    for start, end in pairwise(sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})):
        replies += reader.feed(text[start:end])
    return replies, reader


@given(REPLIES, st.sets(st.integers(0, 500)), st.sampled_from([b"\r\n", b"\n"]))
def test_replies_are_the_same_however_they_are_cut(replies: list[Reply], cuts: set[int], end: bytes) -> None:
    read, reader = read_in_pieces(b"".join(written(reply, end) for reply in replies), cuts)
    assert read == replies
    assert not reader.holds_more


GROUPS = st.tuples(*([st.sampled_from([200, 250, 251, 354, 421, 550])] * 4)) | st.just((250, 250, 250, 354))


@given(GROUPS, st.lists(WORDS, min_size=4, max_size=4), st.sampled_from([b"", b"2", b"250 more\r\n", b"\n"]))
def test_a_group_is_read_at_once_only_where_all_of_it_was_taken_and_nothing_follows(
    codes: tuple[int, ...], words: list[bytes], behind: bytes
) -> None:
    replies = [Reply(code, (said,)) for code, said in zip(codes, words, strict=True)]
    read = all_taken(b"".join(written(reply, b"\r\n") for reply in replies) + behind)
    is_good = max(codes[:3]) < 300 and codes[3] == 354 and not behind
    assert read == (replies[0] if is_good else None)


@given(st.binary(max_size=60), st.sets(st.integers(0, 60)))
@example(b"250 OK\r\nwhat?\r\n250 OK\r\n", {3})
@example(b"250\r\n", set())
@example(b"250xOK\r\n", set())
def test_anything_else_is_nonsense_wherever_it_is_cut(text: bytes, cuts: set[int]) -> None:
    read, reader = read_in_pieces(text, cuts)
    whole, at_once = read_in_pieces(text, set())
    assert (read, reader.is_senseless) == (whole, at_once.is_senseless)


@pytest.mark.parametrize("text", [b"x", b"250-x\r\n", b"250-\r\n"])
def test_a_reply_without_end_is_nonsense(text: bytes) -> None:
    reader = ReplyReader()
    for _ in range(LONGEST_REPLY + 1):
        assert not reader.feed(text)
    assert reader.is_senseless


def test_what_has_begun_and_not_ended_is_known() -> None:
    reader = ReplyReader()
    assert [reply.code for reply in reader.feed(b"250-one\r\n250 two\r\n25")] == [250]
    assert reader.holds_more
    assert [reply.code for reply in reader.feed(b"0 three\r\n")] == [250]
    assert not reader.holds_more
