"""Moves bytes: speaks SMTP to the configured relay. Never decides what a reply means for a reader."""
