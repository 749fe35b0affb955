"""Slots, approvals that are kept, notices, embargo: what the clock needs."""

import hashlib
import json
import unicodedata
from collections.abc import Mapping

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

VALID = sa.text("voided_at IS NULL")
WAITING = sa.text("state = 'queued'")


def upgrade() -> None:
    op.add_column("issue", sa.Column("planned", sa.Date(), nullable=True))
    op.add_column("issue", sa.Column("held", sa.String(), nullable=True))
    op.add_column("issue", sa.Column("published_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE issue SET published_at = due_at WHERE due_at IS NOT NULL")
    op.create_table(
        "slot",
        sa.Column("campaign", sa.String(), nullable=False),
        sa.Column("planned", sa.Date(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name="fk_slot_issue_id_issue"),
        sa.PrimaryKeyConstraint("campaign", "planned", name="pk_slot"),
    )
    op.create_table(
        "watch",
        sa.Column("campaign", sa.String(), nullable=False),
        sa.Column("cadence", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("campaign", name="pk_watch"),
    )
    op.create_table(
        "departure",
        sa.Column("issue", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("issue", name="pk_departure"),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("first_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claim_id", sa.String(), nullable=True),
        sa.Column("lease_until", sa.Float(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("words", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
        sa.UniqueConstraint("key", name="uq_notice_key"),
    )
    op.create_index("ix_notice_queued", "notice", ["next_try_at"], sqlite_where=WAITING, postgresql_where=WAITING)
    _keep_approvals()


def downgrade() -> None:
    connection = op.get_bind()
    words = "SELECT issue_id, who, min(at) AS at FROM approval WHERE voided_at IS NULL GROUP BY issue_id, who"
    valid = connection.execute(sa.text(words).columns(at=sa.DateTime(timezone=True)))
    kept = [row._asdict() for row in valid]
    for table in ("approval", "notice", "departure", "watch", "slot"):
        op.drop_table(table)
    for column in ("published_at", "held", "planned"):
        op.drop_column("issue", column)
    approval = op.create_table(
        "approval",
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name="fk_approval_issue_id_issue"),
        sa.PrimaryKeyConstraint("issue_id", "who", name="pk_approval"),
    )
    if kept:
        op.bulk_insert(approval, kept)


def _keep_approvals() -> None:
    """The approvals so far go into the new table, each with the hash of the sources that were approved."""
    old = sa.table(
        "approval", *(sa.column(name) for name in ("issue_id", "who")), sa.column("at", sa.DateTime(timezone=True))
    )
    issue = sa.table("issue", sa.column("id"), sa.column("sources", sa.JSON()))
    found = op.get_bind().execute(
        sa.select(old.c.issue_id, old.c.who, old.c.at, issue.c.sources)
        .join(issue, issue.c.id == old.c.issue_id)
        .order_by(old.c.at)
    )
    # Two spellings of one name count once from now on: the earlier stays.
    kept = {(row.issue_id, _person(row.who)): row for row in reversed(found.all())}
    op.drop_table("approval")
    table = op.create_table(
        "approval",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name="fk_approval_issue_id_issue"),
        sa.PrimaryKeyConstraint("id", name="pk_approval"),
    )
    op.create_index(
        "ix_approval_valid", "approval", ["issue_id", "person"], unique=True, sqlite_where=VALID, postgresql_where=VALID
    )
    rows = [
        {"issue_id": row.issue_id, "who": row.who, "person": person, "digest": _digest(row.sources), "at": row.at}
        for (_, person), row in kept.items()
    ]
    if rows:
        op.bulk_insert(table, rows)


# As mailer/domain/approvals.py had it when this was written: a migration does not change with the program.


def _person(who: str) -> str:
    apart = unicodedata.normalize("NFKD", who.casefold())
    return " ".join("".join(sign for sign in apart if not unicodedata.combining(sign)).split())


def _digest(sources: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(sorted(sources.items()), ensure_ascii=False).encode()).hexdigest()
