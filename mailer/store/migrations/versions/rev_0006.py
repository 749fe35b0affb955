"""Readers' own choices: rhythm, departures that can be undone, changes of address, requests for one's own data."""

import sqlalchemy as sa
from alembic import op

from mailer.store.moments import Moment

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("address", sa.Column("erased_at", Moment(), nullable=True))
    op.create_table(
        "choice",
        sa.Column("address_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("paused_until", Moment(), nullable=True),
        sa.Column("monthly", sa.Boolean(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["address_id"], ["address.id"], name="fk_choice_address_id_address"),
        sa.PrimaryKeyConstraint("address_id", name="pk_choice"),
    )
    op.create_table(
        "leaving",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("list_slug", sa.String(), nullable=False),
        sa.Column("opposed", sa.Boolean(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("undone_at", Moment(), nullable=True),
        sa.Column("reason_said", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["address_id"], ["address.id"], name="fk_leaving_address_id_address"),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name="fk_leaving_delivery_id_delivery"),
        sa.PrimaryKeyConstraint("id", name="pk_leaving"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_leaving_address_id", "leaving", ["address_id"])
    op.create_table(
        "leaving_reason",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("list_slug", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_leaving_reason"),
    )
    op.create_index("ix_leaving_reason_list_slug_day", "leaving_reason", ["list_slug", "day"])
    op.create_table(
        "move",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("from_address_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("wanted", sa.String(), nullable=False),
        sa.Column("wanted_fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("to_address_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("confirmed_at", Moment(), nullable=True),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("moved", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["from_address_id"], ["address.id"], name="fk_move_from_address_id_address"),
        sa.ForeignKeyConstraint(["to_address_id"], ["address.id"], name="fk_move_to_address_id_address"),
        sa.PrimaryKeyConstraint("id", name="pk_move"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_move_from_address_id_state", "move", ["from_address_id", "state"])
    op.create_index("ix_move_to_address_id", "move", ["to_address_id"])
    op.create_index("ix_move_wanted_fingerprint_asked_at", "move", ["wanted_fingerprint", "asked_at"])
    op.create_table(
        "data_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["address_id"], ["address.id"], name="fk_data_request_address_id_address"),
        sa.PrimaryKeyConstraint("id", name="pk_data_request"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_data_request_address_id", "data_request", ["address_id"])


def downgrade() -> None:
    for table in ("data_request", "move", "leaving_reason", "leaving", "choice"):
        op.drop_table(table)
    op.drop_column("address", "erased_at")
