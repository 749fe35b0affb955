"""Links of frozen letters can be corrected, and it is kept who did."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.create_table(
        "link_correction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("before", sa.String(), nullable=False),
        sa.Column("after", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["issue_id", "number"], ["link.issue_id", "link.number"], name="fk_link_correction_issue_id_link"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_link_correction"),
    )


def downgrade() -> None:
    op.drop_table("link_correction")
