"""A finished letter judged: headers, weight, contrast, titles, images, and whether its text part says the same."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise

from mailer.domain.built_letters import BuiltLetter, HtmlPart, Light
from mailer.domain.findings import Finding, Level
from mailer.domain.link_lint import judge_target
from mailer.language import N_

ONCE = ("from", "to", "subject", "date", "message-id", "mime-version", "content-type")
ONCE_IN_AN_ISSUE = ("list-id", "list-unsubscribe", "list-unsubscribe-post", "feedback-id")
LONGEST_LINE = 998
"""Bytes (RFC 5322 §2.1.1)."""
LONGEST_URI = 75
"""With its brackets; relays written in Python break a longer one."""
HEAVY = 90_000
CLIPPED = 102_000
"""Bytes: Gmail shows no more, and hides the link to unsubscribe with the rest."""
FEWEST_PREHEADER, MOST_PREHEADER = 30, 130
LEAST_CONTRAST = 4.5
"""WCAG 2.2, 1.4.3."""
LEAST_LIKENESS = 0.7
SUSPECT, REFUSED = 2.0, 5.0
"""SpamAssassin's points: from the first a letter can be pushed over the edge by a bad day of its relay's."""
LEAST_POINTS = 0.5
MOST_NAMED = 5
"""Of things of one kind, so that a letter with one fault everywhere can still be read about."""

NOT_ONCE = N_("the header {name} stands {count} times in the letter, and must stand once.")
NO_ONE_CLICK = N_(
    "List-Unsubscribe is {value}: mail programs only show their unsubscribe button for one https address of at most "
    "{most} characters. Shorten public_url in config.toml."
)
NO_WAY_OUT = N_("the letter has no link to leave the list, and every letter must have one. See the layout.")
NO_WAY_OUT_OF_TEXT = N_("the text part has no link to leave the list, and must have one. See letter.txt of the layout.")
NOT_COUNTED = N_("its readings would not be counted, though its list says so: the pixel is missing. See the layout.")
LONG_LINE = N_("a line of the letter has {count} bytes, and relays cut lines beyond {most}.")
HEAVY_LETTER = N_(
    "the letter weighs {size} kB without its images; Gmail cuts letters off at {most} kB. Make it shorter."
)
CLIPPED_LETTER = N_(
    "the letter weighs {size} kB without its images: Gmail cuts it off at {most} kB, and the link to unsubscribe "
    "with it. Move articles to the web and link to them."
)
NO_DOCTYPE = N_("the HTML does not begin with its doctype: old mail programs show it otherwise. See the layout.")
NO_LANGUAGE = N_("the HTML does not say its language: screen readers would read it in another. See the layout.")
LOADED = N_("{what} would be fetched or run when the letter is opened: mail programs refuse it. See the layout.")
UNSAFE_PICTURE = N_('the image "{source}" does not come from an https address: many mail programs do not show it.')
NO_ALT = N_('the image "{source}" has no description: write what it shows, for those who do not see it.')
NO_WIDTH = N_('the image "{source}" has no width: Outlook shows it at its own. See the layout.')
BARE_TABLES = N_('{count} tables have no role="presentation": screen readers announce their rows. See the layout.')
NOT_ONE_TITLE = N_("the letter has {count} titles of the first level, and must have one. See the layout.")
SKIPPED_LEVEL = N_('the title "{words}" is of level {level} below one of level {above}: use the level in between.')
SHORT_PREHEADER = N_("the preheader has {count} characters: {fewest} to {most} are shown beside the subject.")
LONG_PREHEADER = N_("the preheader has {count} characters: what follows the first {most} is not shown anywhere.")
SAME_AS_SUBJECT = N_("the preheader repeats the subject: say in it what else is in the letter.")
PALE_BY_DAY = N_('"{words}" is hard to read: {ink} on {paper} has a contrast of {ratio}; {least} is the least.')
PALE_BY_NIGHT = N_(
    '"{words}" is hard to read on a dark screen: {ink} on {paper} has a contrast of {ratio}; {least} is the least.'
)
NOT_IN_TEXT = N_("the link to {target} is not in the text part, which some people read and filters compare.")
TEXT_DIFFERS = N_(
    "only {percent} % of the words are in the text part, which some people read; filters suspect letters whose parts "
    "differ. See letter.txt of the layout."
)
TAG_IN_TEXT = N_('the text part holds the tag "{tag}". See letter.txt of the layout.')

SPAM = N_("SpamAssassin takes this letter for spam: {score} points, and {refused} are the limit. It names: {rules}.")
ALMOST_SPAM = N_(
    "SpamAssassin gives this letter {score} points: below {suspect} is good, from {refused} it is refused. It names: "
    "{rules}."
)


def lint_letter(
    letter: BuiltLetter, subject: str, path: str, *, is_issue: bool = True, measured: bool = False
) -> list[Finding]:
    """What a reader, a relay or a filter would stumble over. `is_issue`: not a notice, which nobody unsubscribes from.

    `measured`: it must carry the pixel.
    """
    found = [*_about_headers(letter, is_issue), *_about_weight(letter.html), *_about_frame(letter.html)]
    found += [*_about_pictures(letter.html), *_about_titles(letter.html), *_about_contrast(letter.html)]
    if is_issue:
        found += [*_about_preheader(letter.html.preheader, subject), *_about_duties(letter, measured)]
    found += [*_about_text(letter), *_about_targets(letter.html)]
    return [Finding(level, path, None, sentence, values) for level, sentence, values in found]


def judge_spam(score: float, rules: Iterable[tuple[str, float]], path: str) -> list[Finding]:
    """What SpamAssassin's points mean; `rules`: the heaviest first."""
    if score < SUSPECT:
        return []
    named = ", ".join(f"{name} ({points:g})" for name, points in rules if points >= LEAST_POINTS)
    level, sentence = (Level.ERROR, SPAM) if score >= REFUSED else (Level.WARNING, ALMOST_SPAM)
    values = {"score": score, "suspect": SUSPECT, "refused": REFUSED, "rules": named}
    return [Finding(level, path, None, sentence, values)]


Told = tuple[Level, str, dict[str, object]]


def _about_headers(letter: BuiltLetter, is_issue: bool) -> Iterator[Told]:
    names = Counter(name for name, _ in letter.headers)
    for name in ONCE + (ONCE_IN_AN_ISSUE if is_issue else ()):
        if names[name] != 1:
            yield Level.ERROR, NOT_ONCE, {"name": name.title(), "count": names[name]}
    for name, value in letter.headers:
        if name == "list-unsubscribe" and not _is_one_click(value):
            yield Level.ERROR, NO_ONE_CLICK, {"value": value, "most": LONGEST_URI}
    if letter.longest_line > LONGEST_LINE:
        yield Level.ERROR, LONG_LINE, {"count": letter.longest_line, "most": LONGEST_LINE}


def _about_duties(letter: BuiltLetter, measured: bool) -> Iterator[Told]:
    """A layout of one's own may have lost what no letter may go without."""
    ways_out = [value for name, value in letter.headers if name == "list-unsubscribe" and _is_one_click(value)]
    leave = ways_out[0].partition(",")[0].strip("<> ") if ways_out else ""
    if leave and leave not in {link.target for link in letter.html.links}:
        yield Level.ERROR, NO_WAY_OUT, {}
    if leave and leave not in letter.text:
        yield Level.ERROR, NO_WAY_OUT_OF_TEXT, {}
    if measured and not any("/o/" in picture.source for picture in letter.html.pictures):
        yield Level.ERROR, NOT_COUNTED, {}


def _is_one_click(value: str) -> bool:
    first = value.partition(",")[0].strip()
    # On this machine, for trying things out, https is not to be had.
    return len(first) <= LONGEST_URI and bool(
        re.fullmatch(r"<https://[!-=?-~]+>|<http://(127\.|localhost)[!-=?-~]+>", first)
    )


def _about_weight(html: HtmlPart) -> Iterator[Told]:
    values: dict[str, object] = {"size": round(html.size / 1000), "most": CLIPPED // 1000}
    if html.size > CLIPPED:
        yield Level.ERROR, CLIPPED_LETTER, values
    elif html.size > HEAVY:
        yield Level.WARNING, HEAVY_LETTER, values


def _about_frame(html: HtmlPart) -> Iterator[Told]:
    if not html.has_doctype:
        yield Level.WARNING, NO_DOCTYPE, {}
    if not html.language:
        yield Level.WARNING, NO_LANGUAGE, {}
    if html.bare_tables:
        yield Level.WARNING, BARE_TABLES, {"count": html.bare_tables}
    for what in html.loads[:MOST_NAMED]:
        yield Level.ERROR, LOADED, {"what": what}


def _about_pictures(html: HtmlPart) -> Iterator[Told]:
    for picture in html.pictures:
        if not picture.source.startswith(("https://", "http://127.", "http://localhost")):
            yield Level.ERROR, UNSAFE_PICTURE, {"source": picture.source[:80]}
        if picture.alt is None:
            yield Level.ERROR, NO_ALT, {"source": picture.source[:80]}
        if not picture.width:
            yield Level.WARNING, NO_WIDTH, {"source": picture.source[:80]}


def _about_titles(html: HtmlPart) -> Iterator[Told]:
    firsts = sum(heading.level == 1 for heading in html.headings)
    if firsts != 1:
        yield Level.WARNING, NOT_ONE_TITLE, {"count": firsts}
    for above, below in pairwise(html.headings):
        if below.level - above.level > 1:
            yield Level.WARNING, SKIPPED_LEVEL, {"words": below.words, "level": below.level, "above": above.level}


def _about_preheader(preheader: str, subject: str) -> Iterator[Told]:
    values: dict[str, object] = {"count": len(preheader), "fewest": FEWEST_PREHEADER, "most": MOST_PREHEADER}
    if not preheader:
        return  # said of the file, with its line
    if preheader.casefold() == subject.casefold():
        yield Level.ADVICE, SAME_AS_SUBJECT, {}
    elif len(preheader) < FEWEST_PREHEADER:
        yield Level.ADVICE, SHORT_PREHEADER, values
    elif len(preheader) > MOST_PREHEADER:
        yield Level.ADVICE, LONG_PREHEADER, values


def _about_contrast(html: HtmlPart) -> Iterator[Told]:
    pale = [pair for pair in html.contrasts if pair.ratio < LEAST_CONTRAST]
    for pair in pale[:MOST_NAMED]:
        # Cut, not rounded: 4.49 is not 4.5.
        values: dict[str, object] = {"ratio": int(pair.ratio * 100) / 100, "least": LEAST_CONTRAST}
        values |= {"words": pair.words, "ink": pair.ink, "paper": pair.paper}
        yield Level.WARNING, PALE_BY_DAY if pair.light is Light.DAY else PALE_BY_NIGHT, values


def _about_text(letter: BuiltLetter) -> Iterator[Told]:
    targets = dict.fromkeys(link.target for link in letter.html.links if not link.target.startswith("#"))
    for target in [one for one in targets if one not in letter.text][:MOST_NAMED]:
        yield Level.WARNING, NOT_IN_TEXT, {"target": target}
    held, words = set(re.findall(r"\w+", letter.text)), letter.html.words
    shared = sum(word in held for word in words)
    if shared < LEAST_LIKENESS * len(words):
        yield Level.WARNING, TEXT_DIFFERS, {"percent": 100 * shared // len(words)}
    if tag := re.search(r"</?[a-zA-Z][a-zA-Z0-9]*(\s[^<>]*)?>|<!--", letter.text):
        yield Level.WARNING, TAG_IN_TEXT, {"tag": tag[0][:40]}


def _about_targets(html: HtmlPart) -> Iterator[Told]:
    for target in dict.fromkeys(link.target for link in html.links):
        yield from judge_target(target)
