"""What every table shares: one register, and how constraints are named."""

from sqlalchemy import MetaData
from sqlmodel import SQLModel

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Row(SQLModel):
    """What every table shares: the naming of its constraints."""

    metadata = metadata


# An id that a token carries is never given a second time, which SQLite does unless told.
NEVER_REUSED = {"sqlite_autoincrement": True}
