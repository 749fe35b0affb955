"""A web server that dies without a word: whatever it answered is in the database once the next one has looked."""

import os
import signal
import socket
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread

from mailer.app import HITS, App, open_app
from mailer.domain.tokens import TrackReader, Tracks, decode_track, seen_hash
from mailer.services.feedback import recover
from mailer.store import issues
from mailer.web.door import create_web
from mailer.web.server import listen, serve_application
from mailer.web.tracking import GIF
from tests.web.conftest import Clock
from tests.web.letters import Letter, held
from tests.web.visitor import FIREFOX

READERS, EACH, ENOUGH = 4, 400, 300


def test_of_a_killed_server_every_answered_hit_comes_into_the_database(
    app: App, site: Path, clock: Clock, jeanne: Letter
) -> None:
    assert jeanne.track
    with app.database.reading() as tx:
        key = issues.key(tx, 1)
    assert key is not None
    tracks, reader = Tracks(key.issue_key, 1), TrackReader(key.issue_key)
    tokens = [[tracks.token(0, 0) for _ in range(EACH)] for _ in range(READERS)]
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    server = context.Process(target=serve, args=(theirs, site, clock), daemon=True)
    server.start()
    port = int(ours.recv())
    answered: list[str] = []
    readers = [Thread(target=read, args=(port, mine, answered, server.pid)) for mine in tokens]
    for one in readers:
        one.start()
    for one in readers:
        one.join(60)
    server.join(10)
    if server.is_alive():
        server.kill()
    assert server.exitcode == -signal.SIGKILL
    assert ENOUGH <= len(answered) < READERS * EACH
    answered_for = {seen_hash(key.issue_key, reader.read(decode_track(token))) for token in answered}
    assert not answered_for <= stored(app), "the last moments are in its journal only: else this proves nothing"
    assert recover(app) > 0
    assert answered_for <= stored(app)
    assert recover(app) == 0
    assert not list((site / HITS).iterdir())


def stored(app: App) -> set[object]:
    return {row[1] for row in held(app, "seen")["seen"]}


def serve(wire: Connection, site: Path, clock: Clock) -> None:
    with open_app(site, {}) as app, listen() as listening:
        wire.send(listening.getsockname()[1])
        serve_application(create_web(app, clock), listening)


def read(port: int, tokens: list[str], answered: list[str], server: int) -> None:
    """Opens letter after letter; whoever hears the three-hundredth answer kills the server, with others under way."""
    with socket.create_connection(("127.0.0.1", port)) as wire:
        for token in tokens:
            try:
                wire.sendall(f"GET /o/{token}.gif HTTP/1.1\r\nHost: x\r\nUser-Agent: {FIREFOX}\r\n\r\n".encode())
                heard = b""
                while not heard.endswith(GIF):
                    heard += (more := wire.recv(65536))
                    if not more:
                        return
            except OSError:
                return
            answered.append(token)
            if len(answered) >= ENOUGH:
                os.kill(server, signal.SIGKILL)
                return
