"""The archive: words to look for, issues of before this program, secret links."""

import sqlalchemy as sa
from alembic import op

from mailer.domain.pages import words_in
from mailer.domain.search import fold

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "issue_text",
        sa.Column("issue_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("secret", sa.Boolean(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("card", sa.String(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("folded_title", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("pdf", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name="fk_issue_text_issue_id_issue"),
        sa.PrimaryKeyConstraint("issue_id", name="pk_issue_text"),
    )
    op.create_table(
        "old_issue",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("list_slug", sa.String(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("online", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("folded_title", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_old_issue"),
        sa.UniqueConstraint("list_slug", "slug", name="uq_old_issue_list_slug_slug"),
    )
    op.create_table(
        "old_issue_attachment",
        sa.Column("old_issue_id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["old_issue_id"], ["old_issue.id"], name="fk_old_issue_attachment_old_issue_id_old_issue"
        ),
        sa.ForeignKeyConstraint(
            ["file_name"], ["attachment.file_name"], name="fk_old_issue_attachment_file_name_attachment"
        ),
        sa.PrimaryKeyConstraint("old_issue_id", "file_name", name="pk_old_issue_attachment"),
    )
    op.create_index("ix_old_issue_attachment_file_name", "old_issue_attachment", ["file_name"])
    op.create_table(
        "secret_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("list_slug", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_secret_link"),
        sa.UniqueConstraint("list_slug", name="uq_secret_link_list_slug"),
        sqlite_autoincrement=True,
    )
    _read_issues_of_before()


def downgrade() -> None:
    for table in ("secret_link", "old_issue_attachment", "old_issue", "issue_text"):
        op.drop_table(table)


def _read_issues_of_before() -> None:
    connection = op.get_bind()
    for row in connection.execute(sa.text("SELECT id, subject, title, number, online FROM issue")).all():
        words = words_in(row.online)
        connection.execute(
            sa.text(
                "INSERT INTO issue_text (issue_id, secret, summary, card, words, folded_title, folded, pdf) "
                "VALUES (:id, :secret, '', '', :words, :title, :folded, NULL)"
            ),
            {
                "id": row.id,
                "secret": False,
                "words": words,
                "title": fold(f"{row.subject} {row.title} {row.number}"),
                "folded": fold(words),
            },
        )
