"""Ports for programs that must be told theirs before they start."""

import random
import socket

_BELOW_THE_EPHEMERAL = range(20_000, 32_000)
"""The kernel hands out 32768 and above (ip_local_port_range) to whoever asks for any port: never one of these."""


def free_port() -> int:
    """A loopback port that nobody listens on, and that no other socket of the tests is given by chance."""
    chance = random.SystemRandom()
    while True:
        port = chance.choice(_BELOW_THE_EPHEMERAL)
        try:
            with socket.create_server(("127.0.0.1", port)):
                return port
        except OSError:
            continue
