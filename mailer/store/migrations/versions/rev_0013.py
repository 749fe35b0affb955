"""Imports that end: whether a file is wholly in, what it was; what a row that waits would bring; columns remembered."""

import sqlalchemy as sa
from alembic import op

from mailer.store.moments import Moment

revision = "0013"
down_revision = "0012"

TEXTS = ("written", "proposal", "name", "kind", "sentence")
KEPT = ", ".join(("id", "batch_id", "line", *TEXTS, "details", "outcome", "settled_at"))


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
    if op.get_bind().dialect.name == "postgresql":
        op.add_column("doubt", sa.Column("sheet", sa.String(), server_default="", nullable=False))
        op.add_column("doubt", sa.Column("content", sa.JSON()))
        op.drop_constraint("uq_doubt_batch_id_line", "doubt")
        op.create_unique_constraint("uq_doubt_batch_id_sheet_line", "doubt", ["batch_id", "sheet", "line"])
    else:
        _make_anew(
            sa.Column("sheet", sa.String(), server_default="", nullable=False),
            sa.Column("content", sa.JSON()),
            sa.UniqueConstraint("batch_id", "sheet", "line"),
        )


def downgrade() -> None:
    op.execute("DELETE FROM doubt WHERE id NOT IN (SELECT min(id) FROM doubt GROUP BY batch_id, line)")
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("uq_doubt_batch_id_sheet_line", "doubt")
        op.create_unique_constraint("uq_doubt_batch_id_line", "doubt", ["batch_id", "line"])
        op.drop_column("doubt", "content")
        op.drop_column("doubt", "sheet")
    else:
        _make_anew(sa.UniqueConstraint("batch_id", "line"))
    op.drop_table("import_mapping")
    for name in ("content", "lease_until", "finished_at"):
        op.drop_column("import_batch", name)


def _make_anew(*more: sa.Column[str] | sa.UniqueConstraint) -> None:
    """SQLite cannot change what is unique in a table."""
    op.drop_index("ix_doubt_waiting", "doubt")
    op.rename_table("doubt", "doubt_before")
    op.create_table(
        "doubt",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("batch_id", sa.Integer(), sa.ForeignKey("import_batch.id"), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in TEXTS),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("outcome", sa.String()),
        sa.Column("settled_at", Moment()),
        *more,
    )
    op.execute(f"INSERT INTO doubt ({KEPT}) SELECT {KEPT} FROM doubt_before")  # noqa: S608 - the names above
    op.drop_table("doubt_before")
    waiting = sa.text("settled_at IS NULL")
    op.create_index("ix_doubt_waiting", "doubt", ["written"], sqlite_where=waiting, postgresql_where=waiting)
