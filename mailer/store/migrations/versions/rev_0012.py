"""The base: what is known of contacts, who belongs where, and contacts without an address."""

import sqlalchemy as sa
from alembic import op

from mailer.store.moments import Moment

revision = "0012"
down_revision = "0011"

TEXTS = ("first_name", "last_name", "postcode", "city", "region", "country", "theme")
NEW = (*TEXTS, "language", "level", "notes", "created_at", "edited", "closed_at", "closed_reason", "search")
TABLES = ("affiliation", "contact_address", "tag", "membership", "custom_value", "contact_change", "merge")
PARENT = "CONSTRAINT fk_contact_parent_id_contact FOREIGN KEY(parent_id) REFERENCES contact (id) ON DELETE SET NULL"
LAST_KEY = "CONSTRAINT fk_contact_batch_id_import_batch FOREIGN KEY(batch_id) REFERENCES import_batch (id)"


def upgrade() -> None:
    for name in TEXTS:
        op.add_column("contact", _known(name))
    op.add_column("contact", sa.Column("language", sa.String()))
    op.add_column("contact", sa.Column("level", sa.String()))
    op.add_column("contact", sa.Column("parent_id", sa.Integer()))
    op.add_column("contact", _known("notes", sa.Text()))
    op.add_column("contact", sa.Column("created_at", Moment()))
    op.add_column("contact", sa.Column("edited", sa.JSON(), server_default=sa.text("'[]'"), nullable=False))
    op.add_column("contact", sa.Column("closed_at", Moment()))
    op.add_column("contact", sa.Column("closed_reason", sa.String()))
    op.add_column("contact", _known("search", sa.Text()))
    op.create_index("ix_contact_parent_id", "contact", ["parent_id"])
    unread = sa.text("search = ''")
    op.create_index("ix_contact_unread", "contact", ["id"], sqlite_where=unread, postgresql_where=unread)
    op.add_column("subscription", sa.Column("merge_id", sa.Integer()))
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("contact", "address_id", nullable=True)
        op.execute(f"ALTER TABLE contact ADD {PARENT}")
    else:
        _say_again(("address_id INTEGER NOT NULL", "address_id INTEGER"), (LAST_KEY, f"{LAST_KEY}, \n\t{PARENT}"))
    _know_more()
    _remember()


def downgrade() -> None:
    for name in ("not_duplicate", "contact_change", *(one for one in TABLES if one != "contact_change")):
        op.drop_table(name)
    op.execute("DELETE FROM subscription WHERE contact_id IN (SELECT id FROM contact WHERE address_id IS NULL)")
    op.execute("DELETE FROM contact WHERE address_id IS NULL")
    op.drop_column("subscription", "merge_id")
    op.drop_index("ix_contact_unread", "contact")
    op.drop_index("ix_contact_parent_id", "contact")
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("contact", "address_id", nullable=False)
        op.execute("ALTER TABLE contact DROP CONSTRAINT fk_contact_parent_id_contact")
    else:
        _say_again(("address_id INTEGER", "address_id INTEGER NOT NULL"), (f", \n\t{PARENT}", ""))
    for name in (*NEW, "parent_id"):
        op.drop_column("contact", name)


def _say_again(*changes: tuple[str, str]) -> None:
    """SQLite cannot change a constraint of a table, and to make the table anew would empty `delivery.contact_id`.

    Where no row is stored otherwise, it lets its own note of the table be rewritten: sqlite.org/lang_altertable.html.
    """
    tx = op.get_bind()
    words = str(tx.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = 'contact'").scalar_one())
    for before, after in changes:
        if before not in words:
            raise RuntimeError(f"the table contact is not written as expected: {before}")
        words = words.replace(before, after)
    version = tx.exec_driver_sql("PRAGMA schema_version").scalar_one()
    tx.exec_driver_sql("PRAGMA writable_schema = ON")
    tx.exec_driver_sql("UPDATE sqlite_master SET sql = ? WHERE name = 'contact'", (words,))
    tx.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    tx.exec_driver_sql("PRAGMA writable_schema = RESET")


def _know_more() -> None:
    op.create_table(
        "affiliation",
        sa.Column("id", sa.Integer(), primary_key=True),
        _of_contact("person_id"),
        _of_contact("structure_id"),
        _known("role"),
        sa.Column("address_id", sa.Integer(), sa.ForeignKey("address.id")),
        _by_batch(),
        sa.UniqueConstraint("person_id", "structure_id", "role"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_affiliation_structure_id", "affiliation", ["structure_id"])
    op.create_index("ix_affiliation_address_id", "affiliation", ["address_id"])
    op.create_table(
        "contact_address",
        _of_contact("contact_id", key=True),
        sa.Column("address_id", sa.Integer(), sa.ForeignKey("address.id"), primary_key=True),
        _known("label"),
        _by_batch(),
    )
    op.create_index("ix_contact_address_address_id", "contact_address", ["address_id"])
    op.create_table(
        "tag",
        _of_contact("contact_id", key=True),
        sa.Column("slug", sa.String(), primary_key=True),
        _by_batch(),
    )
    op.create_index("ix_tag_slug", "tag", ["slug"])
    op.create_table(
        "membership",
        _of_contact("contact_id", key=True),
        sa.Column("year", sa.Integer(), primary_key=True, autoincrement=False),
        _known("kind"),
        sa.Column("since", sa.Date()),
        _by_batch(),
    )
    op.create_index("ix_membership_year", "membership", ["year"])
    op.create_table(
        "custom_value",
        _of_contact("contact_id", key=True),
        sa.Column("field", sa.String(), primary_key=True),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("number", sa.Float()),
        _by_batch(),
    )
    op.create_index("ix_custom_value_field", "custom_value", ["field"])


def _remember() -> None:
    op.create_table(
        "merge",
        sa.Column("id", sa.Integer(), primary_key=True),
        _of_contact("kept_id"),
        _of_contact("gone_id"),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("moved", sa.JSON(), nullable=False),
        sa.Column("undone_at", Moment()),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_merge_kept_id", "merge", ["kept_id"])
    op.create_index("ix_merge_gone_id", "merge", ["gone_id"])
    op.create_table(
        "contact_change",
        sa.Column("id", sa.Integer(), primary_key=True),
        _of_contact("contact_id"),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        _known("before", sa.Text()),
        _known("after", sa.Text()),
        _by_batch(),
        sa.Column("merge_id", sa.Integer(), sa.ForeignKey("merge.id", ondelete="SET NULL")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_contact_change_contact_id", "contact_change", ["contact_id"])
    op.create_table(
        "not_duplicate",
        _of_contact("first_id", key=True),
        _of_contact("second_id", key=True),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
    )
    op.create_index("ix_not_duplicate_second_id", "not_duplicate", ["second_id"])


def _known(name: str, kind: sa.types.TypeEngine[str] | None = None) -> sa.Column[str]:
    return sa.Column(name, kind or sa.String(), server_default="", nullable=False)


def _of_contact(name: str, *, key: bool = False) -> sa.Column[int]:
    return sa.Column(
        name, sa.Integer(), sa.ForeignKey("contact.id", ondelete="CASCADE"), primary_key=key, nullable=False
    )


def _by_batch() -> sa.Column[int]:
    return sa.Column("batch_id", sa.Integer(), sa.ForeignKey("import_batch.id"))
