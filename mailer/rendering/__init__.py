"""Values to letters: Markdown, MJML, MIME. Never reads the database, never sends."""
