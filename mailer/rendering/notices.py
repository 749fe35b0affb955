"""A notice as one whole letter: templates/notices/<kind>/, filled for one person. Knows no issue and no relay."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from pathlib import Path

from jinja2 import TemplateError

from mailer.errors import BadFiles, Problem
from mailer.language import N_, translations
from mailer.rendering.mjml_compiler import BadMarkup, compile_mjml
from mailer.rendering.plaintext import wrap
from mailer.rendering.sandbox import LayoutEnvironment

BAD_TEMPLATE = N_("this template cannot be used: {reason}")


@dataclass(frozen=True)
class Envelope:
    """Who writes to whom, when, and the name of the letter."""

    sender_name: str
    sender: str
    recipient: str
    date: datetime
    """In the zone of the site."""
    message_id: str
    """Without angle brackets."""


def write_notice(
    kind: str, values: Mapping[str, object], envelope: Envelope, templates: Sequence[Path], language: str
) -> bytes:
    """The letter, ready for a relay: CRLF, no line that begins with a dot. Raises BadFiles."""
    folder = f"notices/{kind}"
    environment = LayoutEnvironment(templates, translations(language))
    environment.filters["wrap"] = wrap
    filled = {**values, "language": language, "sender_name": envelope.sender_name}
    message = EmailMessage(policy=SMTP)
    message["From"] = formataddr((envelope.sender_name, envelope.sender))
    message["To"] = envelope.recipient
    # Of its lines, not of its words: French has spaces that must stay as they are.
    lines = (line.strip() for line in _render(environment, f"{folder}/subject.txt", filled).splitlines())
    message["Subject"] = " ".join(line for line in lines if line)
    message["Date"] = format_datetime(envelope.date)
    message["Message-ID"] = f"<{envelope.message_id}>"
    # RFC 3834: nothing answers by itself to what a program wrote by itself.
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = language
    message.set_content(_render(environment, f"{folder}/body.txt", filled), cte="quoted-printable")
    message.add_alternative(_html(environment, f"{folder}/body.mjml", filled), subtype="html", cte="quoted-printable")
    # A relay would take a dot at the beginning of a line away.
    return re.sub(rb"(?m)^\.", b"=2E", message.as_bytes())


def _html(environment: LayoutEnvironment, name: str, values: Mapping[str, object]) -> str:
    try:
        return compile_mjml(_render(environment, name, values))
    except BadMarkup as bad:
        raise BadFiles([bad.problem(f"templates/{name}")]) from bad


def _render(environment: LayoutEnvironment, name: str, values: Mapping[str, object]) -> str:
    environment.start_counting()
    try:
        return environment.get_template(name).render(values)
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
        problem = Problem(f"templates/{name}", None, BAD_TEMPLATE, {"reason": str(error) or type(error).__name__})
        raise BadFiles([problem]) from error
