"""Deliveries are found by their contact: whoever removes many contacts does not read all letters for each."""

from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.create_index("ix_delivery_contact_id", "delivery", ["contact_id"])


def downgrade() -> None:
    op.drop_index("ix_delivery_contact_id", "delivery")
