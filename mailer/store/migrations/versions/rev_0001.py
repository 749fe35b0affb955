"""The tables of the line: people, issues, deliveries, hits."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

QUEUED = sa.text("state = 'queued'")
HELD = sa.text("state IN ('claimed', 'sending')")
OPEN = sa.text("closed_at IS NULL AND issue_id IS NULL")
OPEN_OF_ISSUE = sa.text("closed_at IS NULL AND issue_id IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "address",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("canonical", sa.String(), nullable=False),
        sa.Column("domain", sa.String(), nullable=False),
        sa.Column("family", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_address"),
        sa.UniqueConstraint("canonical", name="uq_address_canonical"),
        sa.UniqueConstraint("fingerprint", name="uq_address_fingerprint"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "attachment",
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("file_name", name="pk_attachment"),
    )
    op.create_table(
        "import_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("list_slug", sa.String(), nullable=True),
        sa.Column("basis", sa.String(), nullable=True),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_import_batch"),
    )
    op.create_table(
        "issue",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("campaign", sa.String(), nullable=False),
        sa.Column("list_slug", sa.String(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("pause_reason", sa.String(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("sender_address", sa.String(), nullable=False),
        sa.Column("issue_key", sa.LargeBinary(), nullable=True),
        sa.Column("slot", sa.DateTime(timezone=True), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("online", sa.Text(), nullable=False),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_issue"),
        sa.UniqueConstraint("name", name="uq_issue_name"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_issue_list_slug_slug", "issue", ["list_slug", "slug"])
    op.create_index("ix_issue_state", "issue", ["state"])
    op.create_table(
        "suppression",
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", name="pk_suppression"),
    )
    op.create_table(
        "alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=True),
        sa.Column("sentence", sa.String(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name="fk_alert_issue_id_issue"),
        sa.PrimaryKeyConstraint("id", name="pk_alert"),
    )
    op.create_index("ix_alert_open", "alert", ["kind"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_index(
        "ix_alert_open_of_issue",
        "alert",
        ["kind", "issue_id"],
        unique=True,
        sqlite_where=OPEN_OF_ISSUE,
        postgresql_where=OPEN_OF_ISSUE,
    )
    op.create_table(
        "approval",
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name="fk_approval_issue_id_issue"),
        sa.PrimaryKeyConstraint("issue_id", "who", name="pk_approval"),
    )
    op.create_table(
        "contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["address_id"], ["address.id"], name="fk_contact_address_id_address"),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name="fk_contact_batch_id_import_batch"),
        sa.PrimaryKeyConstraint("id", name="pk_contact"),
    )
    op.create_index("ix_contact_address_id", "contact", ["address_id"])
    op.create_table(
        "issue_attachment",
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_name"], ["attachment.file_name"], name="fk_issue_attachment_file_name_attachment"
        ),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name="fk_issue_attachment_issue_id_issue"),
        sa.PrimaryKeyConstraint("issue_id", "file_name", name="pk_issue_attachment"),
    )
    op.create_index("ix_issue_attachment_file_name", "issue_attachment", ["file_name"])
    op.create_table(
        "link",
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name="fk_link_issue_id_issue"),
        sa.PrimaryKeyConstraint("issue_id", "number", name="pk_link"),
    )
    op.create_table(
        "closed_count",
        sa.Column("issue_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("machines", sa.Integer(), nullable=False),
        sa.Column("clicks", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name="fk_closed_count_issue_id_issue"),
        sa.PrimaryKeyConstraint("issue_id", name="pk_closed_count"),
    )
    op.create_table(
        "seen",
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("link", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hit_class", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name="fk_seen_issue_id_issue"),
        sa.PrimaryKeyConstraint("issue_id", "hash", "link", name="pk_seen"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "variant",
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("segment", sa.String(), nullable=False),
        sa.Column("skeleton", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name="fk_variant_issue_id_issue"),
        sa.PrimaryKeyConstraint("issue_id", "segment", name="pk_variant"),
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("segment", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("first_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claim_id", sa.String(), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.Float(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("skip_reason", sa.String(), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["address_id"], ["address.id"], name="fk_delivery_address_id_address"),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name="fk_delivery_contact_id_contact", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name="fk_delivery_issue_id_issue"),
        sa.PrimaryKeyConstraint("id", name="pk_delivery"),
        sa.UniqueConstraint("issue_id", "address_id", name="uq_delivery_issue_id_address_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_delivery_address_id", "delivery", ["address_id"])
    op.create_index("ix_delivery_held", "delivery", ["claim_id"], sqlite_where=HELD, postgresql_where=HELD)
    op.create_index(
        "ix_delivery_queued",
        "delivery",
        ["issue_id", "next_try_at", "id"],
        sqlite_where=QUEUED,
        postgresql_where=QUEUED,
    )
    op.create_table(
        "subscription",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.Column("list_slug", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=True),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["address_id"], ["address.id"], name="fk_subscription_address_id_address"),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name="fk_subscription_batch_id_import_batch"),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name="fk_subscription_contact_id_contact"),
        sa.PrimaryKeyConstraint("id", name="pk_subscription"),
        sa.UniqueConstraint("contact_id", "list_slug", name="uq_subscription_contact_id_list_slug"),
    )
    op.create_index("ix_subscription_address_id_list_slug", "subscription", ["address_id", "list_slug"])
    op.create_index("ix_subscription_list_slug_state", "subscription", ["list_slug", "state"])


def downgrade() -> None:
    for table in (
        "subscription",
        "delivery",
        "variant",
        "closed_count",
        "seen",
        "link",
        "issue_attachment",
        "contact",
        "approval",
        "alert",
        "suppression",
        "issue",
        "import_batch",
        "attachment",
        "address",
    ):
        op.drop_table(table)
