"""What came back from mailboxes."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "returned",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("known_by", sa.String(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=True),
        sa.Column("address_id", sa.Integer(), nullable=True),
        sa.Column("family", sa.Integer(), nullable=False),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("forgiven_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("copy_text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name="fk_returned_delivery_id_delivery"),
        sa.ForeignKeyConstraint(["address_id"], ["address.id"], name="fk_returned_address_id_address"),
        sa.PrimaryKeyConstraint("id", name="pk_returned"),
        sa.UniqueConstraint("digest", name="uq_returned_digest"),
    )
    op.create_index("ix_returned_kind_arrived_at", "returned", ["kind", "arrived_at"])
    op.create_index("ix_returned_delivery_id", "returned", ["delivery_id"])
    op.create_index("ix_returned_address_id", "returned", ["address_id"])


def downgrade() -> None:
    op.drop_table("returned")
