"""From the facts of a message to its verdicts: what it is, and for a report one verdict a recipient. Never acts."""

import re
from collections.abc import Iterator, Mapping

from mailer.domain.bounces import recognition
from mailer.domain.bounces.facts import Recipient, Returned
from mailer.domain.bounces.recipients import addresses_in, chapters, failed_addresses
from mailer.domain.bounces.verdicts import Kind, Verdict, judge_failure
from mailer.domain.bounces.wording import Cause, sign

MOST_WORDS = 500
COMPLAINTS = frozenset({"abuse", "opt-out", "opt-out-list"})
"""Feedback-Types (RFC 5965 §7.3) by which a reader wants no more; fraud and auth-failure are about forgers."""
DONE = frozenset({"delivered", "relayed", "expanded"})


def judge(returned: Returned) -> tuple[Verdict, ...]:
    """At least one verdict. Of recipients that a report calls delivered nothing is said."""
    if returned.feedback is not None:
        return (_of_feedback(returned, returned.feedback),)
    if _is_old_complaint(returned):
        return (_of_feedback(returned, {"feedback-type": "abuse"}),)
    if recognition.is_read_receipt(returned):
        return (Verdict(Kind.AUTO_REPLY),)
    if recognition.is_challenge(returned):
        return (Verdict(Kind.CHALLENGE, _sender(returned)),)
    if recognition.is_report(returned) and not _is_absence(returned):
        return tuple(_of_report(returned))
    if recognition.is_auto_reply(returned):
        return (Verdict(Kind.AUTO_REPLY, _sender(returned)),)
    return (Verdict(Kind.UNRECOGNISED if recognition.is_machine_mail(returned) else Kind.HUMAN, _sender(returned)),)


def _of_report(returned: Returned) -> Iterator[Verdict]:
    told = [one for one in returned.recipients if one.action or one.status or one.final]
    if told:
        failed = [one for one in told if one.action not in DONE]
        if not failed:
            yield Verdict(Kind.AUTO_REPLY)
        for one in failed:
            yield _of_fields(returned, one, alone=len(told) == 1)
        return
    addresses = failed_addresses(returned)
    delayed = recognition.is_delay(returned)
    text = _ABOUT_THE_LETTER.sub("", returned.text)
    said = chapters(text, addresses)
    for address in addresses or [""]:
        yield _of_text(returned, address, said.get(address, text), text, delayed=delayed)


def _of_fields(returned: Returned, one: Recipient, *, alone: bool) -> Verdict:
    recipient = one.final or one.original
    if not recipient:
        recipient = next(iter(failed_addresses(returned)), "")
    text = _ABOUT_THE_LETTER.sub("", returned.text)
    text = text if alone else chapters(text, _told(returned)).get(recipient, "")
    action = one.action or ("delayed" if recognition.is_delay(returned) else "")
    kind, cause, status = judge_failure(one.status, one.diagnostic, text, action)
    kind = _not_so_sure(kind, status, text)
    words = one.diagnostic or _around(text)
    return Verdict(kind, recipient, status, cause, _line(words), _receiver(one.remote_mta, recipient))


def _told(returned: Returned) -> list[str]:
    return list(dict.fromkeys(one.final or one.original for one in returned.recipients if one.final or one.original))


def _of_text(returned: Returned, address: str, said: str, text: str, *, delayed: bool) -> Verdict:
    kind, cause, status = judge_failure("", said, "", "delayed" if delayed else "")
    if cause is Cause.OTHER and said is not text:
        kind, cause, status = judge_failure("", text, "", "delayed" if delayed else "")
    if cause is Cause.OTHER and not status and kind is not Kind.DEFERRED:
        subject_kind, subject_cause, subject_status = judge_failure("", returned.header("subject"))
        if subject_cause is not Cause.OTHER:
            kind, cause, status = subject_kind, subject_cause, subject_status
    kind = _not_so_sure(kind, status, said)
    return Verdict(kind, address, status, cause, _line(_around(said)), _receiver("", address), told_by_text=True)


def _not_so_sure(kind: Kind, status: str, said: str) -> Kind:
    """Who took the address and then refuses may have read the letter: some readers' own filters say « unknown »."""
    if kind is not Kind.HARD or status.startswith("5.1."):
        return kind
    return Kind.SOFT if sign("after_content").search(said) else kind


def _of_feedback(returned: Returned, fields: Mapping[str, str]) -> Verdict:
    kind = str(fields.get("feedback-type", "")).strip().lower()
    wanted = fields.get("original-rcpt-to", "") or fields.get("removal-recipient", "") or returned.original.recipient
    recipient = next(iter(addresses_in(str(wanted))), "")
    receiver = _receiver("", recipient)
    if kind in COMPLAINTS:
        return Verdict(Kind.COMPLAINT, recipient, words=kind, receiver=receiver)
    return Verdict(Kind.UNRECOGNISED, recipient, words=kind, receiver=receiver)


def _is_old_complaint(returned: Returned) -> bool:
    """Before RFC 5965: « complaint about message from 192.0.2.1 » with the letter beside it."""
    return "complaint about message from" in returned.header("subject").lower() and returned.has_letter


def _is_absence(returned: Returned) -> bool:
    """An absence told by a daemon, or in a daemon's name, without a single field of a report."""
    if returned.is_report or returned.header("x-failed-recipients"):
        return False
    return recognition.is_auto_reply(returned) and not recognition.is_from_daemon(returned)


def _sender(returned: Returned) -> str:
    return next(iter(addresses_in(returned.header("from"))), "")


def _receiver(remote_mta: str, recipient: str) -> str:
    return (remote_mta.split(" ", 1)[0] or recipient.rpartition("@")[2]).lower()


def _around(text: str) -> str:
    """The line that speaks of the failure, where one can be told."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    found = next((at for at, line in enumerate(lines) if any(f"{code}" in line for code in _CODES)), None)
    return " ".join(lines[:3] if found is None else lines[found : found + 2])


def _line(words: str) -> str:
    words = " ".join(words.split())
    return "".join(one if one.isprintable() else " " for one in words)[:MOST_WORDS]


# A letter about viruses that did not arrive was not refused for one.
_ABOUT_THE_LETTER = re.compile(
    r"^[ \t>*-]*(?:the )?(?:subject|objet|sujet|betreff|asunto|oggetto|assunto|onderwerp|件名|主题|тема)"
    r"[^\n:]{0,30}:[^\n]*$",
    re.IGNORECASE | re.MULTILINE,
)
_CODES = ("550", "551", "552", "553", "554", "5.1.", "5.2.", "5.7.", "421", "450", "451", "452")
