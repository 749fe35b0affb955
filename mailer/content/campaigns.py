"""campaigns/<slug>/campaign.toml, and which issues there are. Does not read the issues themselves."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import Field

from mailer.config.toml import line_of, parse_toml
from mailer.content.cadences import CadenceTable, read_cadence
from mailer.content.fields import Strict, Words
from mailer.content.files import SLUG, check_slug, close_to, read_text
from mailer.domain.letters import ArchiveMode, Campaign, MailingList
from mailer.domain.rules import THIS_YEAR
from mailer.errors import BadFiles, Problem
from mailer.language import LANGUAGES, N_

FOLDER = "campaigns"
CAMPAIGN_FILE = "campaign.toml"

NO_CAMPAIGN_FILE = N_("this folder has no campaign.toml: write one, or move the folder elsewhere.")
NO_SUCH_LIST = N_('there is no list "{list}". The lists are: {known}.')
NO_SUCH_LIST_CLOSE = N_('there is no list "{list}". Did you mean "{close}"?')
NO_SUCH_LANGUAGE = N_('letters cannot be written in "{language}" yet; the languages are: {known}.')
BAD_LAYOUT = N_('"{layout}" cannot be the name of a layout: it is a folder of templates/email.')
NOT_PUBLIC = N_(
    'the list "{list}" is not public, so its letters cannot be on the web: write archive = "none" here, or '
    "public = true in the list's file."
)


def read_campaigns(site: Path, lists: Mapping[str, MailingList], zone: ZoneInfo) -> dict[str, Campaign]:
    """Every campaign of the site, by slug; `zone` is the site's. Raises BadFiles with every mistake of every file."""
    campaigns, problems = readable_campaigns(site, lists, zone)
    if problems:
        raise BadFiles(problems)
    return campaigns


def readable_campaigns(
    site: Path, lists: Mapping[str, MailingList], zone: ZoneInfo
) -> tuple[dict[str, Campaign], list[Problem]]:
    """The campaigns without a mistake, by slug, and every mistake of the others."""
    problems: list[Problem] = []
    campaigns: dict[str, Campaign] = {}
    for slug in campaign_names(site):
        campaign, wrong = _read_campaign(site, slug, lists, zone)
        problems += wrong
        if campaign and not wrong:
            campaigns[slug] = campaign
    return campaigns, problems


def campaign_names(site: Path) -> list[str]:
    """Every campaign's folder, readable or not, in order."""
    return [folder.name for folder in _folders(site / FOLDER)]


def issue_names(site: Path) -> list[str]:
    """`campaign/slug` of every issue folder that has a right name, in order."""
    return [f"{campaign.name}/{issue.name}" for campaign, issue in _issue_folders(site) if _named(campaign, issue)]


def check_folders(site: Path) -> list[Problem]:
    """Issue folders whose names cannot be addresses, which no other reading would ever mention."""
    return [
        problem
        for campaign, issue in _issue_folders(site)
        for problem in check_slug(issue.name, f"{FOLDER}/{campaign.name}/{issue.name}")
    ]


def campaign_path(slug: str) -> str:
    """The file of a campaign, from the site's folder."""
    return f"{FOLDER}/{slug}/{CAMPAIGN_FILE}"


def no_such_list(slug: str, lists: Mapping[str, MailingList], path: str, line: int | None) -> list[Problem]:
    """The problem with a list's name, if there is one."""
    if slug in lists:
        return []
    if close := close_to(slug, lists):
        return [Problem(path, line, NO_SUCH_LIST_CLOSE, {"list": slug, "close": close})]
    return [Problem(path, line, NO_SUCH_LIST, {"list": slug, "known": ", ".join(lists)})]


class _CampaignFile(Strict):
    title: Words
    list: Words
    layout: Words
    language: Words = "fr"
    approvals: int = Field(1, ge=1, le=9)
    reviews: int = Field(0, ge=0, le=9)
    archive: ArchiveMode
    late_limit_hours: int = Field(6, ge=1, le=168)
    cadence: CadenceTable | None = None
    renewal: bool = False
    solicitation: bool = False


def _read_campaign(
    site: Path, slug: str, lists: Mapping[str, MailingList], zone: ZoneInfo
) -> tuple[Campaign | None, list[Problem]]:
    path = campaign_path(slug)
    problems = check_slug(slug, f"{FOLDER}/{slug}")
    if not (site / path).is_file():
        return None, [*problems, Problem(f"{FOLDER}/{slug}", None, NO_CAMPAIGN_FILE)]
    text, unreadable = read_text(site, path)
    if unreadable:
        return None, problems + unreadable
    file, wrong = parse_toml(text, path, _CampaignFile)
    if file is None:
        return None, problems + wrong
    problems += _check(file, lists, text, path)
    cadence, wrong = read_cadence(file.cadence, zone, text, path) if file.cadence else (None, [])
    campaign = Campaign(
        slug,
        file.title,
        file.list,
        file.layout,
        file.language,
        file.approvals,
        file.archive,
        cadence,
        timedelta(hours=file.late_limit_hours),
        file.reviews,
        THIS_YEAR if file.renewal else None,
        file.solicitation or file.renewal,
    )
    return campaign, problems + wrong


def _check(file: _CampaignFile, lists: Mapping[str, MailingList], text: str, path: str) -> list[Problem]:
    problems = no_such_list(file.list, lists, path, line_of(text, ["list"]))
    if file.language not in LANGUAGES:
        values: dict[str, object] = {"language": file.language, "known": ", ".join(LANGUAGES)}
        problems.append(Problem(path, line_of(text, ["language"]), NO_SUCH_LANGUAGE, values))
    if not SLUG.fullmatch(file.layout):
        problems.append(Problem(path, line_of(text, ["layout"]), BAD_LAYOUT, {"layout": file.layout}))
    if file.archive.is_open and file.list in lists and not lists[file.list].public:
        problems.append(Problem(path, line_of(text, ["archive"]), NOT_PUBLIC, {"list": file.list}))
    return problems


def _folders(parent: Path) -> list[Path]:
    if not parent.is_dir():
        return []
    return sorted(one for one in parent.iterdir() if one.is_dir() and not one.name.startswith((".", "__")))


def _issue_folders(site: Path) -> list[tuple[Path, Path]]:
    return [(campaign, issue) for campaign in _folders(site / FOLDER) for issue in _folders(campaign)]


def _named(campaign: Path, issue: Path) -> bool:
    return bool(SLUG.fullmatch(campaign.name) and SLUG.fullmatch(issue.name))
