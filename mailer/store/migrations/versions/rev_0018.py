"""Earlier texts of issues, and texts that somebody has not saved yet."""

import sqlalchemy as sa
from alembic import op

from mailer.store.moments import Moment

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_table(
        "earlier_text",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("issue", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_earlier_text_issue_version", "earlier_text", ["issue", "version"])
    op.create_table(
        "unsaved_text",
        sa.Column("issue", sa.String(), primary_key=True),
        sa.Column("who", sa.String(), primary_key=True),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("written", sa.JSON(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("unsaved_text")
    op.drop_index("ix_earlier_text_issue_version", "earlier_text")
    op.drop_table("earlier_text")
