"""Newsletters for associations: from a Markdown issue to a reading rate."""
