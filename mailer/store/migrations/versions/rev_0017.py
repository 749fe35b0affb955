"""The desk: accounts, what opens them, who is logged in, who did what, who read a letter before it left."""

import sqlalchemy as sa
from alembic import op

from mailer.store.moments import Moment

revision = "0017"
down_revision = "0015"


def upgrade() -> None:
    _accounts()
    _sessions()
    _reviews()


def downgrade() -> None:
    for table in (
        "comment",
        "review",
        "review_link",
        "press",
        "audit",
        "attempt",
        "session",
        "recovery_code",
        "invitation",
        "account",
    ):
        op.drop_table(table)


def _accounts() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("until", sa.Date()),
        sa.Column("password", sa.String()),
        sa.Column("code_seed", sa.LargeBinary()),
        sa.Column("code_since", Moment()),
        sa.Column("code_step", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment()),
        sa.UniqueConstraint("person"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("account_id", sa.Integer(), sa.ForeignKey("account.id"), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("until", Moment(), nullable=False),
        sa.Column("used_at", Moment()),
        sa.UniqueConstraint("hash"),
    )
    op.create_index(None, "invitation", ["account_id"])
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("account_id", sa.Integer(), sa.ForeignKey("account.id"), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", Moment()),
    )
    op.create_index(None, "recovery_code", ["account_id"])


def _sessions() -> None:
    op.create_table(
        "session",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.Integer(), sa.ForeignKey("account.id"), nullable=False),
        sa.Column("began_at", Moment(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("second_step", sa.Boolean(), nullable=False),
        sa.Column("flash", sa.JSON(), nullable=False),
        sa.Column("ended_at", Moment()),
        sa.UniqueConstraint("hash"),
    )
    op.create_index(None, "session", ["account_id"])
    op.create_table(
        "attempt",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("account_hash", sa.LargeBinary(), nullable=False),
        sa.Column("host_hash", sa.LargeBinary(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
    )
    op.create_index(None, "attempt", ["account_hash", "at"])
    op.create_index(None, "attempt", ["host_hash", "at"])
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("account_id", sa.Integer(), sa.ForeignKey("account.id")),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
    )
    op.create_index(None, "audit", ["at"])
    op.create_index(None, "audit", ["account_id"])
    op.create_table(
        "press",
        sa.Column("key", sa.String(), primary_key=True),
        sa.Column("account_id", sa.Integer(), sa.ForeignKey("account.id"), nullable=False),
        sa.Column("at", Moment(), nullable=False),
    )


def _reviews() -> None:
    op.create_table(
        "review_link",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("issue", sa.String(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("until", Moment(), nullable=False),
        sa.Column("ended_at", Moment()),
        sa.UniqueConstraint("hash"),
    )
    op.create_index(None, "review_link", ["issue"])
    op.create_table(
        "review",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("issue", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.UniqueConstraint("issue", "person"),
    )
    op.create_table(
        "comment",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("issue", sa.String(), nullable=False),
        sa.Column("block", sa.Integer(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("settled_at", Moment()),
        sa.Column("settled_by", sa.String()),
    )
    op.create_index(None, "comment", ["issue", "id"])
