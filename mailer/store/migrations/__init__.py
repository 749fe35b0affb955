"""Alembic's migrations, run by `mailer.store.schema`. One file a step under versions/, never edited once released."""
