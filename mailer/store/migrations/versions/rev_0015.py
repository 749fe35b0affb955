"""How long people are kept: who was heard, who was asked. And addresses that a person had tried again."""

import sqlalchemy as sa
from alembic import op

from mailer.store.moments import Moment

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "heard",
        sa.Column("address_id", sa.Integer(), sa.ForeignKey("address.id"), primary_key=True, autoincrement=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
    )
    op.create_table(
        "question",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("address_id", sa.Integer(), sa.ForeignKey("address.id"), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("answered_at", Moment()),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_question_address_id", "question", ["address_id"])
    op.create_table(
        "retried",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("address_id", sa.Integer(), sa.ForeignKey("address.id"), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
    )
    op.create_index("ix_retried_address_id", "retried", ["address_id"])


def downgrade() -> None:
    op.drop_index("ix_retried_address_id", "retried")
    op.drop_table("retried")
    op.drop_index("ix_question_address_id", "question")
    op.drop_table("question")
    op.drop_table("heard")
