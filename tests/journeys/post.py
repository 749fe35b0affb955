"""Debian's Postfix and Dovecot, each with a configuration of its own under a folder, on loopback, stopped by pid."""

import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme

from tests.ports import free_port

PASSWORD = "ouvre-toi"
NOBODY = 65534
DEADLINE_S = 30.0

MAIN = """compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
myhostname = relais.lavoir.example
mydestination =
alias_maps =
local_recipient_maps =
smtp_dns_support_level = disabled
smtp_host_lookup = native
default_transport = smtp:[127.0.0.1]:{next_hop}
smtpd_relay_restrictions = permit_mynetworks, reject
virtual_mailbox_domains = lavoir.example
virtual_mailbox_base = {folder}
virtual_mailbox_maps = static:mail/
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
"""

MASTER = """127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""

DOVECOT = """base_dir = {folder}/run
state_dir = {folder}/state
protocols = imap
listen = 127.0.0.1
{tls}
disable_plaintext_auth = no
log_path = {folder}/dovecot.log
mail_location = maildir:{folder}/mail
first_valid_uid = 1
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid=65534 gid=65534 home={folder}/home
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
"""


@dataclass(frozen=True)
class Imap:
    """Where a Dovecot listens, and whom its clients trust."""

    port: int
    """In clear, and STARTTLS."""
    tls_port: int
    context: ssl.SSLContext


@contextmanager
def post_office() -> Iterator[Path]:
    """A folder that both programs may enter, with the maildir that they share under mail/."""
    # Not under pytest's own folder, which only its owner may enter.
    folder = Path(tempfile.mkdtemp(prefix="mailer-post-"))
    try:
        folder.chmod(0o755)
        for name in ("mail", "home"):
            (folder / name).mkdir()
            shutil.chown(folder / name, NOBODY, NOBODY)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def postfix(folder: Path, next_hop: int) -> Iterator[int]:
    """A relay that takes everything, hands it on to `next_hop`, and writes to senders what came of it; its port."""
    port = free_port()
    for name in ("queue", "data", "etc"):
        (folder / name).mkdir()
    shutil.chown(folder / "data", "postfix")
    (folder / "etc" / "main.cf").write_text(MAIN.format(folder=folder, next_hop=next_hop))
    (folder / "etc" / "master.cf").write_text(MASTER.format(port=port))
    check = ["/usr/sbin/postfix", "-c", str(folder / "etc"), "check"]
    subprocess.run(check, check=False, capture_output=True)  # noqa: S603 - our own words
    with _running(["/usr/lib/postfix/sbin/master", "-c", str(folder / "etc"), "-d"], port):
        yield port


@contextmanager
def dovecot(folder: Path) -> Iterator[Imap]:
    """An IMAP server of the maildir, for any user who knows PASSWORD."""
    authority = trustme.CA()
    papers = authority.issue_cert("127.0.0.1")
    papers.private_key_pem.write_to_path(folder / "key.pem")
    papers.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    context = ssl.create_default_context()
    authority.configure_trust(context)
    server = Imap(free_port(), free_port(), context)
    config = folder / "dovecot.conf"
    tls = f"ssl = yes\nssl_cert = <{folder}/cert.pem\nssl_key = <{folder}/key.pem"
    ports = {"port": server.port, "tls_port": server.tls_port}
    config.write_text(DOVECOT.format(folder=folder, password=PASSWORD, tls=tls, **ports))
    with _running(["/usr/sbin/dovecot", "-F", "-c", str(config)], server.port):
        yield server


@contextmanager
def _running(command: list[str], port: int) -> Iterator[None]:
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as program:  # noqa: S603 - as above
        try:
            _wait_for(port, program)
            yield
        finally:
            program.terminate()
            program.wait(DEADLINE_S)


def _wait_for(port: int, program: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + DEADLINE_S
    while time.monotonic() < until and program.poll() is None:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"{program.args!r} does not listen on {port}")
