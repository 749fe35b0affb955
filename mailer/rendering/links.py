"""The links of a letter: which targets are allowed, which number each counted one gets. Never follows one."""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from mailer.language import N_

NO_TARGET = N_("this link has no target. Write [words](https://…).")
BAD_SCHEME = N_('a link cannot lead to "{target}": only https, http, mailto and tel are allowed.')
NOT_WHOLE = N_('"{target}" is not a whole address. Write it with https:// in front.')
HIDDEN_NAME = N_('"{target}" holds a name before an @, as forged links do. Write the address without it.')
BAD_CHARACTERS = N_('"{target}" holds a space, a backslash or a control character. Encode it or take it out.')
BAD_MAIL = N_('"{target}" is not an e-mail address to write to.')
BAD_PHONE = N_('"{target}" is not a telephone number.')


def mistake_in(target: str) -> str | None:
    """The sentence for a target that no letter may link to; None where it is good."""
    if not target:
        return NO_TARGET
    if _BAD_CHARACTERS.search(target):
        return BAD_CHARACTERS
    if target.startswith("#"):
        return None
    scheme = _SCHEME.match(target)
    if scheme is None:
        return NOT_WHOLE
    return _RULES.get(scheme[1].casefold(), lambda _: BAD_SCHEME)(target)


def is_web(target: str) -> bool:
    """Whether a good target is a web page, which is what is counted."""
    return target[:8].casefold().startswith(("https://", "http://"))


@dataclass
class LinkNumbers:
    """Numbers for the counted targets of one issue, from 1, in the order in which they are first met."""

    targets: list[str] = field(default_factory=list)

    def number(self, target: str) -> int:
        """The number of a target; the same target has the same number everywhere."""
        if target not in self.targets:
            self.targets.append(target)
        return self.targets.index(target) + 1


def _web(target: str) -> str | None:
    try:
        parts = urlsplit(target)
        _ = parts.port
    except ValueError:
        return NOT_WHOLE
    if not parts.netloc or not parts.hostname:
        return NOT_WHOLE
    return HIDDEN_NAME if "@" in parts.netloc or "%40" in parts.netloc else None


def _mail(target: str) -> str | None:
    address = target.partition(":")[2].partition("?")[0]
    return None if _MAIL.fullmatch(address) else BAD_MAIL


def _phone(target: str) -> str | None:
    return None if _PHONE.fullmatch(target.partition(":")[2]) else BAD_PHONE


_RULES = {"https": _web, "http": _web, "mailto": _mail, "tel": _phone}
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_BAD_CHARACTERS = re.compile(r"[\x00-\x20\x7f-\x9f\\\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
_MAIL = re.compile(r"[^\s@,;<>\"]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+", re.IGNORECASE)
_PHONE = re.compile(r"\+?[0-9().-]{3,20}")
