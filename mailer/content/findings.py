"""Second thoughts about an issue that is written correctly: what readers would stumble over. Changes nothing."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from mailer.content import markdown
from mailer.content.blocks import text_line
from mailer.content.dates import check_dates, check_top
from mailer.content.leftovers import leftovers
from mailer.domain.findings import Finding, Level
from mailer.domain.letters import Block, BlockKind, Issue
from mailer.language import N_

LONG_SUBJECT = 65
"""Characters: what a telephone shows of a subject."""
HEAVY_IMAGE = 200_000
"""Bytes: above this a slow line shows a hole."""
FEWEST_CAPITALS = 8
"""Letters: below, capitals are more likely an acronym than a shout."""

VAGUE_WORDS = frozenset(
    {
        "ici", "là", "cliquez ici", "cliquer ici", "cliquez", "par ici", "ce lien", "lien", "plus", "en savoir plus",
        "lire la suite", "suite", "here", "click here", "link", "this link", "more", "read more",
    }
)  # fmt: skip
HEADING = re.compile(r"^ {0,3}#{1,6}\s+(?P<words>.+?)\s*#*\s*$", re.MULTILINE)
DOORS = re.compile(
    r"(?:^|\.)(?:(?:frama|ether)?pads?|hedgedoc|codimd|hackmd|cryptpad|jitsi|visio|bbb|framatalk|zoom|teams)\."
    r"|^meet\.|(?:^|\.)(?:framapad\.org|zoom\.us)$"
)
# « militant.es »: Spain's domain, and Niger's for « compagnon.ne ».
DOTTED = re.compile(r"(?<![\w./@-])(?P<word>[^\W\d_]{2,}\.(?:es|ne))(?![\w/@-]|\.\w)", re.IGNORECASE)

NO_PREHEADER = N_("there is no preheader: mail programs will show the first words of the letter beside its subject.")
NO_BANNER = N_(
    'the readers of the list "{list}" did not ask for this letter: tell them why it comes, in a banner block with '
    'audience="{list}" and the links {{{{join}}}} and {{{{remove}}}}.'
)
LONG = N_("the subject is {count} characters long; a telephone shows about {most}.")
SHOUTED = N_(
    '"{words}" is written in capitals, which screen readers may spell and which hide accents: write it as you '
    "would in a sentence."
)
VAGUE_LINK = N_('the link "{words}" does not say where it leads: screen readers read links without their surroundings.')
EMPTY_LINK = N_("this link has no words: nobody can see it or hear it.")
OWN_MACHINE = N_('"{target}" is an address of your own machine or network: readers cannot open it.')
NOT_WHOLE = N_('"{target}" is not a whole address: write it with https://, or mailto: before an e-mail address.')
NOT_PROTECTED = N_('"{target}" begins with http://, without protection: try it with https://.')
SHARED_DOOR = N_(
    '"{target}" is a pad or a video meeting: in a public letter anyone may walk in. Better a page where one asks for '
    "the link."
)
NOT_A_LINK = N_('a letter cannot link to "{target}": only https, http, mailto and tel work everywhere.')
HEAVY = N_('the image "{image}" weighs {size} kB: below {most} kB it also shows on a slow line.')
DOTTED_WORDS = N_(
    "{words}: with a full stop, such words look like web addresses (.es is Spain's domain). They are protected in the "
    "letter; a middle dot would not need it."
)


def findings(issue: Issue) -> list[Finding]:
    """What to look at again, in the order of the file."""
    found = [
        *leftovers(issue),
        *_about_subject(issue),
        *check_top(issue),
        *_about_images(issue),
        *_about_dotted_words(issue),
    ]
    found += _about_banners(issue)
    for block in issue.blocks:
        found += [*_about_titles(issue, block), *_about_links(issue, block)]
        found += check_dates(issue, block)
    return sorted(found, key=lambda finding: finding.line or 0)


def _about_subject(issue: Issue) -> Iterator[Finding]:
    if len(issue.subject) > LONG_SUBJECT:
        yield _advice(issue, None, LONG, count=len(issue.subject), most=LONG_SUBJECT)
    if _shouts(issue.subject):
        yield _advice(issue, None, SHOUTED, words=issue.subject)
    if not issue.preheader:
        yield _advice(issue, None, NO_PREHEADER)


def _about_banners(issue: Issue) -> Iterator[Finding]:
    """Who gets a letter without having asked for it is told why."""
    told = {block.fields.get("audience") for block in issue.blocks if block.kind is BlockKind.BANNER}
    for slug in issue.audience if issue.aim.exceptional else ():
        if slug != issue.list.slug and not told & {slug, None}:
            yield Finding(Level.WARNING, issue.path, None, NO_BANNER, {"list": slug})


def _about_images(issue: Issue) -> Iterator[Finding]:
    for image in issue.images.values():
        if len(image.content) > HEAVY_IMAGE:
            line = _line_of_image(issue, image.name)
            values: dict[str, object] = {"image": image.name, "size": round(len(image.content) / 1000)}
            yield Finding(Level.WARNING, issue.path, line, HEAVY, {**values, "most": HEAVY_IMAGE // 1000})


def _line_of_image(issue: Issue, name: str) -> int | None:
    for block in issue.blocks:
        if block.fields.get("image") == name:
            return block.line
        for mention in markdown.images(block.text, text_line(block)):
            if mention.target == name:
                return mention.line
    return None


def _about_dotted_words(issue: Issue) -> Iterator[Finding]:
    words: dict[str, int] = {}
    for block in issue.blocks:
        for line, text in enumerate(markdown.without_targets(block.text).split("\n"), text_line(block)):
            for word in DOTTED.finditer(text):
                words.setdefault(word["word"], line)
    if words:
        yield _advice(issue, min(words.values()), DOTTED_WORDS, words=", ".join(words))


def _about_titles(issue: Issue, block: Block) -> Iterator[Finding]:
    if _shouts(title := block.fields.get("title", "")):
        yield _advice(issue, block.line, SHOUTED, words=title)
    for heading in HEADING.finditer(block.text):
        if _shouts(heading["words"]):
            line = text_line(block) + block.text.count("\n", 0, heading.start())
            yield _advice(issue, line, SHOUTED, words=heading["words"])


def _shouts(words: str) -> bool:
    letters = [one for one in words if one.isalpha()]
    return len(letters) >= FEWEST_CAPITALS and words.isupper()


def _about_links(issue: Issue, block: Block) -> Iterator[Finding]:
    for link in markdown.links(block.text, text_line(block)):
        yield from _about_words(issue, link)
        yield from _about_target(issue, link.target, link.line)
    if target := block.fields.get("link"):
        yield from _about_target(issue, target, block.line)


def _about_words(issue: Issue, link: markdown.Mention) -> Iterator[Finding]:
    words = link.words.strip(" *_.…!?»«→>").casefold()
    if words in VAGUE_WORDS:
        yield Finding(Level.WARNING, issue.path, link.line, VAGUE_LINK, {"words": link.words})
    elif not link.words and not link.bare:
        yield Finding(Level.WARNING, issue.path, link.line, EMPTY_LINK)


def _about_target(issue: Issue, target: str, line: int) -> Iterator[Finding]:
    if target.startswith("{{"):
        return
    scheme, host = _taken_apart(target)
    if scheme in ("http", "https") and _own_machine(host):
        yield Finding(Level.ERROR, issue.path, line, OWN_MACHINE, {"target": target})
    elif not scheme or (scheme in ("http", "https") and not host):
        yield Finding(Level.ERROR, issue.path, line, NOT_WHOLE, {"target": target})
    elif issue.list.public and DOORS.search(host):
        yield Finding(Level.WARNING, issue.path, line, SHARED_DOOR, {"target": target})
    elif scheme == "http":
        yield _advice(issue, line, NOT_PROTECTED, target=target)
    elif scheme not in ("https", "mailto", "tel"):
        yield Finding(Level.ERROR, issue.path, line, NOT_A_LINK, {"target": target})


def _taken_apart(target: str) -> tuple[str, str]:
    try:
        parts = urlsplit(target)
    except ValueError:
        return "", ""
    return parts.scheme, parts.hostname or ""


def _own_machine(host: str) -> bool:
    private = host.startswith(("127.", "10.", "192.168.")) or host in ("localhost", "::1", "0.0.0.0")  # noqa: S104 - compared, not bound
    return private or host.endswith((".localhost", ".local", ".lan", ".internal"))


def _advice(issue: Issue, line: int | None, sentence: str, **values: object) -> Finding:
    return Finding(Level.ADVICE, issue.path, line, sentence, values)
