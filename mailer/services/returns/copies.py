"""What is kept of a returned message: its headers and the fields of its report. No text, no token, no link."""

import re

from mailer.domain.bounces.facts import Returned

KEPT_HEADERS = (
    "from", "sender", "subject", "date", "return-path", "content-type", "auto-submitted", "precedence", "x-mailer",
    "x-failed-recipients", "received",
)  # fmt: skip
LONGEST_COPY = 4000


def stored_copy(returned: Returned) -> str:
    """For a person who wants to know why a message was judged so."""
    lines = [f"{name}: {returned.header(name)}" for name in KEPT_HEADERS if returned.header(name)]
    for one in returned.recipients[:20]:
        lines += ["", *(f"{name}: {value}" for name, value in vars_of(one).items() if value)]
    for name, value in (returned.feedback or {}).items():
        lines.append(f"{name}: {value}")
    return "\n".join(_clean(line) for line in lines)[:LONGEST_COPY]


def vars_of(one: object) -> dict[str, str]:
    """The fields of one recipient, by name."""
    fields: dict[str, str] = getattr(one, "__dict__", {})
    return fields


def _clean(line: str) -> str:
    line = _LINK.sub("(link)", _TOKEN.sub("b+(token)@", line))
    return "".join(sign if sign.isprintable() else " " for sign in line)


_LINK = re.compile(r"https?://\S+", re.IGNORECASE)
_TOKEN = re.compile(r"b\+[a-z2-7]{20,}@", re.IGNORECASE)
