"""What reports need of a closed count is kept apart, and figures of past years may be brought in."""

import sqlalchemy as sa
from alembic import op

from mailer.store.moments import Moment

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "closed_issue",
        _issue_id(),
        *(
            sa.Column(name, sa.Integer, nullable=False)
            for name in ("audience", "measured", "unsubscribed", "complaints")
        ),
        sa.Column("first_attempt_at", Moment),
        sa.Column("last_attempt_at", Moment),
        *_keys("closed_issue", "issue_id"),
    )
    op.create_table(
        "closed_letters",
        _issue_id(),
        sa.Column("family", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("cause", sa.String, nullable=False),
        sa.Column("letters", sa.Integer, nullable=False),
        *_keys("closed_letters", "issue_id", "family", "state", "cause"),
    )
    op.create_table(
        "closed_class",
        _issue_id(),
        sa.Column("hit_class", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("letters", sa.Integer, nullable=False),
        *_keys("closed_class", "issue_id", "hit_class"),
    )
    op.create_table(
        "closed_link",
        _issue_id(),
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("people", sa.Integer, nullable=False),
        *_keys("closed_link", "issue_id", "number"),
    )
    op.create_table(
        "past_figure",
        sa.Column("campaign", sa.String, nullable=False),
        sa.Column("year", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("issues", sa.Integer, nullable=False),
        sa.Column("sends", sa.Integer, nullable=False),
        sa.Column("rate", sa.Float, nullable=False),
        sa.Column("imported_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("campaign", "year", name="pk_past_figure"),
    )


def downgrade() -> None:
    for table in ("past_figure", "closed_link", "closed_class", "closed_letters", "closed_issue"):
        op.drop_table(table)


def _issue_id() -> sa.Column[int]:
    return sa.Column("issue_id", sa.Integer, nullable=False, autoincrement=False)


def _keys(table: str, *columns: str) -> tuple[sa.Constraint, ...]:
    return (
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=f"fk_{table}_issue_id_issue"),
        sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}"),
    )
