"""Letters given up as unknown are found by their claim, for a journal that turns up late."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

BEFORE = sa.text("state IN ('claimed', 'sending')")
AFTER = sa.text("state IN ('claimed', 'sending', 'unknown')")


def upgrade() -> None:
    _replace(AFTER)


def downgrade() -> None:
    _replace(BEFORE)


def _replace(condition: sa.TextClause) -> None:
    op.drop_index("ix_delivery_held", "delivery")
    op.create_index("ix_delivery_held", "delivery", ["claim_id"], sqlite_where=condition, postgresql_where=condition)
