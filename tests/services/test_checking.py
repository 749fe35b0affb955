"""The sending side as receivers see it: one broken record at a time, told by a real name server on loopback."""

import asyncio
import base64
from collections.abc import Mapping
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pytest_socket import disable_socket, enable_socket, socket_allow_hosts

from mailer.config import read_config
from mailer.demo.receiver import Receiver, receiver_in_thread
from mailer.domain import sending_domain, signing, spf
from mailer.domain.findings import Finding, Level
from mailer.errors import Refused
from mailer.services import checking
from tests.nameserver import FAILS, LOOPBACK, SILENT, name_server
from tests.ports import free_port
from tests.sites import write_site

KEY = rsa.generate_private_key(65537, 2048)
KEY_NAME = "s1._domainkey.lavoir.example"
RESULT = dict[str, Level]
Records = Mapping[str, list[str]] | str


def key_of(bits: int, more: str = "") -> dict[str, list[str]]:
    """A key record. A key of 512 bits cannot be made here any more: its public half alone is what is published."""
    number = KEY.private_numbers().public_numbers.n
    public = KEY.public_key() if bits == 2048 else rsa.RSAPublicNumbers(65537, number >> (2048 - bits) | 1).public_key()
    written = base64.b64encode(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
    return {"TXT": [f"v=DKIM1; k=rsa; {more}p={written}"]}


APEX: dict[str, list[str]] = {"MX": ["10 mx.lavoir.example."], "TXT": ["x=y", "v=spf1 include:spf.relais.example -all"]}
GOOD: dict[str, Records] = {
    "lavoir.example": APEX,
    "mx.lavoir.example": {"A": ["192.0.2.25"]},
    "spf.relais.example": {"TXT": ["v=spf1 ip4:198.51.100.0/24 -all"]},
    KEY_NAME: key_of(2048),
    "_dmarc.lavoir.example": {"TXT": ["v=DMARC1; p=quarantine; rua=mailto:postmaster@lavoir.example"]},
}
RELAY = {"MAILER_SMTP__HOST": "smtp.relais.example", "MAILER_SMTP__DKIM_SELECTOR": "s1"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three lists that write from lavoir.example, by one relay."""
    return write_site(tmp_path_factory.mktemp("checking") / "site")


def check(site: Path, changed: Mapping[str, Records | None], **settings: str) -> list[Finding]:
    """What is said where these records are other than they should be."""
    zone = {name: records for name, records in {**GOOD, **changed}.items() if records is not None}
    config = read_config(site, {**RELAY, **settings})
    with name_server(zone) as server:
        return asyncio.run(checking.check_sending(site, config, (LOOPBACK, server.port)))


def said(found: list[Finding]) -> RESULT:
    return {one.sentence: one.level for one in found}


def records(found: list[Finding]) -> list[object]:
    return [one.values.get("record") for one in found]


def apex(*texts: str, **more: list[str]) -> dict[str, Records]:
    return {"lavoir.example": {**APEX, "TXT": list(texts), **more}}


def dmarc(text: str) -> dict[str, Records]:
    return {"_dmarc.lavoir.example": {"TXT": [text]}}


def test_nothing_is_said_of_a_domain_in_good_order_and_once_for_all_its_lists(site: Path) -> None:
    assert check(site, {}) == []


ELEVEN = " ".join(f"include:s{number}.relais.example" for number in range(11))
INCLUDED: dict[str, Records] = {f"s{number}.relais.example": {"TXT": ["v=spf1 -all"]} for number in range(11)}


@pytest.mark.parametrize(
    ("changed", "expected", "record"),
    [
        pytest.param(
            {"lavoir.example": {"MX": APEX["MX"]}},
            {spf.NO_SPF_GUESSED: Level.ERROR},
            'lavoir.example. IN TXT "v=spf1 a:smtp.relais.example ~all"',
            id="no SPF",
        ),
        pytest.param(
            apex("v=spf1 include:spf.relais.example -all", "v=spf1 mx ~all"),
            {spf.SEVERAL: Level.ERROR},
            'lavoir.example. IN TXT "v=spf1 include:spf.relais.example mx ~all"',
            id="two SPF records",
        ),
        pytest.param(
            {**apex(f"v=spf1 {ELEVEN} -all"), **INCLUDED},
            {spf.TOO_MANY: Level.ERROR},
            f'lavoir.example. IN TXT "v=spf1 {ELEVEN} -all"',
            id="11 lookups",
        ),
        pytest.param(
            {**apex(f"v=spf1 {ELEVEN.rpartition(' ')[0]} -all"), **INCLUDED}, {}, None, id="10 lookups are allowed"
        ),
        pytest.param(
            apex("v=spf1 include:spf.relais.example +all"),
            {spf.OPEN_TO_ALL: Level.ERROR},
            'lavoir.example. IN TXT "v=spf1 include:spf.relais.example ~all"',
            id="+all",
        ),
        pytest.param(
            apex("v=spf1 all"), {spf.OPEN_TO_ALL: Level.ERROR}, 'lavoir.example. IN TXT "v=spf1 ~all"', id="bare all"
        ),
        pytest.param(
            apex("v=spf1 mx ?all"), {spf.NO_END: Level.WARNING}, 'lavoir.example. IN TXT "v=spf1 mx ~all"', id="?all"
        ),
        pytest.param(
            apex("v=spf1 mx"), {spf.NO_END: Level.WARNING}, 'lavoir.example. IN TXT "v=spf1 mx ~all"', id="no all"
        ),
        pytest.param(
            apex("v=spf1 -all mx"),
            {spf.AFTER_ALL: Level.WARNING},
            'lavoir.example. IN TXT "v=spf1 mx -all"',
            id="words after all",
        ),
        pytest.param(
            apex("v=spf1 mx ptr -all"),
            {spf.OUTDATED: Level.ADVICE},
            'lavoir.example. IN TXT "v=spf1 mx -all"',
            id="ptr",
        ),
        pytest.param(
            apex("v=spf1 ipv4:192.0.2.1 -all"),
            {spf.UNREADABLE: Level.ERROR},
            'lavoir.example. IN TXT "v=spf1 ipv4:192.0.2.1 -all"',
            id="a word that is none",
        ),
        pytest.param(
            {"spf.relais.example": None},
            {spf.DEAD: Level.ERROR},
            'lavoir.example. IN TXT "v=spf1 include:spf.relais.example -all"',
            id="an include that leads nowhere",
        ),
        pytest.param(
            {"spf.relais.example": {"TXT": ["v=spf1 include:lavoir.example -all"]}},
            {spf.TOO_MANY: Level.ERROR},
            'lavoir.example. IN TXT "v=spf1 include:spf.relais.example -all"',
            id="includes in a circle",
        ),
        pytest.param(
            {KEY_NAME: None},
            {signing.NO_KEY: Level.ERROR},
            's1._domainkey.lavoir.example. IN TXT "v=DKIM1; k=rsa; p=…"',
            id="no DKIM key",
        ),
        pytest.param({KEY_NAME: key_of(1024)}, {signing.WEAK_KEY: Level.WARNING}, ..., id="1024 bits"),
        pytest.param(
            {KEY_NAME: {"TXT": ["v=DKIM1; p="]}}, {signing.REVOKED: Level.ERROR}, ..., id="revoked"
        ),
        pytest.param(
            {KEY_NAME: {"TXT": [key_of(2048)["TXT"][0][:200]]}},
            {signing.BAD_KEY: Level.ERROR},
            ...,
            id="a key cut short",
        ),
        pytest.param(
            {KEY_NAME: key_of(2048, "t=y; ")}, {signing.TESTING: Level.WARNING}, ..., id="testing"
        ),
        pytest.param(
            {KEY_NAME: key_of(2048, "h=sha1; ")}, {signing.WRONG_USE: Level.ERROR}, ..., id="sha1"
        ),
        pytest.param(
            {KEY_NAME: {"TXT": key_of(2048)["TXT"] + key_of(1024)["TXT"]}},
            {signing.SEVERAL_KEYS: Level.ERROR},
            ...,
            id="two keys",
        ),
        pytest.param(
            {"_dmarc.lavoir.example": None},
            {signing.NO_DMARC: Level.ERROR},
            '_dmarc.lavoir.example. IN TXT "v=DMARC1; p=none; rua=mailto:postmaster@lavoir.example"',
            id="no DMARC",
        ),
        pytest.param(
            dmarc("v=DMARC1; p=none; rua=mailto:x@lavoir.example"),
            {signing.ONLY_WATCHING: Level.ADVICE},
            '_dmarc.lavoir.example. IN TXT "v=DMARC1; p=quarantine; rua=mailto:x@lavoir.example"',
            id="DMARC none",
        ),
        pytest.param(
            dmarc("v=DMARC1; p=reject"),
            {signing.NO_REPORTS: Level.ADVICE},
            '_dmarc.lavoir.example. IN TXT "v=DMARC1; p=reject; rua=mailto:postmaster@lavoir.example"',
            id="no reports",
        ),
        pytest.param(
            dmarc("v=DMARC1; p=nothing; rua=mailto:x@lavoir.example"),
            {signing.NO_POLICY: Level.ERROR},
            '_dmarc.lavoir.example. IN TXT "v=DMARC1; p=none; rua=mailto:x@lavoir.example"',
            id="a policy that is none",
        ),
        pytest.param(
            {"_dmarc.lavoir.example": {"TXT": ["v=DMARC1; p=none", "v=DMARC1; p=reject"]}},
            {signing.SEVERAL_DMARC: Level.ERROR},
            ...,
            id="two DMARC records",
        ),
        pytest.param(
            {"lavoir.example": {"TXT": APEX["TXT"]}},
            {sending_domain.NO_MAIL_UNKNOWN: Level.ERROR},
            "lavoir.example. IN MX 10 mail.lavoir.example.",
            id="no MX",
        ),
        pytest.param({"lavoir.example": {"TXT": APEX["TXT"], "A": ["192.0.2.1"]}}, {}, None, id="an address is enough"),
        pytest.param(
            apex(*APEX["TXT"], MX=["0 ."]),
            {sending_domain.REFUSES_MAIL: Level.ERROR},
            "lavoir.example. IN MX 10 mail.lavoir.example.",
            id="null MX",
        ),
        pytest.param(
            {"mx.lavoir.example": None},
            {sending_domain.DEAD_SERVER: Level.ERROR},
            "lavoir.example. IN MX 10 mx.lavoir.example.",
            id="an MX without address",
        ),
        pytest.param(
            dict.fromkeys(GOOD), {sending_domain.NO_SUCH_DOMAIN: Level.ERROR}, None, id="NXDOMAIN"
        ),
        pytest.param(
            {"_dmarc.lavoir.example": FAILS}, {sending_domain.CANNOT_TELL: Level.WARNING}, None, id="SERVFAIL"
        ),
    ],
)  # fmt: skip
def test_each_fault_is_told_alone_with_the_record_that_mends_it(
    site: Path, changed: Mapping[str, Records | None], expected: RESULT, record: object
) -> None:
    found = check(site, changed)
    assert said(found) == expected
    assert record is ... or records(found) == [record] * len(found)


def test_one_record_mends_all_that_is_wrong_with_it(site: Path) -> None:
    found = check(site, apex("v=spf1 ptr mx ?all"), MAILER_SMTP__HOST="mail.infomaniak.com")
    assert said(found) == {
        spf.NO_END: Level.WARNING,
        spf.OUTDATED: Level.ADVICE,
        spf.NOT_PROVIDER: Level.WARNING,
    }
    assert set(records(found)) == {'lavoir.example. IN TXT "v=spf1 include:spf.infomaniak.ch mx ~all"'}


def test_nobody_is_told_to_be_stricter_who_does_not_see_the_reports(site: Path) -> None:
    assert said(check(site, dmarc("v=DMARC1; p=none"))) == {signing.NO_REPORTS: Level.ADVICE}


def test_a_key_of_512_bits_counts_for_nothing(site: Path) -> None:
    modulus = KEY.private_numbers().public_numbers.n >> 1536 | 1
    content = b"\x02\x41\x00" + modulus.to_bytes(64) + b"\x02\x03\x01\x00\x01"
    written = base64.b64encode(b"\x30" + bytes([len(content)]) + content).decode()
    found = check(site, {KEY_NAME: {"TXT": [f"p={written}"]}})
    assert said(found) == {signing.SHORT_KEY: Level.ERROR}
    assert found[0].values["bits"] == 512


def test_one_name_server_that_is_silent_is_a_warning_and_all_of_them_are_one_advice(site: Path) -> None:
    config = read_config(site, RELAY)
    with name_server({**GOOD, "_dmarc.lavoir.example": SILENT}) as server:
        found = asyncio.run(checking.check_sending(site, config, (LOOPBACK, server.port), lifetime_s=0.3))
    assert said(found) == {sending_domain.CANNOT_TELL: Level.WARNING}
    assert "_dmarc.lavoir.example" in str(found[0])
    nobody = (LOOPBACK, free_port())
    found = asyncio.run(checking.check_sending(site, config, nobody, lifetime_s=0.3))
    assert said(found) == {checking.OFFLINE: Level.ADVICE}


@pytest.mark.parametrize(
    ("back", "policy", "key", "expected"),
    [
        ("retours.lavoir.example", "", True, {}),
        ("retours.lavoir.example", "; aspf=s", True, {signing.ONLY_DKIM: Level.ADVICE}),
        ("retours.relais.example", "", True, {signing.ONLY_DKIM: Level.ADVICE}),
        ("retours.relais.example", "", False, {signing.NOT_ALIGNED: Level.ERROR, signing.NO_KEY: Level.ERROR}),
    ],
)
def test_the_return_path_is_compared_with_the_sender(
    site: Path, back: str, policy: str, key: bool, expected: RESULT
) -> None:
    changed: dict[str, Records | None] = {
        back: APEX,
        **dmarc(f"v=DMARC1; p=reject; rua=mailto:x@lavoir.example{policy}"),
    }
    if not key:
        changed[KEY_NAME] = None
    assert said(check(site, changed, MAILER_SMTP__BOUNCE_DOMAIN=back)) == expected


def test_a_return_path_without_mx_gets_the_mail_server_of_the_sender(site: Path) -> None:
    back = "retours.lavoir.example"
    found = check(site, {back: {"TXT": APEX["TXT"]}}, MAILER_SMTP__BOUNCE_DOMAIN=back)
    assert said(found) == {sending_domain.NO_MAIL: Level.ERROR}
    assert records(found) == [f"{back}. IN MX 10 mx.lavoir.example."]


def test_a_policy_of_the_domain_above_counts_with_what_it_says_of_those_below(tmp_path: Path) -> None:
    site = write_site(tmp_path / "site")
    for file in (site / "lists").glob("*.toml"):
        file.write_text(file.read_text().replace("@lavoir.example>", "@lettre.lavoir.example>"))
    changed: dict[str, Records | None] = {
        "lettre.lavoir.example": APEX,
        "s1._domainkey.lettre.lavoir.example": key_of(2048),
        **dmarc("v=DMARC1; p=reject; sp=none; rua=mailto:x@lavoir.example"),
    }
    found = check(site, changed)
    assert said(found) == {signing.ONLY_WATCHING: Level.ADVICE}
    assert records(found) == [
        '_dmarc.lavoir.example. IN TXT "v=DMARC1; p=reject; sp=quarantine; rua=mailto:x@lavoir.example"'
    ]


def test_a_selector_that_is_not_known_is_asked_for(site: Path) -> None:
    found = check(site, {}, MAILER_SMTP__DKIM_SELECTOR="")
    assert said(found) == {signing.NO_SELECTOR: Level.ADVICE}


def test_a_provider_that_is_known_must_be_in_the_record(site: Path) -> None:
    found = check(site, {}, MAILER_SMTP__HOST="mail.infomaniak.com")
    assert said(found) == {spf.NOT_PROVIDER: Level.WARNING}
    assert records(found) == [
        'lavoir.example. IN TXT "v=spf1 include:spf.infomaniak.ch include:spf.relais.example -all"'
    ]


# A relay on this machine ---------------------------------------------------------------------------------------------

REVERSE = "25.2.0.192.in-addr.arpa"
OWN: dict[str, Records] = {
    **GOOD,
    **apex("v=spf1 a:mail.lavoir.example -all"),
    "mail.lavoir.example": {"A": ["192.0.2.25"]},
    REVERSE: {"PTR": ["mail.lavoir.example."]},
}


@pytest.mark.parametrize(
    ("name", "changed", "expected", "record"),
    [
        pytest.param("mail.lavoir.example", {}, {}, None, id="in good order"),
        pytest.param("lavoir", {}, {sending_domain.NO_FULL_NAME: Level.ERROR}, None, id="half a name"),
        pytest.param("box.localdomain", {}, {sending_domain.NO_FULL_NAME: Level.ERROR}, None, id="a house's own name"),
        pytest.param("nulle.lavoir.example", {}, {sending_domain.NO_ADDRESS: Level.ERROR}, None, id="no address"),
        pytest.param(
            "mail.lavoir.example",
            {REVERSE: None},
            {sending_domain.NO_REVERSE: Level.ERROR},
            f"{REVERSE}. IN PTR mail.lavoir.example.",
            id="no PTR",
        ),
        pytest.param(
            "mail.lavoir.example",
            {REVERSE: {"PTR": ["vps25.hebergeur.example."]}},
            {sending_domain.WRONG_REVERSE: Level.ERROR},
            f"{REVERSE}. IN PTR mail.lavoir.example.",
            id="a PTR that does not lead back",
        ),
        pytest.param(
            "mail.lavoir.example",
            apex("v=spf1 include:spf.relais.example -all"),
            {spf.NOT_OURS: Level.ERROR},
            'lavoir.example. IN TXT "v=spf1 ip4:192.0.2.25 include:spf.relais.example -all"',
            id="not in the SPF record",
        ),
    ],
)  # fmt: skip
def test_a_relay_on_this_machine_must_have_a_name_that_leads_there_and_back(
    site: Path, name: str, changed: Mapping[str, Records | None], expected: RESULT, record: str | None
) -> None:
    zone = {key: value for key, value in {**OWN, **changed}.items() if value is not None}
    relay = Receiver()
    relay.ehlo = relay.ehlo.replace(b"receiver.example", name.encode())
    with receiver_in_thread(relay), name_server(zone) as server:
        settings = {**RELAY, "MAILER_SMTP__HOST": "127.0.0.1", "MAILER_SMTP__PORT": str(relay.port)}
        config = read_config(site, settings)
        found = asyncio.run(checking.check_sending(site, config, (LOOPBACK, server.port), ask_relays=True))
    assert said(found) == expected
    assert record is None or records(found) == [record]
    assert relay.letters == []


def test_a_relay_that_is_down_is_an_error_and_each_relay_in_use_is_asked(site: Path) -> None:
    config = read_config(site, {"MAILER_SMTP__PORT": str(free_port())})
    refused, *_ = asyncio.run(checking.check_sending(site, config, ask_relays=True))
    assert refused.level is Level.ERROR
    assert "127.0.0.1" in str(refused)


def test_a_relay_elsewhere_that_offers_tls_is_not_to_be_spoken_to_in_clear(site: Path) -> None:
    relay = Receiver()
    relay.ehlo = relay.ehlo.replace(b"250-8BITMIME", b"250-STARTTLS\r\n250-8BITMIME")
    with receiver_in_thread(relay):
        # Another way to write this machine's address, which is not known to be this machine.
        config = read_config(site, {"MAILER_SMTP__HOST": "127.1", "MAILER_SMTP__PORT": str(relay.port)})
        found = asyncio.run(checking.check_sending(site, config, ask_relays=True))
    assert said(found) == {checking.OFFERS_TLS: Level.WARNING, checking.RESERVED: Level.ADVICE}


# Whom it asks ---------------------------------------------------------------------------------------------------------


def test_the_worlds_name_servers_are_not_asked_about_names_for_examples(site: Path) -> None:
    config = read_config(site, RELAY)
    with asyncio.Runner() as runner:
        runner.get_loop()  # which has a pair of sockets of its own
        disable_socket()
        try:
            found = runner.run(checking.check_sending(site, config))
        finally:
            enable_socket()
            socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)
    assert said(found) == {checking.RESERVED: Level.ADVICE}


@pytest.mark.parametrize(
    ("written", "server"),
    [
        ("192.0.2.53", ("192.0.2.53", 53)),
        ("127.0.0.1:5353", ("127.0.0.1", 5353)),
        ("2001:db8::53", ("2001:db8::53", 53)),
        ("[2001:db8::53]:5353", ("2001:db8::53", 5353)),
    ],
)
def test_a_name_server_is_named_by_its_address(written: str, server: tuple[str, int]) -> None:
    assert checking.read_server(written) == server


@pytest.mark.parametrize(
    "written", ["ns.lavoir.example", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:99999", ":53", "x:y:z"]
)
def test_what_is_no_name_server_is_refused(written: str) -> None:
    with pytest.raises(Refused, match=r"127\.0\.0\.1:5353"):
        checking.read_server(written)
