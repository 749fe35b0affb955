"""The next issue as its campaign's model begins it, for several services. Writes nothing."""

from dataclasses import dataclass

from mailer.app import App
from mailer.app.drafts import load_campaigns, load_lists
from mailer.content.issues import read_begun_issue
from mailer.content.models import fill_model, model_path
from mailer.domain.cadence import Slot
from mailer.domain.letters import Campaign


@dataclass(frozen=True)
class BegunIssue:
    """What becomes the folder of a new issue."""

    text: str
    images: tuple[str, ...]
    """Names of files beside the model."""


def begin_issue(app: App, campaign: Campaign, slot: Slot, number: int) -> BegunIssue:
    """The text and the images of an issue for a slot. Raises BadFiles with the lines of the model."""
    text = fill_model(app.site, campaign, slot, number)
    lists = load_lists(app)
    path, campaigns = model_path(campaign.slug), load_campaigns(app, lists)
    issue = read_begun_issue(app.site, path, text, campaign, lists, campaigns, app.config.zone)
    return BegunIssue(text, tuple(issue.images))
