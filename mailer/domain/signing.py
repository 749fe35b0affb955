"""Whether a letter can be told to be ours: its DKIM key and the DMARC policy judged (RFC 6376, 9989). Asks nobody."""

from collections.abc import Iterator
from dataclasses import dataclass

from mailer.domain.dns_records import Dkim, Dmarc, Inquiry, KeyFault, Reply, dmarc_records, read_dkim
from mailer.domain.findings import Finding, Level
from mailer.domain.spf import txt_record
from mailer.language import N_

FEWEST_BITS = 1024
"""RFC 8301 §3.2: a shorter key is no signature."""
GOOD_BITS = 2048
MOST_LABELS = 8
"""RFC 9989 §4.10: how far up a name is walked."""

NO_SELECTOR = N_(
    "which key signs the letters is not known here, so DKIM was not looked at. Ask your relay's operator for the "
    'selector and write it in config.toml:\n    [{table}]\n    dkim_selector = "…"'
)
NO_KEY = N_(
    "there is no DKIM key at {name}: signatures cannot be verified, and Orange refuses such letters. Publish the key "
    "that your relay shows you:\n    {record}"
)
SEVERAL_KEYS = N_("there are {count} DKIM keys at {name}, so receivers heed none. Leave only that of your relay.")
BAD_KEY = N_(
    "the DKIM key at {name} cannot be read: it was cut when it was copied, most often. Publish it anew, whole:"
    "\n    {record}"
)
REVOKED = N_(
    "the DKIM key at {name} is revoked (an empty p=). Publish the one that your relay signs with:\n    {record}"
)
WRONG_USE = N_("the DKIM key at {name} is not for mail, or not for sha256. Publish it without s= and h=:\n    {record}")
SHORT_KEY = N_(
    "the DKIM key at {name} has {bits} bits; below {fewest} receivers heed no signature. Have your relay make one of "
    "{good} bits, and publish it:\n    {record}"
)
WEAK_KEY = N_(
    "the DKIM key at {name} has {bits} bits, which can be broken. Have your relay make one of {good} bits, and "
    "publish it:\n    {record}"
)
ONLY_ED25519 = N_(
    "the DKIM key at {name} is of the kind ed25519, which many receivers do not know. Have your relay sign with an "
    "RSA key of {good} bits too."
)
TESTING = N_("the DKIM key at {name} is marked as a test (t=y), so some receivers do not heed it. Take t=y out.")

NO_DMARC = N_(
    "there is no DMARC record: Orange refuses letters without one, Gmail, Yahoo and Outlook refuse them in large "
    "numbers. Publish:\n    {record}"
)
SEVERAL_DMARC = N_(
    "there are {count} DMARC records at {name}, so receivers heed none. Leave only this one:\n    {record}"
)
NO_POLICY = N_("the DMARC record at {name} has no p= that receivers know. Replace it by:\n    {record}")
ONLY_WATCHING = N_(
    "the DMARC record at {name} says p=none: anyone may still write in your name. After some weeks of reports in "
    "which only your own servers appear, replace it by:\n    {record}"
)
NO_REPORTS = N_("the DMARC record at {name} asks for no reports (rua=). Replace it by:\n    {record}")
NOT_ALIGNED = N_(
    "the return path is at {back} and the sender at {domain}: for DMARC, SPF does not speak for these letters, and "
    "no DKIM key was found that does. Give the relay a domain below {domain} in config.toml:\n    [{table}]\n"
    '    bounce_domain = "{better}"'
)
ONLY_DKIM = N_(
    "the return path is at {back} and the sender at {domain}: for DMARC only DKIM speaks for these letters. Better in "
    'config.toml:\n    [{table}]\n    bounce_domain = "{better}"'
)


@dataclass(frozen=True)
class Signer:
    """The names that DKIM and DMARC compare."""

    domain: str
    """Of the sender that readers see."""
    return_domain: str
    selector: str
    """Empty where it is not known."""
    table: str
    """Of config.toml, where the relay is described."""


def judge_signing(signer: Signer, inquiry: Inquiry) -> list[Finding]:
    """What is wrong with the key and the policy."""
    about_key = list(_judge_key(signer, inquiry))
    signed = bool(signer.selector) and all(one.level is not Level.ERROR for one in about_key)
    return [*about_key, *_judge_policy(signer, signed, inquiry)]


def organisation_of(domain: str, inquiry: Inquiry) -> str:
    """The domain whose owner answers for this one: the highest with a DMARC record (RFC 9989 §4.10.2)."""
    with_record = [name for name in _upwards(domain) if _published(name, inquiry)]
    return with_record[-1] if with_record else domain


def _judge_key(signer: Signer, inquiry: Inquiry) -> Iterator[Finding]:
    if not signer.selector:
        yield Finding(Level.ADVICE, signer.domain, None, NO_SELECTOR, {"table": signer.table})
        return
    name = f"{signer.selector}._domainkey.{signer.domain}"
    answer = inquiry.ask(name, "TXT")
    if answer.reply in (Reply.FAILED, Reply.SILENT):
        return
    values: dict[str, object] = {"name": name, "record": txt_record(name, "v=DKIM1; k=rsa; p=…"), "good": GOOD_BITS}
    values |= {"fewest": FEWEST_BITS, "count": len(answer.values)}
    if len(answer.values) != 1:
        sentence = SEVERAL_KEYS if answer.values else NO_KEY
        yield Finding(Level.ERROR, signer.domain, None, sentence, values)
        return
    key = read_dkim(answer.values[0])
    yield from (
        Finding(level, signer.domain, None, sentence, {**values, "bits": key.bits})
        for level, sentence in _about_key(key)
    )


def _about_key(key: Dkim) -> Iterator[tuple[Level, str]]:
    if key.fault is not None:
        yield Level.ERROR, _FAULTS[key.fault]
        return
    if key.kind == "ed25519":
        yield Level.WARNING, ONLY_ED25519
    elif key.bits < FEWEST_BITS:
        yield Level.ERROR, SHORT_KEY
    elif key.bits < GOOD_BITS:
        yield Level.WARNING, WEAK_KEY
    if key.testing:
        yield Level.WARNING, TESTING


def _judge_policy(signer: Signer, signed: bool, inquiry: Inquiry) -> Iterator[Finding]:
    names = list(dict.fromkeys((signer.domain, organisation_of(signer.domain, inquiry))))
    if any(inquiry.ask(f"_dmarc.{name}", "TXT").reply in (Reply.FAILED, Reply.SILENT) for name in names):
        return
    found = next(((name, records) for name in names if (records := _published(name, inquiry))), None)
    if found is None:
        proposed = f"v=DMARC1; p=none; rua=mailto:postmaster@{signer.domain}"
        record = txt_record(f"_dmarc.{signer.domain}", proposed)
        yield Finding(Level.ERROR, signer.domain, None, NO_DMARC, {"record": record})
        return
    name, records = found
    if len(records) > 1:
        values = {"name": f"_dmarc.{name}", "count": len(records), "record": _record(name, records[0].written)}
        yield Finding(Level.ERROR, signer.domain, None, SEVERAL_DMARC, values)
        return
    yield from _about_policy(signer, name, records[0])
    yield from _about_alignment(signer, records[0], signed, inquiry)


def _about_policy(signer: Signer, name: str, record: Dmarc) -> Iterator[Finding]:
    def finding(level: Level, sentence: str, text: str) -> Finding:
        values = {"name": f"_dmarc.{name}", "record": _record(name, text)}
        return Finding(level, signer.domain, None, sentence, values)

    policy = record.policy if name == signer.domain else record.subdomain_policy
    if not policy:
        yield finding(Level.ERROR, NO_POLICY, _with_tag(record.written, "p", "none"))
    elif not record.reports:
        # Whoever does not see the reports cannot know when to be stricter.
        yield finding(Level.ADVICE, NO_REPORTS, _with_tag(record.written, "rua", f"mailto:postmaster@{name}"))
    elif policy == "none":
        tag = "p" if record.policy == "none" else "sp"
        yield finding(Level.ADVICE, ONLY_WATCHING, _with_tag(record.written, tag, "quarantine"))


def _about_alignment(signer: Signer, record: Dmarc, signed: bool, inquiry: Inquiry) -> Iterator[Finding]:
    domain, back = signer.domain, signer.return_domain
    same = back == domain if record.strict_spf else _is_of_one_house(domain, back, inquiry)
    if same:
        return
    values = {"back": back, "domain": domain, "table": signer.table}
    values["better"] = domain if record.strict_spf else f"retours.{domain}"
    level, sentence = (Level.ADVICE, ONLY_DKIM) if signed else (Level.ERROR, NOT_ALIGNED)
    yield Finding(level, signer.domain, None, sentence, values)


def _is_of_one_house(one: str, other: str, inquiry: Inquiry) -> bool:
    return one == other or organisation_of(one, inquiry) == organisation_of(other, inquiry)


def _upwards(domain: str) -> Iterator[str]:
    """The name, then those above it; of a long one, from where the walk begins. A top-level domain is nobody's."""
    labels = domain.split(".")
    yield domain
    for start in range(max(1, len(labels) - MOST_LABELS + 1), len(labels) - 1):
        yield ".".join(labels[start:])


def _published(name: str, inquiry: Inquiry) -> list[Dmarc]:
    return dmarc_records(inquiry.ask(f"_dmarc.{name}", "TXT").values)


def _record(name: str, text: str) -> str:
    return txt_record(f"_dmarc.{name}", text)


def _with_tag(written: str, tag: str, value: str) -> str:
    """The record with one tag changed, or added right after the version."""
    parts = [part.strip() for part in written.split(";") if part.strip()]
    others = [part for part in parts[1:] if part.partition("=")[0].strip().casefold() != tag]
    at = 0 if tag == "p" else 1
    return "; ".join([parts[0], *others[:at], f"{tag}={value}", *others[at:]])


_FAULTS = {KeyFault.UNREADABLE: BAD_KEY, KeyFault.REVOKED: REVOKED, KeyFault.WRONG_USE: WRONG_USE}
