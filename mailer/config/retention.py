"""[retention]: how long we keep who says nothing, and how they are asked before."""

from pydantic import Field

from mailer.config.toml import Section


class Retention(Section):
    """Nobody is erased who was not asked, nor before their time to answer has passed (docs/fr/droits.md)."""

    years: int = Field(3, ge=1, le=50)
    """Since they were last heard of."""
    answer_days: int = Field(30, ge=7, le=365)
    """From the moment that the question left."""
    questions_a_day: int = Field(200, ge=1)
    """A base that came in on one day grows old on one day."""
