"""campaigns/<campaign>/<slug>/issue.md: one issue, with its images and the files that it depends on."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic_core import PydanticCustomError

from mailer.content import markdown
from mailer.content.blocks import cut_blocks, text_line
from mailer.content.campaigns import FOLDER, campaign_path, issue_names, no_such_list
from mailer.content.files import SLUG, close_to, fingerprint, read_text
from mailer.content.frontmatter import NO_PLACEHOLDER, FrontMatter, read_front_matter
from mailer.content.frontmatter import split as split_front_matter
from mailer.content.images import read_image
from mailer.content.lists import list_path
from mailer.content.moments import NO_SUCH_HOUR, in_zone, read_moment
from mailer.domain.letters import Block, BlockKind, Campaign, Image, Issue, MailingList
from mailer.errors import BadFiles, NotFound, Problem
from mailer.language import N_

ISSUE_FILE = "issue.md"

BAD_NAME = N_(
    '"{issue}" cannot be the name of an issue: it is campaign/issue, in lower-case letters without accents, '
    "digits and hyphens, like sirene/2023-09."
)
NO_ISSUE = N_('There is no issue "{issue}". Issues are folders of campaigns/<campaign>/, with an issue.md each.')
NO_ISSUE_CLOSE = N_('There is no issue "{issue}". Did you mean "{close}"?')
NO_ISSUE_FILE = N_("this folder has no issue.md: write one, or move the folder elsewhere.")
NOTHING_TO_READ = N_("this issue has no text: nothing follows the second +++ line.")
NO_SUCH_CAMPAIGN = N_('there is no campaign "{campaign}" to relay. The campaigns are: {known}.')
NO_SUCH_CAMPAIGN_CLOSE = N_('there is no campaign "{campaign}" to relay. Did you mean "{close}"?')
NOT_IN_AUDIENCE = N_('this banner is for the list "{list}", which is not in the audience of this issue ({audience}).')
ENDS_BEFORE = N_("this event ends before it starts.")
REMOTE_IMAGE = N_(
    'the image "{image}" is on another server, which would learn who reads this letter: copy it beside issue.md.'
)
IMAGE_BY_REFERENCE = N_("write an image as ![words](file.png), with the name of a file beside issue.md.")
NO_ALT = N_('the image "{image}" needs words between ![ and ]: they are read where images are not shown.')


def read_issue(
    site: Path, name: str, lists: Mapping[str, MailingList], campaigns: Mapping[str, Campaign], zone: ZoneInfo
) -> Issue:
    """The issue `campaign/slug`. Raises NotFound, or BadFiles with every mistake in its files."""
    campaign = _find(site, name, campaigns)
    path = f"{FOLDER}/{name}/{ISSUE_FILE}"
    if not (site / path).is_file():
        raise BadFiles([Problem(f"{FOLDER}/{name}", None, NO_ISSUE_FILE)])
    reader = _Reader(site, path, lists, campaigns, zone)
    return reader.read(name, campaign, reader.lines())


def read_begun_issue(
    site: Path,
    path: str,
    text: str,
    campaign: Campaign,
    lists: Mapping[str, MailingList],
    campaigns: Mapping[str, Campaign],
    zone: ZoneInfo,
) -> Issue:
    """An issue that is no file yet, as the model at `path`, with its images beside it, would make it.

    Raises BadFiles with the lines of the model.
    """
    return _Reader(site, path, lists, campaigns, zone).read(path, campaign, text.split("\n"))


def _find(site: Path, name: str, campaigns: Mapping[str, Campaign]) -> Campaign:
    campaign, _, slug = name.partition("/")
    if not SLUG.fullmatch(campaign) or not SLUG.fullmatch(slug):
        raise NotFound(BAD_NAME, issue=name)
    if campaign in campaigns and (site / FOLDER / name).is_dir():
        return campaigns[campaign]
    if close := close_to(name, issue_names(site)):
        raise NotFound(NO_ISSUE_CLOSE, issue=name, close=close)
    raise NotFound(NO_ISSUE, issue=name)


class _Reader:
    """Reads one issue.md and keeps count of every mistake."""

    def __init__(
        self, site: Path, path: str, lists: Mapping[str, MailingList], campaigns: Mapping[str, Campaign], zone: ZoneInfo
    ) -> None:
        self.site, self.path, self.zone = site, path, zone
        self.lists, self.campaigns = lists, campaigns
        self.problems: list[Problem] = []
        self.sources: dict[str, str] = {}

    def read(self, name: str, campaign: Campaign, lines: list[str]) -> Issue:
        """Raises BadFiles."""
        issue = self._read(name, campaign, lines) if lines else None
        if issue is None or self.problems:
            raise BadFiles(sorted(self.problems, key=lambda problem: problem.line or 0))
        return issue

    def lines(self) -> list[str]:
        """Of the issue's own file; none, with the problem, where it cannot be read."""
        self._note(self.path)
        text, problems = read_text(self.site, self.path)
        self.problems += problems
        return text.split("\n") if text else []

    def _read(self, name: str, campaign: Campaign, lines: list[str]) -> Issue | None:
        top, body_line, problems = split_front_matter(lines, self.path)
        self.problems += problems
        front = self._front_matter(top, campaign) if top else None
        audience = _audience(front, campaign) if front else ()
        blocks = self._blocks(lines[body_line - 1 :], body_line, audience)
        images = self._images(blocks)
        if not blocks and not self.problems:
            self._add(len(lines), NOTHING_TO_READ)
        if front is None or self.problems:
            return None
        return Issue(
            name=name,
            path=self.path,
            campaign=campaign,
            list=self.lists[campaign.list],
            subject=front.subject,
            preheader=front.preheader,
            title=front.title or campaign.title,
            number=front.number,
            slot=front.slot,
            audience=audience,
            blocks=tuple(blocks),
            images=images,
            sources=self._with_settings(campaign, audience),
            reasons={slug: self.lists[slug].reason for slug in audience if slug in self.lists},
            planned=front.planned,
            embargo=front.embargo,
            aim=front.aim,
        )

    def _note(self, path: str) -> None:
        # Before the file is read: an edit in between then shows as a difference, never as no difference.
        if (self.site / path).is_file():
            self.sources[path] = fingerprint(self.site, path)

    def _add(self, line: int | None, sentence: str, **values: object) -> None:
        self.problems.append(Problem(self.path, line, sentence, values))

    def _front_matter(self, lines: list[str], campaign: Campaign) -> FrontMatter | None:
        front, problems = read_front_matter(lines, self.path, self.lists, self.zone, campaign)
        self.problems += problems
        return front

    def _blocks(self, lines: list[str], first_line: int, audience: tuple[str, ...]) -> list[Block]:
        blocks, problems = cut_blocks(lines, first_line, self.path)
        self.problems += problems
        return [self._checked(block, audience) for block in blocks]

    def _checked(self, block: Block, audience: tuple[str, ...]) -> Block:
        text, problems = markdown.fill_in(block.text, text_line(block), self.path)
        self.problems += problems
        if any("{{" in value for value in block.fields.values()):
            self._add(block.line, NO_PLACEHOLDER)
        match block.kind:
            case BlockKind.BANNER if block.fields.get("audience"):
                self._check_banner(block, audience)
            case BlockKind.RELAY if block.fields.get("campaign"):
                self._check_relay(block)
            case BlockKind.EVENT:
                return replace(block, text=text, fields=self._event_fields(block))
        return replace(block, text=text)

    def _check_banner(self, block: Block, audience: tuple[str, ...]) -> None:
        slug = block.fields["audience"]
        unknown = no_such_list(slug, self.lists, self.path, block.line)
        self.problems += unknown
        if not unknown and audience and slug not in audience:
            self._add(block.line, NOT_IN_AUDIENCE, list=slug, audience=", ".join(audience))

    def _check_relay(self, block: Block) -> None:
        slug = block.fields["campaign"]
        if slug in self.campaigns:
            return
        if close := close_to(slug, self.campaigns):
            self._add(block.line, NO_SUCH_CAMPAIGN_CLOSE, campaign=slug, close=close)
        else:
            self._add(block.line, NO_SUCH_CAMPAIGN, campaign=slug, known=", ".join(self.campaigns))

    def _event_fields(self, block: Block) -> dict[str, str]:
        """The fields with `start` and `end` as ISO moments that carry their zone."""
        moments = {key: self._moment(block, key) for key in ("start", "end") if block.fields.get(key)}
        start, end = moments.get("start"), moments.get("end")
        if start and end and end < start:
            self._add(block.line, ENDS_BEFORE)
        return {**block.fields, **{key: one.isoformat() for key, one in moments.items() if one}}

    def _moment(self, block: Block, key: str) -> datetime | None:
        try:
            moment = in_zone(read_moment(block.fields[key]), self.zone)
        except PydanticCustomError as wrong:
            context = wrong.context or {}
            self._add(block.line, context["sentence"], **context["values"])
            return None
        if moment is None:
            self._add(block.line, NO_SUCH_HOUR, zone=str(self.zone))
        return moment

    def _images(self, blocks: list[Block]) -> dict[str, Image]:
        images: dict[str, Image] = {}
        failed: set[str] = set()
        for name, line in self._mentioned_images(blocks):
            if name in images or name in failed:
                continue
            image, problems = self._image(name, line)
            self.problems += problems
            if image:
                images[name] = image
            else:
                failed.add(name)
        return images

    def _mentioned_images(self, blocks: list[Block]) -> Iterator[tuple[str, int]]:
        for block in blocks:
            if image := block.fields.get("image"):
                yield image, block.line
            for reference in markdown.reference_images(block.text, text_line(block)):
                self._add(reference.line, IMAGE_BY_REFERENCE)
            for mention in markdown.images(block.text, text_line(block)):
                if not mention.words:
                    self._add(mention.line, NO_ALT, image=mention.target)
                if "//" in mention.target:
                    self._add(mention.line, REMOTE_IMAGE, image=mention.target)
                else:
                    yield mention.target, mention.line

    def _image(self, name: str, line: int) -> tuple[Image | None, list[Problem]]:
        folder = self.path.rpartition("/")[0]
        if "/" not in name:
            self._note(f"{folder}/{name}")
        return read_image(self.site / folder, name, self.path, line)

    def _with_settings(self, campaign: Campaign, audience: tuple[str, ...]) -> dict[str, str]:
        for path in (campaign_path(campaign.slug), *map(list_path, dict.fromkeys((campaign.list, *audience)))):
            self._note(path)
        return self.sources


def _audience(front: FrontMatter, campaign: Campaign) -> tuple[str, ...]:
    """The campaign's own list first, where it is in: a reader belongs to the first list that holds them."""
    named = front.audience if not front.aim.rules else (campaign.list, *front.audience)
    return tuple(sorted(dict.fromkeys(named), key=lambda slug: slug != campaign.list)) or (campaign.list,)
