"""The suite speaks to this machine alone, and making a letter speaks to nobody (check 36)."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_socket import (
    SocketBlockedError,
    SocketConnectBlockedError,
    disable_socket,
    enable_socket,
    socket_allow_hosts,
)

from mailer.domain.addresses import read_address
from mailer.services import proofing, publishing
from tests.sites import NOON, open_site, write_site

pytestmark = pytest.mark.filterwarnings("ignore:A test tried to use socket")

ELSEWHERE = ("192.0.2.1", 80)
"""TEST-NET-1 (RFC 5737): nobody's address."""


@pytest.fixture
def no_socket() -> Iterator[None]:
    """No socket at all, loopback neither; then as the rest of the suite has it."""
    disable_socket()
    yield
    enable_socket()
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


def test_nothing_beyond_this_machine_is_reached() -> None:
    with socket.socket() as outside, pytest.raises(SocketConnectBlockedError):
        outside.connect(ELSEWHERE)


@pytest.mark.usefixtures("no_socket")
def test_the_block_is_on() -> None:
    with pytest.raises(SocketBlockedError):
        socket.socket()


@pytest.mark.usefixtures("no_socket")
def test_a_letter_is_read_compiled_inlined_and_frozen_without_a_socket(tmp_path: Path) -> None:
    assert read_address("odile@théâtre-lavoir.example").domain.startswith("xn--")
    with open_site(write_site(tmp_path / "site")) as app:
        assert proofing.check_issue(app, "lettre/2026-03", NOON) == []
        assert len(proofing.preview_issue(app, "lettre/2026-03", tmp_path / "out", NOON)) == 3
        assert publishing.approve(app, "lettre/2026-03", "Odile", NOON).state == "approved"
