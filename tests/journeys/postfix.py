"""Debian's Postfix with everything of its own: configuration, queue, log and port; it discards what it takes."""

import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.journeys.programs import until
from tests.ports import free_port

DAEMONS = Path("/usr/lib/postfix/sbin")
MAIN = """
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
maillog_file_prefixes = {home}
maillog_file = {home}/log/mail.log
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = relais.lavoir.example
mydestination =
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
default_transport = discard:
message_size_limit = 1000000
alias_maps =
local_recipient_maps =
smtpd_tls_security_level = none
"""
MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
discard unix - - n - - discard
error unix - - n - - error
retry unix - - n - - error
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
showq unix n - n - - showq
flush unix n - n 1000? 0 flush
verify unix - - n - 1 verify
postlog unix-dgram n - n - 1 postlogd
"""
OWN = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved", "trace")
COMPLAINT = re.compile(r"\b(warning|error|fatal|panic|reject|NOQUEUE|lost connection|too many|improper|timeout)\b")
DONE = re.compile(r" to=<([^>]*)>,.* status=(\w+)")


@dataclass(frozen=True)
class Postfix:
    """One that is running."""

    port: int
    home: Path

    @property
    def log(self) -> list[str]:
        return (self.home / "log" / "mail.log").read_text(encoding="utf-8").splitlines()

    @property
    def complaints(self) -> list[str]:
        return [line for line in self.log if COMPLAINT.search(line)]

    @property
    def deliveries(self) -> list[tuple[str, str]]:
        """Recipient and status, as its log tells each."""
        return [(found[1], found[2]) for line in self.log if (found := DONE.search(line))]


@contextmanager
def postfix() -> Iterator[Postfix]:
    """Started, and gone after the block. Needs to be root, as it changes to its own user."""
    # Not under pytest's own folder, which only its owner may enter.
    home = Path(tempfile.mkdtemp(prefix="mailer-postfix-"))
    try:
        found = Postfix(free_port(), home)
        _lay_out(found)
        with subprocess.Popen([DAEMONS / "master", "-c", home / "etc", "-d"], stdin=subprocess.DEVNULL) as master:  # noqa: S603 - fixed words
            try:
                until(lambda: master.poll() is not None or _answers(found))
                yield found
            finally:
                # It takes its children along.
                master.terminate()
    finally:
        shutil.rmtree(home)


def _lay_out(found: Postfix) -> None:
    home, user = found.home, pwd.getpwnam("postfix")
    home.chmod(0o755)
    for name in ("etc", "log", "queue", "queue/pid", "queue/public", "queue/maildrop"):
        (home / name).mkdir()
    for name in ("data", *(f"queue/{name}" for name in OWN)):
        (home / name).mkdir(mode=0o700)
        os.chown(home / name, user.pw_uid, -1)
    for name in ("public", "maildrop"):
        shutil.chown(home / "queue" / name, "postfix", "postdrop")
    (home / "queue" / "public").chmod(0o2710)
    (home / "queue" / "maildrop").chmod(0o1730)
    (home / "etc" / "main.cf").write_text(MAIN.format(home=home), encoding="ascii")
    (home / "etc" / "master.cf").write_text(MASTER.format(port=found.port), encoding="ascii")


def _answers(found: Postfix) -> bool:
    log = found.home / "log" / "mail.log"
    return log.exists() and "daemon started" in log.read_text(encoding="utf-8")
