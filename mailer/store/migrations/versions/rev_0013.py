"""Imports that end: whether a file is wholly in, what it was; what a row that waits would bring; columns remembered."""

import sqlalchemy as sa
from alembic import op

from mailer.store.moments import Moment

revision = "0013"
down_revision = "0012"

NAMES = {"uq": "uq_%(table_name)s_%(column_0_N_name)s"}


def upgrade() -> None:
    op.add_column("import_batch", sa.Column("finished_at", Moment()))
    op.add_column("import_batch", sa.Column("lease_until", sa.Float()))
    op.add_column("import_batch", sa.Column("content", sa.LargeBinary()))
    op.execute("UPDATE import_batch SET finished_at = imported_at")
    op.create_table(
        "import_mapping",
        sa.Column("shape", sa.String(), primary_key=True),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
    )
    with op.batch_alter_table("doubt", naming_convention=NAMES) as doubt:
        doubt.add_column(sa.Column("sheet", sa.String(), server_default="", nullable=False))
        doubt.add_column(sa.Column("content", sa.JSON()))
        doubt.drop_constraint("uq_doubt_batch_id", type_="unique")
        doubt.create_unique_constraint("uq_doubt_batch_id", ["batch_id", "sheet", "line"])


def downgrade() -> None:
    op.execute("DELETE FROM doubt WHERE id NOT IN (SELECT min(id) FROM doubt GROUP BY batch_id, line)")
    with op.batch_alter_table("doubt", naming_convention=NAMES) as doubt:
        doubt.drop_constraint("uq_doubt_batch_id", type_="unique")
        doubt.create_unique_constraint("uq_doubt_batch_id", ["batch_id", "line"])
        doubt.drop_column("content")
        doubt.drop_column("sheet")
    op.drop_table("import_mapping")
    for name in ("content", "lease_until", "finished_at"):
        op.drop_column("import_batch", name)
