"""Readers' words about being measured; letters without a trace beside those that are counted."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("variant", sa.Column("plain", sa.LargeBinary(), nullable=True))
    op.add_column("delivery", sa.Column("measured", sa.Boolean(), nullable=False, server_default=sa.text("true")))
    op.create_table(
        "measure_choice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.Column("list_slug", sa.String(), nullable=False),
        sa.Column("allowed", sa.Boolean(), nullable=False),
        sa.Column("wording", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["address_id"], ["address.id"], name="fk_measure_choice_address_id_address", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_measure_choice"),
    )
    op.create_index("ix_measure_choice_address_id_list_slug_id", "measure_choice", ["address_id", "list_slug", "id"])


def downgrade() -> None:
    op.drop_index("ix_measure_choice_address_id_list_slug_id", "measure_choice")
    op.drop_table("measure_choice")
    op.drop_column("delivery", "measured")
    op.drop_column("variant", "plain")
