"""The files in deploy/ do what they say, as far as this machine can tell; a token leaves no trace in a proxy's log."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path

import pytest
import yaml

from mailer.app import App
from mailer.domain.tokens import Purpose
from mailer.web.headers import PERSONAL_PATHS
from mailer.web.server import listen, web_in_thread
from tests.journeys.programs import until
from tests.ports import free_port
from tests.sites import open_site, release, subscribe, write_site
from tests.test_docs import COMMANDS

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
PROXIES = (DEPLOY / "nginx.conf", DEPLOY / "Caddyfile")


def text(name: str) -> str:
    return (DEPLOY / name).read_text(encoding="utf-8")


def check_words(words: list[str]) -> None:
    """Raises a usage error where `mailer` would."""
    while words[0].startswith("--"):
        words = words[2:] if words[0] == "--site" else words[1:]
    COMMANDS[words[0]].make_context(words[0], list(words[1:]))


# systemd ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_is_one_that_systemd_takes(unit: Path, tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    for one in UNITS:
        # The user, the paths and the program are of another machine.
        written = re.sub(r"^(User|Group|WorkingDirectory|Documentation)=.*\n", "", one.read_text(), flags=re.MULTILINE)
        (tmp_path / one.name).write_text(written.replace("/srv/mailer/.venv/bin/mailer", "/bin/true"))
    done = subprocess.run(  # noqa: S603 our own words
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / unit.name)],  # noqa: S607 - wherever the machine has it
        capture_output=True,
        text=True,
        check=False,
    )
    said = [line for line in done.stderr.splitlines() if unit.name in line]
    assert (done.returncode, said) == (0, [])


@pytest.mark.parametrize("unit", [one for one in UNITS if one.suffix == ".service"], ids=lambda unit: unit.name)
def test_a_service_starts_a_command_that_exists_and_may_do_little_else(unit: Path) -> None:
    written = unit.read_text(encoding="utf-8")
    command = re.search(r"^ExecStart=\S+/mailer (.+)$", written, re.MULTILINE)
    assert command is not None
    check_words(command[1].split())
    for line in (
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "PrivateTmp=yes",
        "ReadWritePaths=/srv/mailer",
        "UMask=0077",
    ):
        assert f"\n{line}" in written, line


# Containers ---------------------------------------------------------------------------------------------------------


def test_the_compose_file_starts_pages_a_sender_and_a_proxy() -> None:
    services = yaml.safe_load(text("compose.yaml"))["services"]
    assert set(services) == {"web", "worker", "caddy"}
    for name in ("web", "worker"):
        check_words(services[name]["command"])
        assert services[name]["volumes"] == ["./site:/site"]
        assert (DEPLOY / services[name]["build"]["context"] / services[name]["build"]["dockerfile"]).is_file()
    assert "./Caddyfile:/etc/caddy/Caddyfile:ro" in services["caddy"]["volumes"]
    for line in re.findall(r"mailer --site /site (.+)$|run --rm worker (.+)$", text("compose.yaml"), re.MULTILINE):
        check_words((line[0] or line[1]).split())


def test_the_image_is_built_as_make_install_does() -> None:
    written = text("Dockerfile")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for words in ("--require-hashes -r requirements.lock", "--no-deps --no-build-isolation"):
        assert words in written
        assert words in makefile
    for line in re.findall(r"^COPY (.+) \S+$", written, re.MULTILINE):
        assert [source for source in line.split() if not (ROOT / source).exists()] == []
    entry = re.search(r"^ENTRYPOINT \[(.+)\]$", written, re.MULTILINE)
    command = re.search(r"^CMD \[(.+)\]$", written, re.MULTILINE)
    assert entry is not None
    assert command is not None
    check_words([*re.findall(r'"([^"]+)"', entry[1])[1:], *re.findall(r'"([^"]+)"', command[1])])
    assert "USER mailer" in written


# Proxies ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    with open_site(write_site(tmp_path / "site")) as opened:
        subscribe(opened, ["anne@courriel.example"])
        release(opened, "lettre/2026-03")
        yield opened


def personal_paths(app: App) -> list[str]:
    """What is in a reader's letter, right and wrong, and what somebody may make of it."""
    token = {purpose: app.keyring.token(purpose, 1) for purpose in Purpose}
    leave = token[Purpose.LEAVE]
    return [
        f"/u/{leave}",
        f"/u/{leave}?utm_source=x",
        f"/p/{token[Purpose.PREFERENCES]}",
        f"/o/{'A' * 32}.gif",
        f"/c/{'A' * 32}/1",
        f"/m/{'A' * 32}",
        f"/p/{token[Purpose.PREFERENCES]}/measure",
        f"/wiki/{token[Purpose.ARCHIVE]}/",
        f"/confirm/{leave}",
        f"/move/{token[Purpose.MOVE]}",
        f"/back/{token[Purpose.BACK]}",
        f"/data/{token[Purpose.DATA]}",
        f"/stay/{token[Purpose.STAY]}",
        f"/u/../u/{leave}",
        f"//u/{leave}",
    ]


def test_every_personal_path_is_named_by_each_proxy() -> None:
    for path in PERSONAL_PATHS:
        known = re.search(r"location ~ \^/\((.+)\)\(/\|\$\)", text("nginx.conf"))
        assert known is not None
        assert re.fullmatch(known[1], path.strip("/")), "a new personal path: name it in nginx.conf"
        assert path in text("Caddyfile"), "a new personal path: name it in the Caddyfile"


@pytest.mark.nginx
def test_no_token_stays_in_the_logs_of_nginx(app: App, tmp_path: Path) -> None:
    upstream, port = free_port(), free_port()
    with nginx(tmp_path / "nginx", upstream, port) as logs:
        # The pages are away: a 502 is what would be logged as an error, with its path.
        answers = [ask(port, path) for path in (*personal_paths(app), "/archive/")]
        assert set(answers) == {502}
        with web_in_thread(app, lambda: datetime.now(UTC), listen(port=upstream)):
            until(lambda: ask(port, "/archive/") == 200)
            for path in personal_paths(app):
                for method in ("GET", "HEAD", "POST"):
                    ask(port, path, method)
            assert ask(port, f"/u/{app.keyring.token(Purpose.LEAVE, 1)}") == 200
            assert ask(port, "/metrics") == 404
        until(lambda: "/archive/" in written(logs))
        said = written(logs)
    for path in personal_paths(app):
        token = max(re.split(r"[/.?]", path), key=len)
        assert token not in said
    assert "127.0.0.1" not in "".join(path.read_text() for path in logs.glob("mailer.log"))


def written(logs: Path) -> str:
    return "".join(path.read_text() for path in logs.iterdir())


def ask(port: int, path: str, method: str = "GET") -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


@contextmanager
def nginx(folder: Path, upstream: int, port: int) -> Iterator[Path]:
    """Debian's nginx with our file as a site, on loopback and without a certificate; gives its folder of logs."""
    logs = folder / "logs"
    logs.mkdir(parents=True)
    site = text("nginx.conf").replace("127.0.0.1:8080", f"127.0.0.1:{upstream}").replace("/var/log/nginx", str(logs))
    site = re.sub(r"^    (listen 80;|listen \[::\].*|ssl_.*)\n", "", site, flags=re.MULTILINE)
    site = site.replace("listen 443 ssl http2;", f"listen 127.0.0.1:{port};")
    # The server that only redirects to https would take any free name.
    site = re.sub(r"server \{\n    server_name.*?\n\}\n", "", site, count=1, flags=re.DOTALL)
    (folder / "site.conf").write_text(site)
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {logs}/main-error.log;\n"
        f"events {{}}\nhttp {{ access_log {logs}/main.log; {temporary} include {folder}/site.conf; }}\n"
    )
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin")
    assert program is not None
    with subprocess.Popen([program, "-p", str(folder), "-c", str(folder / "nginx.conf")]) as process:  # noqa: S603 our own words
        try:
            until(lambda: ask(port, "/") != 0 or process.poll() is not None)
            assert process.poll() is None, "nginx did not take the file"
            yield logs
        finally:
            process.terminate()
