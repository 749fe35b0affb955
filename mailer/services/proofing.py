"""An issue looked at before it leaves: check, preview, test letter. Nothing that it makes carries a working token."""

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime
from functools import partial
from pathlib import Path

from mailer.app import App
from mailer.app.approvals import changed_files
from mailer.app.drafts import (
    compile_letter,
    letter_parts_now,
    load_campaigns,
    load_issue,
    load_lists,
    load_outlines,
)
from mailer.app.models import begin_issue
from mailer.content.campaigns import FOLDER, check_folders, issue_names
from mailer.content.findings import findings
from mailer.content.issues import ISSUE_FILE
from mailer.content.models import model_path
from mailer.content.planned import holidays_ahead, taken_twice
from mailer.domain.addresses import read_address
from mailer.domain.cadence import Slot, next_slot
from mailer.domain.deliveries import Ending, Outcome
from mailer.domain.findings import Finding, Level
from mailer.domain.letter_lint import judge_spam, lint_letter
from mailer.domain.letters import Campaign, Copy, FrozenLetter, Issue
from mailer.domain.link_lint import judge_visits
from mailer.domain.rates import MeasureMode
from mailer.errors import BadFiles, Refused, RelayRefuses
from mailer.language import N_, say_words
from mailer.rendering.reading import read_letter
from mailer.rendering.skeleton import Skeleton
from mailer.store import issues
from mailer.transport.pages import Walker
from mailer.transport.smtp import Relay
from mailer.transport.spamassassin import ask_spamassassin

WALKER = Walker()
"""How links are followed for a door."""
DEAD_TOKEN = "A" * 22
DEAD_TRACK = "A" * 32
"""Well-formed, and refused by every door: no MAC is all zeros but by a chance of 2⁻⁸⁰."""

CANNOT_WRITE = N_("The preview cannot be written to {folder}: {reason}.")
CHANGED_AFTER_APPROVAL = N_("changed since {issue} was approved: approve it again before it can leave.")
CHANGED_AFTER_RELEASE = N_("changed since {issue} was released: the letter that readers have stays as it left.")
TEST_REFUSED = N_("The relay refused the test letter to {address}: {code} {words}")


@dataclass(frozen=True)
class Look:
    """A letter as one audience would see it."""

    html: str
    text: str


def check_issue(app: App, name: str, now: datetime) -> list[Finding]:
    """Everything worth saying about an issue before it leaves; its mistakes are findings of level error."""
    found = _check_alone(app, name, now)
    try:
        outlines, _ = load_outlines(app, name.partition("/")[0])
    except BadFiles:
        return found
    path = f"{FOLDER}/{name}/{ISSUE_FILE}"
    return [*(one for one in taken_twice(outlines) if one.path == path), *found]


async def look_further(app: App, name: str, now: datetime, links: Walker | None = None) -> list[Finding]:
    """What other programs think of the letter: SpamAssassin, if this machine has it; `links`: and every page linked to.

    Nothing for an issue with mistakes, which has no letter yet.
    """
    try:
        issue = load_issue(app, name)
        letter = compile_letter(app, issue, now)
    except BadFiles:
        return []
    content = _sample(app, letter, issue.audience[0], app.config.organisation.contact, now)
    found = list[Finding]()
    if links is not None:
        built = read_letter(content, partial(_target, letter.links))
        own = f"{app.config.public_url}/"
        targets = [link.target for link in built.html.links if not link.target.startswith(own)]
        found += judge_visits(await links.visit_all(targets), issue.path)
    verdict = await ask_spamassassin(content)
    return found if verdict is None else [*found, *judge_spam(verdict.score, verdict.rules, issue.path)]


def check_site(app: App, now: datetime) -> list[Finding]:
    """Everything worth saying about the site's files, and which of them changed since their letter was approved."""
    try:
        names = issue_names(app.site)
        campaigns = load_campaigns(app, load_lists(app))
        outlines, _ = load_outlines(app)
    except BadFiles as mistakes:
        return _as_findings(mistakes)
    found = [*_as_findings(BadFiles(check_folders(app.site))), *holidays_ahead(app.site, campaigns, now)]
    found += [*_about_models(app, campaigns, now), *taken_twice(outlines)]
    return found + [finding for name in names for finding in (*_check_alone(app, name, now), *_changed(app, name))]


def preview_issue(app: App, name: str, folder: Path, now: datetime) -> list[Path]:
    """Writes letter.html, letter.txt and letter.eml, and those of each further audience, with the images beside."""
    issue = load_issue(app, name)
    letter = compile_letter(app, issue, now)
    try:
        written = [
            path
            for slug in issue.audience
            for path in _write_variant(app, letter, slug, folder, "" if slug == issue.audience[0] else f"-{slug}", now)
        ]
        _write_media(letter, folder / "media")
    except OSError as error:
        raise Refused(CANNOT_WRITE, folder=folder, reason=error.strerror) from error
    return written


def look(app: App, name: str, now: datetime, audience: str = "") -> Look:
    """The letter as it would leave now, to be shown in a frame: images inside, no link that works. Raises BadFiles."""
    issue = load_issue(app, name)
    slug = audience if audience in issue.audience else issue.audience[0]
    html, text = letter_parts_now(app, issue, slug, now)
    for image in issue.images.values():
        inside = f"data:{image.media_type};base64,{b64encode(image.content).decode()}"
        html = html.replace(f"{app.config.public_url}/media/{image.file_name}", inside)
    return Look(html.replace(f"{app.config.public_url}/o/{DEAD_TRACK}.gif", "data:,"), text)


async def send_tests(app: App, name: str, to: Sequence[str], now: datetime) -> int:
    """Sends the first audience's letter, marked [TEST], to each address. Raises RelayError, Refused or BadFiles."""
    addresses = [read_address(one).written for one in to]
    issue = load_issue(app, name)
    letter = compile_letter(app, replace(issue, subject=f"[TEST] {issue.subject}"), now)
    async with Relay(app.config.relay(issue.list.relay)).connection() as connection:
        for address in addresses:
            content = partial(_sample, app, letter, issue.audience[0], address, now)
            outcome = await connection.deliver(issue.list.sender_address, address, _always, content)
            _check_taken(app, outcome, address)
    return len(addresses)


async def send_test(app: App, name: str, to: str, now: datetime) -> None:
    """The same to one address."""
    await send_tests(app, name, [to], now)


def _about_models(app: App, campaigns: Mapping[str, Campaign], now: datetime) -> list[Finding]:
    """What would go wrong in the next issue that is begun from a model."""
    found = list[Finding]()
    for campaign in campaigns.values():
        if (app.site / model_path(campaign.slug)).is_file():
            noon = now.replace(hour=12, minute=0, second=0, microsecond=0)
            slot = next_slot(campaign.cadence, now) if campaign.cadence else Slot(now.date(), noon, "", moved=False)
            try:
                begin_issue(app, campaign, slot, 1)
            except BadFiles as mistakes:
                found += _as_findings(mistakes)
    return found


def _check_alone(app: App, name: str, now: datetime) -> list[Finding]:
    try:
        issue = load_issue(app, name)
        letter = compile_letter(app, issue, now)
    except BadFiles as mistakes:
        return _as_findings(mistakes)
    return [*findings(issue), *_lint(app, issue, letter, now)]


def _lint(app: App, issue: Issue, letter: FrozenLetter, now: datetime) -> list[Finding]:
    """The letter of each audience as it would leave; what is wrong in several is told once."""
    found, measured = list[Finding](), issue.list.measure is not MeasureMode.OFF
    for slug in issue.audience:
        content = _sample(app, letter, slug, app.config.organisation.contact, now)
        built = read_letter(content, partial(_target, letter.links))
        told = lint_letter(built, issue.subject, issue.path, measured=measured)
        found += [one for one in told if one not in found]
    return found


def _target(links: Sequence[str], href: str) -> str:
    """Where a link leads in the end: one that is counted goes by its number."""
    counted = re.fullmatch(rf"https?://[^/]+/c/{DEAD_TRACK}/(\d+)", href)
    return links[int(counted[1]) - 1] if counted else href


def _as_findings(mistakes: BadFiles) -> list[Finding]:
    return [Finding(Level.ERROR, one.path, one.line, one.sentence, one.values) for one in mistakes.problems]


def _changed(app: App, name: str) -> list[Finding]:
    with app.database.reading() as tx:
        row = issues.find(tx, name)
    if row is None:
        return []
    sentence = CHANGED_AFTER_RELEASE if row.released_at else CHANGED_AFTER_APPROVAL
    return [Finding(Level.WARNING, path, None, sentence, {"issue": name}) for path in changed_files(app, row)]


async def _always() -> bool:
    return True


def _check_taken(app: App, outcome: Outcome | None, address: str) -> None:
    if outcome is None or outcome.ending is not Ending.ACCEPTED:
        code, words = (outcome.code, outcome.words) if outcome else ("", "")
        said = say_words(app.config.language, words)
        raise RelayRefuses(TEST_REFUSED, address=address, code=code or "", words=said)


def _sample(app: App, letter: FrozenLetter, slug: str, address: str, now: datetime) -> bytes:
    copy = Copy(
        address=address,
        name="",
        message_id=f"{DEAD_TOKEN}.{int(now.timestamp())}@{address.rpartition('@')[2]}",
        date=format_datetime(now.astimezone(app.config.zone)),
        leave=DEAD_TOKEN,
        preferences=DEAD_TOKEN,
        track=DEAD_TRACK,
    )
    return Skeleton.parse(letter.variants[slug]).fill(copy)


def _write_variant(app: App, letter: FrozenLetter, slug: str, folder: Path, suffix: str, now: datetime) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    content = _sample(app, letter, slug, app.config.organisation.contact, now)
    message = message_from_bytes(content, policy=policy.default)
    html, text = _part(message, "html"), _part(message, "plain")
    # The images are not on the web yet: the preview shows those beside it.
    html = html.replace(f'"{app.config.public_url}/media/', '"media/')
    parts = {"html": html.encode(), "txt": text.encode(), "eml": content}
    for extension, written in parts.items():
        (folder / f"letter{suffix}.{extension}").write_bytes(written)
    return [folder / f"letter{suffix}.{extension}" for extension in parts]


def _part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    return str(body.get_content()) if body is not None else ""


def _write_media(letter: FrozenLetter, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for attachment in letter.attachments:
        (folder / attachment.file_name).write_bytes(attachment.content)
