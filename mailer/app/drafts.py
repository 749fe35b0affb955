"""An issue read from its files and compiled as it would be frozen now, for several services. Stores nothing."""

from collections.abc import Mapping, Sequence

from mailer.app import App
from mailer.content.campaigns import read_campaigns
from mailer.content.issues import read_issue
from mailer.content.lists import check_measure, read_lists
from mailer.content.planned import Outline, read_outlines
from mailer.domain.letters import Campaign, FrozenLetter, Issue, Letterhead, MailingList, Relayed
from mailer.errors import BadFiles
from mailer.rendering.letters import compile_issue
from mailer.store import issues
from mailer.store.audiences import Audience


def load_issue(app: App, name: str) -> Issue:
    """The issue as its files say it. Raises NotFound or BadFiles."""
    lists = load_lists(app)
    return read_issue(app.site, name, lists, load_campaigns(app, lists), app.config.zone)


def load_lists(app: App) -> dict[str, MailingList]:
    """The site's lists, refused where one measures without a recorded decision. Raises BadFiles."""
    lists = read_lists(app.site)
    if problems := check_measure(lists, app.config):
        raise BadFiles(problems)
    return lists


def load_campaigns(app: App, lists: Mapping[str, MailingList]) -> dict[str, Campaign]:
    """The site's campaigns. Raises BadFiles."""
    return read_campaigns(app.site, lists, app.config.zone)


def load_outlines(app: App, campaign: str | None = None) -> tuple[list[Outline], list[str]]:
    """When the issues of one campaign or of all are meant to leave, and those that do not say. Raises BadFiles."""
    lists = load_lists(app)
    campaigns = load_campaigns(app, lists)
    wanted = {slug: one for slug, one in campaigns.items() if campaign in (None, slug)}
    return read_outlines(app.site, lists, wanted, app.config.zone)


def compile_letter(app: App, issue: Issue) -> FrozenLetter:
    """The letter as it would be frozen now. Raises BadFiles."""
    return compile_issue(issue, letterhead(app), app.templates, _relayed(app))


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
    lists = read_lists(app.site)
    return [Audience(slug, lists[slug].everyone) for slug in issue.audience]


def _relayed(app: App) -> Mapping[str, Relayed]:
    """The latest released issue of each campaign whose letters are public."""
    lists = read_lists(app.site)
    public = [slug for slug, one in load_campaigns(app, lists).items() if lists[one.list].public]
    with app.database.reading() as tx:
        latest = {slug: issues.latest(tx, slug) for slug in public}
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
