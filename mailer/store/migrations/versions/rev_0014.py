"""Issues that ask for something, for a membership, or that go to people who did not ask."""

import sqlalchemy as sa
from alembic import op

from mailer.store.moments import Moment

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "issue_aim",
        sa.Column("issue_id", sa.Integer(), sa.ForeignKey("issue.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("leaves_at", Moment(), nullable=False),
        sa.Column("exceptional", sa.Boolean(), nullable=False),
        sa.Column("solicitation", sa.Boolean(), nullable=False),
        sa.Column("renewal", sa.Integer()),
    )


def downgrade() -> None:
    op.drop_table("issue_aim")
