"""An issue read from its files and compiled as it would be frozen now, for several services. Stores nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mailer.app import App
from mailer.content.campaigns import FOLDER, campaign_names, read_campaigns, readable_campaigns
from mailer.content.issues import ISSUE_FILE, read_begun_issue, read_issue
from mailer.content.lists import check_measure, check_relays, check_rules, list_path, read_lists, readable_lists
from mailer.content.planned import Outline, read_outlines
from mailer.content.rules import check_fields
from mailer.domain.aims import caps
from mailer.domain.letters import Campaign, FrozenLetter, Issue, Letterhead, MailingList, Relayed
from mailer.errors import BadFiles, Problem
from mailer.rendering.letters import compile_issue, letter_parts
from mailer.rendering.skeleton import fill_for_nobody
from mailer.store import archive
from mailer.store.addressed import Audience, Bounds


def load_issue(app: App, name: str) -> Issue:
    """The issue as its files say it. A mistake in another campaign does not stop it. Raises NotFound or BadFiles."""
    sources = readable_sources(app)
    slug = name.partition("/")[0]
    if slug in sources.unreadable_campaigns:
        raise BadFiles(sources.problems)
    try:
        issue = read_issue(app.site, name, sources.lists, sources.campaigns, app.config.zone)
    except BadFiles as mistakes:
        raise BadFiles([*sources.problems, *mistakes.problems]) from mistakes
    asked = [one for one in (*issue.aim.rules, issue.aim.only, issue.aim.exclude) if one is not None]
    if wrong := [each for one in asked for each in check_fields(one, issue.path, app.config.contacts.fields)]:
        raise BadFiles(wrong)
    return issue


def load_text(app: App, name: str, text: str) -> Issue:
    """The issue as a text that nobody saved would make it, with the images beside its file. Raises BadFiles."""
    sources = readable_sources(app)
    campaign = sources.campaigns.get(name.partition("/")[0])
    if campaign is None:
        raise BadFiles(sources.problems)
    path = f"{FOLDER}/{name}/{ISSUE_FILE}"
    lists, campaigns, zone = sources.lists, sources.campaigns, app.config.zone
    return replace(read_begun_issue(app.site, path, text, campaign, lists, campaigns, zone), name=name)


@dataclass(frozen=True)
class Sources:
    """The site's lists and campaigns that can be read, and what is wrong with the others."""

    lists: Mapping[str, MailingList]
    campaigns: Mapping[str, Campaign]
    problems: Sequence[Problem]
    unreadable_campaigns: frozenset[str]


def readable_sources(app: App) -> Sources:
    """What can be read of the site; a list that measures without a recorded decision, or has no relay, cannot."""
    lists, problems = readable_lists(app.site)
    unfit = _unfit(app, lists)
    lists = {slug: one for slug, one in lists.items() if list_path(slug) not in {wrong.path for wrong in unfit}}
    campaigns, wrong = readable_campaigns(app.site, lists, app.config.zone)
    unreadable = frozenset(campaign_names(app.site)) - campaigns.keys()
    return Sources(lists, campaigns, (*problems, *unfit, *wrong), unreadable)


def load_lists(app: App) -> dict[str, MailingList]:
    """The site's lists, refused where one measures without a recorded decision or names no relay. Raises BadFiles."""
    lists = read_lists(app.site)
    if problems := _unfit(app, lists):
        raise BadFiles(problems)
    return lists


def _unfit(app: App, lists: Mapping[str, MailingList]) -> list[Problem]:
    """What is wrong with lists that can be read, by what config.toml says."""
    checks = (check_measure, check_relays, check_rules)
    return [problem for check in checks for problem in check(lists, app.config)]


def load_campaigns(app: App, lists: Mapping[str, MailingList]) -> dict[str, Campaign]:
    """The site's campaigns. Raises BadFiles."""
    return read_campaigns(app.site, lists, app.config.zone)


def load_outlines(app: App, campaign: str | None = None) -> tuple[list[Outline], list[str]]:
    """When the issues of one campaign or of all are meant to leave, and those that do not say. Raises BadFiles."""
    lists = load_lists(app)
    campaigns = load_campaigns(app, lists)
    wanted = {slug: one for slug, one in campaigns.items() if campaign in (None, slug)}
    return read_outlines(app.site, lists, wanted, app.config.zone)


def compile_letter(app: App, issue: Issue, now: datetime) -> FrozenLetter:
    """The letter as it would be frozen now. Raises BadFiles."""
    return compile_issue(issue, letterhead(app), app.templates, _relayed(app, now))


def letter_parts_now(app: App, issue: Issue, audience: str, now: datetime) -> tuple[str, str]:
    """HTML and text of one audience's letter as it would be frozen now, with dead tokens. Raises BadFiles."""
    html, text = letter_parts(issue, letterhead(app), app.templates, _relayed(app, now), audience)
    return fill_for_nobody(html, is_html=True), fill_for_nobody(text, is_html=False)


def letterhead(app: App) -> Letterhead:
    """What letters say of this installation."""
    organisation = app.config.organisation
    return Letterhead(
        app.config.public_url,
        organisation.name,
        organisation.contact,
        organisation.postal_address,
        organisation.website,
        app.config.timezone,
    )


def audience_of(app: App, issue: Issue) -> Sequence[Audience]:
    """The lists that the issue is addressed to, as the store counts and queues them."""
    lists, _ = readable_lists(app.site)
    aim, own, ordinary = issue.aim, issue.list.slug, not issue.aim.exceptional
    found = [
        Audience(slug, lists[slug].everyone, lists[slug].rule, ordinary=ordinary)
        for slug in issue.audience
        if slug != own or not aim.rules_alone
    ]
    # By a rule of the issue's own, people get it as readers of the list: right after those who are on it.
    by_rule = [Audience(own, False, rule, subscribers=False, ordinary=ordinary) for rule in aim.rules]
    at = sum(one.slug == own for one in found)
    return [*found[:at], *by_rule, *found[at:]]


def bounds_of(app: App, issue: Issue, leaves: datetime) -> Bounds:
    """What the issue asks of its readers besides, where it leaves at that moment."""
    limit = app.config.solicitations
    return Bounds(issue.aim.narrowed, issue.aim.exclude, caps(issue.aim, leaves, limit.most, limit.within))


def _relayed(app: App, now: datetime) -> Mapping[str, Relayed]:
    """The latest released issue of each campaign whose letters are public."""
    lists, _ = readable_lists(app.site)
    campaigns, _ = readable_campaigns(app.site, lists, app.config.zone)
    public = [slug for slug, one in campaigns.items() if lists[one.list].public]
    with app.database.reading() as tx:
        latest = {slug: archive.latest(tx, slug, now) for slug in public}
    return {
        slug: Relayed(
            slug,
            f"{row.title} – {row.number}",
            row.subject,
            f"{app.config.public_url}/archive/{row.list_slug}/{row.slug}",
        )
        for slug, row in latest.items()
        if row is not None
    }
