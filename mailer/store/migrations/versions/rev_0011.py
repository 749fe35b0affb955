"""Rows of imported files that wait for a person; imports that can be taken back."""

import sqlalchemy as sa
from alembic import op

from mailer.store.moments import Moment

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "doubt",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("batch_id", sa.Integer(), sa.ForeignKey("import_batch.id"), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("written", sa.String(), nullable=False),
        sa.Column("proposal", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("sentence", sa.String(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("outcome", sa.String()),
        sa.Column("settled_at", Moment()),
        sa.UniqueConstraint("batch_id", "line"),
    )
    waiting = sa.text("settled_at IS NULL")
    op.create_index("ix_doubt_waiting", "doubt", ["written"], sqlite_where=waiting, postgresql_where=waiting)
    op.add_column("import_batch", sa.Column("undone_at", Moment()))
    op.add_column("contact", sa.Column("named_by", sa.Integer()))


def downgrade() -> None:
    op.drop_column("contact", "named_by")
    op.drop_column("import_batch", "undone_at")
    op.drop_index("ix_doubt_waiting", "doubt")
    op.drop_table("doubt")
