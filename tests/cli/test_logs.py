"""Logs: one object a line where wanted, and nobody's address or token above DEBUG."""

import json
import logging
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.cli.logs import JsonLines, Sentences, follow, set_up, without_people
from mailer.config import Log
from mailer.demo.receiver import Receiver, receiver_in_thread
from mailer.domain.tokens import Keyring, Purpose, track_token
from tests.journeys.programs import run, started, stopped, until
from tests.journeys.test_line import READERS, Mailbox, Web, leave_at_once, read
from tests.ports import free_port
from tests.sites import write_site

KEYS = Keyring(b"k" * 32)


def record(level: int, sentence: str, *values: object, **ids: object) -> logging.LogRecord:
    made = logging.LogRecord("mailer.clock", level, __file__, 1, sentence, values, None)
    vars(made).update(ids)
    return made


def test_a_line_is_one_object_with_its_action_and_ids() -> None:
    line = JsonLines().format(record(logging.INFO, "%d lettres parties", 3, action="drain_ended", issue_id=7))
    assert "\n" not in line
    told = json.loads(line)
    assert told.pop("time").endswith("+00:00")
    assert told == {
        "level": "info",
        "action": "drain_ended",
        "sentence": "3 lettres parties",
        "logger": "mailer.clock",
        "issue_id": 7,
    }


@pytest.mark.parametrize("form", [JsonLines(), Sentences("%(message)s")])
def test_what_a_relay_says_of_a_person_is_taken_out_above_debug(form: logging.Formatter) -> None:
    said = "550 5.1.1 <anne.lefèvre+lettre@courriel.example>: user unknown"
    for level in (logging.INFO, logging.WARNING, logging.ERROR):
        line = form.format(record(level, "refused: %s", said))
        assert "anne" not in line
        assert "courriel.example" not in line
        assert "5.1.1" in line
    assert "anne" in form.format(record(logging.DEBUG, "refused: %s", said))


@given(st.integers(0, 2**48 - 1), st.sampled_from(Purpose), st.sampled_from(["/u/{}", "GET /p/{} 200", "at /o/{}.gif"]))
def test_no_personal_link_stays(number: int, purpose: Purpose, around: str) -> None:
    token = KEYS.token(purpose, number)
    assert token not in without_people(around.format(token))


@given(st.integers(0, 2**20), st.integers(0, 60000))
def test_no_tracking_link_stays(issue: int, minute: int) -> None:
    token = track_token(b"k" * 32, issue, minute, 1)
    assert token not in without_people(f"https://lettre.example/c/{token}/3")


def test_an_exception_is_in_the_same_line() -> None:
    try:
        raise ValueError("anne@courriel.example")
    except ValueError:
        made = record(logging.ERROR, "it broke")
        made.exc_info = sys.exc_info()
    told = json.loads(JsonLines().format(made))
    assert "Traceback" in told["sentence"]
    assert "anne" not in told["sentence"]


@pytest.fixture
def root_logger() -> Iterator[logging.Logger]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield root
    root.handlers[:] = before
    root.setLevel(level)


def test_config_toml_says_how_and_how_much(root_logger: logging.Logger) -> None:
    set_up("text", logging.WARNING)
    follow(Log(format="json", level="info"), as_json=False, verbose=False)
    assert (root_logger.level, type(root_logger.handlers[0].formatter)) == (logging.INFO, JsonLines)
    follow(Log(), as_json=True, verbose=True)
    assert (root_logger.level, type(root_logger.handlers[0].formatter)) == (logging.DEBUG, JsonLines)
    follow(Log(), as_json=False, verbose=False)
    assert (root_logger.level, type(root_logger.handlers[0].formatter)) == (logging.WARNING, Sentences)


ANYONE = re.compile(r"@courriel|lectrice|anne|bao|chloe|driss")


def test_a_journey_leaves_nobody_in_the_logs(tmp_path: Path) -> None:
    """Real processes at level info: letters sent, refused, opened, clicked, left; all that was said is looked at."""
    taken: dict[str, bytes] = {}
    site, port = write_site(tmp_path / "site"), free_port()
    file = tmp_path / "contacts.csv"
    file.write_text("email\n" + "\n".join(READERS), encoding="utf-8")
    url = f"http://127.0.0.1:{port}"
    relay = Receiver(
        on_letter=lambda _, recipient, content: taken.update({recipient: content}),
        refuse_recipient=lambda recipient: (
            f"550 5.1.1 <{recipient}> unknown".encode() if "driss" in recipient else None
        ),
    )
    with receiver_in_thread(relay):
        settings = {"MAILER_SMTP__PORT": str(relay.port), "MAILER_PUBLIC_URL": url, "MAILER_LOG__LEVEL": "info"}
        run(site, "contacts", "import", str(file), "--list", "lettre", "--yes", **settings)
        run(site, "issue", "approve", "lettre/2026-03", "--by", "Odile", **settings)
        run(site, "issue", "release", "lettre/2026-03", "--yes", **settings)
        with started(site, "--log-json", "serve", "--port", str(port), **settings) as served:
            web = Web(port)
            until(web.answers)
            until(lambda: len(taken) == 3)
            letters = {reader: Mailbox(content, url) for reader, content in taken.items()}
            read(web, letters["bao@courriel.example"])
            leave_at_once(web, letters["chloe@courriel.example"])
            web.ask("GET", letters["anne@courriel.example"].first("/u/")[:-1] + "x")
            said = stopped(served)
    lines = [json.loads(line) for line in said.err.splitlines() if line.startswith("{")]
    assert "drain_ended" in {line["action"] for line in lines}
    assert [line for line in said.err.splitlines() if ANYONE.search(line)] == []
    personal = [path for letter in letters.values() for path in letter.paths if re.match("/[ocup]/", path)]
    assert len(personal) > 9
    assert [path for path in personal if path.split("/")[2].removesuffix(".gif")[:22] in said.err] == []
