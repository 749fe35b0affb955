import logging
import os
import signal
from threading import Thread

import httpx2
import pytest

from mailer.app import App
from mailer.errors import Refused
from mailer.web.server import base_url, listen, serve_web, web_in_thread
from tests.web.conftest import Clock
from tests.web.letters import Letter, held, state_of
from tests.web.visitor import FIREFOX, ONE_CLICK, look_at, our_log


def test_a_reader_is_served_over_a_real_socket(
    app: App, clock: Clock, jeanne: Letter, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG), web_in_thread(app, clock) as url, httpx2.Client(base_url=url) as client:
        client.event_hooks = {"response": [look_at]}
        head = client.head(f"/o/{jeanne.track}.gif")
        assert (head.status_code, head.headers["content-length"], head.content) == (200, "43", b"")
        assert held(app, "seen") == {"seen": []}
        client.get(f"/o/{jeanne.track}.gif", headers={"User-Agent": FIREFOX})
        assert len(held(app, "seen")["seen"]) == 1
        assert client.get(f"/c/{jeanne.track}/1").headers["location"] == "https://programme.example/rentree"
        assert client.post(f"/u/{jeanne.leave}", data=ONE_CLICK).status_code == 200
        assert state_of(app, "jeanne@orange.example", "sirene") == "left"
        assert client.get("/o/%ff%fe.gif").status_code == 200
        assert client.get("/u/%ff%fe").status_code == 404
    assert not [token for token in (jeanne.track, jeanne.leave, "/o/", "/u/") if token in our_log(caplog)]


def test_a_taken_port_is_said_in_a_sentence(app: App, clock: Clock) -> None:
    with listen() as taken, pytest.raises(Refused, match="Nothing can listen on"):
        serve_web(app, "127.0.0.1", taken.getsockname()[1], clock)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_signal_ends_the_server_and_not_its_caller(app: App, clock: Clock, number: signal.Signals) -> None:
    with listen() as free:
        url, port = base_url(free), free.getsockname()[1]
    before = signal.getsignal(number)
    stopper = Thread(target=_stop_when_it_answers, args=(url, number))
    stopper.start()
    serve_web(app, "127.0.0.1", port, clock)
    stopper.join()
    assert signal.getsignal(number) is before
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(f"{url}/healthz")


def _stop_when_it_answers(url: str, number: signal.Signals) -> None:
    transport = httpx2.HTTPTransport(retries=20)
    with httpx2.Client(transport=transport) as client:
        assert client.get(f"{url}/healthz").status_code == 200
    os.kill(os.getpid(), number)
