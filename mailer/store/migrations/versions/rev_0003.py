"""Relays by list, letters claimed by family, quotas and holds."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

QUEUED = sa.text("state = 'queued'")


def upgrade() -> None:
    op.add_column("issue", sa.Column("relay", sa.String(), nullable=False, server_default="main"))
    op.add_column("delivery", sa.Column("family", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.execute("UPDATE delivery SET family = (SELECT address.family FROM address WHERE address.id = address_id)")
    op.drop_index("ix_delivery_queued", "delivery")
    op.create_index(
        "ix_delivery_queued",
        "delivery",
        ["issue_id", "family", "next_try_at", "id"],
        sqlite_where=QUEUED,
        postgresql_where=QUEUED,
    )
    op.create_table(
        "quota_clock",
        sa.Column("relay", sa.String(), nullable=False),
        sa.Column("latest_s", sa.Float(), nullable=False),
        sa.Column("ahead_s", sa.Float(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("relay", name="pk_quota_clock"),
    )
    op.create_table(
        "quota_meter",
        sa.Column("relay", sa.String(), nullable=False),
        sa.Column("family", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("slot_at_s", sa.Float(), nullable=True),
        sa.Column("slot_turn", sa.Integer(), nullable=False),
        sa.Column("slot_used", sa.Integer(), nullable=False),
        sa.Column("hour_letters", sa.Integer(), nullable=False),
        sa.Column("hour_eases_s", sa.Float(), nullable=True),
        sa.Column("day_letters", sa.Integer(), nullable=False),
        sa.Column("day_eases_s", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("relay", "family", name="pk_quota_meter"),
    )
    op.create_table(
        "quota_bucket",
        sa.Column("relay", sa.String(), nullable=False),
        sa.Column("window_s", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("bucket", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("family", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("letters", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("relay", "window_s", "bucket", "family", name="pk_quota_bucket"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "hold",
        sa.Column("relay", sa.String(), nullable=False),
        sa.Column("family", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("since_s", sa.Float(), nullable=False),
        sa.Column("until_s", sa.Float(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("relay", "family", name="pk_hold"),
    )
    op.create_table(
        "setting",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_setting"),
    )


def downgrade() -> None:
    for table in ("setting", "hold", "quota_bucket", "quota_meter", "quota_clock"):
        op.drop_table(table)
    op.drop_index("ix_delivery_queued", "delivery")
    op.create_index(
        "ix_delivery_queued",
        "delivery",
        ["issue_id", "next_try_at", "id"],
        sqlite_where=QUEUED,
        postgresql_where=QUEUED,
    )
    op.drop_column("delivery", "family")
    op.drop_column("issue", "relay")
