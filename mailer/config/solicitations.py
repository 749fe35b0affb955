"""config.toml, [solicitations]: how often one person is asked for something."""

from datetime import timedelta

from pydantic import Field

from mailer.config.toml import Section


class Solicitations(Section):
    """The most that one person is asked, over all campaigns: memberships, gifts, signatures."""

    most: int = Field(5, ge=1, le=100)
    within_days: int = Field(120, ge=1, le=3650)

    @property
    def within(self) -> timedelta:
        """Of the days before the letter leaves."""
        return timedelta(days=self.within_days)
